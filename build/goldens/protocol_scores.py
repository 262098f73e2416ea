"""Writes test/fixtures/protocols: three photographs, and what two small networks with formula weights (formula_weights.py) say about them by every kind of protocol,
as NumPy, OpenCV, Pillow and PyTorch (float64) compute it; written from the descriptions of the published scripts, sharing nothing with the product.
Needs Python with numpy, torch, opencv-python-headless, Pillow and scikit-image (whose sample photographs, in the public domain, these are), and node on the PATH.
Run from the project's root:  python build/goldens/protocol_scores.py
"""
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image

from formula_weights import weight
from torch_references import Functional, cifar_resnet

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "test" / "fixtures" / "protocols"
CLASSES = 10
# Landscape, portrait, and odd margins.
SIZES = {"astronaut": (120, 97), "coffee": (83, 111), "chelsea": (151, 88)}
VGG = ["vgg11", 64, 3, CLASSES, {"widthFactor": 0.125, "headWidth": 32}]
RESNET = ["resnet20_cifar", 32, 3, CLASSES, {}]
BGR = {"color": "bgr", "scale": 1, "mean": [103.52, 116.28, 123.675], "std": [57.375, 57.12, 58.395]}
RGB = {"color": "rgb", "scale": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def vgg11(x, weights, dense):
    """Adaptive pooling to 2 x 2 (nothing at 64 pixels); dense: fc6 as a 2 x 2 convolution, the map of scores averaged."""
    net = Functional(weights, False)
    for block, convs in enumerate([1, 1, 2, 2, 2], 1):
        for index in range(1, convs + 1):
            x = F.relu(net.conv(x, f"conv{block}_{index}"))
        x = F.max_pool2d(x, 2)
    if not dense:
        x = F.adaptive_max_pool2d(x, 2).permute(0, 2, 3, 1).flatten(1)
        return net.dense(F.relu(net.dense(F.relu(net.dense(x, "fc6")), "fc7")), "fc8")
    kernel = weights["fc6/kernel"].reshape(2, 2, -1, weights["fc6/kernel"].shape[1]).permute(3, 2, 0, 1)
    x = F.relu(F.conv2d(x, kernel, weights["fc6/bias"]))
    x = F.relu(x.permute(0, 2, 3, 1) @ weights["fc7/kernel"] + weights["fc7/bias"])
    return (x @ weights["fc8/kernel"] + weights["fc8/bias"]).mean((1, 2))


def resnet20(x, weights, dense):
    return cifar_resnet(3)(x, weights, False)


def short_side(image, size, pillow):
    height, width = image.shape[:2]
    to = (size, size * height // width) if width < height else (size * width // height, size)
    return np.asarray(Image.fromarray(image).resize(to, Image.BILINEAR)) if pillow else cv2.resize(image, to)


def fed(image, scheme):
    values = image[..., ::-1] if scheme["color"] == "bgr" else image
    return (values.astype(np.float64) / scheme["scale"] - scheme["mean"]) / scheme["std"]


def six(square, crop):
    side, at = square.shape[0], (square.shape[0] - crop) // 2
    return [square[:crop, :crop], square[side - crop:, side - crop:], square[:crop, side - crop:], square[side - crop:, :crop], square[at:at + crop, at:at + crop],
            cv2.resize(np.ascontiguousarray(square), (crop, crop))]


def centre(image, crop, offset):
    top, left = offset(image.shape[0] - crop), offset(image.shape[1] - crop)
    return image[top:top + crop, left:left + crop]


def flipped(image):
    return image[:, ::-1]


def both(image, views):
    return views(image) + views(flipped(image))


HALF_EVEN = lambda margin: round(margin / 2)
FLOOR = lambda margin: margin // 2


def five(image, crop):
    height, width = image.shape[:2]
    return [image[:crop, :crop], image[:crop, width - crop:], image[height - crop:, :crop], image[height - crop:, width - crop:], centre(image, crop, HALF_EVEN)]


def eighteen(image, crop):
    side = min(image.shape[:2])
    down, right = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    squares = [image[down * j:down * j + side, right * j:right * j + side] for j in range(3)]
    return [view for square in squares for view in both(square, lambda each: six(each, crop))]


def protocol(sizes, method, crop, crops, mirror, average, scheme):
    return {"resize": {"kind": "shortSide", "sizes": sizes, "method": method}, "crop": crop, "crops": crops, "mirror": mirror, "average": average, "input": scheme}


CASES = [
    (VGG, vgg11, protocol([73], "opencv-linear", 64, "centreFloor", False, "probabilities", BGR), lambda image: [centre(image, 64, FLOOR)]),
    (VGG, vgg11, protocol([73], "opencv-linear", 64, "six", True, "probabilities", BGR), lambda image: both(cv2.resize(image, (73, 73)), lambda each: six(each, 64))),
    (VGG, vgg11, protocol([64], "opencv-linear", 64, "six", True, "probabilities", BGR), lambda image: both(cv2.resize(image, (64, 64)), lambda each: six(each, 64))),
    (VGG, vgg11, protocol([66, 73, 80, 88], "opencv-linear", 64, "eighteen", True, "probabilities", BGR), lambda image: eighteen(image, 64)),
    (VGG, vgg11, protocol([73], "pillow-bilinear", 64, "five", True, "logits", RGB), lambda image: both(image, lambda each: five(each, 64))),
    (VGG, vgg11, protocol([64], "pillow-bilinear", 64, "centreHalfEven", True, "logits", RGB), lambda image: both(image, lambda each: [centre(each, 64, HALF_EVEN)])),
    (VGG, vgg11, protocol([73], "opencv-linear", 73, "dense", True, "probabilities", BGR), lambda image: [image, flipped(image)]),
    (VGG, vgg11, protocol([64, 73, 96], "opencv-linear", 64, "dense", True, "probabilities", BGR), lambda image: [image, flipped(image)]),
    (RESNET, resnet20, protocol([37], "opencv-linear", 32, "six", True, "probabilities", BGR), lambda image: both(cv2.resize(image, (37, 37)), lambda each: six(each, 32))),
    (RESNET, resnet20, protocol([45], "pillow-bilinear", 45, "dense", False, "probabilities", RGB), lambda image: [image]),
]


def scores(image, run, weights, settings, views):
    resize, average = settings["resize"], settings["average"]
    rows = []
    for size in resize["sizes"]:
        small = fed(short_side(image, size, resize["method"].startswith("pillow")), settings["input"])
        for view in views(small):
            x = torch.from_numpy(np.ascontiguousarray(view).transpose(2, 0, 1)[None].copy())
            logits = run(x, weights, settings["crops"] == "dense")[0]
            rows.append(logits if average == "logits" else torch.softmax(logits, 0))
    mean = torch.stack(rows).mean(0)
    return torch.softmax(mean, 0) if average == "logits" else mean


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, size in SIZES.items():
        photograph = Image.fromarray(getattr(skimage.data, name)())
        height = min(photograph.height, photograph.width * size[1] // size[0])
        photograph.crop((0, 0, height * size[0] // size[1], height)).resize(size, Image.LANCZOS).save(TARGET / f"{name}.png", optimize=True)
        pictures[name] = np.asarray(Image.open(TARGET / f"{name}.png").convert("RGB"))
    nets = [VGG, RESNET]
    listed = json.loads(subprocess.run(["node", str(ROOT / "build/goldens/list_weights.ts")], input=json.dumps(nets), capture_output=True, text=True, check=True).stdout)
    weights = {net[0]: {name: torch.from_numpy(weight(name, shape)).double() for name, shape, _ in names} for net, names in zip(nets, listed)}
    cases = []
    for net, run, settings, views in CASES:
        found = [scores(image, run, weights[net[0]], settings, views) for image in pictures.values()]
        cases.append({"network": net, "protocol": settings, "probabilities": [[float(f"{value:.7g}") for value in row] for row in found]})
    (TARGET / "scores.json").write_text(json.dumps({"pictures": list(pictures), "cases": cases}, separators=(",", ":")) + "\n")


main()
