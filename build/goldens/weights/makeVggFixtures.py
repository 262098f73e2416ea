"""Writes one small VGG-11 under the names and axis orders of five ecosystems, with PyTorch's logits, to test the name maps.

Run: python build/goldens/weights/makeVggFixtures.py OUTPUT_FOLDER
Needs numpy, torch, h5py and protobuf. The network: 64×64 input, 8 filters everywhere, dense layers of 12, 5 classes.
"""
import collections
import json
import os
import sys

import h5py
import numpy as np
import torch

OUT = sys.argv[1]
SIZE, WIDTH, HEAD, CLASSES = 64, 8, 12, 5
BLOCKS = [1, 1, 2, 2, 2]
GRID = SIZE // 32
os.makedirs(OUT, exist_ok=True)


def path(name):
    return os.path.join(OUT, name)


class Vgg(torch.nn.Module):
    """Numbered as torchvision numbers its layers."""

    def __init__(self, norm):
        super().__init__()
        layers, channels = [], 3
        for convs in BLOCKS:
            for _ in range(convs):
                layers += [torch.nn.Conv2d(channels, WIDTH, 3, padding=1)] + ([torch.nn.BatchNorm2d(WIDTH)] if norm else []) + [torch.nn.ReLU()]
                channels = WIDTH
            layers.append(torch.nn.MaxPool2d(2))
        self.features = torch.nn.Sequential(*layers)
        relu, drop = torch.nn.ReLU, torch.nn.Dropout
        self.classifier = torch.nn.Sequential(torch.nn.Linear(WIDTH * GRID * GRID, HEAD), relu(), drop(), torch.nn.Linear(HEAD, HEAD), relu(), drop(), torch.nn.Linear(HEAD, CLASSES))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def make(norm):
    torch.manual_seed(5)
    network = Vgg(norm).eval()
    for name, value in network.state_dict().items():
        if name.endswith('running_var'):
            value.uniform_(0.5, 2)
        elif value.dtype == torch.float32:
            value.normal_(0.05, (2 / max(1, value[0].numel())) ** 0.5 if value.dim() > 1 else 0.3)
    return network


x = (((torch.arange(SIZE * SIZE * 3) * 31) % 17 - 8) / 8).float().reshape(1, SIZE, SIZE, 3)
logits = {}
for name, norm in (('vgg11', False), ('vgg11_bn', True)):
    network = make(norm)
    torch.save(network.state_dict(), path(f'torchvision_{name}.pth'))
    logits[name] = network(x.permute(0, 3, 1, 2))[0].tolist()
    if not norm:
        state = {key: value.numpy() for key, value in network.state_dict().items()}

convs = [key[:-7] for key, value in state.items() if key.endswith('.weight') and value.ndim == 4]
places = [(block + 1, index + 1) for block, count in enumerate(BLOCKS) for index in range(count)]
heads = ['classifier.0', 'classifier.3', 'classifier.6']

# vgg16.npy's form: kernels [h, w, in, out], dense [in, out] with inputs flattened by row, column, channel.
layers = collections.OrderedDict()
for (block, index), key in zip(places, convs):
    layers[f'conv{block}_{index}'] = [state[f'{key}.weight'].transpose(2, 3, 1, 0).copy(), state[f'{key}.bias']]
for name, key in zip(['fc6', 'fc7', 'fc8'], heads):
    kernel = state[f'{key}.weight']
    if name == 'fc6':
        kernel = kernel.reshape(HEAD, WIDTH, GRID, GRID).transpose(0, 2, 3, 1).reshape(HEAD, -1)
    layers[name] = [kernel.T.copy(), state[f'{key}.bias']]
np.save(path('vgg11_layers.npy'), np.array(dict(layers), dtype=object))

with h5py.File(path('vgg11_keras.h5'), 'w') as file:
    for (name, (kernel, bias)), keras_name in zip(layers.items(), [f'block{b}_conv{i}' for b, i in places] + ['fc1', 'fc2', 'predictions']):
        file.create_dataset(f'{keras_name}/{keras_name}_W_1:0', data=kernel)
        file.create_dataset(f'{keras_name}/{keras_name}_b_1:0', data=bias)


def varint(value):
    out = b''
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(array):
    dims = ([1] * 4 + list(array.shape))[-4:]
    return b''.join(varint(n + 1 << 3) + varint(d) for n, d in enumerate(dims)) + field(5, array.astype('<f4').tobytes())


# Caffe V1 with legacy four-dimensional blobs, as the published VGG models have.
net = field(1, b'VGG')
for name, key, kind in [(f'conv{b}_{i}', key, 4) for (b, i), key in zip(places, convs)] + [(n, k, 14) for n, k in zip(['fc6', 'fc7', 'fc8'], heads)]:
    net += field(2, field(4, name.encode()) + varint(5 << 3) + varint(kind) + field(6, blob(state[f'{key}.weight'])) + field(6, blob(state[f'{key}.bias'])))
with open(path('vgg11.caffemodel'), 'wb') as file:
    file.write(net)

with open(path('vgg11_logits.json'), 'w') as file:
    json.dump(logits, file)
