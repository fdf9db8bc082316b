"""The nets of src/benchmarks/nets.ts in PyTorch, for `nas-distill bench engine --peer PYTHON`.

Reads one JSON request a line: {"open": {"net", "batch", "mode", "layout"}} or {"run": steps}; answers one JSON line each.
A step: forward, cross entropy, backward, fused AdamW, float32. The first line printed is PyTorch's version.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Cnn(nn.Sequential):
    shape = (3, 32, 32)

    def __init__(self):
        layers, channels = [], 3
        for filters in (32, 64, 128):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
            channels = filters
        super().__init__(*layers, nn.Flatten(), nn.Linear(4 * 4 * 128, 10))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        gate = self.expand(F.relu(self.reduce(F.adaptive_avg_pool2d(x, 1))))
        return x * F.hardsigmoid(gate)


def conv_norm(channels, filters, kernel, activation, stride=1, groups=1):
    layers = [
        nn.Conv2d(channels, filters, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(filters),
    ]
    return layers + ([activation(inplace=True)] if activation else [])


class Inverted(nn.Module):
    def __init__(self, channels, inner, filters, kernel, stride, se, activation):
        super().__init__()
        layers = conv_norm(channels, inner, 1, activation)
        layers += conv_norm(inner, inner, kernel, activation, stride, inner)
        layers += [SqueezeExcite(inner)] if se else []
        self.body = nn.Sequential(*layers, *conv_norm(inner, filters, 1, None))
        self.shortcut = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


class MobileNet(nn.Sequential):
    shape = (3, 32, 32)

    def __init__(self):
        swish = nn.Hardswish
        layers, channels = conv_norm(3, 16, 3, swish), 16
        for inner, filters, kernel, stride, se, activation in (
            (48, 24, 3, 2, True, nn.ReLU),
            (72, 24, 3, 1, False, nn.ReLU),
            (96, 40, 5, 2, True, swish),
            (160, 40, 5, 1, True, swish),
            (240, 80, 3, 2, False, swish),
        ):
            layers.append(Inverted(channels, inner, filters, kernel, stride, se, activation))
            channels = filters
        layers += conv_norm(channels, 240, 1, swish)
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(240, 10))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1, self.norm2, self.heads = nn.LayerNorm(width), nn.LayerNorm(width), heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.out(mixed)
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    shape = (1, 28, 28)

    def __init__(self):
        super().__init__()
        self.patches, self.positions = nn.Conv2d(1, 64, 7, 7), nn.Parameter(torch.randn(16, 64) * 0.02)
        self.blocks = nn.Sequential(*(Block(64, 4, 128) for _ in range(3)))
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.blocks(x)).mean(1))


nets = {"cnn": Cnn, "mobilenet": MobileNet, "vit": Vit}


def program(net, batch, mode, layout):
    torch.manual_seed(0)
    model = nets[net]()
    image = torch.randn(batch, *model.shape)
    labels = torch.arange(batch) % 10
    if layout == "channels_last":
        model, image = model.to(memory_format=torch.channels_last), image.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(model(image), labels).backward()
        optimiser.step()

    def forward():
        with torch.inference_mode():
            model(image)

    model.train(mode == "step")
    return step if mode == "step" else forward


def say(answer):
    print(json.dumps(answer), flush=True)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    say({"version": f"PyTorch {torch.__version__}"})
    run = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if "open" in request:
                run = program(**request["open"])
                say({"opened": True})
            else:
                times = []
                for _ in range(request["run"]):
                    begin = time.perf_counter()
                    run()
                    times.append((time.perf_counter() - begin) * 1e3)
                say({"times": times})
        except Exception as error:  # the other side reports it
            say({"failed": f"{type(error).__name__}: {error}"})


main()
