"""Writes test/fixtures/protocols/readings-goldens.json: what NumPy makes of a network of ImageNet's 1,000 classes on images of Tiny ImageNet's 200, by both
readings of its outputs. Needs Python with numpy:  python build/goldens/readings_goldens.py wnids.txt

wnids.txt is Tiny ImageNet's own list, in its order. The probabilities are made by a formula, which test/unit/evaluate/tinyImagenetReadings.test.ts repeats.
{ "wnids": [Tiny ImageNet's classes], "unknown": [those that ImageNet-1k does not have],
  "<reading>": {"top1", "top5": images that are right, "confidence": mean probability of the decided class, "decisions": [WordNet id, image by image]} }
"""
import json
import re
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "test" / "fixtures" / "protocols" / "readings-goldens.json"
IMAGES = 1000


def units(i, c):
    """Numbers in [0, 1) by image and class; 32-bit arithmetic."""
    x = (i.astype(np.uint64) * 1000003 + c.astype(np.uint64) * 7919 + 12345) % 2**32
    x = x * 2654435761 % 2**32
    x ^= x >> np.uint64(16)
    x = x * 2246822519 % 2**32
    return x.astype(np.float64) / 2**32


tiny = Path(sys.argv[1]).read_text().split()
source = (ROOT / "core" / "data" / "readers" / "synsetNames.ts").read_text()
network = sorted(re.findall(r"^(n\d{8}) ", source, re.M))
assert len(tiny) == 200 and len(network) == 1000
place = {wnid: at for at, wnid in enumerate(network)}
unknown = [wnid for wnid in tiny if wnid not in place]
known = [wnid for wnid in tiny if wnid in place]

image = np.arange(IMAGES)
truth = [tiny[i % 200] for i in image]
fourth = units(image[:, None], np.arange(1000)[None, :])
fourth = fourth * fourth
fourth = fourth * fourth
sixteenth = fourth * fourth
sixteenth = sixteenth * sixteenth
# most outputs are small; the right one is often the largest of a part, and less often of all
scores = sixteenth * fourth
for i, wnid in enumerate(truth):
    if wnid in place:
        scores[i, place[wnid]] = 0.8 + 0.25 * units(np.array(i), np.array(5000))
scores = (scores / scores.sum(1, keepdims=True)).astype(np.float32).astype(np.float64)

result = {"wnids": tiny, "unknown": unknown}
for reading, columns in (("all", network), ("subset", known)):
    read = scores[:, [place[wnid] for wnid in columns]]
    read = read / read.sum(1, keepdims=True)
    order = np.argsort(-read, axis=1, kind="stable")
    decided = [columns[first] for first in order[:, 0]]
    counted = [i for i in image if truth[i] in place]
    result[reading] = {
        "top1": sum(decided[i] == truth[i] for i in counted),
        "top5": sum(truth[i] in [columns[c] for c in order[i, :5]] for i in counted),
        "confidence": float(read.max(1).mean()),
        "decisions": decided,
    }
    print(reading, result[reading]["top1"], result[reading]["top5"], len(counted))
print("unknown", unknown)
TARGET.write_text(json.dumps(result) + "\n")
