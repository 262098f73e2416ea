"""Writes the small networks of makeVggFixtures.py and makeResidualFixtures.py as training scripts leave them: beside foreign objects, average pooled, turned, nested.

Run: python build/goldens/weights/makeWrappedFixtures.py torch|keras|tensorflow FIXTURES_FOLDER
Each of the three needs its own package; keras also h5py. FIXTURES_FOLDER holds what the other two scripts wrote.
"""
import json
import os
import sys

import numpy as np

KIND, OUT = sys.argv[1:]


def path(name):
    return os.path.join(OUT, name)


def torch_files():
    """Foreign objects beside a state dict, and torchvision's pooling away from the size of training."""
    import collections
    import datetime
    import functools
    import pathlib

    import torch
    from torch import nn

    state = torch.load(path('torchvision_vgg11.pth'))

    # A class of a training script: it is not there when the file is read.
    module = sys.modules['settings'] = type(sys)('settings')
    exec('class Settings: pass', module.__dict__)
    settings = module.Settings()
    settings.lr = 0.1
    torch.save({
        'state_dict': state,
        'root': pathlib.PosixPath('/data'),
        'optimizer_class': functools.partial(torch.optim.SGD, lr=0.1),
        'criterion': nn.CrossEntropyLoss(),
        'saved': datetime.datetime(2025, 1, 2),
        'number': 1 + 2j,
        'classes': np.array(['cat', 'dog']),
        'dates': np.array(['2025-01-02'], dtype='datetime64[D]'),
        'records': np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f4')]),
        'settings': settings,
        'history': collections.defaultdict(list, loss=[1.0]),
    }, path('foreign_values.pth'))
    torch.save({'model': nn.Sequential(nn.Conv2d(3, 4, 3)), 'epoch': 3}, path('whole_module.pth'))
    network = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    torch.save(optimizer.state_dict(), path('optimizer.pth'))

    size = 96
    x = (((torch.arange(size * size * 3) * 31) % 17 - 8) / 8).float().reshape(1, size, size, 3).permute(0, 3, 1, 2)
    layer = 0
    for convs in [1, 1, 2, 2, 2]:
        for _ in range(convs):
            x = torch.relu(nn.functional.conv2d(x, state[f'features.{layer}.weight'], state[f'features.{layer}.bias'], padding=1))
            layer += 2
        x = nn.functional.max_pool2d(x, 2)
        layer += 1
    x = torch.flatten(nn.functional.adaptive_avg_pool2d(x, 2), 1)
    for i in (0, 3, 6):
        x = nn.functional.linear(x, state[f'classifier.{i}.weight'], state[f'classifier.{i}.bias'])
        x = torch.relu(x) if i < 6 else x
    with open(path('vgg11_average_logits.json'), 'w') as file:
        json.dump({'size': size, 'logits': x[0].tolist()}, file)


def layers_of_vgg():
    return np.load(path('vgg11_layers.npy'), allow_pickle=True).item()


def keras_files():
    """Keras 3 with the names of keras.applications, alone and inside a Sequential; and a file of the Theano backend."""
    import h5py
    import keras

    layers = layers_of_vgg()

    def base():
        image = x = keras.Input((64, 64, 3))
        for block, count in enumerate([1, 1, 2, 2, 2], 1):
            for index in range(1, count + 1):
                x = keras.layers.Conv2D(8, 3, padding='same', activation='relu', name=f'block{block}_conv{index}')(x)
            x = keras.layers.MaxPooling2D(name=f'block{block}_pool')(x)
        return image, x

    def filled(model):
        for layer in model.layers:
            if hasattr(layer, 'layers'):
                filled(layer)
            elif layer.weights:
                name = layer.name.replace('block', 'conv').replace('_conv', '_')
                layer.set_weights(layers[{'fc1': 'fc6', 'fc2': 'fc7', 'predictions': 'fc8', 'dense': 'fc8'}.get(name, name)])
        return model

    image, x = base()
    x = keras.layers.Flatten()(x)
    for name, units, activation in (('fc1', 12, 'relu'), ('fc2', 12, 'relu'), ('predictions', 5, None)):
        x = keras.layers.Dense(units, activation=activation, name=name)(x)
    filled(keras.Model(image, x)).save_weights(path('vgg11_named.weights.h5'))
    image, x = base()
    inner = keras.Model(image, x, name='vgg11')
    nested = keras.Sequential([keras.Input((64, 64, 3)), inner, keras.layers.Flatten(), keras.layers.Dense(5, name='dense')])
    for layer in inner.layers:
        if layer.weights:
            layer.set_weights(layers[layer.name.replace('block', 'conv').replace('_conv', '_')])
    nested.save_weights(path('vgg11_nested.weights.h5'))
    nested.save(path('vgg11_nested.keras'))
    nested.save(path('vgg11_nested.h5'))

    with open(path('vgg11_keras.h5'), 'rb') as source, open(path('vgg11_theano.h5'), 'wb') as target:
        target.write(source.read())
    with h5py.File(path('vgg11_theano.h5'), 'r+') as file:
        for group in (file, file.get('model_weights')):
            if group is not None:
                group.attrs['backend'] = 'theano'

        def turn(name, data):
            if isinstance(data, h5py.Dataset) and data.ndim == 4:
                data[...] = data[...][::-1, ::-1]

        file.visititems(turn)


def tensorflow_files():
    """TF-Slim's names in a checkpoint of version 1."""
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    for name, (kernel, bias) in layers_of_vgg().items():
        scope = f'vgg_a/{name[:5]}/{name}' if name.startswith('conv') else f'vgg_a/{name}'
        if name == 'fc6':
            kernel = kernel.reshape(2, 2, 8, 12)
        elif name.startswith('fc'):
            kernel = kernel[None, None]
        v1.get_variable(f'{scope}/weights', initializer=kernel)
        v1.get_variable(f'{scope}/biases', initializer=bias)
    v1.get_variable('global_step', initializer=np.int64(5))
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(write_version=v1.train.SaverDef.V1)
        saver.save(session, path('vgg11_slim_v1.ckpt'), write_meta_graph=False, write_state=False)


{'torch': torch_files, 'keras': keras_files, 'tensorflow': tensorflow_files}[KIND]()
