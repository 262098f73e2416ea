"""Writes test/fixtures/weights/catalogue_names.json.gz: names and shapes of the published state dicts.

Run with torch, torchvision and timm installed: python build/catalogue/catalogue_names.py
"""

import gzip
import json
import pathlib

import timm
import torch
from torchvision import models

ROOT = pathlib.Path(__file__).resolve().parents[2]


def names_of(entry):
    recipe = entry["name"].rsplit(".", 1)[-1]
    # torchvision computes RegNet's widths with tensors, which have no values on the meta device
    with torch.device("cpu" if entry["model"].startswith("regnet") else "meta"):
        if recipe.startswith("torchvision"):
            theirs = entry["title"].split(",")[0]
            extra = {"aux_logits": True} if theirs in ("inception_v3", "googlenet") else {}
            network = models.get_model(theirs, weights=None, **extra)
        else:
            network = timm.create_model(entry["model"], pretrained=False)
    return [[name, *tensor.shape] for name, tensor in network.state_dict().items()]


def main():
    names = {}
    for path in sorted((ROOT / "resources" / "catalogue").glob("*.json")):
        if not path.name.startswith(("torchvision", "timm")):
            continue
        for entry in json.loads(path.read_text())["entries"]:
            # one network of one library has the same names in every recipe
            key = f"{entry['model']}.{path.name.split('-')[0].split('.')[0]}"
            if key not in names:
                names[key] = names_of(entry)
    target = ROOT / "test" / "fixtures" / "weights" / "catalogue_names.json.gz"
    target.write_bytes(gzip.compress(json.dumps(names, separators=(",", ":")).encode(), 9, mtime=0))
    print(len(names), "networks", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
