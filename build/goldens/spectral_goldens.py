"""Writes test/fixtures/models/spectral-goldens.json: 20 training steps of a network with torch.nn.utils.parametrizations.spectral_norm.
Needs Python with numpy and torch:  python build/goldens/spectral_goldens.py

Network: conv "a" 3×3, 3 → 6, padding 1, normalised; leaky ReLU 0.2; conv "b" 3×3, 6 → 8, stride 2, padding 1, normalised; leaky ReLU 0.2; mean over the map;
dense "fc" → 10. Weights, vectors, pictures [32, 16, 16, 3] and labels from formula_weights.py; step k uses the examples 8·(k mod 4) … + 7. PyTorch computes in float64
from values rounded to float32. "vectors" are u and v after the last step, v in the product's order [height, width, in]; "sigmas" are uᵀWv at each step, of a and b;
"logitsEval" are those of the first batch after the last step, in evaluation mode.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

from formula_weights import labels, pictures, weight
from vgg_goldens import rounded

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "spectral-goldens.json"
STEPS, BATCH, CLASSES = 20, 8, 10
SHAPES = {"a": (3, 6, 1), "b": (6, 8, 2)}
OPTIMIZERS = {
    "sgd": ({"kind": "sgd", "momentum": 0.9, "nesterov": False}, 0.05, 5e-4),
    "adam": ({"kind": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, 1e-2, 0.0),
}


def tensor(name, shape):
    return torch.from_numpy(weight(name, shape)).double()


def to_torch(kernel):
    return kernel.permute(3, 2, 0, 1).contiguous()


def from_torch(kernel):
    return kernel.permute(2, 3, 1, 0).contiguous()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for name, (inputs, filters, stride) in SHAPES.items():
            conv = torch.nn.Conv2d(inputs, filters, 3, stride, 1).double()
            conv.weight.data = to_torch(tensor(f"{name}/kernel", [3, 3, inputs, filters]))
            conv.bias.data = tensor(f"{name}/bias", [filters])
            spectral_norm(conv)
            vectors = conv.parametrizations.weight[0]
            vectors._u = tensor(f"{name}/leftVector", [filters])
            # [height, width, in] -> [in, height, width]
            vectors._v = tensor(f"{name}/rightVector", [9 * inputs]).reshape(3, 3, inputs).permute(2, 0, 1).flatten()
            setattr(self, name, conv)
        self.fc = torch.nn.Linear(8, CLASSES).double()
        self.fc.weight.data = tensor("fc/kernel", [8, CLASSES]).T.contiguous()
        self.fc.bias.data = tensor("fc/bias", [CLASSES])

    def forward(self, x):
        for name in SHAPES:
            x = F.leaky_relu(getattr(self, name)(x), 0.2)
        return self.fc(x.mean((2, 3)))

    def vectors(self, name):
        norm = getattr(self, name).parametrizations.weight[0]
        return norm._u, norm._v

    def original(self, name):
        return getattr(self, name).parametrizations.weight.original


def run(kind, lr, decay):
    net, x, y = Net().train(), torch.from_numpy(pictures([32, 16, 16, 3])).double().permute(0, 3, 1, 2), torch.from_numpy(labels(32, CLASSES))
    kernels = [p for p in net.parameters() if p.dim() > 1]
    groups = [{"params": kernels, "weight_decay": decay}, {"params": [p for p in net.parameters() if p.dim() == 1], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=lr, momentum=0.9) if kind == "sgd" else torch.optim.Adam(groups, lr=lr)
    losses, sigmas = [], []
    for step in range(STEPS):
        at = BATCH * (step % 4)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[at:at + BATCH]), y[at:at + BATCH])
        loss.backward()
        sigmas.append([float(u @ net.original(name).detach().flatten(1) @ v) for name, (u, v) in ((n, net.vectors(n)) for n in SHAPES)])
        optimizer.step()
        losses.append(float(loss.detach()))
    flat = lambda t: [rounded(v) for v in t.detach().ravel().tolist()]
    weights = {f"{name}/kernel": flat(from_torch(net.original(name))) for name in SHAPES} | {"fc/kernel": flat(net.fc.weight.T.contiguous())}
    vectors = {}
    for name, (inputs, _, _) in SHAPES.items():
        u, v = net.vectors(name)
        vectors |= {f"{name}/leftVector": flat(u), f"{name}/rightVector": flat(v.reshape(inputs, 3, 3).permute(1, 2, 0))}
    with torch.no_grad():
        logits = net.eval()(x[:BATCH])
    return {"losses": [rounded(v) for v in losses], "sigmas": [[rounded(v) for v in row] for row in sigmas], "weights": weights, "vectors": vectors, "logitsEval": flat(logits)}


def main():
    cases = [{"optimizer": optimizer, "lr": lr, "weightDecay": decay, **run(kind, lr, decay)} for kind, (optimizer, lr, decay) in OPTIMIZERS.items()]
    TARGET.write_text('{"cases":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]}\n")
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
