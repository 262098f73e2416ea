"""Writes test/fixtures/models/covariance-goldens.json: covariance pooling and its gradient in float64, on ordinary, rank-deficient and badly scaled positions.
Needs Python with numpy and torch:  python build/goldens/covariance_goldens.py

Input element i (row-major, batch, height, width, channels) of a case: channelScale[c] * unit("cov:" + case, i) + offset, rounded to float32 (formula_weights.py);
`copies`: channel c repeats channel c mod copies of the same formula. The gradient is that of sum over j of output[j] * unit("covProbe:" + case, j).
Values are rounded to nine digits.
"""
import json
from pathlib import Path

import numpy as np
import torch

from formula_weights import unit
from torch_references import covariance_pool

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "covariance-goldens.json"
BATCH = 2

# name: side, channels, exponents of the channels' scales (from, to), offset, copies, options
CASES = {
    "ordinary": (6, 10, (0, 0), 0.0, None, {}),
    "ordinary with ridge, by columns": (6, 10, (0, 0), 0.0, None, {"ridge": 1e-7, "order": "columns"}),
    "fewer positions than channels": (2, 12, (0, 0), 0.0, None, {}),
    "repeated channels": (5, 12, (0, 0), 0.0, 3, {}),
    "repeated channels with ridge": (5, 12, (0, 0), 0.0, 3, {"ridge": 1e-7, "order": "columns"}),
    "channels of scales 1e-4 to 1e4": (5, 9, (-4, 4), 0.0, None, {}),
    "all of scale 1e-6": (5, 9, (-6, -6), 0.0, None, {}),
    "all of scale 1e6": (5, 9, (6, 6), 0.0, None, {"ridge": 1e-7}),
    "far from zero": (5, 9, (-2, -2), 100.0, None, {}),
    "more iterations": (6, 10, (0, 0), 0.0, None, {"iterations": 12}),
}


def positions(name, side, channels, exponents, offset, copies):
    shape = (BATCH, side, side, channels)
    values = unit("cov:" + name, int(np.prod(shape))).reshape(shape)
    if copies:
        values = values[..., np.arange(channels) % copies]
    scale = 10.0 ** np.linspace(exponents[0], exponents[1], channels)
    return (scale * values + offset).astype(np.float32)


def rounded(values):
    return [float(f"{v:.9g}") for v in values.ravel().tolist()]


def main():
    cases = []
    for name, (side, channels, exponents, offset, copies, options) in CASES.items():
        given = positions(name, side, channels, exponents, offset, copies)
        x = torch.from_numpy(given).double().requires_grad_(True)
        y = covariance_pool(x.permute(0, 3, 1, 2), options.get("iterations", 5), options.get("ridge", 0.0), options.get("order", "rows"))
        probe = torch.from_numpy(unit("covProbe:" + name, y.numel())).reshape(y.shape)
        (gradient,) = torch.autograd.grad((y * probe).sum(), x)
        cases.append({
            "name": name, "batch": BATCH, "side": side, "channels": channels, "exponents": exponents, "offset": offset, "copies": copies, "options": options,
            "output": rounded(y.detach().numpy()), "gradient": rounded(gradient.numpy()),
        })
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    TARGET.write_text('{"cases":[\n' + lines + "\n]}\n")
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
