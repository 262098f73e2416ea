"""Writes test/fixtures/models/zoo-goldens.json: what an independent implementation computes for the networks of the zoo with formula weights (formula_weights.py).
Needs Python with numpy, torch and timm, and node on the PATH:  python build/goldens/zoo_goldens.py FOLDER [model …]
FOLDER holds the deploy files (.prototxt) of soeaver/caffe-model (cls/*), hujie-frank/SENet (models/*) and shicai/SENet-Caffe under their own file names.
Naming models renews only their cases.

Narrow networks run the deploy file itself (prototxt.py) or timm's modules with narrow weights, full-width ones timm, the rest torch_references.py; all in float64 from weights rounded to float32.
`float32Error` is how far PyTorch's own float32 is from that (the larger of two memory layouts), as max |difference| / max |value| for logits; a gradient's
`error` is |difference| / norm. In a deep ReLU network a forward error e puts about a share e of the units on the other side of their kink, which changes
gradients by about sqrt(e): 1e-3 to 1e-2 is what any two float32 implementations differ by where the forward pass agrees to 1e-5, and BatchNorm over a few
pixels makes it worse. Gradients with an error above 2e-3 say too little and are left out. A fair tolerance for an engine: max(1e-4, 10 * error) where the
network's largest gradient error is below 1e-4 (no unit near its kink), else 8 * sqrt(logitsTrain error) in the mean over the weights.

{ "cases": [ {
    "model", "size", "channels", "classes", "batch", "options", "oracle",
    "logitsEval": [[…classes] × batch],       moving averages used
    "logitsTrain": [[…]],                     batch statistics used
    "loss": mean softmax cross-entropy of logitsTrain with the formula's labels,
    "gradients": {name: [norm, probe, error], …},   of that loss; probe = sum over i of gradient[i] * unit("probe:" + name, i)
    "float32Error": {"logitsEval": …, "logitsTrain": …, "gradients": the largest} } ] }
A bias or kernel before BatchNorm whose gradient is 0 by symmetry is left out: norms below 1e-9 of the largest.
"""
import json
import subprocess
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F

from formula_weights import labels, pictures, unit, weight
from prototxt import Prototxt
from torch_references import cifar_resnet, covariance_resnet, lenet, resnet, vgg16_convolutional

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "test" / "fixtures" / "models" / "zoo-goldens.json"

LARGEST_ERROR = 2e-3
LEARNABLE = ("kernel", "bias", "gamma", "beta")
NARROW = {"widthFactor": 0.125, "dropout": 0}
# model: deploy file, side of the input
DEPLOY_FILES = {
    "resnet18": ("deploy_resnet18-priv.prototxt", 64),
    "resnet50.caffe": ("deploy_resnet50.prototxt", 64),
    "resnext26_32x4d": ("deploy_resnext26-32x4d-priv.prototxt", 64),
    "resnext50_32x4d": ("deploy_resnext50-32x4d.prototxt", 64),
    "resnext101_32x4d": ("deploy_resnext101-32x4d.prototxt", 64),
    "resnext101_64x4d": ("deploy_resnext101-64x4d.prototxt", 64),
    "wide_resnet50_2": ("deploy_wrn50-2.prototxt", 64),
    "resnet101_v2": ("deploy_resnet101-v2.prototxt", 64),
    "resnet152_v2": ("deploy_resnet152-v2.prototxt", 64),
    "resnet269_v2": ("deploy_resnet269-v2.prototxt", 64),
    "resnet38a": ("deploy_resnet38a.prototxt", 64),
    "inception_v3.caffe": ("deploy_inception-v3.prototxt", 107),
    "inception_v4.caffe": ("deploy_inception-v4.prototxt", 107),
    "inception_resnet_v2.caffe": ("deploy_inception-resnet-v2.prototxt", 107),
    "xception": ("deploy_xception.prototxt", 107),
    "airx50_24x4d": ("deploy_airx50-24x4d.prototxt", 64),
    "air101": ("deploy_air101.prototxt", 64),
    "air152": ("deploy_air152.prototxt", 64),
    "airx101_32x4d": ("deploy_airx101-32x4d.prototxt", 64),
    "dpn68": ("deploy_dpn68-extra.prototxt", 64),
    "dpn92": ("deploy_dpn92.prototxt", 64),
    "dpn98": ("deploy_dpn98.prototxt", 64),
    "dpn131": ("deploy_dpn131.prototxt", 64),
    "dpn107": ("deploy_dpn107-extra.prototxt", 64),
    "se_inception_v2": ("SE-BN-Inception.prototxt", 64),
    "legacy_seresnet50": ("SE-ResNet-50.prototxt", 64),
    "legacy_seresnet101": ("SE-ResNet-101.prototxt", 64),
    "legacy_seresnet152": ("SE-ResNet-152.prototxt", 64),
    "legacy_seresnext50_32x4d": ("SE-ResNeXt-50.prototxt", 64),
    "legacy_seresnext101_32x4d": ("SE-ResNeXt-101.prototxt", 64),
    "legacy_senet154": ("SENet-154.prototxt", 64),
    "seresnet50_hik": ("se_resnet_50_v1_deploy.prototxt", 64),
}
# full width; timm's name is ours
TIMM = {"resnet18": 64, "resnet50": 64, "resnext50_32x4d": 64, "seresnet50": 64, "dpn92": 64, "inception_v3": 107, "legacy_xception": 107}
# narrow: modules of timm that are given smaller tensors; Keras's Inception v3 differs from it in its averages over the border
NARROW_TIMM = {"resnet34": 64, "resnet50": 64, "seresnet50": 64, "inception_v3": 107, "inception_v3.keras": 107, "inception_v4": 107, "inception_resnet_v2": 107, "legacy_xception": 107}
REFERENCES = {
    "lenet": (lenet, 29, {}),
    "resnet20_cifar": (cifar_resnet(3), 32, {}),
    "resnet32_cifar": (cifar_resnet(5), 32, {"widthFactor": 0.5}),
    "resnet44_cifar": (cifar_resnet(7), 32, {"widthFactor": 0.5}),
    "resnet56_cifar": (cifar_resnet(9), 32, {"widthFactor": 0.5}),
    "resnet101": (resnet([3, 4, 23, 3], True), 64, NARROW),
    "resnet152": (resnet([3, 8, 36, 3], True), 64, NARROW),
    "vgg16_fc": (vgg16_convolutional("5_3"), 64, {**NARROW, "headWidth": 64}),
    "vgg16_fc14": (vgg16_convolutional("5_4"), 64, {**NARROW, "headWidth": 64}),
    "resnet50_isqrt": (covariance_resnet([3, 4, 6, 3], True, False), 64, NARROW),
    "resnet101_isqrt": (covariance_resnet([3, 4, 23, 3], True, False), 64, NARROW),
    "resnet18_3g": (covariance_resnet([2, 2, 2, 2], False, True), 64, NARROW),
    "resnet50_3g": (covariance_resnet([3, 4, 6, 3], True, True), 64, NARROW),
    "resnet101_3g": (covariance_resnet([3, 4, 23, 3], True, True), 64, NARROW),
}


# families that timm does not have, at full width too
FULL_WIDTH = ("resnet101_v2", "airx50_24x4d", "resnet18_3g", "resnet50_isqrt")


def list_weights(cases):
    requests = [[c["model"], c["size"], c["channels"], c["classes"], c["options"]] for c in cases]
    answer = subprocess.run(["node", str(ROOT / "build" / "goldens" / "list_weights.ts")], input=json.dumps(requests), capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def functional_oracle(function):
    """Tensors in the product's layout go in, their gradients come back as they are."""

    def run(case, specs, dtype, layout):
        x = images(case, dtype).contiguous(memory_format=layout)
        results = {}
        for training in (False, True):
            tensors = {name: torch.from_numpy(weight(name, shape)).to(dtype).requires_grad_(kind in LEARNABLE) for name, shape, kind in specs}
            results[training] = function(x, tensors, training)
        return finish(case, results, {name: tensors[name] for name, _, kind in specs if kind in LEARNABLE}, lambda name, gradient: gradient)

    return run


def deploy_oracle(folder, file):
    network = Prototxt((folder / file).read_text())

    def function(x, tensors, training):
        def slice_point(layer, channels):
            block = int(layer.split("_")[0].removeprefix("dpn"))
            first = max(n for n in range(1, block + 1) if f"dpn{n}_match_conv/kernel" in tensors)
            if f"dpn{first}_conv3_branch1/kernel" in tensors:
                return tensors[f"dpn{first}_conv3_branch1/kernel"].shape[3]
            # residual + 2 growth, and residual + growth
            projected, expanded = (tensors[f"dpn{first}_{conv}/kernel"].shape[3] for conv in ("match_conv", "conv3"))
            return 2 * expanded - projected

        return network.run(x, tensors, training, slice_point)

    return functional_oracle(function)


def timm_oracle(name):
    """timm's modules and the product's layers in the order they run; shapes are asserted where the network has its full width."""
    import timm

    def run(case, specs, dtype, layout):
        model = timm.create_model(name.removesuffix(".keras"), num_classes=case["classes"], drop_rate=0).to(dtype)
        narrow = "widthFactor" in case["options"]
        order, x = [], images(case, dtype).contiguous(memory_format=layout)
        leaves = [m for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.modules.batchnorm._BatchNorm, torch.nn.Linear))]
        hooks = [m.register_forward_pre_hook(lambda module, _: order.append(module)) for m in leaves]
        model.eval()(x)
        for hook in hooks:
            hook.remove()
        layers = {}
        for weight_name, shape, kind in specs:
            layers.setdefault(weight_name.rsplit("/", 1)[0], []).append((weight_name, shape, kind))
        assert len(order) == len(layers), (len(order), len(layers))
        parameters = {}
        attribute = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
        for module, weights in zip(order, layers.values()):
            for weight_name, shape, kind in weights:
                tensor, value = getattr(module, attribute[kind]), torch.from_numpy(weight(weight_name, shape)).to(dtype)
                if kind == "kernel":
                    value = to_torch(value, tensor.dim())
                assert narrow or tensor.shape == value.shape, (weight_name, tensor.shape, value.shape)
                if narrow and kind == "kernel" and getattr(module, "groups", 1) > 1:
                    assert module.groups == module.in_channels, "depthwise alone"
                    module.groups = value.shape[0]
                tensor.data = value.contiguous(memory_format=layout) if value.dim() == 4 else value
                if kind in LEARNABLE:
                    parameters[weight_name] = tensor
        shapes = {weight_name: shape for weight_name, shape, _ in specs}
        with mock.patch.object(F, "avg_pool2d", partial(F.avg_pool2d, count_include_pad=False)) if name.endswith(".keras") else nullcontext():
            results = {False: model.eval()(x), True: model.train()(x)}
        return finish(case, results, parameters, lambda n, g: from_torch(g, len(shapes[n])))

    return run


def to_torch(kernel, dimensions):
    if kernel.dim() == 2:
        kernel = kernel[None, None]
    kernel = kernel.permute(3, 2, 0, 1)
    return kernel if dimensions == 4 else kernel[:, :, 0, 0]


def from_torch(gradient, dimensions):
    if gradient.dim() == 1:
        return gradient
    if gradient.dim() == 2:
        gradient = gradient[:, :, None, None]
    gradient = gradient.permute(2, 3, 1, 0)
    return gradient if dimensions == 4 else gradient[0, 0]


def images(case, dtype):
    return torch.from_numpy(pictures([case["batch"], case["size"], case["size"], case["channels"]])).to(dtype).permute(0, 3, 1, 2)


def finish(case, results, parameters, to_ours):
    loss = F.cross_entropy(results[True], torch.from_numpy(labels(case["batch"], case["classes"])))
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {
        "logitsEval": results[False].detach().double(), "logitsTrain": results[True].detach().double(), "loss": float(loss.detach()),
        "gradients": {name: to_ours(name, g).double().contiguous() for name, g in zip(parameters, gradients)},
    }


def rounded(value, digits=8):
    return float(f"{float(value):.{digits}g}")


def golden(case, specs, oracle):
    exact = oracle(case, specs, torch.float64, torch.contiguous_format)
    norms = {name: float(g.norm()) for name, g in exact["gradients"].items()}
    floor = 1e-9 * max(norms.values())
    kept = [name for name, norm in norms.items() if norm > floor]
    errors, gradient_errors = {"logitsEval": 0.0, "logitsTrain": 0.0}, dict.fromkeys(kept, 0.0)
    for layout in (torch.contiguous_format, torch.channels_last):
        single = oracle(case, specs, torch.float32, layout)
        for key in errors:
            errors[key] = max(errors[key], float((single[key] - exact[key]).abs().max() / exact[key].abs().max()))
        for name in kept:
            gradient_errors[name] = max(gradient_errors[name], float((single["gradients"][name] - exact["gradients"][name]).norm()) / norms[name])
    probe = lambda name, g: float(np.dot(g.numpy().ravel(), unit("probe:" + name, g.numel())))
    rows = lambda tensor: [[rounded(v) for v in row] for row in tensor.tolist()]
    return {
        **case, "logitsEval": rows(exact["logitsEval"]), "logitsTrain": rows(exact["logitsTrain"]), "loss": rounded(exact["loss"]),
        "gradients": {name: [rounded(norms[name], 7), rounded(probe(name, exact["gradients"][name]), 7), rounded(gradient_errors[name], 2)] for name in kept if gradient_errors[name] <= LARGEST_ERROR},
        "float32Error": {key: rounded(value, 2) for key, value in {**errors, "gradients": max(gradient_errors.values())}.items()},
    }


def main():
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    base = {"channels": 3, "classes": 10}
    plans = [({"model": m, "size": size, **base, "batch": 4, "options": NARROW, "oracle": f"deploy file {file}"}, lambda file=file: deploy_oracle(folder, file)) for m, (file, size) in DEPLOY_FILES.items()]
    plans += [({"model": m, "size": size, **base, "batch": 3, "options": {}, "oracle": "timm"}, lambda m=m: timm_oracle(m)) for m, size in TIMM.items()]
    plans += [({"model": m, "size": size, **base, "batch": 4, "options": NARROW, "oracle": "timm, narrow"}, lambda m=m: timm_oracle(m)) for m, size in NARROW_TIMM.items()]
    plans += [({"model": m, "size": size, **base, "batch": 4, "options": options, "oracle": "torch_references.py"}, lambda f=f: functional_oracle(f)) for m, (f, size, options) in REFERENCES.items()]
    plans += [({**case, "batch": 3, "options": {}, "oracle": f"{case['oracle']}, full width"}, oracle) for case, oracle in plans if case["model"] in FULL_WIDTH]
    everything = plans
    plans = [plan for plan in everything if not wanted or plan[0]["model"] in wanted]
    key = lambda case: (case["model"], case["oracle"])
    known = {key(case): case for case in json.loads(TARGET.read_text())["cases"]} if wanted and TARGET.exists() else {}
    for (case, oracle), specs in zip(plans, list_weights([case for case, _ in plans])):
        result = golden(case, specs, oracle())
        print(case["model"], case["oracle"], rounded(result["loss"], 4), result["float32Error"], len(result["gradients"]), "gradients", flush=True)
        known[key(case)] = result
        lines = ",\n".join(json.dumps(known[key(plan)], separators=(",", ":")) for plan, _ in everything if key(plan) in known)
        TARGET.write_text('{"cases":[\n' + lines + "\n]}\n")
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
