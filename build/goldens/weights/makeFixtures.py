"""Writes the small weight files of test/fixtures/weights, each by the library of its own ecosystem, and expected.json with what they hold.

Run: python build/goldens/weights/makeFixtures.py OUTPUT_FOLDER
Needs numpy, torch, safetensors, h5py, keras (any backend), tensorflow and protobuf.
"""
import argparse
import collections
import json
import os
import pickle
import shutil
import sys

import h5py
import numpy as np
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file as save_torch

OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
EXPECTED = {}


def values(*shape, seed=0):
    """Multiples of 1/8 below 16: exact in float16 and bfloat16 too."""
    size = int(np.prod(shape)) if shape else 1
    return (((np.arange(size) * 37 + seed * 11) % 127 - 63) / 8).astype(np.float32).reshape(shape)


def expect(name, tensors, **more):
    """Shapes and values (row-major) of every tensor, keyed by the name that our reader gives it."""
    EXPECTED[name] = {'tensors': {key: {'shape': list(np.shape(value)), 'values': [float(v) for v in np.asarray(value, dtype=np.float64).ravel()]} for key, value in tensors.items()}, **more}


def path(name):
    return os.path.join(OUT, name)


# --- NumPy ----------------------------------------------------------------------------------------------------------------------------------
A = values(2, 3, 4)
DTYPES = {'f2': '<f2', 'f4': '<f4', 'f4big': '>f4', 'f8big': '>f8', 'i8': '<i8', 'u2big': '>u2', 'i1': '|i1', 'bool': '|b1'}
for name, dtype in DTYPES.items():
    array = (np.abs(A) if dtype[1] in 'ub' else A).astype(dtype)
    np.save(path(f'{name}.npy'), array)
    expect(f'{name}.npy', {name: array})
np.save(path('fortran.npy'), np.asfortranarray(A))
expect('fortran.npy', {'fortran': A})
for version in (2, 3):
    with open(path(f'version{version}.npy'), 'wb') as file:
        np.lib.format.write_array(file, A, version=(version, 0))
    expect(f'version{version}.npy', {f'version{version}': A})
np.savez(path('arrays.npz'), first=A, second=values(5, seed=1).astype('>f8'))
expect('arrays.npz', {'first': A, 'second': values(5, seed=1)})
np.savez_compressed(path('compressed.npz'), **{'block/weight': A, 'scalar': np.float32(2.5)})
expect('compressed.npz', {'block/weight': A, 'scalar': np.float32(2.5)})

LAYERS = {'conv1_1': [values(3, 3, 3, 4), values(4, seed=1)], 'fc8': [values(6, 2, seed=2), values(2, seed=3)]}
FLAT = {f'{layer}/{i}': array for layer, arrays in LAYERS.items() for i, array in enumerate(arrays)}
for protocol in range(6):
    name = f'dict_protocol{protocol}.npy'
    with open(path(name), 'wb') as file:
        np.lib.format.write_array_header_1_0(file, {'descr': '|O', 'fortran_order': False, 'shape': ()})
        pickle.dump(np.array(LAYERS, dtype=object), file, protocol=protocol)
    expect(name, FLAT)


def python2_pickle(layers, module=b'numpy.core.multiarray'):
    """What Python 2's numpy.save writes (protocol 2, str for bytes), opcode by opcode: no Python 2 is at hand."""
    def short(text):
        return b'U' + bytes([len(text)]) + text

    def dtype(code, order, last):
        return b'cnumpy\ndtype\n' + short(code) + b'K\x00K\x01\x87R(K\x03' + short(order) + b'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff' + last + b'tb'

    def number(value):
        return b'K' + bytes([value]) if value < 256 else b'M' + value.to_bytes(2, 'little')

    def array(value):
        raw = value.tobytes()
        dims = b''.join(number(n) for n in value.shape)
        body = short(raw) if len(raw) < 256 else b'T' + len(raw).to_bytes(4, 'little') + raw
        return b'c' + module + b'\n_reconstruct\ncnumpy\nndarray\nK\x00\x85' + short(b'b') + b'\x87R(K\x01(' + dims + b't' + dtype(b'f4', b'<', b'K\x00') + b'\x89' + body + b'tb'

    inner = b'}(' + b''.join(short(name.encode()) + b'](' + b''.join(array(a) for a in arrays) + b'e' for name, arrays in layers.items()) + b'u'
    return b'\x80\x02c' + module + b'\n_reconstruct\ncnumpy\nndarray\nK\x00\x85' + short(b'b') + b'\x87R(K\x01)' + dtype(b'O8', b'|', b'K?') + b'\x89](' + inner + b'etb.'


# High bytes and many sizes, as trained weights have them.
PY2 = {'conv1_1': [np.random.default_rng(0).standard_normal((3, 3, 3, 4)).astype('<f4'), values(4)], 'fc6': [np.random.default_rng(1).standard_normal((8, 300)).astype('<f4'), values(2)]}
with open(path('vgg16_style_python2.npy'), 'wb') as file:
    np.lib.format.write_array_header_1_0(file, {'descr': '|O', 'fortran_order': False, 'shape': ()})
    file.write(python2_pickle(PY2))
assert np.array_equal(np.load(path('vgg16_style_python2.npy'), allow_pickle=True, encoding='latin1').item()['fc6'][0], PY2['fc6'][0])
expect('vgg16_style_python2.npy', {f'{layer}/{i}': a for layer, arrays in PY2.items() for i, a in enumerate(arrays)})

# --- PyTorch --------------------------------------------------------------------------------------------------------------------------------
STATE = collections.OrderedDict([('features.0.weight', values(4, 3, 3, 3)), ('features.0.bias', values(4, seed=1)), ('classifier.6.weight', values(2, 6, seed=2))])


def tensors(prefix=''):
    return collections.OrderedDict((prefix + key, torch.from_numpy(value.copy())) for key, value in STATE.items())


network = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(3, 4, 3), norm=torch.nn.BatchNorm2d(4)))
torch.manual_seed(0)
for parameter in network.parameters():
    torch.nn.init.normal_(parameter)
torch.save(network.state_dict(), path('state_dict.pth'))
expect('state_dict.pth', {key: value.numpy() for key, value in network.state_dict().items()})
torch.save(network.state_dict(), path('state_dict_legacy.pth'), _use_new_zipfile_serialization=False)
expect('state_dict_legacy.pth', {key: value.numpy() for key, value in network.state_dict().items()})
for dtype in ('float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'):
    value = torch.from_numpy(np.abs(values(3, 2))).to(getattr(torch, dtype))
    for legacy in (False, True):
        name = f'{dtype}{"_legacy" if legacy else ""}.pth'
        torch.save({'w': value}, path(name), _use_new_zipfile_serialization=not legacy)
        expect(name, {'w': value.to(torch.float64).numpy()})
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
network(torch.ones(2, 3, 4, 4)).sum().backward()
optimizer.step()
checkpoint = {'epoch': 3, 'arch': 'vgg', 'best_prec1': np.float64(71.5), 'state_dict': tensors('module.'), 'state_dict_ema': tensors(), 'optimizer': optimizer.state_dict(), 'milestones': collections.Counter([30, 60]), 'args': argparse.Namespace(lr=0.1, arch='vgg'),
              'history': collections.defaultdict(list, {'loss': [1.5, 2.5]}), 'dtype': torch.float32, 'device': torch.device('cpu'), 'size': torch.Size([3, 4]), 'frozen': {'conv'}, 'rng': np.arange(3), 'big': 2 ** 70}
torch.save(checkpoint, path('checkpoint.pth'))
torch.save(checkpoint, path('checkpoint_legacy.pth'), _use_new_zipfile_serialization=False)
for name in ('checkpoint.pth', 'checkpoint_legacy.pth'):
    expect(name, STATE)
base = torch.from_numpy(values(4, 6))
views = {'whole': base, 'transposed': base.t(), 'rows': base[1:3], 'strided': base[::2, 1::2], 'expanded': base[:1].expand(3, 6), 'tied': base, 'empty': torch.zeros(0, 3), 'scalar': torch.tensor(1.5)}
for name, legacy in (('views.pth', False), ('views_legacy.pth', True)):
    torch.save(views, path(name), _use_new_zipfile_serialization=not legacy)
    expect(name, {key: value.numpy() for key, value in views.items()})
torch.save({'weight': torch.nn.Parameter(torch.from_numpy(values(2, 2))), 'channels_last': torch.from_numpy(values(2, 3, 4, 5)).to(memory_format=torch.channels_last)}, path('parameter.pth'))
expect('parameter.pth', {'weight': values(2, 2), 'channels_last': values(2, 3, 4, 5)})
with open(path('arrays.pkl'), 'wb') as file:
    pickle.dump({'blob': {'w': A}, 'name': 'text'}, file, protocol=4)
expect('arrays.pkl', {'blob.w': A})

# --- safetensors ----------------------------------------------------------------------------------------------------------------------------
save_torch({**{f'w_{d}': torch.from_numpy(np.abs(values(2, 3))).to(getattr(torch, d)) for d in ('float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'uint8', 'bool', 'float8_e4m3fn', 'float8_e5m2')}}, path('all.safetensors'), metadata={'format': 'pt'})
expect('all.safetensors', {f'w_{d}': torch.from_numpy(np.abs(values(2, 3))).to(getattr(torch, d)).to(torch.float64).numpy() for d in ('float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'uint8', 'bool', 'float8_e4m3fn', 'float8_e5m2')})
save_numpy({'a': A}, path('shard-00001-of-00002.safetensors'))
save_numpy({'b': values(3)}, path('shard-00002-of-00002.safetensors'))
with open(path('shard.safetensors.index.json'), 'w') as file:
    json.dump({'metadata': {'total_size': 108}, 'weight_map': {'a': 'shard-00001-of-00002.safetensors', 'b': 'shard-00002-of-00002.safetensors'}}, file)
expect('shard.safetensors.index.json', {'a': A, 'b': values(3)})

# --- Keras ----------------------------------------------------------------------------------------------------------------------------------
import keras  # noqa: E402 (slow, and noisy when it comes first)

model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(4, 3, name='block1_conv1'), keras.layers.BatchNormalization(name='norm'), keras.layers.Conv2D(2, 1, name='block1_conv2'),
                          keras.layers.Flatten(), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(2, name='predictions')], name='net')
for index, variable in enumerate(model.weights):
    if 'seed' not in variable.path:
        variable.assign(values(*variable.shape, seed=index))
model.compile('sgd', 'mse')
ROLES = {'moving_mean': 'mean', 'moving_variance': 'variance'}
keras_expected = {f'{layer.name}/{ROLES.get(v.name, v.name)}': v.numpy() for layer in model.layers for v in layer.weights if 'seed' not in v.path}
model.save_weights(path('net.weights.h5'))
expect('net.weights.h5', keras_expected)
model.save(path('net.keras'))
expect('net.keras', keras_expected)
model.save(path('net.h5'))
expect('net.h5', keras_expected)
lambda_model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1), keras.layers.Dense(1)])
lambda_model.save(path('lambda.h5'))
lambda_model.save(path('lambda.keras'))

# --- HDF5 as other programs write it --------------------------------------------------------------------------------------------------------
with h5py.File(path('layouts.h5'), 'w') as file:
    file.create_dataset('chunked/w', data=A, chunks=(1, 2, 3))
    file.create_dataset('deflate/w', data=values(20, 30), chunks=(7, 8), compression='gzip', shuffle=True, fletcher32=True)
    file.create_dataset('big/w', data=A.astype('>f4'))
    file.create_dataset('half/w', data=A.astype('<f2'))
    file.create_dataset('scalar/w', data=np.float64(2.5))
    file.create_dataset('many/w', data=values(400, 3), chunks=(1, 3))
expect('layouts.h5', {'chunked/w': A, 'deflate/w': values(20, 30), 'big/w': A, 'half/w': A, 'scalar/w': 2.5, 'many/w': values(400, 3)})
with h5py.File(path('latest.h5'), 'w', libver='latest') as file:
    file.create_dataset('dense/kernel', data=A)
expect('latest.h5', {'dense/kernel': A})
with h5py.File(path('softlink.h5'), 'w') as file:
    file['a/w'] = A
    file['b'] = h5py.SoftLink('/a')
with h5py.File(path('externallink.h5'), 'w') as file:
    file['a/w'] = A
    file['b'] = h5py.ExternalLink('layouts.h5', '/chunked')
with h5py.File(path('externaldata.h5'), 'w') as file:
    file.create_dataset('a/w', (4,), dtype='f4', external=[('layouts.h5', 0, 16)])
with h5py.File(path('virtual.h5'), 'w') as file:
    layout = h5py.VirtualLayout((2, 3, 4), 'f4')
    layout[...] = h5py.VirtualSource('layouts.h5', 'chunked/w', (2, 3, 4))
    file.create_virtual_dataset('a/w', layout)
with h5py.File(path('filter.h5'), 'w') as file:
    file.create_dataset('a/w', data=np.tile(A, (4, 4, 4)), compression='lzf')
with h5py.File(path('sparse.h5'), 'w') as file:
    file.create_dataset('a/w', (2 ** 26, 2 ** 26), dtype='f4', chunks=(1024, 1024))
with h5py.File(path('hugecontiguous.h5'), 'w') as file:
    file.create_dataset('a/w', (2 ** 25, 2 ** 25), dtype='f4')

# --- Caffe ----------------------------------------------------------------------------------------------------------------------------------
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402

schema = descriptor_pb2.FileDescriptorProto(name='net.proto', package='t', syntax='proto2')
F = descriptor_pb2.FieldDescriptorProto


def message(name, fields):
    entry = schema.message_type.add(name=name)
    for field, number, kind, label, type_name, packed in fields:
        added = entry.field.add(name=field, number=number, type=kind, label=label)
        if type_name:
            added.type_name = f'.t.{type_name}'
        if packed:
            added.options.packed = True


ONE, MANY = F.LABEL_OPTIONAL, F.LABEL_REPEATED
message('Shape', [('dim', 1, F.TYPE_INT64, MANY, None, True)])
message('Blob', [('num', 1, F.TYPE_INT32, ONE, None, False), ('channels', 2, F.TYPE_INT32, ONE, None, False), ('height', 3, F.TYPE_INT32, ONE, None, False), ('width', 4, F.TYPE_INT32, ONE, None, False),
                 ('data', 5, F.TYPE_FLOAT, MANY, None, True), ('shape', 7, F.TYPE_MESSAGE, ONE, 'Shape', False), ('double_data', 8, F.TYPE_DOUBLE, MANY, None, True)])
message('Loose', [('num', 1, F.TYPE_INT32, ONE, None, False), ('data', 5, F.TYPE_FLOAT, MANY, None, False)])
message('LayerV2', [('name', 1, F.TYPE_STRING, ONE, None, False), ('type', 2, F.TYPE_STRING, ONE, None, False), ('bottom', 3, F.TYPE_STRING, MANY, None, False), ('top', 4, F.TYPE_STRING, MANY, None, False), ('blobs', 7, F.TYPE_MESSAGE, MANY, 'Blob', False)])
message('LayerV1', [('bottom', 2, F.TYPE_STRING, MANY, None, False), ('top', 3, F.TYPE_STRING, MANY, None, False), ('name', 4, F.TYPE_STRING, ONE, None, False), ('type', 5, F.TYPE_INT32, ONE, None, False), ('blobs', 6, F.TYPE_MESSAGE, MANY, 'Blob', False)])
message('Net', [('name', 1, F.TYPE_STRING, ONE, None, False), ('layers', 2, F.TYPE_MESSAGE, MANY, 'LayerV1', False), ('layer', 100, F.TYPE_MESSAGE, MANY, 'LayerV2', False)])
pool = descriptor_pool.DescriptorPool()
pool.Add(schema)
T = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f't.{name}')) for name in ('Net', 'Blob', 'Loose')}


def blob(array, legacy=False, double=False):
    out = T['Blob']()
    if legacy:
        out.num, out.channels, out.height, out.width = ([1] * 4 + list(array.shape))[-4:]
    else:
        out.shape.dim.extend(array.shape)
    (out.double_data if double else out.data).extend(array.ravel().tolist())
    return out


net = T['Net'](name='v2')
net.layer.add(name='data', type='Input', top=['data'])
net.layer.add(name='conv1', type='Convolution', bottom=['data'], top=['conv1'], blobs=[blob(values(4, 3, 3, 3)), blob(values(4, seed=1))])
net.layer.add(name='conv1/bn', type='BatchNorm', bottom=['conv1'], top=['conv1'], blobs=[blob(values(4, seed=2)), blob(np.abs(values(4, seed=3))), blob(np.array([4.0], np.float32))])
net.layer.add(name='conv1/scale', type='Scale', bottom=['conv1'], top=['conv1'], blobs=[blob(values(4, seed=4)), blob(values(4, seed=5), double=True)])
net.layer.add(name='relu1', type='ReLU', bottom=['conv1'], top=['conv1'])
net.layer.add(name='fc', type='InnerProduct', bottom=['conv1'], top=['fc'], blobs=[blob(values(2, 6, seed=6)), blob(values(2, seed=7))])
with open(path('v2.caffemodel'), 'wb') as file:
    file.write(net.SerializeToString())
expect('v2.caffemodel', {'conv1/kernel': values(4, 3, 3, 3), 'conv1/bias': values(4, seed=1), 'conv1/bn/mean': values(4, seed=2) / 4, 'conv1/bn/variance': np.abs(values(4, seed=3)) / 4,
                         'conv1/bn/gamma': values(4, seed=4), 'conv1/bn/beta': values(4, seed=5), 'fc/kernel': values(2, 6, seed=6), 'fc/bias': values(2, seed=7)})
net = T['Net'](name='v1')
net.layers.add(name='conv1_1', type=4, bottom=['data'], top=['conv1_1'], blobs=[blob(values(4, 3, 3, 3), legacy=True), blob(values(4, seed=1), legacy=True)])
net.layers.add(name='relu', type=18, bottom=['conv1_1'], top=['conv1_1'])
net.layers.add(name='fc8', type=14, bottom=['conv1_1'], top=['fc8'], blobs=[blob(values(2, 6, seed=2), legacy=True), blob(values(2, seed=3), legacy=True)])
with open(path('v1.caffemodel'), 'wb') as file:
    file.write(net.SerializeToString())
expect('v1.caffemodel', {'conv1_1/kernel': values(4, 3, 3, 3), 'conv1_1/bias': values(4, seed=1), 'fc8/kernel': values(2, 6, seed=2), 'fc8/bias': values(2, seed=3)})
loose = T['Loose'](num=1, data=[0.5, -2.0, 3.0])
loose_net = T['Net'](name='loose')
loose_layer = loose_net.layer.add(name='p', type='PReLU')
loose_layer.blobs.add().ParseFromString(b'\x3a\x03\x0a\x01\x03' + loose.SerializeToString())
# Parsing packs the numbers; the unpacked bytes are put in place by hand.
raw = b'\x3a\x03\x0a\x01\x03' + loose.SerializeToString()
layer_bytes = b'\x0a\x01p\x12\x05PReLU' + b'\x3a' + bytes([len(raw)]) + raw
with open(path('unpacked.caffemodel'), 'wb') as file:
    file.write(b'\x0a\x05loose' + b'\xa2\x06' + bytes([len(layer_bytes)]) + layer_bytes)
expect('unpacked.caffemodel', {'p/0': np.array([0.5, -2.0, 3.0])})

# --- TensorFlow -----------------------------------------------------------------------------------------------------------------------------
import tensorflow as tf  # noqa: E402


class Scope(tf.Module):
    pass


scope = Scope()
scope.conv = Scope()
scope.conv.kernel = tf.Variable(values(3, 3, 3, 4))
scope.conv.bias = tf.Variable(values(4, seed=1), dtype=tf.float32)
scope.half = tf.Variable(values(2, 3).astype(np.float16))
scope.brain = tf.Variable(tf.cast(values(2, 3), tf.bfloat16))
scope.steps = tf.Variable(np.int64(12))
bundle = {'conv/kernel': values(3, 3, 3, 4), 'conv/bias': values(4, seed=1), 'half': values(2, 3), 'brain': values(2, 3), 'steps': 12}
tf.train.Checkpoint(**{name: getattr(scope, name) for name in ('conv', 'half', 'brain', 'steps')}).write(path('tf2'))
expect('tf2.index', bundle)
tf.saved_model.save(scope, path('savedModel'))
shutil.rmtree(path('savedModel/assets'), ignore_errors=True)
for extra in ('saved_model.pb', 'fingerprint.pb'):
    os.remove(path(f'savedModel/{extra}'))
expect('savedModel', bundle)

with open(path('expected.json'), 'w') as file:
    json.dump(EXPECTED, file)
