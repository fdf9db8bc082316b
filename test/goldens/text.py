"""Writes text.json: layers of texts and their gradients by PyTorch in float64 (python test/goldens/text.py)."""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
B, T, C, H, V = 3, 5, 4, 3, 9
lengths = torch.tensor([5, 2, 4])
mask = (torch.arange(T)[None, :] < lengths[:, None]).double()


def tensor(t):
    return {"shape": list(t.shape), "data": [round(float(v), 7) for v in t.detach().double().flatten()]}


def case(output, weights, inputs, params):
    """Gradients of sum(output * weights)."""
    names = {**inputs, **params}
    grads = torch.autograd.grad((output * weights).sum(), list(names.values()))
    return {
        "inputs": {k: tensor(v) for k, v in inputs.items()},
        "params": {k: tensor(v) for k, v in params.items()},
        "weights": tensor(weights),
        "output": tensor(output),
        "grads": {k: tensor(g) for k, g in zip(names, grads)},
    }


def gates(parameter, order, count):
    """PyTorch's blocks of gates in our order, along the first axis."""
    blocks = parameter.chunk(count)
    return torch.cat([blocks[i] for i in order])


def recurrent(kind):
    count, order = (4, [0, 1, 3, 2]) if kind == "lstm" else (3, [1, 0, 2])
    cell = (nn.LSTM if kind == "lstm" else nn.GRU)(C, H, batch_first=True, bidirectional=True)
    x = torch.randn(B, T, C, requires_grad=True)
    # Our weights are the leaves: PyTorch's are made of them, so that gradients come out in our layout.
    kernel = torch.randn(C, 2 * count * H) * 0.5
    hidden = torch.randn(2, H, count * H) * 0.5
    bias = torch.randn(2 * count * H) * 0.5
    extra = torch.randn(2 * H) * 0.5
    leaves = [kernel, hidden, bias, extra]
    for leaf in leaves:
        leaf.requires_grad_(True)
    inverse = [order.index(i) for i in range(count)]
    state = {}
    for d, suffix in enumerate(["", "_reverse"]):
        n = count * H
        state["weight_ih_l0" + suffix] = gates(kernel[:, d * n : (d + 1) * n].T, inverse, count)
        state["weight_hh_l0" + suffix] = gates(hidden[d].T, inverse, count)
        own = bias[d * n : (d + 1) * n]
        if kind == "lstm":
            # The forget gate's bias counts from 1.
            own = own + torch.cat([torch.zeros(H), torch.ones(H), torch.zeros(2 * H)])
            inner = torch.zeros(n)
        else:
            inner = torch.cat([torch.zeros(2 * H), extra[d * H : (d + 1) * H]])
        state["bias_ih_l0" + suffix] = gates(own, inverse, count)
        state["bias_hh_l0" + suffix] = gates(inner, inverse, count)

    def run(packed):
        given = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False) if packed else x
        out, _ = torch.func.functional_call(cell, state, (given,))
        return pad_packed_sequence(out, batch_first=True, total_length=T)[0] if packed else out

    params = {"kernel": kernel, "recurrent": hidden, "bias": bias}
    if kind == "gru":
        params["candidate_bias"] = extra
    weights = torch.randn(B, T, 2 * H)
    return {
        "plain": case(run(False), weights, {"x": x}, params),
        "masked": case(run(True), weights, {"x": x}, params),
    }


def attention():
    heads = 2
    layer = nn.MultiheadAttention(C, heads, batch_first=True)
    x = torch.randn(B, T, C, requires_grad=True)
    params = {}
    for name in ["query", "key", "value", "output"]:
        params[f"{name}_kernel"] = torch.randn(C, C, requires_grad=True)
        params[f"{name}_bias"] = torch.randn(C, requires_grad=True)
    state = {
        "in_proj_weight": torch.cat([params[f"{n}_kernel"].T for n in ["query", "key", "value"]]),
        "in_proj_bias": torch.cat([params[f"{n}_bias"] for n in ["query", "key", "value"]]),
        "out_proj.weight": params["output_kernel"].T,
        "out_proj.bias": params["output_bias"],
    }
    out, _ = torch.func.functional_call(
        layer, state, (x, x, x), {"key_padding_mask": mask == 0, "need_weights": False}
    )
    return case(out, torch.randn(B, T, C), {"x": x}, params)


def conv(kernel):
    x = torch.randn(B, T, C, requires_grad=True)
    w = torch.randn(kernel, C, H, requires_grad=True)
    b = torch.randn(H, requires_grad=True)
    before = (kernel - 1) // 2
    padded = nn.functional.pad(x.transpose(1, 2), (before, kernel - 1 - before))
    out = nn.functional.conv1d(padded, w.permute(2, 1, 0), b).transpose(1, 2)
    return case(out, torch.randn(B, T, H), {"x": x}, {"kernel": w, "bias": b})


def embedding():
    ids = torch.tensor([[3, 1, 8, 3, 7], [2, 5, 0, 0, 0], [4, 4, 6, 1, 0]])
    table = torch.randn(V, C, requires_grad=True)
    # padding_idx keeps the gradient from row 0, and its vector counts as zeros here.
    out = nn.functional.embedding(ids, table) * (ids != 0)[..., None]
    result = case(out, torch.randn(B, T, C), {}, {"table": table})
    return {**result, "ids": tensor(ids)}


def pools():
    x = torch.randn(B, T, C, requires_grad=True)
    best = x.masked_fill(mask[..., None] == 0, -torch.inf).amax(1)
    mean = (x * mask[..., None]).sum(1) / lengths[:, None]
    weights = torch.randn(B, C)
    return {"max": case(best, weights, {"x": x}, {}), "mean": case(mean, weights, {"x": x}, {})}


golden = {
    "mask": tensor(mask[..., None]),
    "lstm": recurrent("lstm"),
    "gru": recurrent("gru"),
    "attention": attention(),
    "conv1d": {str(k): conv(k) for k in (1, 2, 3, 4, 5)},
    "embedding": embedding(),
    "pools": pools(),
}
text = json.dumps(golden)
Path(__file__).with_name("text.json").write_text(text + "\n")
