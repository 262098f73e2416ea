"""Writes test/fixtures/data/recipe-goldens.json: tables that recipes are made of, as torchvision and timm have them. Needs Python with torch, torchvision and
timm:  python build/goldens/recipe_tables_goldens.py

{ "randAugment", "trivialAugment": {"<side>": {"<operation>": {"signed", "magnitudes": [those of strength 0 to 30]}}},
  "repeatedAugment": {"length", "repeats", "order": timm's RepeatAugSampler on one device, without shuffling},
  "layerDecay": {"<network>": {"decay", "scales": {"<module>": factor of its learning rate}}} by timm's param_groups_layer_decay }
"""
import json
from pathlib import Path

import timm
import torch
from timm.data.distributed_sampler import RepeatAugSampler
from timm.optim import param_groups_layer_decay
from torchvision.transforms import RandAugment, TrivialAugmentWide

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "data" / "recipe-goldens.json"
BINS = 31
LENGTH, REPEATS = 29, 3
DECAY = 0.75
NETWORKS = """
vit_tiny_patch16_224 deit_small_patch16_224 mixer_s16_224 convnext_tiny convnextv2_atto swin_tiny_patch4_window7_224 efficientnet_b0 tf_efficientnetv2_s
mobilenetv2_100 mobilenetv3_large_100 mnasnet_100 regnety_002
""".split()


def table(space):
    rows = {}
    for name, (magnitudes, signed) in space.items():
        values = magnitudes.tolist() if magnitudes.ndim else [magnitudes.item()] * BINS
        rows[name] = {"signed": signed, "magnitudes": [round(value, 6) for value in values]}
    return rows


def repeated():
    sampler = RepeatAugSampler(torch.arange(LENGTH), num_replicas=1, rank=0, shuffle=False, num_repeats=REPEATS, selected_round=0)
    return {"length": LENGTH, "repeats": REPEATS, "order": [int(i) for i in sampler]}


def layer_decay(name):
    model = timm.create_model(name)
    names = {id(parameter): key for key, parameter in model.named_parameters()}
    scales = {}
    for group in param_groups_layer_decay(model, layer_decay=DECAY):
        for parameter in group["params"]:
            key = names[id(parameter)]
            module = key.rsplit(".", 1)[0] if "." in key else key
            scales.setdefault(module, set()).add(round(group["lr_scale"], 8))
    assert all(len(values) == 1 for values in scales.values()), "one factor a module"
    return {"decay": DECAY, "scales": {module: values.pop() for module, values in scales.items()}}


def main():
    spaces = {"randAugment": RandAugment()._augmentation_space, "trivialAugment": TrivialAugmentWide()._augmentation_space}
    goldens = {
        "randAugment": {str(side): table(spaces["randAugment"](BINS, (side, side))) for side in (24, 224)},
        "trivialAugment": {str(side): table(spaces["trivialAugment"](BINS)) for side in (24, 224)},
        "repeatedAugment": repeated(),
        "layerDecay": {name: layer_decay(name) for name in NETWORKS},
    }
    TARGET.write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
