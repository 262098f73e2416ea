"""What OpenCV and Pillow make of 50 pictures, and the views of the published evaluation protocols, for test/unit/evaluate/protocols.

Needs opencv-python-headless 4, Pillow 12 (13 orders its passes in another way), numpy. Run from the project's root: python build/goldens/resize/makeResizeGoldens.py
Picture n is a mosaic of the sample pictures (64 x 64 each), 11 n, 11 n + 1, ... in the order of their paths, row by row, cut to its size.
"""
import glob
import hashlib
import json

import cv2
import numpy as np
import PIL
from PIL import Image

FILES = sorted(path.replace("\\", "/") for path in glob.glob("resources/samples/noto-emoji/*/*.png"))
METHODS = {
    "opencv-linear": None, "pillow-bilinear": Image.BILINEAR, "pillow-bicubic": Image.BICUBIC, "pillow-lanczos": Image.LANCZOS, "nearest": Image.NEAREST,
}


def size_of(n):
    return 40 + (n * 53) % 320, 40 + (n * 37 + 11 * (n % 3)) % 290


def mosaic(n):
    width, height = size_of(n)
    columns, rows = -(-width // 64), -(-height // 64)
    canvas = np.zeros((rows * 64, columns * 64, 3), np.uint8)
    for k in range(rows * columns):
        tile = np.asarray(Image.open(FILES[(11 * n + k) % len(FILES)]).convert("RGB"))
        canvas[64 * (k // columns):64 * (k // columns) + 64, 64 * (k % columns):64 * (k % columns) + 64] = tile
    return np.ascontiguousarray(canvas[:height, :width])


def resized(image, width, height, method):
    if method == "opencv-linear":
        return cv2.resize(image, (width, height))
    return np.asarray(Image.fromarray(image).resize((width, height), METHODS[method]))


def short_side(image, size):
    height, width = image.shape[:2]
    return (size, size * height // width) if width < height else (size * width // height, size)


def entry(image, n, width, height, method):
    out = resized(image, width, height, method)
    return {"picture": n, "to": [width, height], "method": method, "sha": hashlib.sha256(out.tobytes()).hexdigest()[:16], "row": out[height // 2].tobytes()[:36].hex()}


def six(square, crop):
    side, centre = square.shape[0], (square.shape[0] - crop) // 2
    return [square[:crop, :crop], square[side - crop:, side - crop:], square[:crop, side - crop:], square[side - crop:, :crop],
            square[centre:centre + crop, centre:centre + crop], cv2.resize(square, (crop, crop))]


def twelve(image, base, crop):
    square = cv2.resize(image, (base, base))
    return six(square, crop) + six(square[:, ::-1], crop)


def hundred_forty_four(image, bases, crop):
    views = []
    for base in bases:
        small = cv2.resize(image, short_side(image, base)).astype(np.float64)
        down, right = (small.shape[0] - base) // 2, (small.shape[1] - base) // 2
        for j in range(3):
            square = small[down * j:down * j + base, right * j:right * j + base]
            for each in (square, square[:, ::-1]):
                views += six(each, crop)
    return views


def ten(image, crop):
    views = []
    for each in (image, image[:, ::-1]):
        height, width = each.shape[:2]
        top, left = round((height - crop) / 2), round((width - crop) / 2)
        views += [each[:crop, :crop], each[:crop, width - crop:], each[height - crop:, :crop], each[height - crop:, width - crop:], each[top:top + crop, left:left + crop]]
    return views


def probe(view):
    """Mean, and five values on the diagonal; BGR or RGB as given."""
    side = view.shape[0]
    at = [i * (side - 1) // 4 for i in range(5)]
    return [round(float(np.mean(view, dtype=np.float64)), 4)] + [round(float(view[i, i, 1]), 3) for i in at]


def crops(n, kind, resize, crop):
    image = mosaic(n)
    if kind == "ten":
        small = np.asarray(Image.fromarray(image).resize(short_side(image, resize[0]), Image.BILINEAR))
        views = ten(small, crop)
    elif kind == "centreHalfEven":
        small = np.asarray(Image.fromarray(image).resize(short_side(image, resize[0]), Image.BILINEAR))
        views = [ten(small, crop)[4]]
    elif kind == "centreFloor":
        small = cv2.resize(image, short_side(image, resize[0]))
        top, left = (small.shape[0] - crop) // 2, (small.shape[1] - crop) // 2
        views = [small[top:top + crop, left:left + crop]]
    elif kind == "twelve":
        views = twelve(cv2.resize(image, short_side(image, resize[0])).astype(np.float64), resize[0], crop)
    else:
        views = hundred_forty_four(image, resize, crop)
    return {"picture": n, "kind": kind, "sizes": resize, "crop": crop, "views": [probe(view) for view in views]}


resizes = []
for n in range(50):
    image = mosaic(n)
    height, width = image.shape[:2]
    for method in METHODS:
        for target in (short_side(image, 71), (48, 48), (width * 3 // 2, height * 3 // 2)):
            resizes.append(entry(image, n, *target, method))
half = mosaic(7)[:, :]
half = half[:half.shape[0] // 2 * 2, :half.shape[1] // 2 * 2]
views = [crops(n, *rest) for n in (0, 1, 2, 3, 17) for rest in (
    ("centreFloor", [70], 61), ("centreHalfEven", [70], 61), ("ten", [70], 61), ("twelve", [70], 61), ("twelve", [64], 64), ("eighteen", [66, 72, 80, 88], 61))]
with open("test/fixtures/resize/goldens.json", "w") as file:
    json.dump({
        "versions": {"opencv": cv2.__version__, "pillow": PIL.__version__, "numpy": np.__version__},
        "resizes": resizes, "views": views,
        "half": {"picture": 7, "sha": hashlib.sha256(cv2.resize(half, (half.shape[1] // 2, half.shape[0] // 2)).tobytes()).hexdigest()[:16]},
    }, file, separators=(",", ":"))
