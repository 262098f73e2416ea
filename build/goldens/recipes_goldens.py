"""Writes test/fixtures/models/recipes-goldens.json: 20 training steps of a small network by PyTorch for every optimizer and loss option, and the learning rates
of its schedulers. Needs Python with numpy, torch and timm:  python build/goldens/recipes_goldens.py

Network: conv "a" 3×3, 3 → 8, padding 1; with "batchNorm" BN "bn" (momentum 0.9 in the product's terms, 0.1 in PyTorch's); ReLU; max pooling 4; flatten (rows, columns,
channels); dense "fc" → 10. Weights, pictures [32, 16, 16, 3] and labels from formula_weights.py; step k uses the examples 8·(k mod 4) … + 7.
PyTorch computes in float64 from weights and pictures rounded to float32; `float32Error` is how far its own float32 run is from that (of losses and of each weight).

{ "cases": [ {"name", "batchNorm", "optimizer": {…}, "lrs": [20], "weightDecay", "decayAll", "clipNorm", "averaging": null | {"decay", "warmUp"}, "labelSmoothing",
    "classWeights": null | [10], "momenta": null | [20],   momentum or β₁ of each step
    "mix": null | lam,        pictures mixed with those of the batch in reverse order, lam · own + (1 − lam) · other's
    "losses": [20], "gradNorms": null | [20], "weights": [[name, digest, float32Error]], "averages": null | [[name, digest, float32Error]], "float32Error" } ],
  "schedules": [ {"schedule", "warmUp", "lr", "stepsPerEpoch", "epochs", "lrs": [every step]} ],
  "momenta": {"schedule", "lr", "stepsPerEpoch", "epochs", "lrs", "momenta": [every step]},
  "plateau": {"schedule", "lr", "values": [metric after each epoch], "lrs": [lr of each epoch]},
  "classWeights": {"counts", "balanced"} (scikit-learn's formula), "targets": timm's mixup_target rows }
digest as in vgg_goldens.py.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from timm.data.mixup import mixup_target
from timm.loss import SoftTargetCrossEntropy
from timm.utils import ModelEmaV2

from formula_weights import labels, pictures, weight
from vgg_goldens import digest, relative, rounded

ROOT = Path(__file__).resolve().parents[2]
STEPS, BATCH, CLASSES = 20, 8, 10
OWN_WEIGHTS = [1.0, 0.5, 2.0, 1.0, 3.0, 0.25, 1.0, 1.5, 1.0, 0.75]


class Net(torch.nn.Module):
    """Parameters keep the product's layout."""

    def __init__(self, batch_norm, dtype):
        super().__init__()
        self.shapes = {"a/kernel": [3, 3, 3, 8], "a/bias": [8]}
        if batch_norm:
            self.shapes |= {f"bn/{kind}": [8] for kind in ("gamma", "beta", "mean", "variance")}
        self.shapes |= {"fc/kernel": [128, CLASSES], "fc/bias": [CLASSES]}
        for name, shape in self.shapes.items():
            tensor = torch.from_numpy(weight(name, shape)).to(dtype)
            key = name.replace("/", "_")
            if name.endswith(("/mean", "/variance")):
                self.register_buffer(key, tensor)
            else:
                self.register_parameter(key, torch.nn.Parameter(tensor))
        self.batch_norm = batch_norm

    def named(self, name):
        return getattr(self, name.replace("/", "_"))

    def forward(self, x):
        x = F.conv2d(x.permute(0, 3, 1, 2), self.a_kernel.permute(3, 2, 0, 1), self.a_bias, padding=1)
        if self.batch_norm:
            x = F.batch_norm(x, self.bn_mean, self.bn_variance, self.bn_gamma, self.bn_beta, training=True, momentum=0.1, eps=1e-5)
        x = F.max_pool2d(F.relu(x), 4).permute(0, 2, 3, 1).flatten(1)
        return x @ self.fc_kernel + self.fc_bias


def optimizer_of(case, net):
    o, lr, wd = case["optimizer"], case["lrs"][0], case["weightDecay"]
    parameters = [(name, net.named(name)) for name in net.shapes if not name.endswith(("/mean", "/variance"))]
    decays = [p for name, p in parameters if case["decayAll"] or name.endswith("/kernel")]
    others = [p for name, p in parameters if not (case["decayAll"] or name.endswith("/kernel"))]
    groups = [{"params": decays, "weight_decay": wd}] + ([{"params": others, "weight_decay": 0.0}] if others else [])
    if o["kind"] in ("adam", "adamw"):
        kind = torch.optim.Adam if o["kind"] == "adam" else torch.optim.AdamW
        return kind(groups, lr=lr, betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])
    if o["kind"] == "rmsprop":
        return torch.optim.RMSprop(groups, lr=lr, alpha=o["alpha"], eps=o["epsilon"], momentum=o["momentum"])
    return torch.optim.SGD(groups, lr=lr, momentum=o["momentum"], nesterov=o["nesterov"])


def run(case, dtype):
    net, x, y = Net(case["batchNorm"], dtype), torch.from_numpy(pictures([32, 16, 16, 3])).to(dtype), torch.from_numpy(labels(32, CLASSES))
    optimizer, averaging = optimizer_of(case, net), case["averaging"]
    average = ModelEmaV2(net, decay=0.5) if averaging else None
    own = None if case["classWeights"] is None else torch.tensor(case["classWeights"], dtype=dtype)
    losses, norms = [], []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = case["lrs"][step]
            if case["momenta"] is not None:
                group |= {"betas": (case["momenta"][step], group["betas"][1])} if "betas" in group else {"momentum": case["momenta"][step]}
        part = slice(BATCH * (step % 4), BATCH * (step % 4) + BATCH)
        images, target = x[part], y[part]
        optimizer.zero_grad()
        if case["mix"] is None:
            loss = F.cross_entropy(net(images), target, weight=own, label_smoothing=case["labelSmoothing"])
        else:
            lam = case["mix"]
            mixed = images * lam + images.flip(0) * (1 - lam)
            loss = SoftTargetCrossEntropy()(net(mixed), mixup_target(target, CLASSES, lam, case["labelSmoothing"]).to(dtype))
        loss.backward()
        if case["clipNorm"] is not None:
            norms.append(torch.nn.utils.clip_grad_norm_(net.parameters(), case["clipNorm"]))
        optimizer.step()
        if average:
            average.decay = min(averaging["decay"], (2 + step) / (11 + step)) if averaging["warmUp"] else averaging["decay"]
            average.update(net)
        losses.append(loss.detach())
    state = lambda module: {name: getattr(module, name.replace("/", "_")).detach() for name in net.shapes}
    return {"losses": torch.stack(losses), "norms": torch.stack(norms) if norms else None, "weights": state(net), "averages": state(average.module) if average else None}


def made(case):
    exact, near = run(case, torch.float64), run(case, torch.float32)
    # A bias before BatchNorm has gradient 0: what is computed there is rounding noise, which the moving mean follows.
    compared = [name for name in exact["weights"] if not (case["batchNorm"] and name in ("a/bias", "bn/mean"))]
    listed = lambda key: [[name, digest(exact[key][name]), rounded(relative(near[key][name], exact[key][name]))] for name in compared]
    return case | {
        "losses": [rounded(v) for v in exact["losses"]], "gradNorms": None if exact["norms"] is None else [rounded(v) for v in exact["norms"]],
        "weights": listed("weights"), "averages": listed("averages") if exact["averages"] else None, "float32Error": rounded(relative(near["losses"], exact["losses"])),
    }


def adam(kind="adam"):
    return {"kind": kind, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


def sgd(momentum=0.9, nesterov=False):
    return {"kind": "sgd", "momentum": momentum, "nesterov": nesterov}


def rmsprop(momentum=0.0):
    return {"kind": "rmsprop", "alpha": 0.99, "epsilon": 1e-8, "momentum": momentum}


def case(name, optimizer, lr, **change):
    plain = {"batchNorm": False, "weightDecay": 0.0, "decayAll": False, "clipNorm": None, "averaging": None, "labelSmoothing": 0.0, "classWeights": None, "mix": None, "momenta": None}
    return {"name": name, "optimizer": optimizer, "lrs": lr if isinstance(lr, list) else [lr] * STEPS} | plain | change


def cases(cosine, cycle):
    lrs, momenta = cycle
    yield case("adam", adam(), 1e-3)
    yield case("adam, decay", adam(), 1e-3, weightDecay=0.05)
    yield case("adamw", adam("adamw"), 1e-3, weightDecay=0.05)
    yield case("adamw, decay of all", adam("adamw"), 1e-3, weightDecay=0.05, decayAll=True)
    yield case("sgd", sgd(0.0), 0.02)
    yield case("sgd, momentum, decay", sgd(), 0.01, weightDecay=5e-4)
    yield case("sgd, nesterov, decay of all", sgd(0.9, True), 0.01, weightDecay=5e-3, decayAll=True)
    yield case("rmsprop", rmsprop(), 1e-4)
    yield case("rmsprop, momentum, decay", rmsprop(0.9), 1e-5, weightDecay=0.01)
    yield case("sgd, cosine", sgd(), cosine)
    yield case("sgd, one cycle with momentum", sgd(), lrs, momenta=momenta)
    yield case("sgd, nesterov, one cycle with momentum", sgd(0.9, True), lrs, momenta=momenta, weightDecay=5e-4)
    yield case("adam, one cycle with momentum", adam(), [v / 20 for v in lrs], momenta=momenta)
    yield case("adamw, one cycle with momentum", adam("adamw"), [v / 20 for v in lrs], momenta=momenta, weightDecay=0.05)
    yield case("rmsprop, one cycle with momentum", rmsprop(0.9), [v / 2000 for v in lrs], momenta=momenta)
    yield case("clipping", sgd(), 0.02, clipNorm=1.0)
    yield case("clipping that seldom bites", sgd(), 0.01, clipNorm=3.0)
    yield case("averages", sgd(), 0.01, averaging={"decay": 0.9, "warmUp": False})
    yield case("averages with warm-up, batch norm", sgd(), 0.01, batchNorm=True, averaging={"decay": 0.99, "warmUp": True})
    yield case("label smoothing", sgd(), 0.01, labelSmoothing=0.1)
    yield case("class weights", sgd(), 0.01, classWeights=OWN_WEIGHTS)
    yield case("class weights, label smoothing", adam(), 1e-3, classWeights=OWN_WEIGHTS, labelSmoothing=0.1)
    yield case("mixed pictures, label smoothing", sgd(), 0.01, mix=0.3, labelSmoothing=0.1)


ONE_CYCLE = {"kind": "oneCycle", "pctStart": 0.3, "divFactor": 25, "finalDivFactor": 1e4, "momentum": {"base": 0.85, "max": 0.95}}


def one_cycle(lr, steps):
    """Rates and momenta of each step, both set by OneCycleLR."""
    optimizer, lrs, momenta = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9), [], []
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for step in range(steps):
        lrs.append(rounded(optimizer.param_groups[0]["lr"]))
        momenta.append(rounded(optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return lrs, momenta


def lrs_of(make, lr, steps, every=1):
    """lr of each step with a scheduler that is stepped every `every` steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, found = make(optimizer), []
    for step in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % every == 0:
            scheduler.step()
    return [rounded(v) for v in found]


def schedules():
    from torch.optim.lr_scheduler import CosineAnnealingLR, ConstantLR, ExponentialLR, LinearLR, MultiStepLR, OneCycleLR, PolynomialLR, SequentialLR, StepLR
    per_epoch, epochs, lr = 7, 10, 0.05
    total = per_epoch * epochs
    one = lambda schedule, make, warm=None, every=1: {"schedule": schedule, "warmUp": warm, "lr": lr, "stepsPerEpoch": per_epoch, "epochs": epochs, "lrs": lrs_of(make, lr, total, every)}
    warmed = lambda make, steps, start: lambda o: SequentialLR(o, [LinearLR(o, start, 1.0, steps), make(o)], [steps])
    yield one({"kind": "constant"}, lambda o: ConstantLR(o, 1.0))
    yield one({"kind": "step", "everyEpochs": 3, "gamma": 0.2}, lambda o: StepLR(o, 3, 0.2), every=per_epoch)
    yield one({"kind": "milestones", "epochs": [2, 5, 8], "gamma": 0.1}, lambda o: MultiStepLR(o, [2, 5, 8], 0.1), every=per_epoch)
    yield one({"kind": "exponential", "gamma": 0.8}, lambda o: ExponentialLR(o, 0.8 ** (1 / per_epoch)))
    yield one({"kind": "cosine", "finalFactor": 0}, lambda o: CosineAnnealingLR(o, total))
    yield one({"kind": "cosine", "finalFactor": 0.1}, lambda o: CosineAnnealingLR(o, total, eta_min=lr * 0.1))
    yield one({"kind": "polynomial", "power": 2, "finalFactor": 0}, lambda o: PolynomialLR(o, total, 2))
    yield one({"kind": "oneCycle", "pctStart": 0.3, "divFactor": 25, "finalDivFactor": 1e4}, lambda o: OneCycleLR(o, lr, total_steps=total, cycle_momentum=False))
    yield one({"kind": "oneCycle", "pctStart": 0.25, "divFactor": 10, "finalDivFactor": 100}, lambda o: OneCycleLR(o, lr, total_steps=total, pct_start=0.25, div_factor=10, final_div_factor=100, cycle_momentum=False))
    yield one({"kind": "cosine", "finalFactor": 0}, warmed(lambda o: CosineAnnealingLR(o, total - 14), 14, 0.1), {"epochs": 2, "startFactor": 0.1})
    yield one({"kind": "polynomial", "power": 1, "finalFactor": 0}, warmed(lambda o: PolynomialLR(o, total - 10, 1), 10, 0.01), {"steps": 10, "startFactor": 0.01})


def plateau():
    values = [2.0, 1.5, 1.49999, 1.6, 1.55, 1.5, 1.2, 1.25, 1.3, 1.3, 1.3, 1.19999, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler, lrs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=1, cooldown=1, min_lr=0.002, threshold=1e-4), []
    for value in values:
        lrs.append(rounded(optimizer.param_groups[0]["lr"]))
        scheduler.step(value)
    return {"schedule": {"kind": "plateau", "metric": "val/loss", "factor": 0.3, "patience": 1, "cooldown": 1, "minLr": 0.002, "threshold": 1e-4}, "lr": 0.1, "values": values, "lrs": lrs}


def main():
    listed = list(schedules())
    cosine = lrs_of(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, STEPS), 0.02, STEPS)
    counts = [5, 20, 100, 0, 3]
    golden = {
        "cases": [made(c) for c in cases(cosine, one_cycle(0.02, STEPS))], "schedules": listed, "plateau": plateau(),
        "momenta": dict(zip(("lrs", "momenta"), one_cycle(0.05, 70))) | {"schedule": ONE_CYCLE, "lr": 0.05, "stepsPerEpoch": 7, "epochs": 10},
        "classWeights": {"counts": counts, "balanced": [128 / (4 * n) if n else 1 for n in counts]},
        "targets": [[rounded(v) for v in row] for row in mixup_target(torch.tensor([0, 3, 3, 1]), 5, 0.7, 0.1)],
    }
    path = ROOT / "test/fixtures/models/recipes-goldens.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    for c in golden["cases"]:
        print(f"{c['name']:36} float32 {c['float32Error']:.1e}  worst weight {max(w[2] for w in c['weights']):.1e}  loss {c['losses'][0]:.4f} -> {c['losses'][-1]:.4f}")


if __name__ == "__main__":
    main()
