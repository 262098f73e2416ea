"""Writes test/fixtures/models/vgg-goldens.json: what PyTorch computes for every VGG with formula weights (formula_weights.py).
Needs Python with numpy and torch:  python build/goldens/vgg_goldens.py

PyTorch computes in float64 from weights and pictures rounded to float32; `float32Error` says how far PyTorch's own float32 run is from that, as
max |difference| / max |value|, so that a float32 engine's tolerance has a measure. Layouts and element order are the product's (kernels [height, width, in, out]).

{ "cases": [ {
    "model": "vgg11_bn", "size": 32, "channels": 3, "classes": 10, "batch": 4, "options": {"widthFactor": 0.125, "headWidth": 64},
    "weights": [[name, shape], …],            every weight in building order, moving averages included
    "logitsEval": [[…classes] × batch],       moving averages used
    "logitsTrain": [[…]],                     batch statistics used (equal to logitsEval without BatchNorm)
    "loss": mean softmax cross-entropy of logitsTrain with the formula's labels,
    "gradients": [[name, digest], …],         of that loss, for every learnable weight
    "optimizers": [ { "kind": "adam" | "sgd", … its settings,
        "losses": [10 numbers]                loss before each step, all steps on the same batch in training mode
        "weights": [[name, digest, float32Error], …]   after the tenth step, moving averages included (momentum 0.9, unbiased variance, as PyTorch)
        "float32Error": of the losses } ],
    "float32Error": {"logits": …, "gradients": …} } ] }
A convolution's bias before BatchNorm has gradient 0; what an engine computes there is rounding noise, and Adam turns noise into steps of lr.
Such biases are left out of "gradients" and of the optimizers' "weights"; the moving means carry the same noise, which their float32Error shows.
A fair tolerance for an engine: max(1e-4, 10 * float32Error); above 1e-2 the comparison says nothing.
"formula": [[name, shape, digest], …] of formula weights of every kind, "pictures": digest of [4, 32, 32, 3], "labels": the first 16 of 10 classes:
both sides of the formula are checked against them.
digest = {"sum", "squares" (sum of squares), "entries": values at the indices of digest_indices(count): all for 16 elements or fewer, else 6 spread evenly}
Cases without optimizers have "optimizers": []; those with logits only have "gradients": [] too.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from formula_weights import labels, pictures, weight

ROOT = Path(__file__).resolve().parents[2]
CONVS = {"11": [1, 1, 2, 2, 2], "13": [2, 2, 2, 2, 2], "16": [2, 2, 3, 3, 3], "16_c1": [2, 2, 3, 3, 3], "19": [2, 2, 4, 4, 4]}
FILTERS = [64, 128, 256, 512, 512]
SMALL = {"widthFactor": 0.125, "headWidth": 64}
STEPS = 10
# BatchNorm over the 1×1 maps of four pictures is so badly conditioned that ten larger steps magnify rounding beyond any tolerance.
OPTIMIZERS = [
    {"kind": "adam", "lr": 1e-3, "lrBatchNorm": 1e-5, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"kind": "sgd", "lr": 1e-2, "lrBatchNorm": 1e-4, "momentum": 0.9},
]


class Vgg:
    """Functional VGG whose tensors keep the product's layout; gradients and optimizer steps therefore need no conversion."""

    def __init__(self, name, size, channels, classes, options, dtype):
        self.batch_norm = name.endswith("_bn")
        variant = name.removeprefix("vgg").removesuffix("_bn")
        self.plan, self.shapes, self.tensors = [], [], {}
        factor = options.get("widthFactor", 1)
        inputs = channels
        for block, count in enumerate(CONVS[variant]):
            filters = FILTERS[block] if factor == 1 else max(8, round(FILTERS[block] * factor / 8) * 8)
            for index in range(1, count + 1):
                kernel = 1 if variant == "16_c1" and block >= 2 and index == 3 else 3
                place = f"{block + 1}_{index}"
                self.plan.append(("conv", place, kernel // 2))
                self.add(f"conv{place}/kernel", [kernel, kernel, inputs, filters], dtype)
                self.add(f"conv{place}/bias", [filters], dtype)
                if self.batch_norm:
                    for kind in ("gamma", "beta", "mean", "variance"):
                        self.add(f"bn{place}/{kind}", [filters], dtype)
                inputs = filters
            self.plan.append(("pool", None, 0))
        side = size // 32
        self.grid = options.get("poolGrid", min(side, 7))
        width = options.get("headWidth", 4096)
        for layer, units_in, units in (("fc6", self.grid**2 * inputs, width), ("fc7", width, width), ("fc8", width, classes)):
            self.add(f"{layer}/kernel", [units_in, units], dtype)
            self.add(f"{layer}/bias", [units], dtype)

    def add(self, name, shape, dtype):
        self.shapes.append([name, shape])
        tensor = torch.from_numpy(weight(name, shape)).to(dtype)
        tensor.requires_grad_(not name.endswith(("/mean", "/variance")))
        self.tensors[name] = tensor

    def compared(self, name):
        return not (self.batch_norm and name.startswith("conv") and name.endswith("/bias"))

    def learnable(self):
        return [(name, tensor) for name, tensor in self.tensors.items() if tensor.requires_grad]

    def forward(self, x, training):
        get = self.tensors
        x = x.permute(0, 3, 1, 2)
        for kind, place, padding in self.plan:
            if kind == "pool":
                x = F.max_pool2d(x, 2)
                continue
            x = F.conv2d(x, get[f"conv{place}/kernel"].permute(3, 2, 0, 1), get[f"conv{place}/bias"], padding=padding)
            if self.batch_norm:
                mean, variance = get[f"bn{place}/mean"], get[f"bn{place}/variance"]
                x = F.batch_norm(x, mean, variance, get[f"bn{place}/gamma"], get[f"bn{place}/beta"], training=training, momentum=0.1, eps=1e-5)
            x = F.relu(x)
        x = F.adaptive_max_pool2d(x, self.grid).permute(0, 2, 3, 1).flatten(1)
        for layer in ("fc6", "fc7"):
            x = F.relu(x @ get[f"{layer}/kernel"] + get[f"{layer}/bias"])
        return x @ get["fc8/kernel"] + get["fc8/bias"]


def rounded(value):
    return float(f"{float(value):.10g}")


def digest_indices(count):
    return list(range(count)) if count <= 16 else [(k * (count - 1)) // 5 for k in range(6)]


def digest(tensor):
    flat = tensor.detach().double().flatten()
    return {"sum": rounded(flat.sum()), "squares": rounded((flat * flat).sum()), "entries": [rounded(flat[i]) for i in digest_indices(flat.numel())]}


def relative(ours, reference):
    ours, reference = ours.detach().double(), reference.detach().double()
    return float((ours - reference).abs().max() / reference.abs().max().clamp_min(1e-30))


def optimizers(case):
    for settings in OPTIMIZERS:
        chosen = {key: value for key, value in settings.items() if key != "lrBatchNorm"}
        if case["model"].endswith("_bn") and "lrBatchNorm" in settings:
            chosen["lr"] = settings["lrBatchNorm"]
        yield chosen


def run(case, dtype):
    """Everything of one case at one precision, as tensors."""
    x = torch.from_numpy(pictures([case["batch"], case["size"], case["size"], case["channels"]])).to(dtype)
    y = torch.from_numpy(labels(case["batch"], case["classes"]))
    make = lambda: Vgg(case["model"], case["size"], case["channels"], case["classes"], case["options"], dtype)
    net = make()
    with torch.no_grad():
        result = {"shapes": net.shapes, "logitsEval": net.forward(x, False)}
        result["logitsTrain"] = net.forward(x, True) if case["gradients"] else result["logitsEval"]
    if not case["gradients"]:
        return result
    net = make()
    loss = F.cross_entropy(net.forward(x, True), y)
    loss.backward()
    result["loss"] = loss.detach()
    result["gradients"] = {name: tensor.grad for name, tensor in net.learnable() if net.compared(name)}
    result["optimizers"] = []
    for settings in optimizers(case) if case["steps"] else []:
        net = make()
        parameters = [tensor for _, tensor in net.learnable()]
        if settings["kind"] == "adam":
            optimizer = torch.optim.Adam(parameters, lr=settings["lr"], betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"])
        else:
            optimizer = torch.optim.SGD(parameters, lr=settings["lr"], momentum=settings["momentum"])
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = F.cross_entropy(net.forward(x, True), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        result["optimizers"].append({"losses": torch.stack(losses), "weights": {name: tensor for name, tensor in net.tensors.items() if net.compared(name)}})
    return result


def golden(case):
    exact, single = run(case, torch.float64), run(case, torch.float32)
    rows = lambda tensor: [[rounded(v) for v in row] for row in tensor.tolist()]
    out = {key: case[key] for key in ("model", "size", "channels", "classes", "batch", "options")}
    out["weights"] = exact["shapes"]
    out["logitsEval"], out["logitsTrain"] = rows(exact["logitsEval"]), rows(exact["logitsTrain"])
    out["float32Error"] = {"logits": rounded(max(relative(single[k], exact[k]) for k in ("logitsEval", "logitsTrain")))}
    out["gradients"], out["optimizers"] = [], []
    if case["gradients"]:
        out["loss"] = rounded(exact["loss"])
        out["gradients"] = [[name, digest(gradient)] for name, gradient in exact["gradients"].items()]
        out["float32Error"]["gradients"] = rounded(max(relative(single["gradients"][n], g) for n, g in exact["gradients"].items()))
        for settings, ours, theirs in zip(optimizers(case), exact["optimizers"], single["optimizers"]):
            out["optimizers"].append({
                **settings,
                "losses": [rounded(v) for v in ours["losses"]],
                "weights": [[name, digest(tensor), float(f"{relative(theirs['weights'][name], tensor):.2g}")] for name, tensor in ours["weights"].items()],
                "float32Error": rounded(relative(theirs["losses"], ours["losses"])),
            })
    return out


def main():
    base = {"size": 32, "channels": 3, "classes": 10, "batch": 4, "options": SMALL, "gradients": True, "steps": True}
    # three and six pictures where with four a ReLU or a maximum lies within rounding of its kink, and any two implementations part there
    cases = [{**base, "model": f"vgg{variant}", "batch": 3 if variant == "16_c1" else 4} for variant in CONVS]
    cases += [{**base, "model": f"vgg{variant}_bn", "batch": 6} for variant in CONVS]
    cases += [
        # a grid larger than the 2×2 map repeats cells, one smaller than the 3×3 map overlaps
        {**base, "model": "vgg11", "size": 64, "options": {**SMALL, "poolGrid": 3}, "steps": False},
        {**base, "model": "vgg11", "size": 96, "channels": 1, "options": {**SMALL, "poolGrid": 2}, "steps": False},
        {**base, "model": "vgg11", "size": 64, "classes": 200, "batch": 2, "options": {}, "gradients": False, "steps": False},
    ]
    goldens = [golden(case) for case in cases]
    for case in goldens:
        print(case["model"], case["size"], case.get("loss"), case["float32Error"], [(o["kind"], o["losses"][-1], o["float32Error"], max(w[2] for w in o["weights"])) for o in case["optimizers"]])
    target = ROOT / "test" / "fixtures" / "models" / "vgg-goldens.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in goldens)
    samples = [["conv1_1/kernel", [3, 3, 3, 8]], ["fc6/kernel", [64, 48]], ["fc6/bias", [48]], ["bn1_1/gamma", [24]], ["bn1_1/beta", [24]], ["bn1_1/mean", [24]],
               ["bn1_1/variance", [24]], ["conv1_1/leftVector", [24]], ["conv1_1/rightVector", [27]]]
    formula = {
        "formula": [[name, shape, digest(torch.from_numpy(weight(name, shape)))] for name, shape in samples],
        "pictures": digest(torch.from_numpy(pictures([4, 32, 32, 3]))),
        "labels": labels(16, 10).tolist(),
    }
    target.write_text(json.dumps(formula, separators=(",", ":"))[:-1] + ',\n"cases":[\n' + lines + "\n]}\n")
    print(target.name, target.stat().st_size, "bytes")


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
