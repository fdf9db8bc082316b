"""Losses of a short kd training, step by step, by PyTorch: forward, T^2, weights, clipping, AdamW, warm-up and cosine.

Run: python test/goldens/trajectory.py
Fills in `losses` of trajectory.json, which holds all that is trained on: images, labels, the teacher's logits [views, rows, classes],
first weights, and which row every step shows under which shift and flip.
"""
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

file = Path(__file__).with_name("trajectory.json")
run = json.loads(file.read_text())
torch.set_default_dtype(torch.float64)
side, classes = run["side"], run["classes"]
images = torch.tensor(run["images"]).reshape(-1, side, side)
teacher = torch.tensor(run["logits"]).reshape(run["views"], -1, classes)
labels = torch.tensor(run["labels"])
p = {name: torch.tensor(w["data"]).double().reshape(w["shape"]).requires_grad_() for name, w in run["weights"].items()}
matrices = [w for w in p.values() if w.dim() >= 2]
vectors = [w for w in p.values() if w.dim() < 2]
optimiser = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}], lr=1.0, eps=1e-8
)


def seen(row, dx, dy, flip):
    """The image moved right by dx and down by dy, its edges repeated, and mirrored before that."""
    image = images[row].flip(1) if flip else images[row]
    image = F.pad(image[None, None].double(), (2, 2, 2, 2), mode="replicate")[0, 0]
    return image[2 - dy : 2 - dy + side, 2 - dx : 2 - dx + side]


def same(x, kernel, stride):
    out = math.ceil(x.shape[2] / stride)
    total = max((out - 1) * stride + kernel - x.shape[2], 0)
    return F.pad(x, (total // 2, total - total // 2, total // 2, total - total // 2))


def forward(x):
    x = F.conv2d(same(x, 3, 2), p["c1/kernel"].permute(3, 2, 0, 1), stride=2)
    mean, variance = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), unbiased=False, keepdim=True)
    x = (x - mean) / torch.sqrt(variance + 1e-3)
    x = F.relu(x * p["n1/gamma"].view(1, -1, 1, 1) + p["n1/beta"].view(1, -1, 1, 1))
    x = F.relu(F.conv2d(same(x, 3, 1), p["c2/kernel"].permute(3, 2, 0, 1), p["c2/bias"]))
    return x.mean((2, 3)) @ p["fc/kernel"] + p["fc/bias"]


temperature, peak = 4.0, 0.02
total = len(run["shown"])
warm = round(0.05 * total)
run["losses"] = []
for step, shown in enumerate(run["shown"]):
    rows = [row for row, *_ in shown["rows"]]
    x = torch.stack([seen(*one) for one in shown["rows"]])[:, None] / 255
    s = forward((x - run["mean"]) / run["std"])
    t = teacher[shown["view"]][rows]
    soft = F.softmax(t / temperature, -1)
    kd = temperature**2 * (soft * (soft.log() - F.log_softmax(s / temperature, -1))).sum(-1).mean()
    ce = F.cross_entropy(s, labels[rows])
    loss = 0.7 * kd + 0.3 * ce
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
    for group in optimiser.param_groups:
        rising = peak * (step + 1) / warm if step < warm else None
        group["lr"] = rising or peak * (1 + math.cos(math.pi * (step - warm) / (total - warm))) / 2
    optimiser.step()
    run["losses"].append([loss.item(), kd.item(), ce.item()])
file.write_text(json.dumps(run))
