"""Writes test/fixtures/models/fine-tuning-goldens.json: ten steps of a small convolutional network by PyTorch with frozen layers, learning rates by group, and layers that
begin to train after the fifth step. Needs Python with numpy, torch and timm:  python build/goldens/fine_tuning_goldens.py

Network: conv "a" 3×3, 3 → 8, padding 1, no bias; BN "bn_a"; ReLU; max pooling 2; conv "b" 3×3, 8 → 8, padding 1, no bias; BN "bn_b"; ReLU; max pooling 4; flatten (rows, columns, channels);
dense "fc" → 10. BN momentum 0.1 in PyTorch's terms. Weights, pictures [32, 16, 16, 3] and labels from formula_weights.py; step k uses the examples 8·(k mod 4) … + 7.
A frozen layer: requires_grad off, BatchNorm by its stored statistics, which stay. Once it trains the optimizer keeps state for it from then on, as PyTorch does by itself.
PyTorch computes in float64; the third value of each weight is how far its own float32 run is from that.

{ "cases": [ {"name", "optimizer", "lr", "weightDecay", "clipNorm", "averaging", "startSteps": {layer: step; a layer that is left out never trains}, "lrFactors": {layer: factor},
    "losses": [10], "gradNorms": null | [10], "weights": [[name, digest, float32Error]], "averages": null | [[name, digest, float32Error]]} ] }
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from timm.utils import ModelEmaV2

from formula_weights import labels, pictures, weight
from recipes_goldens import adam, rmsprop, sgd
from vgg_goldens import digest, relative, rounded

ROOT = Path(__file__).resolve().parents[2]
STEPS, BATCH, CLASSES = 10, 8, 10
LAYERS = {"a": ["kernel"], "bn_a": ["gamma", "beta", "mean", "variance"], "b": ["kernel"], "bn_b": ["gamma", "beta", "mean", "variance"], "fc": ["kernel", "bias"]}
SHAPES = {"a/kernel": [3, 3, 3, 8], "b/kernel": [3, 3, 8, 8], "fc/kernel": [32, CLASSES], "fc/bias": [CLASSES]}
NAMES = [f"{layer}/{kind}" for layer, kinds in LAYERS.items() for kind in kinds]


class Net(torch.nn.Module):
    """Parameters keep the product's layout."""

    def __init__(self, dtype):
        super().__init__()
        for name in NAMES:
            tensor, key = torch.from_numpy(weight(name, SHAPES.get(name, [8]))).to(dtype), name.replace("/", "_")
            if name.endswith(("/mean", "/variance")):
                self.register_buffer(key, tensor)
            else:
                self.register_parameter(key, torch.nn.Parameter(tensor))

    def named(self, name):
        return getattr(self, name.replace("/", "_"))

    def block(self, x, conv, norm, pool, trained):
        x = F.conv2d(x, self.named(f"{conv}/kernel").permute(3, 2, 0, 1), padding=1)
        vectors = [self.named(f"{norm}/{kind}") for kind in ("mean", "variance", "gamma", "beta")]
        return F.max_pool2d(F.relu(F.batch_norm(x, *vectors, training=norm in trained, momentum=0.1, eps=1e-5)), pool)

    def forward(self, x, trained):
        x = self.block(self.block(x.permute(0, 3, 1, 2), "a", "bn_a", 2, trained), "b", "bn_b", 4, trained)
        return x.permute(0, 2, 3, 1).flatten(1) @ self.named("fc/kernel") + self.named("fc/bias")


def optimizer_of(case, net):
    o, groups = case["optimizer"], []
    for name in NAMES:
        layer, kind = name.split("/")
        if kind not in ("mean", "variance"):
            groups.append({"params": [net.named(name)], "lr": case["lr"] * case["lrFactors"].get(layer, 1), "weight_decay": case["weightDecay"] if kind == "kernel" else 0.0})
    if o["kind"] in ("adam", "adamw"):
        kind = torch.optim.Adam if o["kind"] == "adam" else torch.optim.AdamW
        return kind(groups, betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])
    if o["kind"] == "rmsprop":
        return torch.optim.RMSprop(groups, alpha=o["alpha"], eps=o["epsilon"], momentum=o["momentum"])
    return torch.optim.SGD(groups, momentum=o["momentum"], nesterov=o["nesterov"])


def run(case, dtype):
    net, x, y = Net(dtype), torch.from_numpy(pictures([32, 16, 16, 3])).to(dtype), torch.from_numpy(labels(32, CLASSES))
    optimizer, averaging = optimizer_of(case, net), case["averaging"]
    average = ModelEmaV2(net, decay=averaging["decay"]) if averaging else None
    losses, norms = [], []
    for step in range(STEPS):
        trained = {layer for layer, start in case["startSteps"].items() if start <= step}
        for layer, kinds in LAYERS.items():
            for kind in set(kinds) - {"mean", "variance"}:
                net.named(f"{layer}/{kind}").requires_grad_(layer in trained)
        part = slice(BATCH * (step % 4), BATCH * (step % 4) + BATCH)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[part], trained), y[part])
        loss.backward()
        if case["clipNorm"] is not None:
            norms.append(torch.nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], case["clipNorm"]))
        optimizer.step()
        if average:
            average.update(net)
        losses.append(loss.detach())
    state = lambda module: {name: getattr(module, name.replace("/", "_")).detach() for name in NAMES}
    return {"losses": torch.stack(losses), "norms": torch.stack(norms) if norms else None, "weights": state(net), "averages": state(average.module) if average else None}


def made(case):
    exact, near = run(case, torch.float64), run(case, torch.float32)
    listed = lambda key: [[name, digest(exact[key][name]), rounded(relative(near[key][name], exact[key][name]))] for name in NAMES]
    return case | {
        "losses": [rounded(v) for v in exact["losses"]], "gradNorms": None if exact["norms"] is None else [rounded(v) for v in exact["norms"]],
        "weights": listed("weights"), "averages": listed("averages") if exact["averages"] else None,
    }


HEAD = {"fc": 0}
UPPER = {"b": 0, "bn_b": 0, "fc": 0}
LATER = {"b": 5, "bn_b": 5, "fc": 0}
ALL_LATER = {"a": 5, "bn_a": 5, "b": 5, "bn_b": 5, "fc": 0}


def case(name, optimizer, lr, start, **change):
    return {"name": name, "optimizer": optimizer, "lr": lr, "startSteps": start, "weightDecay": 0.0, "clipNorm": None, "averaging": None, "lrFactors": {}} | change


CASES = [
    case("only the head", sgd(), 0.02, HEAD, weightDecay=5e-3),
    case("frozen below, groups", sgd(), 0.005, UPPER, weightDecay=5e-3, lrFactors={"fc": 10, "b": 0.1}),
    case("frozen BatchNorm between layers that train", sgd(0.9, True), 0.005, {"a": 0, "b": 0, "fc": 0}, weightDecay=5e-3),
    case("unfrozen after five steps, sgd", sgd(), 0.005, LATER, weightDecay=5e-3, lrFactors={"fc": 10}),
    case("all unfrozen after five steps, adam", adam(), 1e-3, ALL_LATER, weightDecay=0.01, lrFactors={"fc": 3, "a": 0.1}),
    case("unfrozen after five steps, adamw", adam("adamw"), 1e-3, LATER, weightDecay=0.05, lrFactors={"fc": 3, "b": 0.5}),
    case("unfrozen after five steps, rmsprop", rmsprop(0.9), 1e-4, LATER, weightDecay=0.01, lrFactors={"fc": 3}),
    case("clipping counts what trains", sgd(), 0.02, LATER, clipNorm=0.5, lrFactors={"b": 0.5}),
    case("averages of all, whether they train or not", sgd(), 0.01, LATER, averaging={"decay": 0.9, "warmUp": False}),
]


def main():
    golden = {"cases": [made(c) for c in CASES]}
    (ROOT / "test/fixtures/models/fine-tuning-goldens.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    for c in golden["cases"]:
        print(f"{c['name']:46} worst weight {max(w[2] for w in c['weights']):.1e}  loss {c['losses'][0]:.4f} -> {c['losses'][-1]:.4f}")


if __name__ == "__main__":
    main()
