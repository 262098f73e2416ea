"""Writes resources/catalogue/torchvision-*.json: addresses, hash prefixes, sizes and figures from torchvision's own weight entries.

Run with torchvision installed: python build/catalogue/torchvision_catalogue.py
"""

import json
import pathlib
import re

from torchvision import __version__, models

ROOT = pathlib.Path(__file__).resolve().parents[2] / "resources" / "catalogue"
LICENCE = {"name": "BSD-3-Clause", "page": "https://github.com/pytorch/vision/blob/main/LICENSE"}

# family: networks of ours (by torchvision's name too) that have weights there
FAMILIES = {
    "vgg": ["vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"],
    "resnet": ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2"],
    "resnext": ["resnext50_32x4d", "resnext101_64x4d"],
    "inception": ["inception_v3"],
}
PAPERS = {
    "vgg": "https://arxiv.org/abs/1409.1556",
    "resnet": "https://arxiv.org/abs/1512.03385",
    "resnext": "https://arxiv.org/abs/1611.05431",
    "inception": "https://arxiv.org/abs/1512.00567",
}


def entry(family, network, weights):
    recipe = weights.name.rsplit("_", 1)[-1].lower()
    name = weights.url.rsplit("/", 1)[-1]
    prefix = re.search(r"-([0-9a-f]{8})\.pth$", name).group(1)
    transforms = weights.transforms()
    crop, short_side = transforms.crop_size[0], transforms.resize_size[0]
    metrics = weights.meta["_metrics"]["ImageNet-1K"]
    return {
        "kind": "weights",
        "name": f"{network}.torchvision-{recipe}",
        "title": f"{network}, ImageNet, torchvision {recipe.upper()}",
        "approximateBytes": round(weights.meta["_file_size"] * 2**20),
        "licence": LICENCE,
        "codeLicence": LICENCE,
        "source": weights.meta["recipe"],
        "paper": PAPERS[family],
        "model": network,
        "options": {},
        "size": crop,
        "classes": len(weights.meta["categories"]),
        "classList": "imagenet-1k",
        "published": [
            {
                "dataset": "ImageNet-1k val",
                "protocol": f"centre crop {crop} of short side {short_side}",
                "crop": crop,
                "shortSide": short_side,
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


for family, networks in FAMILIES.items():
    entries = [entry(family, network, weights) for network in networks for weights in models.get_model_weights(network)
               if weights.name.startswith("IMAGENET1K") and "FEATURES" not in weights.name]
    path = ROOT / f"torchvision-{family}.json"
    path.write_text(json.dumps({"family": f"{family} of torchvision", "entries": entries}, indent=2) + "\n")
    print(path.name, len(entries), f"(torchvision {__version__})")
