"""Writes resources/catalogue/torchvision-*.json: addresses, hash prefixes, sizes and figures of torchvision's weight entries.

Run with torchvision installed: python build/catalogue/torchvision_catalogue.py
"""

import json
import pathlib
import re

from torchvision import __version__, models

ROOT = pathlib.Path(__file__).resolve().parents[2] / "resources" / "catalogue"
LICENCE = {"name": "BSD-3-Clause", "page": "https://github.com/pytorch/vision/blob/main/LICENSE"}
# those that are as wide as the paper's, which ours are
REGNETX = {"800mf": "008", "1_6gf": "016", "3_2gf": "032", "8gf": "080"}
REGNETY = {"400mf": "004", "1_6gf": "016", "3_2gf": "032"}


def same(*names):
    return {name: name for name in names}


# family: torchvision's networks that have weights, and ours
FAMILIES = {
    "vgg": same("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
    "resnet": same("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2"),
    "resnext": same("resnext50_32x4d", "resnext101_64x4d"),
    "inception": same("inception_v3", "googlenet"),
    "densenet": same("densenet121", "densenet161", "densenet169", "densenet201"),
    "efficientnet": same("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4"),
    "convnext": same("convnext_tiny", "convnext_small", "convnext_base"),
    "small": same("alexnet", "squeezenet1_0", "squeezenet1_1"),
    "shufflenet": same("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
    "mobilenet": {
        "mobilenet_v2": "mobilenetv2_100",
        "mobilenet_v3_small": "mobilenetv3_small_100",
        "mobilenet_v3_large": "mobilenetv3_large_100",
        "mnasnet0_5": "mnasnet_050",
        "mnasnet0_75": "mnasnet_075",
        "mnasnet1_0": "mnasnet_100",
        "mnasnet1_3": "mnasnet1_3",
    },
    "regnet": {f"regnet_x_{theirs}": f"regnetx_{ours}" for theirs, ours in REGNETX.items()}
    | {f"regnet_y_{theirs}": f"regnety_{ours}" for theirs, ours in REGNETY.items()},
    "transformer": {
        "vit_b_16": "vit_base_patch16_224",
        "swin_t": "swin_tiny_patch4_window7_224",
        "swin_s": "swin_small_patch4_window7_224",
    },
}
METHODS = {"bilinear": "pillow-bilinear", "bicubic": "pillow-bicubic"}
PAPERS = {
    "vgg": "1409.1556",
    "resnet": "1512.03385",
    "resnext": "1611.05431",
    "inception": "1512.00567",
    "densenet": "1608.06993",
    "efficientnet": "1905.11946",
    "convnext": "2201.03545",
    "shufflenet": "1807.11164",
    "regnet": "2003.13678",
}


def entry(family, theirs, ours, weights):
    recipe = weights.name.rsplit("_", 1)[-1].lower()
    name = weights.url.rsplit("/", 1)[-1]
    prefix = re.search(r"-([0-9a-f]{8,})\.pth$", name).group(1)
    transforms = weights.transforms()
    crop, short_side = transforms.crop_size[0], transforms.resize_size[0]
    method = METHODS[transforms.interpolation.value]
    metrics = weights.meta["_metrics"]["ImageNet-1K"]
    return {
        "kind": "weights",
        "name": f"{ours}.torchvision-{recipe}",
        "title": f"{theirs}, ImageNet, torchvision {recipe.upper()}",
        "approximateBytes": round(weights.meta["_file_size"] * 2**20),
        "licence": LICENCE,
        "codeLicence": LICENCE,
        "source": weights.meta["recipe"],
        "paper": f"https://arxiv.org/abs/{PAPERS[family]}" if family in PAPERS else None,
        "model": ours,
        "options": {},
        "size": crop,
        "classes": len(weights.meta["categories"]),
        "classList": "imagenet-1k",
        "input": {"color": "rgb", "scale": 255, "mean": transforms.mean, "std": transforms.std},
        "published": [
            {
                "dataset": "ImageNet-1k val",
                "protocol": f"centre crop {crop} of short side {short_side}",
                "crop": crop,
                "shortSide": short_side,
                "method": method,
                "top1Pct": metrics["acc@1"],
                "top5Pct": metrics["acc@5"],
            }
        ],
        "acquisition": {
            "kind": "files",
            "files": [
                {
                    "name": name,
                    "addresses": [weights.url],
                    "sizeBytes": None,
                    "hash": {"kind": "sha256Prefix", "hex": prefix},
                }
            ],
        },
    }


def wanted(weights):
    return weights.name.startswith("IMAGENET1K") and not re.search("FEATURES|SWAG", weights.name)


def main():
    for family, networks in FAMILIES.items():
        entries = [entry(family, theirs, ours, weights) for theirs, ours in networks.items()
                   for weights in models.get_model_weights(theirs) if wanted(weights)]
        path = ROOT / f"torchvision-{family}.json"
        path.write_text(json.dumps({"family": f"{family} of torchvision", "entries": entries}, indent=2) + "\n")
        print(path.name, len(entries), f"(torchvision {__version__})")


if __name__ == "__main__":
    main()
