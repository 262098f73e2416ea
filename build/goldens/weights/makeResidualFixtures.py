"""Writes narrow residual networks under PyTorch's usual names, with their logits, to test the name maps.

Run: python build/goldens/weights/makeResidualFixtures.py OUTPUT_FOLDER
Needs torch and safetensors. All convolutions have 8 filters; 5 classes.
"""
import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn

OUT = sys.argv[1]
WIDTH, CLASSES = 8, 5
os.makedirs(OUT, exist_ok=True)


class Block(nn.Module):
    def __init__(self, bottleneck, stride, projection):
        super().__init__()
        kernels = [1, 3, 1] if bottleneck else [3, 3]
        self.count, self.padded = len(kernels), stride > 1 and not projection
        strided = 2 if bottleneck else 1
        for i, kernel in enumerate(kernels, 1):
            self.add_module(f'conv{i}', nn.Conv2d(WIDTH, WIDTH, kernel, stride if i == strided else 1, kernel // 2, bias=False))
            self.add_module(f'bn{i}', nn.BatchNorm2d(WIDTH))
        if projection:
            self.downsample = nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 1, stride, bias=False), nn.BatchNorm2d(WIDTH))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f'bn{i}')(getattr(self, f'conv{i}')(y))
            y = torch.relu(y) if i < self.count else y
        if hasattr(self, 'downsample'):
            x = self.downsample(x)
        elif self.padded:
            x = x[:, :, ::2, ::2]
        return torch.relu(x + y)


class Network(nn.Module):
    def __init__(self, blocks, bottleneck, cifar):
        super().__init__()
        self.cifar = cifar
        self.conv1 = nn.Conv2d(3, WIDTH, 3 if cifar else 7, 1 if cifar else 2, 1 if cifar else 3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.stages = [f'layer{i}' for i in range(1, len(blocks) + 1)]
        for stage, (name, count) in enumerate(zip(self.stages, blocks)):
            strides = [2 if stage and not block else 1 for block in range(count)]
            self.add_module(name, nn.Sequential(*[Block(bottleneck, stride, stride > 1 and not cifar) for stride in strides]))
        self.add_module('linear' if cifar else 'fc', nn.Linear(WIDTH, CLASSES))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        if not self.cifar:
            x = nn.functional.max_pool2d(x, 3, 2, 1)
        for name in self.stages:
            x = getattr(self, name)(x)
        return getattr(self, 'linear' if self.cifar else 'fc')(x.mean((2, 3)))


logits = {}
for name, size, blocks, bottleneck, cifar in (('resnet18', 64, [1, 1, 1, 1], False, False), ('resnet50', 64, [1, 1, 2, 1], True, False), ('resnet20_cifar', 32, [1, 1, 1], False, True)):
    torch.manual_seed(3)
    network = Network(blocks, bottleneck, cifar).eval()
    for key, value in network.state_dict().items():
        if key.endswith('running_var'):
            value.uniform_(0.5, 2)
        elif value.dtype == torch.float32:
            value.normal_(0.02, (2 / value[0].numel()) ** 0.5 if value.dim() > 1 else 0.5)
    x = (((torch.arange(size * size * 3) * 31) % 17 - 8) / 8).float().reshape(1, size, size, 3).permute(0, 3, 1, 2)
    logits[name] = network(x)[0].tolist()
    save_file(network.state_dict(), os.path.join(OUT, f'pytorch_{name}.safetensors'))
with open(os.path.join(OUT, 'residual_logits.json'), 'w') as file:
    json.dump(logits, file)
