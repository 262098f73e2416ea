"""Writes test/fixtures/weights/caffe_names.json.gz: for each deploy file that the zoo's goldens were computed with (zoo_goldens.py), its layers with weights as a .caffemodel
has them: [layer, type, the weights' layer in the goldens, BatchNorm's eps or the BatchNorm of a Scale]. The goldens put formula weights into the deploy file's layers by the same table, so
that a .caffemodel with these weights in these layers has the goldens' logits.

Run: python build/goldens/weights/makeCaffeNames.py FOLDER      (the deploy files, as for zoo_goldens.py)
"""
import gzip
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from prototxt import Prototxt, every, one  # noqa: E402
from zoo_goldens import DEPLOY_FILES  # noqa: E402

TARGET = Path(__file__).resolve().parents[3] / "test" / "fixtures" / "weights" / "caffe_names.json.gz"
PARAMETERS = {"Convolution": "convolution_param", "ConvolutionDepthwise": "convolution_param", "InnerProduct": "inner_product_param"}


def rows(network):
    norms = {}
    for fields in network.layers:
        name, kind, bottoms, tops = one(fields, "name"), one(fields, "type"), every(fields, "bottom"), every(fields, "top")
        golden = name.replace("/", "_")
        if kind in PARAMETERS:
            yield [name, kind, network.ours(golden, one(fields, PARAMETERS[kind])), None]
        elif kind == "BatchNorm":
            norms[tops[0]] = [name, golden]
            yield [name, kind, golden, float(one(one(fields, "batch_norm_param", []), "eps", 1e-5))]
        elif kind == "Scale" and len(bottoms) == 1:
            norm, golden = norms[bottoms[0]]
            yield [name, kind, golden, norm]


tables = {model: list(rows(Prototxt((Path(sys.argv[1]) / file).read_text()))) for model, (file, _) in DEPLOY_FILES.items()}
TARGET.write_bytes(gzip.compress(json.dumps(tables, separators=(",", ":")).encode(), 9, mtime=0))
print(f"{len(tables)} networks, {TARGET.stat().st_size} bytes")
