"""Writes test/fixtures/models/lab-goldens.json: scikit-image's rgb2lab (D65, 2°) of 729 colours.
Needs Python with numpy and scikit-image:  python build/goldens/lab_goldens.py
"lab" holds L, a, b of every red, green and blue of LEVELS, blue running fastest, rounded to six decimals.
"""
import itertools
import json
from pathlib import Path

import numpy as np
from skimage.color import rgb2lab

TARGET = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "lab-goldens.json"
LEVELS = [0, 1, 5, 10, 11, 50, 128, 200, 255]

colours = np.array(list(itertools.product(LEVELS, repeat=3)), dtype=np.uint8)
lab = rgb2lab(colours[None], illuminant="D65", observer="2")[0]
TARGET.write_text(json.dumps({"levels": LEVELS, "lab": [round(float(v), 6) for v in lab.ravel()]}, separators=(",", ":")) + "\n")
print(TARGET.name, TARGET.stat().st_size, "bytes")
