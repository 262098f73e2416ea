"""Writes test/fixtures/models/cifar-vote.json: what four ResNets and Caffe's quick network with their published weights say about real images of CIFAR-10, and how they
vote, computed by PyTorch and NumPy alone. Needs Python with torch:  python build/goldens/cifar_vote.py FOLDER

FOLDER holds the files that docs/realWeights.md names, and CIFAR-10's Python batches, whole or cut off (cifar-10-batches-py). The images of the latter are written as
binary batches beside them (cifar-10-batches-bin), which Quorum imports.
{ "images": n, "networks": {"<network>": {"classes": [image by image], "right": n}}, "quickWithMeanImage": n, "votes": {"<rule>": [image by image]} }
"""
import json
import pickletools
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "cifar-vote.json"
BATCHES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
NAMES = "airplane automobile bird cat deer dog frog horse ship truck".split()
PIXELS = 3 * 32 * 32
RESNETS = {20: "resnet20-12fca82f.th", 32: "resnet32-d509ac18.th", 44: "resnet44-014dd654.th", 56: "resnet56-4bfd9763.th"}
IMAGENET = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
QUICK_MEAN = torch.tensor([125.3, 123.0, 113.9])
WEIGHTS = [1, 2, 1, 2, 0.5]


def batch(path):
    """Labels and images of a Python batch, as far as the file goes. The labels stand before the images."""
    data = path.read_bytes()
    start = data.index(b"T" + struct.pack("<I", 10_000 * PIXELS)) + 5
    labels, inside = [], False
    for op, value, _ in pickletools.genops(data[: start - 5] + b"."):
        if value == "labels":
            inside = True
        elif inside and op.name.startswith("BININT"):
            labels.append(value)
    images = np.frombuffer(data, np.uint8, (len(data) - start) // PIXELS * PIXELS, start).reshape(-1, PIXELS)
    return np.array(labels[: len(images)], np.uint8), images


def write_binary(folder):
    target = folder / "cifar-10-batches-bin"
    target.mkdir(exist_ok=True)
    for name in BATCHES:
        labels, images = batch(folder / "cifar-10-batches-py" / name)
        (target / f"{name}.bin").write_bytes(np.concatenate([labels[:, None], images], 1).tobytes())
    (target / "batches.meta.txt").write_text("\n".join(NAMES) + "\n")
    records = np.fromfile(target / "test_batch.bin", np.uint8).reshape(-1, 1 + PIXELS)
    return records[:, 0].astype(int), torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32))


def resnet(path, x):
    """He et al. 2016, section 4.2, with shortcuts that drop every other pixel and add empty channels (option A)."""
    state = {k.removeprefix("module."): v for k, v in torch.load(path, map_location="cpu", weights_only=True)["state_dict"].items()}

    def norm(x, name):
        return F.batch_norm(x, *(state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")))

    x = F.relu(norm(F.conv2d(x, state["conv1.weight"], padding=1), "bn1"))
    for stage in (1, 2, 3):
        blocks = sorted({int(k.split(".")[1]) for k in state if k.startswith(f"layer{stage}.")})
        for block in blocks:
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            y = F.relu(norm(F.conv2d(x, state[f"{name}.conv1.weight"], stride=stride, padding=1), f"{name}.bn1"))
            y = norm(F.conv2d(y, state[f"{name}.conv2.weight"], padding=1), f"{name}.bn2")
            if stride == 2:
                extra = (y.shape[1] - x.shape[1]) // 2
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra))
            x = F.relu(x + y)
    return F.linear(x.mean((2, 3)), state["linear.weight"], state["linear.bias"])


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def varints(data):
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield value


def fields(data):
    """Fields of a protocol buffer message: number, and the bytes or number of each."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(key & 7)
        if size is None:
            size, at = varint(data, at)
        yield key >> 3, data[at : at + size]
        at += size


def blob(data):
    """caffe.BlobProto: data 5; shape 7, or num, channels, height, width 1 to 4."""
    legacy, shape, values = {}, None, b""
    for number, value in fields(data):
        if number == 5:
            values += value
        elif number == 7:
            shape = [size for n, v in fields(value) if n == 1 for size in (varints(v) if isinstance(v, bytes) else [v])]
        elif number in (1, 2, 3, 4):
            legacy[number] = value
    array = np.frombuffer(values, "<f4")
    return torch.from_numpy(array.reshape(shape or [legacy[n] for n in (1, 2, 3, 4)]).copy())


def caffe_blobs(path):
    """Of caffe.NetParameter: layers in 100 (name 1, blobs 7)."""
    found = {}
    for number, layer in fields(path.read_bytes()):
        if number != 100:
            continue
        parts = list(fields(layer))
        blobs = [blob(value) for n, value in parts if n == 7]
        if blobs:
            found[next(value for n, value in parts if n == 1).decode()] = blobs
    return found


def quick(path, x):
    """examples/cifar10/cifar10_quick.prototxt of BVLC/caffe: poolings of 3 over 2, rounded up, averages over what lies inside."""
    blobs = {name: (weights, bias.flatten()) for name, (weights, bias) in caffe_blobs(path).items()}
    pool = dict(kernel_size=3, stride=2, ceil_mode=True)
    x = F.relu(F.max_pool2d(F.conv2d(x, *blobs["conv1"], padding=2), **pool))
    x = F.avg_pool2d(F.relu(F.conv2d(x, *blobs["conv2"], padding=2)), count_include_pad=False, **pool)
    x = F.avg_pool2d(F.relu(F.conv2d(x, *blobs["conv3"], padding=2)), count_include_pad=False, **pool)
    for name in ("ip1", "ip2"):
        weights, bias = blobs[name]
        x = F.linear(x.flatten(1), weights.reshape(len(bias), -1), bias)
    return x


def majority(classes, probabilities):
    """The class of most networks; ties go to the higher summed probability; where all differ, the first network decides."""
    said = []
    for image in range(classes.shape[1]):
        counts = np.bincount(classes[:, image], minlength=len(NAMES))
        if counts.max() == 1:
            said.append(int(classes[0, image]))
            continue
        tied = np.flatnonzero(counts == counts.max())
        sums = probabilities[:, image].astype(np.float64).sum(0)
        said.append(int(tied[np.argmax(sums[tied])]))
    return said


@torch.inference_mode()
def main():
    folder = Path(sys.argv[1])
    labels, bytes_ = write_binary(folder)
    mean, std = (part[:, None, None] for part in IMAGENET)
    logits = {f"resnet{depth}_cifar": resnet(folder / file, (bytes_ / 255 - mean) / std) for depth, file in RESNETS.items()}
    caffe = folder / "cifar10_quick_iter_5000.caffemodel"
    logits["cifar10_quick"] = quick(caffe, bytes_ - QUICK_MEAN[:, None, None])
    with_image = quick(caffe, bytes_ - blob((folder / "mean.binaryproto").read_bytes()).reshape(3, 32, 32)).argmax(1).numpy()
    probabilities = np.stack([torch.softmax(one, 1).numpy() for one in logits.values()])
    classes = probabilities.argmax(2)
    weighted = np.tensordot(WEIGHTS, probabilities.astype(np.float64), 1)
    votes = {
        "majority": majority(classes, probabilities),
        "mean": probabilities.astype(np.float64).sum(0).argmax(1).tolist(),
        "weighted": weighted.argmax(1).tolist(),
        "fallback": classes[0].tolist(),
    }
    networks = {name: {"classes": said.tolist(), "right": int((said == labels).sum())} for name, said in zip(logits, classes)}
    for name, row in networks.items():
        print(name, row["right"], "of", len(labels))
    print("quick with the mean image", int((with_image == labels).sum()))
    for rule, said in votes.items():
        print(rule, int((np.array(said) == labels).sum()))
    golden = {"images": len(labels), "weights": WEIGHTS, "networks": networks, "quickWithMeanImage": int((with_image == labels).sum()), "votes": votes}
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
