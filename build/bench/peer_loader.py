#!/usr/bin/env python3
"""Measures how many pictures per second torchvision or tf.data load: decode JPEG, random resized crop, flip, batches of bytes.

`peer_loader.py {torchvision,tfdata} FOLDER --size 224 --batch 32 --workers 2 --seconds 8`. FOLDER holds one folder for each class. One JSON line comes
out on stdout: framework, version, imagesPerSec. The first batches, which start workers and fill caches, are not counted.

Exit code 3: the framework is not installed (`pip install torch torchvision`, or `pip install tensorflow-cpu`).
"""
import argparse
import itertools
import json
import os
import sys
import time

NOT_INSTALLED = 3


def torchvision_batches(options):
    import torch
    import torchvision
    from torchvision import transforms
    steps = transforms.Compose([transforms.RandomResizedCrop(options.size), transforms.RandomHorizontalFlip(), transforms.PILToTensor()])
    data = torchvision.datasets.ImageFolder(options.folder, steps)
    def batches():
        while True:
            yield from torch.utils.data.DataLoader(data, options.batch, shuffle=True, num_workers=options.workers, drop_last=True)
    return torchvision.__version__, batches()


def tfdata_batches(options):
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    import tensorflow as tf
    if options.workers:
        tf.config.threading.set_inter_op_parallelism_threads(options.workers)
        tf.config.threading.set_intra_op_parallelism_threads(options.workers)

    def load(path):
        """As TensorFlow's own ImageNet recipe: only the crop is decoded."""
        encoded = tf.io.read_file(path)
        shape = tf.image.extract_jpeg_shape(encoded)
        begin, size, _ = tf.image.sample_distorted_bounding_box(
            shape, tf.zeros([1, 0, 4]), min_object_covered=0.0, aspect_ratio_range=(3 / 4, 4 / 3), area_range=(0.08, 1.0), max_attempts=10, use_image_if_no_bounding_boxes=True)
        window = tf.stack([begin[0], begin[1], size[0], size[1]])
        picture = tf.image.decode_and_crop_jpeg(encoded, window, channels=3)
        picture = tf.image.resize(picture, [options.size, options.size], antialias=not options.plain_resize)
        return tf.cast(tf.image.random_flip_left_right(picture), tf.uint8)

    paths = [os.path.join(root, name) for root, _, names in os.walk(options.folder) for name in sorted(names)]
    data = tf.data.Dataset.from_tensor_slices(paths).repeat().shuffle(len(paths)).map(load, num_parallel_calls=options.workers or tf.data.AUTOTUNE)
    return tf.__version__, iter(data.batch(options.batch).prefetch(2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('framework', choices=['torchvision', 'tfdata'])
    parser.add_argument('folder')
    parser.add_argument('--size', type=int, default=224)
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--seconds', type=float, default=8)
    parser.add_argument('--plain-resize', action='store_true', help='tfdata: without smoothing before pictures are made smaller')
    options = parser.parse_args()
    try:
        version, batches = (torchvision_batches if options.framework == 'torchvision' else tfdata_batches)(options)
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(NOT_INSTALLED)
    for _ in itertools.islice(batches, 8):
        pass
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < options.seconds:
        next(batches)
        count += options.batch
    rate = count / (time.perf_counter() - began)
    print(json.dumps({'framework': options.framework, 'version': version, 'imagesPerSec': round(rate, 1)}))
    sys.stdout.flush()
    os._exit(0)


main()
