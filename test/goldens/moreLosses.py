"""Values and gradients of the losses that losses.json lacks, in float64 by PyTorch from the papers' formulas.

Run: python test/goldens/moreLosses.py > test/goldens/moreLosses.json
Images are NHWC here as there; "grad" holds d(value)/d(name) for each named input.
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return (torch.randn(*shape) * 1e4).round() / 1e4


def case(inputs, wanted, compute):
    tensors = {k: v.clone().requires_grad_(k in wanted) for k, v in inputs.items()}
    value = compute(**tensors)
    grads = torch.autograd.grad(value, [tensors[k] for k in wanted])
    return {
        "inputs": {k: v.tolist() for k, v in inputs.items()},
        "value": value.item(),
        "grad": {k: g.tolist() for k, g in zip(wanted, grads)},
    }


# PyTorch wants depthwise kernels as [channels, 1, height, width]; ours are [height, width, channels, 1].
def nchw(x):
    return x.permute(0, 3, 1, 2)


def norm(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3)


def hcl(s, t):
    total, weight, weights = F.mse_loss(s, t), 1.0, 1.0
    for level in (4, 2, 1):
        if level >= s.shape[2]:
            continue
        weight /= 2
        weights += weight
        total = total + weight * F.mse_loss(F.adaptive_avg_pool2d(s, level), F.adaptive_avg_pool2d(t, level))
    return total / weights


def review(s0, s1, t0, t1, in0, in1, gate, gate_bias, out0, out1):
    """Two levels on grids of one size: ABF as in the authors' code, sum of HCL."""
    ones = lambda k: (torch.ones(k), torch.zeros(k))
    x1 = norm(F.conv2d(nchw(s1), in1.T[:, :, None, None]), *ones(in1.shape[1]))
    y1 = norm(F.conv2d(x1, out1.permute(3, 2, 0, 1), padding=1), *ones(out1.shape[3]))
    x0 = norm(F.conv2d(nchw(s0), in0.T[:, :, None, None]), *ones(in0.shape[1]))
    z = torch.sigmoid(F.conv2d(torch.cat([x0, x1], 1), gate.T[:, :, None, None], gate_bias))
    x0 = x0 * z[:, :1] + x1 * z[:, 1:]
    y0 = norm(F.conv2d(x0, out0.permute(3, 2, 0, 1), padding=1), *ones(out0.shape[3]))
    return hcl(y0, nchw(t0)) + hcl(y1, nchw(t1))


def crd(student, teacher, bank):
    s, t = F.normalize(student), F.normalize(teacher)
    return F.cross_entropy(torch.cat([s @ t.T, s @ bank.T], 1) / 0.07, torch.arange(len(s)))


def graph(student, teacher):
    s, t = F.normalize(student), F.normalize(teacher)
    b, k = len(s), 3
    edge, node = 0.0, 0.0
    for i in range(b):
        others = sorted((j for j in range(b) if j != i), key=lambda j: -(t[i] @ t[j]).item())[:k]
        edge = edge + sum((s[i] @ s[j] - t[i] @ t[j]) ** 2 for j in others)
        node = node + ((s[others].mean(0) - t[others].mean(0)) ** 2).sum()
    return 2 * edge / (b * k) + 0.5 * node / b


def unexplained(student, teacher):
    return ((student - teacher) ** 2).mean() / teacher.var(unbiased=False)


def exit_logits(features, depthwise, pointwise, dense, bias):
    c = features.shape[3]
    x = F.conv2d(nchw(features), depthwise.permute(2, 3, 0, 1), padding=1, groups=c)
    x = F.relu(norm(F.conv2d(x, pointwise.T[:, :, None, None]), torch.ones(c), torch.zeros(c)))
    return (x.mean((2, 3)) @ dense + bias)


def exit_sum(features, depthwise, pointwise, dense, bias, weights):
    return (exit_logits(features, depthwise, pointwise, dense, bias) * weights).sum()


def conv_bn_relu_hint(student, teacher, kernel):
    c = kernel.shape[1]
    x = F.relu(norm(F.conv2d(nchw(student), kernel.T[:, :, None, None]), torch.ones(c), torch.zeros(c)))
    return F.mse_loss(x, nchw(teacher))


def gated_hint(student, teacher, kernel, gate):
    w = torch.softmax(gate, 0) * len(gate)
    return (((student @ kernel - teacher) * w) ** 2).mean()


maps = lambda heads: torch.softmax(draw(3, heads, 5, 5) * 2, -1)
cases = {
    "review": case(
        dict(s0=draw(3, 8, 8, 4), s1=draw(3, 8, 8, 5), t0=draw(3, 8, 8, 3), t1=draw(3, 8, 8, 6), in0=draw(4, 5), in1=draw(5, 5),
             gate=draw(10, 2), gate_bias=draw(2), out0=draw(3, 3, 5, 3), out1=draw(3, 3, 5, 6)),
        ["s0", "s1", "gate", "out0"], review),
    "crd": case(dict(student=draw(6, 5), teacher=draw(6, 5), bank=F.normalize(draw(9, 5))), ["student", "teacher"], crd),
    "graph": case(dict(student=draw(8, 5), teacher=draw(8, 5)), ["student"], graph),
    "unexplained": case(dict(student=draw(3, 2, 2, 4), teacher=3 * draw(3, 2, 2, 4)), ["student"], unexplained),
    "attention_maps": case(dict(student=maps(2), teacher=maps(2)), ["student"], lambda student, teacher: F.mse_loss(student, teacher)),
    "attention_maps_heads": case(dict(student=maps(2), teacher=maps(4)), ["student"],
                                 lambda student, teacher: F.mse_loss(student.mean(1), teacher.mean(1))),
    "exit": case(dict(features=draw(3, 4, 4, 5), depthwise=draw(3, 3, 5, 1), pointwise=draw(5, 5), dense=draw(5, 4), bias=draw(4),
                      weights=draw(3, 4)), ["features", "depthwise", "dense"], exit_sum),
    "adapter_conv_bn_relu": case(dict(student=draw(3, 4, 4, 5), teacher=draw(3, 4, 4, 6), kernel=draw(5, 6)), ["student", "kernel"],
                                 conv_bn_relu_hint),
    "adapter_gated": case(dict(student=draw(3, 2, 2, 4), teacher=draw(3, 2, 2, 3), kernel=draw(4, 3), gate=draw(3)), ["student", "gate"],
                          gated_hint),
}
print(json.dumps(cases))
