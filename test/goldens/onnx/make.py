"""Makes the ONNX teachers of the tests and what PyTorch answers: python make.py (torch, onnx, onnxscript).

cnn.onnx: a small CNN with an attention layer, NCHW, open batch, weights inside (torch.onnx.export).
external.onnx + external.onnx.data: the same with its weights in a file beside it.
fixed.onnx: the same with a batch of 1 and a softmax at its end.
"""

# Then: node test/goldens/onnx/strip.mjs
import json
import pathlib

import torch
from torch import nn

here = pathlib.Path(__file__).parent


class Teacher(nn.Module):
    def __init__(self, probabilities=False):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.query = nn.Linear(6, 6)
        self.key = nn.Linear(6, 6)
        self.head = nn.Linear(6, 4)
        self.probabilities = probabilities

    def forward(self, image):
        grid = torch.relu(self.norm(self.stem(image)))
        tokens = grid.flatten(2).transpose(1, 2)
        heads = lambda x: x.unflatten(-1, (2, 3)).transpose(1, 2)
        weights = torch.softmax(heads(self.query(tokens)) @ heads(self.key(tokens)).transpose(-1, -2) / 3**0.5, -1)
        mixed = tokens + (weights @ heads(tokens)).transpose(1, 2).flatten(2)
        logits = self.head(mixed.mean(1))
        out = torch.softmax(logits, -1) if self.probabilities else logits
        return (out, grid, weights, mixed) if self.taps else out


def main():
    torch.manual_seed(7)
    model = Teacher().eval()
    model.norm.running_mean.uniform_(-0.3, 0.3)
    model.norm.running_var.uniform_(0.5, 2)
    model.taps = False
    image = torch.randn(3, 3, 8, 8)
    dynamic = {"image": {0: torch.export.Dim("batch")}}
    names = {"input_names": ["image"], "output_names": ["logits"], "dynamo": True, "verbose": False}
    torch.onnx.export(model, (image,), here / "cnn.onnx", dynamic_shapes=dynamic, external_data=False, **names)
    torch.onnx.export(model, (image,), here / "external.onnx", dynamic_shapes=dynamic, external_data=True, **names)
    model.probabilities = True
    torch.onnx.export(model, (image[:1],), here / "fixed.onnx", external_data=False, **names)
    model.probabilities = False
    model.taps = True
    with torch.no_grad():
        logits, grid, weights, mixed = model(image)
    listed = lambda t: {"shape": list(t.shape), "data": t.flatten().tolist()}
    golden = {
        "image": listed(image.permute(0, 2, 3, 1)),
        "logits": listed(logits),
        "grid": listed(grid.permute(0, 2, 3, 1)),
        "weights": listed(weights),
        "mixed": listed(mixed),
    }
    (here / "golden.json").write_text(json.dumps(golden))


main()
