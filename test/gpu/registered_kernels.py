"""Prints the kernels that a TensorFlow library has registered for GPUs; needs no GPU.

Usage: registered_kernels.py FOLDER   (of libtensorflow_cc.so.2 and libtensorflow_framework.so.2)

One JSON object on stdout: op -> kernels, each an object of the allowed types of its attributes, by number
(tensorflow/core/framework/types.proto); {} takes any. Kernels for every device (DEFAULT) count as well.
The library answers with a serialized KernelList (tensorflow/core/framework/kernel_def.proto), read here field by field.
"""
import ctypes
import json
import os
import sys


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """Number and value of each field of a message: bytes, or a whole number."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f"wire type {key & 7} at {at}")
        yield key >> 3, value


def only(data, number):
    return [value for field, value in fields(data) if field == number]


def types_of(attribute):
    """DataTypes of an AttrValue's list, packed or one by one."""
    found = []
    for listed in only(attribute, 1):
        for value in only(listed, 6):
            at = 0
            if isinstance(value, int):
                found.append(value)
                continue
            while at < len(value):
                one, at = varint(value, at)
                found.append(one)
    return found


def main():
    folder = sys.argv[1]
    ctypes.CDLL(os.path.join(folder, "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(os.path.join(folder, "libtensorflow_cc.so.2"), mode=ctypes.RTLD_GLOBAL)
    library.TF_NewStatus.restype = ctypes.c_void_p
    library.TF_GetAllRegisteredKernels.restype = ctypes.POINTER(Buffer)
    library.TF_GetAllRegisteredKernels.argtypes = [ctypes.c_void_p]
    buffer = library.TF_GetAllRegisteredKernels(library.TF_NewStatus()).contents
    kernels = {}
    for kernel in only(ctypes.string_at(buffer.data, buffer.length), 1):
        device = only(kernel, 2)[0].decode()
        # A label names a kernel that is never chosen unless asked for.
        if device not in ("GPU", "DEFAULT") or any(only(kernel, 5)):
            continue
        constraints = {only(one, 1)[0].decode(): types_of(only(one, 2)[0]) for one in only(kernel, 3)}
        kernels.setdefault(only(kernel, 1)[0].decode(), []).append(constraints)
    print(json.dumps(kernels))


if __name__ == "__main__":
    main()
