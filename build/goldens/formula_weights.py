"""Weights, pictures and labels from a formula, so that goldens need no stored weights. test/support/formulaWeights.ts is the same formula in TypeScript.

hash(text)   = 32-bit FNV-1a of the ASCII text
mix(x)       = murmur3's 32-bit finalizer: x ^= x >> 16; x *= 0x85ebca6b; x ^= x >> 13; x *= 0xc2b2ae35; x ^= x >> 16 (all modulo 2^32)
unit(name,i) = mix((hash(name) + i) mod 2^32) / 2^31 - 1            in [-1, 1), exact in float64

Element i (row-major in the product's layout: conv kernels [height, width, in / groups, out], dense kernels [in, out]) of the weight `name`, then rounded to float32:
kernel          sqrt(6 / fanIn) * unit, fanIn = product of the shape without its last axis
bias            0.05 * unit
gamma           1 + 0.1 * unit
beta, mean, embedding, relativeBias   0.1 * unit
variance        1 + 0.1 * unit
leftVector, rightVector   unit, divided by the Euclidean norm (float64)
Picture element i (row-major, batch, height, width, channels): unit("input", i), rounded to float32.
Label i: mix((hash("labels") + i) mod 2^32) mod classes.
"""
import numpy as np


def name_hash(text):
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def mix(x):
    x = x.astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def hashed(name, count):
    return mix(np.arange(count, dtype=np.uint32) + np.uint32(name_hash(name)))


def unit(name, count):
    return hashed(name, count).astype(np.float64) / 2.0**31 - 1.0


def weight(name, shape):
    kind = name.rsplit("/", 1)[1]
    values = unit(name, int(np.prod(shape)))
    if kind == "kernel":
        values = np.sqrt(6.0 / np.prod(shape[:-1])) * values
    elif kind == "bias":
        values = 0.05 * values
    elif kind in ("gamma", "variance"):
        values = 1.0 + 0.1 * values
    elif kind in ("beta", "mean", "embedding", "relativeBias"):
        values = 0.1 * values
    elif kind in ("leftVector", "rightVector"):
        values = values / np.sqrt(np.sum(values * values))
    else:
        raise ValueError(kind)
    return values.astype(np.float32).reshape(shape)


def pictures(shape):
    return unit("input", int(np.prod(shape))).astype(np.float32).reshape(shape)


def labels(count, classes):
    return (hashed("labels", count) % np.uint32(classes)).astype(np.int64)
