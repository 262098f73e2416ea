"""Runs Caffe deploy files (.prototxt) in PyTorch: the published definition itself, as an oracle for the networks built from it.

Knows the layers that the files of the zoo use. Weights come from a dict of tensors in the product's layout and names ("/" in Caffe names is "_"); so do their
widths, which is how a narrow network is run from the same file."""
import re

import torch
import torch.nn.functional as F


def parse(text):
    """Protobuf text format to a list of (key, value), messages as nested lists."""
    tokens = re.findall(r'"[^"]*"|[{}]|[^\s{}:"]+', re.sub(r"#.*", "", text))
    position = 0

    def message():
        nonlocal position
        fields = []
        while position < len(tokens) and tokens[position] != "}":
            key = tokens[position]
            position += 1
            if tokens[position] == "{":
                position += 1
                fields.append((key, message()))
                position += 1
            else:
                fields.append((key, tokens[position].strip('"')))
                position += 1
        return fields

    return message()


def one(fields, key, default=None):
    return next((value for name, value in fields if name == key), default)


def every(fields, key):
    return [value for name, value in fields if name == key]


class Prototxt:
    def __init__(self, text, classifier="classifier"):
        self.layers = [fields for key, fields in parse(text) if key == "layer"]
        self.classifier = classifier

    def run(self, x, weights, training, slice_points=None):
        """`x` [batch, channels, height, width]; logits before the softmax. `slice_points(layer name, channels)` overrides the file's in narrow networks."""
        blobs, last = {"data": x}, None
        for fields in self.layers:
            kind, name = one(fields, "type"), one(fields, "name").replace("/", "_")
            bottoms, tops = every(fields, "bottom"), every(fields, "top")
            if kind in ("Input", "Softmax", "Dropout"):
                if kind == "Dropout":
                    blobs[tops[0]] = blobs[bottoms[0]]
                continue
            ins = [blobs[b] for b in bottoms]
            outs = getattr(self, "do_" + kind.lower())(fields, name, ins, weights, training, slice_points)
            blobs.update(zip(tops, outs if isinstance(outs, (list, tuple)) else [outs]))
            last = blobs[tops[0]]
        return last.flatten(1)

    def do_convolution(self, fields, name, ins, weights, *_):
        p = one(fields, "convolution_param")
        name = self.ours(name, p)
        kernel = weights[f"{name}/kernel"]
        if kernel.dim() == 2:
            kernel = kernel[None, None]
        pad = [int(one(p, "pad_h", one(p, "pad", 0))), int(one(p, "pad_w", one(p, "pad", 0)))]
        return F.conv2d(ins[0], kernel.permute(3, 2, 0, 1), weights.get(f"{name}/bias"), stride=int(one(p, "stride", 1)), padding=pad, groups=self.groups(ins[0], kernel))

    def ours(self, name, parameters):
        """The last layer has a thousand outputs and many names."""
        return self.classifier if one(parameters, "num_output") == "1000" else name

    @staticmethod
    def groups(x, kernel):
        return x.shape[1] // kernel.shape[2]

    do_convolutiondepthwise = do_convolution

    def do_batchnorm(self, fields, name, ins, weights, training, _):
        eps = float(one(one(fields, "batch_norm_param", []), "eps", 1e-5))
        mean, variance = weights[f"{name}/mean"], weights[f"{name}/variance"]
        if training:
            mean, variance = mean.clone(), variance.clone()
        return F.batch_norm(ins[0], mean, variance, weights[f"{name}/gamma"], weights[f"{name}/beta"], training=training, eps=eps)

    def do_scale(self, fields, name, ins, *_):
        # after BatchNorm its weights are the BatchNorm's; with two inputs it is squeeze-and-excitation
        return ins[0] if len(ins) == 1 else ins[0] * ins[1].reshape(*ins[1].shape[:2], 1, 1)

    def do_relu(self, fields, name, ins, *_):
        return F.relu(ins[0])

    def do_sigmoid(self, fields, name, ins, *_):
        return torch.sigmoid(ins[0])

    def do_pooling(self, fields, name, ins, *_):
        p, x = one(fields, "pooling_param"), ins[0]
        average = one(p, "pool") == "AVE"
        kernel, stride, pad = (int(one(p, k, d)) for k, d in (("kernel_size", 0), ("stride", 1), ("pad", 0)))
        if one(p, "global_pooling") == "true" or (average and kernel >= 7):
            return x.mean((2, 3), keepdim=True)
        ceil = one(p, "ceil_mode", "true") == "true"
        if average:
            return F.avg_pool2d(x, kernel, stride, pad, ceil_mode=ceil, count_include_pad=True)
        return F.max_pool2d(x, kernel, stride, pad, ceil_mode=ceil)

    def do_eltwise(self, fields, name, ins, *_):
        factors = [float(v) for v in every(one(fields, "eltwise_param", []), "coeff")] or [1.0, 1.0]
        return factors[0] * ins[0] + factors[1] * ins[1]

    def do_axpy(self, fields, name, ins, *_):
        return ins[0].reshape(*ins[0].shape[:2], 1, 1) * ins[1] + ins[2]

    def do_concat(self, fields, name, ins, *_):
        return torch.cat(ins, 1)

    def do_slice(self, fields, name, ins, weights, training, slice_points):
        point = slice_points(name, ins[0].shape[1]) if slice_points else int(one(one(fields, "slice_param"), "slice_point"))
        return ins[0][:, :point], ins[0][:, point:]

    def do_reshape(self, fields, name, ins, *_):
        return ins[0]

    def do_flatten(self, fields, name, ins, *_):
        return ins[0].flatten(1)

    def do_innerproduct(self, fields, name, ins, weights, *_):
        name = self.ours(name, one(fields, "inner_product_param"))
        y = ins[0].flatten(1) @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
        return y
