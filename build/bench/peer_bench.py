#!/usr/bin/env python3
"""Measures how many images per second Keras or PyTorch handles on the work that `quorum bench` does.

One JSON line comes out on stdout: framework, version, model, size, batch, precision, mode, compile, imagesPerSec (fastest
round), median, rounds, peakRssBytes. The batch is random and stays in memory, so nothing but the network is timed; two steps
before the first round warm it up. Figures of different minutes do not compare: alternate with `quorum bench`, take ratios.

Exit code 3: the framework is not installed (`pip install tensorflow-cpu`, or `pip install torch torchvision timm`).
"""
import argparse
import json
import os
import resource
import statistics
import sys
import time

NOT_INSTALLED = 3
# timm makes these for one size of their images.
SIZED = ('vit_', 'deit_', 'swin_', 'mixer_')
FILTERS = (64, 128, 256, 512, 512)
# Convolutions in each of the five blocks; in configuration C the third one of blocks 3 to 5 is 1x1.
DEPTHS = {
    'vgg11': (1, 1, 2, 2, 2),
    'vgg13': (2, 2, 2, 2, 2),
    'vgg16': (2, 2, 3, 3, 3),
    'vgg16_c1': (2, 2, 3, 3, 3),
    'vgg19': (2, 2, 4, 4, 4),
}


def vgg_blocks(model):
    """Yields per block the list of (filters, kernel) of its convolutions."""
    for block, (count, filters) in enumerate(zip(DEPTHS[model], FILTERS)):
        yield [(filters, 1 if model.endswith('_c1') and block > 1 and conv == 2 else 3) for conv in range(count)]


class TorchPeer:
    def __init__(self, options):
        import torch
        self.torch, self.options, self.version = torch, options, torch.__version__
        if options.threads:
            torch.set_num_threads(options.threads)
        self.device = 'cuda' if torch.cuda.is_available() else 'cpu'
        layout = {'memory_format': torch.channels_last}
        self.network = self._network().to(self.device, **layout)
        self.forward = torch.compile(self.network) if options.compile else self.network
        self.images = torch.rand(options.batch, 3, options.size, options.size, device=self.device).to(**layout)
        self.labels = torch.randint(options.classes, (options.batch,), device=self.device)
        if options.mode == 'infer':
            self.network.eval()
        else:
            self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-4, fused=True)
            self.criterion = torch.nn.CrossEntropyLoss()

    def _network(self):
        nn, options = self.torch.nn, self.options
        if options.model not in DEPTHS:
            import timm
            sized = {'img_size': options.size} if options.model.startswith(SIZED) else {}
            return timm.create_model(options.model, num_classes=options.classes, **sized)
        layers, channels = [], 3
        for convs in vgg_blocks(options.model):
            for filters, kernel in convs:
                layers += [nn.Conv2d(channels, filters, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
                channels = filters
            layers.append(nn.MaxPool2d(2))
        grid = min(options.size // 32, 7)
        layers += [nn.AdaptiveMaxPool2d(grid), nn.Flatten()]
        for width in (4096, 4096):
            layers += [nn.LazyLinear(width), nn.ReLU(inplace=True)]
        layers.append(nn.LazyLinear(options.classes))
        network = nn.Sequential(*layers)
        network(self.torch.zeros(1, 3, options.size, options.size))
        return network

    def step(self):
        with self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.options.precision == 'bf16'):
            if self.options.mode == 'infer':
                with self.torch.inference_mode():
                    return self.forward(self.images).sum().item()
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.criterion(self.forward(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class KerasPeer:
    def __init__(self, options):
        os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
        if options.threads:
            os.environ['TF_NUM_INTRAOP_THREADS'] = str(options.threads)
        import keras
        import numpy
        self.options, self.version = options, keras.__version__
        if options.precision == 'bf16':
            keras.config.set_dtype_policy('mixed_bfloat16')
        self.network = self._network(keras)
        self.network.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-4), loss='sparse_categorical_crossentropy', jit_compile=options.compile)
        random = numpy.random.default_rng(0)
        self.images = random.random((options.batch, options.size, options.size, 3), dtype=numpy.float32)
        self.labels = random.integers(options.classes, size=options.batch)

    def _network(self, keras):
        layers, options = keras.layers, self.options
        if options.model not in DEPTHS:
            wanted = options.model.removesuffix('_100').replace('_', '').lower()
            builder = next((value for name, value in vars(keras.applications).items() if callable(value) and name.lower() == wanted), None)
            if builder is None:
                raise LookupError(f'keras.applications has no network named like {options.model}')
            return builder(weights=None, classes=options.classes, input_shape=(options.size, options.size, 3))
        x = inputs = keras.Input((options.size, options.size, 3))
        for convs in vgg_blocks(options.model):
            for filters, kernel in convs:
                x = layers.Conv2D(filters, kernel, padding='same', activation='relu')(x)
            x = layers.MaxPooling2D()(x)
        x = layers.Flatten()(x)
        for width in (4096, 4096):
            x = layers.Dense(width, activation='relu')(x)
        x = layers.Dense(options.classes)(x)
        return keras.Model(inputs, layers.Activation('softmax', dtype='float32')(x))

    def step(self):
        if self.options.mode == 'infer':
            return self.network.predict_on_batch(self.images)
        return self.network.train_on_batch(self.images, self.labels)


def measure(peer, options):
    for _ in range(2):
        peer.step()
    rates = []
    for _ in range(options.rounds):
        started = time.perf_counter()
        for _ in range(options.steps):
            peer.step()
        rates.append(options.steps * options.batch / (time.perf_counter() - started))
    return rates


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('framework', choices=('keras', 'torch'))
    parser.add_argument('model', help='a VGG of ours, else a name of timm or keras.applications')
    parser.add_argument('--size', type=int, default=64)
    parser.add_argument('--classes', type=int, default=200)
    parser.add_argument('--batch', type=int, default=64)
    parser.add_argument('--precision', choices=('f32', 'bf16'), default='f32')
    parser.add_argument('--mode', choices=('train', 'infer'), default='train')
    parser.add_argument('--steps', type=int, default=3, help='steps a round')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=0, help='0 leaves the choice to the framework')
    parser.add_argument('--compile', action='store_true', help='torch.compile, or XLA')
    return parser.parse_args()


def main():
    options = parse_options()
    try:
        peer = {'keras': KerasPeer, 'torch': TorchPeer}[options.framework](options)
    except ImportError as error:
        sys.exit(print(f'{options.framework} is not installed here: {error}', file=sys.stderr) or NOT_INSTALLED)
    rates = measure(peer, options)
    rounded = [round(rate, 2) for rate in rates]
    print(json.dumps({
        'framework': options.framework, 'version': peer.version, 'model': options.model, 'size': options.size, 'batch': options.batch,
        'precision': options.precision, 'mode': options.mode, 'compile': options.compile, 'imagesPerSec': max(rounded),
        'median': round(statistics.median(rates), 2), 'rounds': rounded,
        'peakRssBytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


if __name__ == '__main__':
    main()
