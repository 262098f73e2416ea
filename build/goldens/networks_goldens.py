"""Writes test/fixtures/models/networks-goldens.json: parameters and multiply-adds of the networks that timm and torchvision have, and what those compute with
formula weights (formula_weights.py). The cases are as zoo_goldens.py's, made by the same functions, with fewer gradients. Needs Python with numpy, torch,
torchvision and timm, and node on the PATH:
python build/goldens/networks_goldens.py [model ...]     (naming models renews only theirs)

The layers of these networks are called as timm or torchvision call their modules, so that a weight `<module>/<kind>` finds its tensor by name.
A narrow network is timm's with smaller tensors in its modules. Multiply-adds are those of convolutions and matrix products, counted by PyTorch.

{ "counts": {"<model>": [side of the input, parameters, multiply-adds]},
  "cases": [as zoo-goldens.json; "gradients" are those of some weights, spread over the network] }
"""
import json
import sys
from pathlib import Path

import timm
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from formula_weights import weight
from torch_references import bn_inception, densenet_cifar, pyramidnet, resnext29, wide_resnet
from zoo_goldens import LEARNABLE, finish, from_torch, functional_oracle, golden, images, list_weights, to_torch

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "networks-goldens.json"
KEPT_GRADIENTS = 10
BASE = {"channels": 3, "classes": 10, "batch": 2}
NARROW = {"widthFactor": 0.25, "dropout": 0}

TIMM = """
efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 tf_efficientnet_b0 tf_efficientnet_b1 tf_efficientnet_b2 tf_efficientnet_b3
tf_efficientnet_b4 efficientnet_lite0 efficientnet_lite1 efficientnet_lite2 efficientnet_lite3 efficientnet_lite4 tf_efficientnet_lite0 tf_efficientnet_lite1
tf_efficientnet_lite2 tf_efficientnet_lite3 tf_efficientnet_lite4 tf_efficientnetv2_s tf_efficientnetv2_m mobilenetv2_100 mobilenetv3_small_100
mobilenetv3_large_100 mnasnet_050 mnasnet_075 mnasnet_100 densenet121 densenet161 densenet169 densenet201 convnext_atto convnext_femto convnext_pico
convnext_nano convnext_tiny convnext_small convnext_base convnextv2_atto convnextv2_femto convnextv2_pico convnextv2_nano convnextv2_tiny convnextv2_base
regnetx_002 regnetx_004 regnetx_006 regnetx_008 regnetx_016 regnetx_032 regnetx_040 regnetx_064 regnetx_080 regnety_002 regnety_004 regnety_006 regnety_008
regnety_016 regnety_032 regnety_040 regnety_064 regnety_080 vit_tiny_patch16_224 vit_small_patch16_224 vit_base_patch16_224 deit_tiny_patch16_224
deit_small_patch16_224 deit_base_patch16_224 swin_tiny_patch4_window7_224 swin_small_patch4_window7_224 mixer_s16_224 mixer_b16_224
""".split()
# Their layers have names of ours, or of the other package; their modules run in the same order.
ORDERED_TIMM = "resnet10t resnet18d resnet26d resnet34d resnet50d resnet101d resnet152d wide_resnet101_2".split()
TORCHVISION = """
squeezenet1_0 squeezenet1_1 alexnet googlenet shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 mnasnet1_3 resnet10
""".split()
# Only counted here: what they compute is in vgg-goldens.json and zoo-goldens.json.
COUNTED_TIMM = """
resnext101_32x4d inception_v3 inception_v4 inception_resnet_v2 legacy_xception dpn68 dpn92 dpn98 dpn131 dpn107 legacy_seresnet50 legacy_seresnet101
legacy_seresnet152 legacy_seresnext50_32x4d legacy_seresnext101_32x4d legacy_senet154 seresnet50
""".split()
COUNTED_TORCHVISION = """
vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_64x4d wide_resnet50_2
""".split()
# Other packages have none; the paper's or its authors' number of parameters is in the test.
REFERENCES = {
    "wide_resnet28_10": wide_resnet(4),
    "resnext29_8x64d": resnext29(3),
    "densenet100bc_cifar": densenet_cifar(16),
    "pyramidnet110_a48": pyramidnet(18),
    "pyramidnet110_a270": pyramidnet(18),
    "bn_inception": bn_inception,
}
# The smallest of each family is compared at its full width too.
FULL_WIDTH = """
efficientnet_b0 tf_efficientnet_lite0 tf_efficientnetv2_s mobilenetv2_100 mobilenetv3_small_100 mnasnet_100 densenet121 convnext_atto convnextv2_atto
regnetx_002 regnety_002 resnet50d vit_tiny_patch16_224 swin_tiny_patch4_window7_224 mixer_s16_224 squeezenet1_1 alexnet googlenet shufflenet_v2_x1_0
densenet100bc_cifar pyramidnet110_a48 bn_inception
""".split()
SIZED = ("vit_", "deit_", "swin_", "mixer_")
ATTRIBUTES = {
    "kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias", "mean": "running_mean", "variance": "running_var",
    "relativeBias": "relative_position_bias_table",
}


# A dense layer behind a flattened map: side of the map. PyTorch flattens channel by channel, we cell by cell.
FLATTENED = {("alexnet", "classifier.1/kernel"): 6}


def size_of(name):
    return 64 if name == "bn_inception" else 32 if name in REFERENCES else 63 if name == "alexnet" else 64


def create(name, size=None, **options):
    if name == "resnet10":
        return torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], **options)
    if name in (*TORCHVISION, *COUNTED_TORCHVISION):
        if name == "googlenet":
            options |= {"aux_logits": False, "init_weights": False}
        return torchvision.models.get_model(name, weights=None, **options)
    if name.startswith("swin_"):
        options["drop_path_rate"] = 0.0
    if size and name.startswith(SIZED):
        options["img_size"] = size
    return timm.create_model(name, **options)


def count(name):
    """Side of the input, parameters, multiply-adds; on tensors without values."""
    with torch.device("meta"):
        model = create(name).eval()
    side = 224 if name in (*TORCHVISION, *COUNTED_TORCHVISION) else model.pretrained_cfg["input_size"][1]
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, side, side, device="meta"))
    return [side, sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2]


def holder(model, weight_name):
    """Module and attribute of a weight."""
    path, kind = weight_name.rsplit("/", 1)
    if kind == "embedding":
        return model, path
    module = model.get_submodule(path)
    own = ATTRIBUTES[kind]
    return module, "gamma" if kind == "gamma" and not hasattr(module, own) else own


def fit(model):
    """Makes the modules agree with the tensors they were given."""
    for module in model.modules():
        kernel = getattr(module, "weight", None)
        if isinstance(module, torch.nn.Conv2d) and module.groups > 1:
            module.groups = kernel.shape[0] // kernel.shape[1]
        elif isinstance(module, torch.nn.LayerNorm):
            module.normalized_shape = tuple(kernel.shape)
        elif hasattr(module, "qkv"):
            module.attn_dim = module.qkv.weight.shape[0] // 3
            module.head_dim = module.attn_dim // module.num_heads
            module.scale = module.head_dim ** -0.5


def named_oracle(name):
    def run(case, specs, dtype, layout):
        model = create(name, case["size"], num_classes=case["classes"]).to(dtype)
        return compared(model, case, specs, dtype, layout, lambda weight_name: holder(model, weight_name))

    return run


def ordered_oracle(name):
    """Convolutions, normalisations and dense layers in the order they run."""

    def run(case, specs, dtype, layout):
        model = create(name, num_classes=case["classes"]).to(dtype)
        order = []
        leaves = [m for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear))]
        hooks = [m.register_forward_pre_hook(lambda module, _: order.append(module)) for m in leaves]
        model.eval()(images(case, dtype))
        for hook in hooks:
            hook.remove()
        layers = list(dict.fromkeys(weight_name.rsplit("/", 1)[0] for weight_name, _, _ in specs))
        assert len(order) == len(layers), (len(order), len(layers))
        modules = dict(zip(layers, order))
        find = lambda weight_name: (modules[weight_name.rsplit("/", 1)[0]], ATTRIBUTES[weight_name.rsplit("/", 1)[1]])
        return compared(model, case, specs, dtype, layout, find)

    return run


def compared(model, case, specs, dtype, layout, find):
    parameters, shapes = {}, {}
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for weight_name, shape, kind in specs:
        module, attribute = find(weight_name)
        tensor, value = getattr(module, attribute), torch.from_numpy(weight(weight_name, shape)).to(dtype)
        side = FLATTENED.get((case["model"], weight_name))
        if side:
            value = value.reshape(side, side, -1, value.shape[1]).permute(2, 0, 1, 3).reshape(value.shape)
        if kind == "kernel":
            value = to_torch(value, tensor.dim())
        elif kind == "embedding":
            value = value[None]
        if "widthFactor" not in case["options"]:
            assert tensor.shape == value.shape, (weight_name, tensor.shape, value.shape)
        tensor.data = value.contiguous(memory_format=layout) if value.dim() == 4 else value.contiguous()
        shapes[weight_name] = shape
        if kind in (*LEARNABLE, "embedding", "relativeBias"):
            parameters[weight_name] = tensor
    unset = len(list(model.parameters())) - len(parameters)
    assert unset == 0, f"{unset} parameters have no weight"
    fit(model)
    x = images(case, dtype).contiguous(memory_format=layout)
    results = {False: model.eval()(x), True: model.train()(x)}

    def ours(name, g):
        if not name.endswith("/kernel"):
            return g.reshape(shapes[name])
        g, side = from_torch(g, len(shapes[name])), FLATTENED.get((case["model"], name))
        return g.reshape(-1, side, side, g.shape[1]).permute(1, 2, 0, 3).reshape(g.shape) if side else g

    return finish(case, results, parameters, ours)


def thinned(case):
    """A few gradients, spread over the network."""
    names = list(case["gradients"])
    step = max(1, len(names) // KEPT_GRADIENTS)
    kept = {*names[::step], *names[-2:]}
    return {**case, "gradients": {name: value for name, value in case["gradients"].items() if name in kept}}


def oracle_of(name):
    if name in REFERENCES:
        return functional_oracle(REFERENCES[name])
    return ordered_oracle(name) if name in (*ORDERED_TIMM, "mnasnet1_3", "resnet10") else named_oracle(name)


def save(counts, made, names, plans):
    dump = lambda value: json.dumps(value, separators=(",", ":"))
    rows = ",\n".join(dump(made[plan]) for plan in plans if plan in made)
    numbers = ",\n".join(f"{dump(name)}:{dump(counts[name])}" for name in names if name in counts)
    TARGET.write_text('{"counts":{\n' + numbers + '\n},"cases":[\n' + rows + "\n]}\n")


def main():
    wanted = set(sys.argv[1:])
    compared = [*TIMM, *ORDERED_TIMM, *TORCHVISION, *REFERENCES]
    names = [*compared, *COUNTED_TIMM, *COUNTED_TORCHVISION]
    known = json.loads(TARGET.read_text()) if TARGET.exists() else {"counts": {}, "cases": []}
    made = {(c["model"], "widthFactor" in c["options"]): c for c in known["cases"]}
    counts = known["counts"] | {name: count(name) for name in names if name not in REFERENCES and (not wanted or name in wanted)}
    plans = [(name, narrow) for name in compared for narrow in ((True, False) if name in FULL_WIDTH else (True,))]
    save(counts, made, names, plans)
    renewed = [plan for plan in plans if not wanted or plan[0] in wanted]
    cases = [{"model": n, "size": size_of(n), **BASE, "options": NARROW if narrow else {"dropout": 0}} for n, narrow in renewed]
    for case, (name, narrow), specs in zip(cases, renewed, list_weights(cases)):
        case["oracle"] = "torch_references.py" if name in REFERENCES else "torchvision" if name in TORCHVISION else "timm"
        made[name, narrow] = thinned(golden(case, specs, oracle_of(name)))
        print(name, "narrow" if narrow else "full", made[name, narrow]["float32Error"], len(made[name, narrow]["gradients"]), "gradients", flush=True)
        save(counts, made, names, plans)
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
