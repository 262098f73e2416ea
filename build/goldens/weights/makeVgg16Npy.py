"""Writes a file of vgg16.npy's names, shapes, order and bytes (528 MiB), with random values: {layer: [kernel HWIO, biases]} as Python 2's NumPy pickled it,
protocol 2 with byte strings and a memo. For the tests and measurements of large imports; the values follow from the seed.

Run: python build/goldens/weights/makeVgg16Npy.py OUTPUT.npy [WIDTH_FACTOR]      (0.125 makes a file of a few MiB)
Needs numpy. numpy.load(OUTPUT, encoding='latin1', allow_pickle=True).item() reads it.
"""
import struct
import sys

import numpy as np

FACTOR = float(sys.argv[2]) if len(sys.argv) > 2 else 1
FILTERS = [max(1, round(n * FACTOR)) for n in (64, 128, 256, 512, 512)]
CONVS, HEAD, CLASSES = [2, 2, 3, 3, 3], max(1, round(4096 * FACTOR)), 1000


def layers():
    channels = 3
    for block, (filters, count) in enumerate(zip(FILTERS, CONVS), 1):
        for index in range(1, count + 1):
            yield f"conv{block}_{index}", [3, 3, channels, filters]
            channels = filters
    yield from (("fc6", [49 * channels, HEAD]), ("fc7", [HEAD, HEAD]), ("fc8", [HEAD, CLASSES]))


class Pickle:
    """As cPickle of Python 2.7 writes with protocol 2: every string, tuple and object is put into the memo."""

    def __init__(self, file):
        self.file, self.memo, self.known = file, 0, {}

    def put(self, data):
        self.file.write(data + (b"q" + bytes([self.memo]) if self.memo < 256 else b"r" + struct.pack("<I", self.memo)))
        self.memo += 1
        return self.memo - 1

    def once(self, key, data):
        if key in self.known:
            number = self.known[key]
            self.file.write(b"h" + bytes([number]) if number < 256 else b"j" + struct.pack("<I", number))
        else:
            self.known[key] = self.put(data)

    def integer(self, value):
        self.file.write(b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value) if value < 65536 else b"J" + struct.pack("<i", value))

    def text(self, value):
        self.once(value, b"U" + bytes([len(value)]) + value)

    def dtype(self, code, order, tail):
        if code in self.known:
            return self.once(code, b"")
        self.once("dtype", b"cnumpy\ndtype\n")
        self.text(code)
        self.put(b"K\x00K\x01\x87")
        self.known[code] = self.put(b"R")
        self.file.write(b"(K\x03")
        self.text(order)
        self.put(b"NNN" + tail + b"t")
        self.file.write(b"b")

    def floats(self, values):
        data = values.tobytes()
        self.once("reconstruct", b"cnumpy.core.multiarray\n_reconstruct\n")
        self.once("ndarray", b"cnumpy\nndarray\n")
        self.put(b"K\x00\x85")
        self.text(b"b")
        self.put(b"\x87")
        self.put(b"R")
        self.file.write(b"(K\x01" + (b"(" if values.ndim > 3 else b""))
        for size in values.shape:
            self.integer(size)
        self.put({1: b"\x85", 2: b"\x86", 4: b"t"}[values.ndim])
        self.dtype(b"f4", b"<", b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00")
        self.file.write(b"\x89")
        self.put(b"T" + struct.pack("<I", len(data)) + data)
        self.put(b"t")
        self.file.write(b"b")


def write(path):
    random = np.random.default_rng(16)
    with open(path, "wb") as file:
        text = b"{'descr': 'O', 'fortran_order': False, 'shape': (), }"
        length = -(-(10 + len(text) + 1) // 16) * 16 - 10
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", length) + text.ljust(length - 1) + b"\n")
        file.write(b"\x80\x02")
        pickle = Pickle(file)
        pickle.once("reconstruct", b"cnumpy.core.multiarray\n_reconstruct\n")
        pickle.once("ndarray", b"cnumpy\nndarray\n")
        pickle.put(b"K\x00\x85")
        pickle.text(b"b")
        pickle.put(b"\x87")
        pickle.put(b"R")
        file.write(b"(K\x01)")
        pickle.dtype(b"O8", b"|", b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK?")
        file.write(b"\x89")
        pickle.put(b"]")
        pickle.put(b"}")
        file.write(b"(")
        for name, shape in layers():
            pickle.text(name.encode())
            pickle.put(b"]")
            file.write(b"(")
            fan_in = int(np.prod(shape[:-1]))
            pickle.floats((random.standard_normal(shape, np.float32) * np.float32((2 / fan_in) ** 0.5)).astype("<f4"))
            pickle.floats((random.standard_normal(shape[-1], np.float32) * np.float32(0.01)).astype("<f4"))
            file.write(b"e")
        file.write(b"u")
        file.write(b"a")
        pickle.put(b"t")
        file.write(b"b.")


write(sys.argv[1])
loaded = np.load(sys.argv[1], encoding="latin1", allow_pickle=True).item()
assert list(loaded) == [name for name, _ in layers()] and all(list(loaded[name][0].shape) == shape for name, shape in layers())
