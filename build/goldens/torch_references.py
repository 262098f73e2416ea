"""Networks without a deploy file or a place in timm, written as functions over a dict of tensors in the product's names and layout."""
import torch
import torch.nn.functional as F


class Functional:
    def __init__(self, weights, training):
        self.weights, self.training = weights, training

    def conv(self, x, name, stride=1, padding=None):
        kernel = self.weights[f"{name}/kernel"].permute(3, 2, 0, 1)
        return F.conv2d(x, kernel, self.weights.get(f"{name}/bias"), stride=stride, padding=kernel.shape[2] // 2 if padding is None else padding)

    def bn(self, x, name):
        w = self.weights
        return F.batch_norm(x, w[f"{name}/mean"].clone(), w[f"{name}/variance"].clone(), w[f"{name}/gamma"], w[f"{name}/beta"], training=self.training, eps=1e-5)

    def conv_bn(self, x, name, stride=1, bn=None):
        return self.bn(self.conv(x, name, stride), bn or f"{name}_bn")

    def dense(self, x, name):
        return x @ self.weights[f"{name}/kernel"] + self.weights[f"{name}/bias"]


def lenet(x, weights, training):
    """Caffe's MNIST example."""
    net = Functional(weights, training)
    for name in ("conv1", "conv2"):
        x = F.max_pool2d(net.conv(x, name, padding=0), 2, 2, ceil_mode=True)
    return net.dense(F.relu(net.dense(x.permute(0, 2, 3, 1).flatten(1), "ip1")), "ip2")


def cifar_resnet(blocks):
    """He et al. 2015, section 4.2, option A."""

    def run(x, weights, training):
        net = Functional(weights, training)
        x = F.relu(net.conv_bn(x, "conv1"))
        for stage in (1, 2, 3):
            for block in range(1, blocks + 1):
                stride = 2 if stage > 1 and block == 1 else 1
                name = f"res{stage}_{block}"
                y = net.conv_bn(F.relu(net.conv_bn(x, f"{name}_conv1", stride)), f"{name}_conv2")
                if stride == 2:
                    missing = y.shape[1] - x.shape[1]
                    x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, missing // 2, missing - missing // 2))
                x = F.relu(x + y)
        return net.dense(x.mean((2, 3)), "classifier")

    return run


def resnet_backbone(net, x, blocks, bottleneck, last_stride):
    x = F.max_pool2d(F.relu(net.conv_bn(x, "conv1", 2)), 3, 2, 1)
    index = 0
    for stage, count in enumerate(blocks):
        for block in range(count):
            index += 1
            name = f"res{index}"
            stride = 1 if block or stage == 0 else last_stride if stage == 3 else 2
            if bottleneck:
                y = F.relu(net.conv_bn(x, f"{name}_conv1"))
                y = F.relu(net.conv_bn(y, f"{name}_conv2", stride))
                y = net.conv_bn(y, f"{name}_conv3")
            else:
                y = net.conv_bn(F.relu(net.conv_bn(x, f"{name}_conv1", stride)), f"{name}_conv2")
            shortcut = net.conv_bn(x, f"{name}_match_conv", stride) if f"{name}_match_conv/kernel" in net.weights else x
            x = F.relu(shortcut + y)
    return x


def covariance_pool(x, iterations=5, ridge=0.0, order="rows"):
    """Covariance, its square root by Newton-Schulz, upper triangle; see the builder's covariancePool."""
    batch, channels = x.shape[:2]
    positions = x.flatten(2)
    centred = positions - positions.mean(2, keepdim=True)
    eye = torch.eye(channels, dtype=x.dtype).expand(batch, -1, -1)
    sigma = centred @ centred.transpose(1, 2) / positions.shape[2] + ridge * eye
    trace = sigma.diagonal(dim1=1, dim2=2).sum(1)[:, None, None]
    y, z = sigma / trace, eye
    for _ in range(iterations):
        t = 0.5 * (3 * eye - z @ y)
        y, z = y @ t, t @ z
    root = y * trace.sqrt()
    cells = [(a, b) for a in range(channels) for b in range(a, channels)] if order == "rows" else [(a, b) for b in range(channels) for a in range(b + 1)]
    rows, columns = zip(*cells)
    return root[:, list(rows), list(columns)]


def covariance_resnet(blocks, bottleneck, gaussian):
    """iSQRT-COV, and 3G-Net with its three learned re-weightings."""

    def reweigh(net, x, origin, name):
        m = lambda v, k: net.conv_bn(v, f"{name}_map{k}", bn=f"{name}_bn{k}")
        u = F.relu(m(x, "1") * m(x, "2") + m(origin, "21"))
        v = F.relu(m(u, "3")) * F.relu(m(u, "4"))
        t = net.conv(F.relu(net.conv_bn(v, f"{name}_atmap1", bn=f"{name}_bnat1")), f"{name}_atmap2")
        return x * torch.sigmoid(t + net.conv(t, f"{name}_atmap3"))

    def run(x, weights, training):
        net = Functional(weights, training)
        x = resnet_backbone(net, x, blocks, bottleneck, 1)
        x = origin = F.relu(net.conv_bn(x, "layer_reduce"))
        if gaussian:
            for k in (1, 2, 3):
                x = reweigh(net, x, origin, f"atmp{k}")
        vector = covariance_pool(x, 5, 1e-7, "columns") if gaussian else covariance_pool(x)
        return net.dense(vector, "classifier")

    return run


def resnet(blocks, bottleneck):
    def run(x, weights, training):
        net = Functional(weights, training)
        return net.dense(resnet_backbone(net, x, blocks, bottleneck, 2).mean((2, 3)), "classifier")

    return run


def vgg16_convolutional(last):
    """VGG-16 with stride-2 convolutions and spectral normalisation; `last` is the convolution that halves the map for the fifth time."""
    blocks = [2, 2, 3, 3, 4 if last == "5_4" else 3]

    def normalised(net, name):
        kernel, u, v = (net.weights[f"{name}/{k}"] for k in ("kernel", "leftVector", "rightVector"))
        matrix = kernel.reshape(-1, kernel.shape[3]).T
        if net.training:
            with torch.no_grad():
                u = F.normalize(matrix @ v, dim=0, eps=1e-12)
                v = F.normalize(matrix.T @ u, dim=0, eps=1e-12)
        return kernel / (u.detach() @ matrix @ v.detach())

    def run(x, weights, training):
        net = Functional(weights, training)
        for block, convs in enumerate(blocks, 1):
            for index in range(1, convs + 1):
                place = f"{block}_{index}"
                stride = 2 if place == last or (block > 1 and index == 1) else 1
                x = F.conv2d(x, normalised(net, f"conv{place}").permute(3, 2, 0, 1), weights[f"conv{place}/bias"], stride=stride, padding=1)
                if f"bn{place}/gamma" in weights:
                    x = net.bn(x, f"bn{place}")
                x = F.leaky_relu(x, 0.2)
        for name in ("fc6", "fc7"):
            x = F.relu(net.conv(x, name, padding=0))
        return net.conv(x, "fc8", padding=0).mean((2, 3))

    return run


def dense(net, x):
    return net.dense(x.mean((2, 3)), "classifier")


def wide_resnet(blocks):
    """Zagoruyko and Komodakis 2016: BatchNorm and ReLU before each convolution."""

    def run(x, weights, training):
        net = Functional(weights, training)
        x = net.conv(x, "conv1")
        for stage in (1, 2, 3):
            for block in range(1, blocks + 1):
                name, stride = f"res{stage}_{block}", 2 if stage > 1 and block == 1 else 1
                normal = F.relu(net.bn(x, f"{name}_bn1"))
                y = net.conv(F.relu(net.bn(net.conv(normal, f"{name}_conv1", stride), f"{name}_bn2")), f"{name}_conv2")
                x = y + (net.conv(normal, f"{name}_shortcut", stride) if f"{name}_shortcut/kernel" in weights else x)
        return dense(net, F.relu(net.bn(x, "last_bn")))

    return run


def resnext29(blocks):
    """Xie et al. 2016, section 4.2: eight groups in the 3x3 convolution."""

    def run(x, weights, training):
        net = Functional(weights, training)
        x = F.relu(net.conv_bn(x, "conv1"))
        for stage in (1, 2, 3):
            for block in range(1, blocks + 1):
                name, stride = f"res{stage}_{block}", 2 if stage > 1 and block == 1 else 1
                y = F.relu(net.conv_bn(x, f"{name}_conv1"))
                kernel = weights[f"{name}_conv2/kernel"].permute(3, 2, 0, 1)
                y = F.relu(net.bn(F.conv2d(y, kernel, stride=stride, padding=1, groups=8), f"{name}_conv2_bn"))
                y = net.conv_bn(y, f"{name}_conv3")
                x = F.relu(y + (net.conv_bn(x, f"{name}_shortcut", stride) if f"{name}_shortcut/kernel" in weights else x))
        return dense(net, x)

    return run


def densenet_cifar(layers):
    """Huang et al. 2016: bottlenecks, compression by half, three blocks."""

    def run(x, weights, training):
        net = Functional(weights, training)
        step = lambda x, bn, conv: net.conv(F.relu(net.bn(x, f"features.{bn}")), f"features.{conv}")
        x = net.conv(x, "features.conv0")
        for block in (1, 2, 3):
            for layer in range(1, layers + 1):
                name = f"denseblock{block}.denselayer{layer}"
                y = step(step(x, f"{name}.norm1", f"{name}.conv1"), f"{name}.norm2", f"{name}.conv2")
                x = torch.cat([x, y], 1)
            if block < 3:
                x = F.avg_pool2d(step(x, f"transition{block}.norm", f"transition{block}.conv"), 2)
        return dense(net, F.relu(net.bn(x, "features.norm5")))

    return run


def pyramidnet(blocks):
    """Han et al. 2016: no ReLU before the first convolution, BatchNorm behind the last, shortcuts with zero channels."""

    def run(x, weights, training):
        net = Functional(weights, training)
        x = net.conv_bn(x, "conv1")
        for stage in (1, 2, 3):
            for block in range(1, blocks + 1):
                name, stride = f"res{stage}_{block}", 2 if stage > 1 and block == 1 else 1
                y = net.conv(net.bn(x, f"{name}_bn1"), f"{name}_conv1", stride)
                y = net.bn(net.conv(F.relu(net.bn(y, f"{name}_bn2")), f"{name}_conv2"), f"{name}_bn3")
                if stride == 2:
                    x = F.avg_pool2d(x, 2, ceil_mode=True)
                x = y + F.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
        return dense(net, F.relu(net.bn(x, "last_bn")))

    return run


# Filters of BN-Inception's blocks: 1x1, 3x3, two 3x3, projection of the pooled map; none where a block halves the map.
BN_INCEPTION = {"3a": "avg", "3b": "avg", "3c": None, "4a": "avg", "4b": "avg", "4c": "avg", "4d": "avg", "4e": None, "5a": "avg", "5b": "max"}


def bn_inception(x, weights, training):
    """Ioffe and Szegedy 2015 as Cadene's bninception has it: biases before BatchNorm, poolings rounded up."""
    net = Functional(weights, training)
    step = lambda x, name, stride=1: F.relu(net.conv_bn(x, name, stride))
    x = F.max_pool2d(step(x, "conv1_7x7_s2", 2), 3, 2, ceil_mode=True)
    x = F.max_pool2d(step(step(x, "conv2_3x3_reduce"), "conv2_3x3"), 3, 2, ceil_mode=True)
    for block, pool in BN_INCEPTION.items():
        name, stride = f"inception_{block}_", 1 if pool else 2
        triple = step(step(x, f"{name}3x3_reduce"), f"{name}3x3", stride)
        double = step(step(step(x, f"{name}double_3x3_reduce"), f"{name}double_3x3_1"), f"{name}double_3x3_2", stride)
        if pool is None:
            x = torch.cat([triple, double, F.max_pool2d(x, 3, 2, ceil_mode=True)], 1)
            continue
        pooled = F.avg_pool2d(x, 3, 1, 1) if pool == "avg" else F.max_pool2d(x, 3, 1, 1)
        x = torch.cat([step(x, f"{name}1x1"), triple, double, step(pooled, f"{name}pool_proj")], 1)
    return net.dense(x.mean((2, 3)), "classifier")
