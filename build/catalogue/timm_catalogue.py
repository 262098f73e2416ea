"""Writes resources/catalogue/timm.json: weights that timm's authors trained and publish under names with their hash.

Figures are those of timm's results/results-imagenet.csv. Run with timm installed, that file, and the names of our
networks, one a line:
python build/catalogue/timm_catalogue.py results-imagenet.csv networks.txt
"""

import csv
import json
import math
import pathlib
import re
import sys

import timm

ROOT = pathlib.Path(__file__).resolve().parents[2] / "resources" / "catalogue"
LICENCE = {"name": "Apache-2.0", "page": "https://github.com/huggingface/pytorch-image-models/blob/main/LICENSE"}
# Recipes of timm itself; weights ported from others have other licences.
OWN = set("a1 a1h a2 a3 b1k b2k c1 c2 d d1h d2 ra ra2 ra3 ra4 rb sw bt agc".split())
METHODS = {"bilinear": "pillow-bilinear", "bicubic": "pillow-bicubic"}


def entry(name, figures):
    model, tag = name.split(".")
    cfg = timm.get_pretrained_cfg(name)
    hashed = re.search(r"-([0-9a-f]{8,})\.pth$", cfg.url or "")
    row = figures.get(name)
    size = cfg.input_size[-1]
    if not hashed or "/pytorch-image-models/releases/" not in cfg.url:
        return None
    if tag.split("_")[0] not in OWN or cfg.license not in (None, "apache-2.0"):
        return None
    if not row or int(row["img_size"]) != size or row["interpolation"] not in METHODS or cfg.num_classes != 1000:
        return None
    short_side = math.floor(size / float(row["crop_pct"]))
    return {
        "kind": "weights",
        "name": f"{model}.timm-{tag.replace('_', '-')}",
        "title": f"{model}, ImageNet, timm {tag}",
        "approximateBytes": round(float(row["param_count"]) * 4e6),
        "licence": LICENCE,
        "codeLicence": LICENCE,
        "source": cfg.url.split("/download/")[0] + "/tag/" + cfg.url.split("/download/")[1].split("/")[0],
        "paper": None,
        "model": model,
        "options": {},
        "size": size,
        "classes": 1000,
        "classList": "imagenet-1k",
        "input": {"color": "rgb", "scale": 255, "mean": list(cfg.mean), "std": list(cfg.std)},
        "published": [
            {
                "dataset": "ImageNet-1k val",
                "protocol": f"centre crop {size} of short side {short_side}, {row['interpolation']}",
                "crop": size,
                "shortSide": short_side,
                "method": METHODS[row["interpolation"]],
                "top1Pct": float(row["top1"]),
                "top5Pct": float(row["top5"]),
            }
        ],
        "acquisition": {
            "kind": "files",
            "files": [
                {
                    "name": cfg.url.rsplit("/", 1)[-1],
                    "addresses": [cfg.url],
                    "sizeBytes": None,
                    "hash": {"kind": "sha256Prefix", "hex": hashed.group(1)},
                }
            ],
        },
    }


def main(results, networks):
    figures = {row["model"]: row for row in csv.DictReader(open(results))}
    ours = set(pathlib.Path(networks).read_text().split())
    names = [name for name in timm.list_pretrained() if name.split(".")[0] in ours and "." in name]
    entries = [made for made in (entry(name, figures) for name in names) if made]
    (ROOT / "timm.json").write_text(json.dumps({"family": "timm", "entries": entries}, indent=2) + "\n")
    print(len(entries), f"(timm {timm.__version__})")


if __name__ == "__main__":
    main(*sys.argv[1:])
