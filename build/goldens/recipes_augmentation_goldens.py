"""Writes test/fixtures/data/augmentation-goldens.json: torchvision's changes of one picture of bytes, 24 × 24 × 3, from the formula of formula_weights.py,
byte = floor(127.5 · (unit("input", i) · 0.6 + smooth wave) …), see picture(). Needs Python with numpy, torch and torchvision.

[ {"name", "argument", "bytes": base64 of the result, row-major, channels last} ]
"""
import base64
import json
import math
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode

from formula_weights import unit

ROOT = Path(__file__).resolve().parents[2]
SIZE = 24


def picture():
    """Noise over a gradient, so that hues, edges and histograms all vary."""
    noise = unit("input", SIZE * SIZE * 3).reshape(SIZE, SIZE, 3)
    y, x, c = np.meshgrid(np.arange(SIZE), np.arange(SIZE), np.arange(3), indexing="ij")
    return np.floor(60 + 5 * x * (c == 0) + 4 * y * (c == 1) + 3 * (x + y) * (c == 2) * 0.5 + 40 * noise).clip(0, 255).astype(np.uint8)


def main():
    image = torch.from_numpy(picture()).permute(2, 0, 1)
    nearest = InterpolationMode.NEAREST
    degrees = lambda v: math.degrees(math.atan(v))
    done = [("picture", 0, image)]
    for f in (0.3, 1.6):
        done += [("brightness", f, F.adjust_brightness(image, f)), ("contrast", f, F.adjust_contrast(image, f)), ("saturation", f, F.adjust_saturation(image, f)), ("sharpness", f, F.adjust_sharpness(image, f))]
    done += [("hue", f, F.adjust_hue(image, f)) for f in (-0.4, 0.1)]
    done += [("posterize", 3, F.posterize(image, 3)), ("solarize", 100, F.solarize(image, 100)), ("autoContrast", 0, F.autocontrast(image)), ("equalize", 0, F.equalize(image))]
    done += [("shearX", v, F.affine(image, 0.0, [0, 0], 1.0, [degrees(v), 0.0], interpolation=nearest, center=[0, 0])) for v in (0.33, -0.7)]
    done += [("shearY", v, F.affine(image, 0.0, [0, 0], 1.0, [0.0, degrees(v)], interpolation=nearest, center=[0, 0])) for v in (0.33, -0.7)]
    done += [("translateX", 5, F.affine(image, 0.0, [5, 0], 1.0, [0.0, 0.0], interpolation=nearest)), ("translateY", -7, F.affine(image, 0.0, [0, -7], 1.0, [0.0, 0.0], interpolation=nearest))]
    done += [("rotate", v, F.rotate(image, v, interpolation=nearest)) for v in (27.0, -117.0)]
    done += [("resizedCrop", 0, F.resized_crop(image, 3, 5, 17, 13, [SIZE, SIZE], antialias=True))]
    listed = [{"name": name, "argument": argument, "bytes": base64.b64encode(result.permute(1, 2, 0).contiguous().numpy().tobytes()).decode()} for name, argument, result in done]
    path = ROOT / "test/fixtures/data/augmentation-goldens.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(listed, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
