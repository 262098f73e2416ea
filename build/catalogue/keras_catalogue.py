"""Writes resources/catalogue/keras.json and test/fixtures/weights/keras_names.json.gz: the files of Keras's
applications for networks of ours, and the names and shapes of their variables.

Addresses and MD5 are read in the sources of the installed package. Run with keras, scipy and jax installed:
python build/catalogue/keras_catalogue.py
"""

import gzip
import inspect
import json
import os
import pathlib
import re

os.environ["KERAS_BACKEND"] = "numpy"

import keras  # noqa: E402
from keras.src.applications import resnet  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
APACHE = "https://github.com/keras-team/keras/blob/master/LICENSE"
CAFFE = {"color": "bgr", "scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1]}
CENTRED = {"color": "rgb", "scale": 255, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
TORCH = {"color": "rgb", "scale": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
# of the weights, as docs/templates/applications.md of Keras 2.2 states it for each network
VGG = {"name": "CC-BY-4.0", "page": "https://creativecommons.org/licenses/by/4.0/"}
RESNET = {"name": "MIT", "page": "https://github.com/KaimingHe/deep-residual-networks/blob/master/LICENSE"}
DENSENET = {"name": "BSD-3-Clause", "page": "https://github.com/liuzhuang13/DenseNet/blob/master/LICENSE"}
INCEPTION = {"name": "Apache-2.0", "page": "https://github.com/tensorflow/models/blob/master/LICENSE"}
XCEPTION = {"name": "MIT", "page": "https://github.com/keras-team/keras-applications/blob/master/LICENSE"}
# errors in per cent: the table of keras-applications' read-me; the ResNets' accuracies: the list of Keras's documentation
README = "single centre crop, as the read-me of keras-applications"
LIST = "as the list of Keras applications"

# name in Keras: ours, side, input, licence, paper, (protocol, top-1 %, top-5 %)
NETWORKS = {
    "VGG16": ("vgg16", 224, CAFFE, VGG, "1409.1556", (README, 100 - 28.732, 100 - 9.950)),
    "VGG19": ("vgg19", 224, CAFFE, VGG, "1409.1556", (README, 100 - 28.744, 100 - 10.012)),
    "ResNet50": ("resnet50.keras", 224, CAFFE, RESNET, "1512.03385", (LIST, 74.9, 92.1)),
    "ResNet101": ("resnet101.keras", 224, CAFFE, RESNET, "1512.03385", (LIST, 76.4, 92.8)),
    "ResNet152": ("resnet152.keras", 224, CAFFE, RESNET, "1512.03385", (LIST, 76.6, 93.1)),
    "DenseNet121": ("densenet121", 224, TORCH, DENSENET, "1608.06993", (README, 100 - 25.480, 100 - 8.022)),
    "DenseNet169": ("densenet169", 224, TORCH, DENSENET, "1608.06993", (README, 100 - 23.926, 100 - 6.892)),
    "DenseNet201": ("densenet201", 224, TORCH, DENSENET, "1608.06993", (README, 100 - 22.936, 100 - 6.542)),
    "InceptionV3": ("inception_v3.keras", 299, CENTRED, INCEPTION, "1512.00567", (README, 100 - 22.102, 100 - 6.280)),
    "InceptionResNetV2": ("inception_resnet_v2", 299, CENTRED, INCEPTION, "1602.07261", (README, 100 - 19.744, 100 - 4.748)),
    "Xception": ("xception", 299, CENTRED, XCEPTION, "1610.02357", (README, 100 - 20.994, 100 - 5.548)),
}


def file_of(builder, theirs):
    """Address and MD5 of the file with its classifier, as the source of the package has them."""
    # strings that continue on the next line are one
    source = re.sub(r'"\s*\n\s*f?"', "", inspect.getsource(inspect.getmodule(builder)))
    folder = {"R": "resnet", "D": "densenet"}.get(theirs[0], inspect.getmodule(builder).__name__.rsplit(".", 1)[-1])
    base = f"https://storage.googleapis.com/tensorflow/keras-applications/{folder}/"
    prefix = theirs.lower() if folder in ("resnet", "densenet") else folder
    name = f"{prefix}_weights_tf_dim_ordering_tf_kernels.h5"
    assert base in source, theirs
    if folder == "resnet":
        return base + name, resnet.WEIGHTS_HASHES[theirs.lower()][0]
    return base + name, re.search(rf'"{name}"[,\n].*?file_hash="([0-9a-f]{{32}})"', source, re.S).group(1)


def main():
    entries, names = [], {}
    for theirs, (ours, size, fed, licence, paper, (protocol, top1, top5)) in NETWORKS.items():
        builder = getattr(keras.applications, theirs)
        network = builder(weights=None)
        # a reader of our own calls both kernels of a layer so
        names[ours] = [[f"{layer.name}/{weight.name.replace('depthwise_', '')}", *weight.shape]
                       for layer in network.layers for weight in layer.weights]
        address, md5 = file_of(builder, theirs)
        entries.append({
            "kind": "weights",
            "name": ours if ours.endswith(".keras") else f"{ours}.keras",
            "title": f"{theirs}, ImageNet, Keras applications",
            "approximateBytes": 4 * network.count_params(),
            "licence": licence,
            "codeLicence": {"name": "Apache-2.0", "page": APACHE},
            "source": "https://keras.io/api/applications/",
            "paper": f"https://arxiv.org/abs/{paper}",
            "model": ours,
            "options": {},
            "size": size,
            "classes": 1000,
            "classList": "imagenet-1k",
            "input": fed,
            "published": [{
                "dataset": "ImageNet-1k val",
                "protocol": protocol,
                # neither says how large the image is before it is cropped
                "crop": None,
                "shortSide": None,
                "top1Pct": round(top1, 3),
                "top5Pct": round(top5, 3),
            }],
            "acquisition": {
                "kind": "files",
                "files": [{
                    "name": address.rsplit("/", 1)[-1],
                    "addresses": [address],
                    "sizeBytes": None,
                    "hash": {"kind": "md5", "hex": md5},
                }],
            },
        })
    catalogue = ROOT / "resources" / "catalogue" / "keras.json"
    catalogue.write_text(json.dumps({"family": "Keras applications", "entries": entries}, indent=2) + "\n")
    fixture = ROOT / "test" / "fixtures" / "weights" / "keras_names.json.gz"
    fixture.write_bytes(gzip.compress(json.dumps(names, separators=(",", ":")).encode(), 9, mtime=0))
    print(len(entries), f"(keras {keras.__version__})", fixture.stat().st_size, "bytes")
    for entry in entries:
        print(entry["name"], entry["acquisition"]["files"][0]["addresses"][0], entry["acquisition"]["files"][0]["hash"]["hex"])


if __name__ == "__main__":
    main()
