"""The search as people write it by hand, for `npm run bench:peer-search`: Optuna's NSGA-II over the space mobile-cnn, students
in PyTorch, the teacher asked inside the training loop.

    python bench/peerSearch.py JOB.json

The job (written by bench/peerSearch.mjs) names the images, the teacher's weights and the settings of the study. Prints JSON
lines: `versions`, the parameters of the job's `check` architectures, the teacher's logits (a file), each trial, the end, the students'
accuracies on the test images. Students are
what the space's YAML says, in PyTorch's own terms: its initialisation, its padding, batch norm with momentum 0.1.
"""

import json
import math
import sys
import time
import warnings

import numpy
import optuna
import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"relu": nn.ReLU, "relu6": nn.ReLU6, "hard_swish": nn.Hardswish}


def conv_norm(inputs, outputs, kernel, stride=1, groups=1, activation=None):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return layers + ([activation()] if activation else [])


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        inner = max(4, math.floor(channels * ratio + 0.5))
        self.reduce, self.expand = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.expand(F.relu(self.reduce(F.adaptive_avg_pool2d(x, 1)))))


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def block(kind, inputs, outputs, stride, kernel, expansion, se, activation):
    excite = lambda channels: [SqueezeExcite(channels, se)] if se else []
    inner = max(1, math.floor(inputs * expansion + 0.5))
    if kind == "separable":
        layers = conv_norm(inputs, inputs, kernel, stride, inputs, activation) + excite(inputs)
        return nn.Sequential(*layers, *conv_norm(inputs, outputs, 1, activation=activation))
    if kind == "inverted_residual":
        layers = conv_norm(inputs, inner, 1, activation=activation) if expansion != 1 else []
        layers += conv_norm(inner, inner, kernel, stride, inner, activation) + excite(inner)
        layers += conv_norm(inner, outputs, 1)
    elif kind == "fused_mbconv" and expansion == 1:
        layers = conv_norm(inputs, outputs, kernel, stride, activation=activation) + excite(outputs)
    elif kind == "fused_mbconv":
        layers = conv_norm(inputs, inner, kernel, stride, activation=activation) + excite(inner)
        layers += conv_norm(inner, outputs, 1)
    else:
        raise ValueError(f"unknown block {kind}")
    return (Residual if stride == 1 and inputs == outputs else nn.Sequential)(*layers)


def student(choices, channels=1, classes=10):
    """The network of an architecture of mobile-cnn; inactive choices are absent."""
    activation = ACTIVATIONS[choices["activation"]]
    width = choices["stem.width"]
    layers = conv_norm(channels, width, 3, 1, activation=activation)
    for stage in (1, 2, 3, 4):
        of = lambda name, otherwise: choices.get(f"stage{stage}.{name}", otherwise)
        for repeat in range(of("repeats", 0)):
            stride = 2 if repeat == 0 and stage < 4 else 1
            outputs = of("width", None)
            layers.append(
                block(of("block", None), width, outputs, stride, of("kernel", 3), of("expansion", 1), of("se", 0), activation)
            )
            width = outputs
    if choices["head.width"]:
        layers += conv_norm(width, choices["head.width"], 1, activation=activation)
        width = choices["head.width"]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def parameters_of(model):
    """Every exported value: weights and the statistics of batch norm."""
    statistics = [value for name, value in model.named_buffers() if not name.endswith("num_batches_tracked")]
    return sum(value.numel() for value in [*model.parameters(), *statistics])


def suggest(trial):
    """The space mobile-cnn as define-by-run: a choice is asked for where it has an effect."""
    choices = {}

    def ask(name, values):
        choices[name] = trial.suggest_categorical(name, values)
        return choices[name]

    ask("activation", ["relu", "relu6", "hard_swish"])
    ask("stem.width", [8, 16, 24])
    stages = {
        1: dict(repeats=[1, 2], width=[8, 16, 24, 32]),
        2: dict(repeats=[1, 2, 3], width=[16, 24, 40, 64], kernel=[3, 5], se=[0, 0.25]),
        3: dict(repeats=[0, 1, 2, 3], width=[32, 64, 96, 128], se=[0, 0.25]),
        4: dict(repeats=[0, 1, 2, 3], width=[64, 128, 192, 256], kernel=[3, 5], se=[0, 0.25]),
    }
    for stage, fields in stages.items():
        of = f"stage{stage}."
        if ask(of + "repeats", fields.pop("repeats")) == 0:
            continue
        kinds = ["separable", "inverted_residual"] + (["fused_mbconv"] if stage < 4 else [])
        if ask(of + "block", kinds) != "separable":
            ask(of + "expansion", [1, 2, 4] + ([6] if stage == 4 else []))
        for name, values in fields.items():
            ask(of + name, values)
    ask("head.width", [0, 128, 256, 512])
    return choices


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        batch, tokens, width = x.shape
        split = lambda layer: layer(x).view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(split(self.query), split(self.key), split(self.value))
        return self.output(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Layer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Teacher(nn.Module):
    """The vision transformer of `nas-distill teacher train vit`, from its stored values."""

    def __init__(self, record, weights):
        super().__init__()
        nodes = {node["name"]: node for node in record["spec"]["nodes"]}
        self.mean, self.std = record["normalisation"]["mean"][0], record["normalisation"]["std"][0]
        self.strides = [nodes[name]["stride"] for name in nodes if nodes[name]["op"] == "conv2d"]
        convs = [name for name in nodes if nodes[name]["op"] == "conv2d"]
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for name in convs:
            kernel = weights[f"{name}/kernel"]
            size, _, inputs, outputs = kernel.shape
            bias = f"{name}/bias" in weights
            conv = nn.Conv2d(inputs, outputs, size, nodes[name]["stride"], bias=bias)
            conv.weight.data = kernel.permute(3, 2, 0, 1).contiguous()
            if bias:
                conv.bias.data = weights[f"{name}/bias"]
            self.convs.append(conv)
            if f"{name}.bn/gamma" in weights:
                norm = nn.BatchNorm2d(outputs, eps=1e-3)
                norm.weight.data, norm.bias.data = weights[f"{name}.bn/gamma"], weights[f"{name}.bn/beta"]
                norm.running_mean, norm.running_var = (weights[f"{name}.bn/moving_{s}"] for s in ("mean", "variance"))
                self.norms.append(norm)
        self.positions = nn.Parameter(weights["positions/embedding"])
        width = self.positions.shape[1]
        count = sum(node["op"] == "attention" for node in nodes.values())
        self.layers = nn.ModuleList()
        for i in range(1, count + 1):
            name = f"block{i}"
            layer = Layer(width, nodes[f"{name}.attention"]["heads"], nodes[f"{name}.mlp.fc1"]["units"])
            for norm in ("norm1", "norm2"):
                load_norm(getattr(layer, norm), weights, f"{name}.{norm}")
            for part in ("query", "key", "value", "output"):
                load_dense(getattr(layer.attention, part), weights, f"{name}.attention/{part}_")
            for part in ("fc1", "fc2"):
                load_dense(getattr(layer, part), weights, f"{name}.mlp.{part}/")
            self.layers.append(layer)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, weights["logits/bias"].shape[0])
        load_norm(self.norm, weights, "norm")
        load_dense(self.head, weights, "logits/")
        self.eval().requires_grad_(False)

    def forward(self, image):
        """Pixels in 0..1."""
        x = (image - self.mean) / self.std
        for i, conv in enumerate(self.convs):
            x = conv(same_padding(x, conv.kernel_size[0], conv.stride[0]))
            if i < len(self.norms):
                x = F.relu(self.norms[i](x))
        x = x.flatten(2).transpose(1, 2) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x).mean(1))


def same_padding(x, kernel, stride):
    """As much as needed in all, the odd one behind: what TensorFlow calls SAME."""
    total = lambda size: max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
    height, width = total(x.shape[2]), total(x.shape[3])
    return F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))


def load_dense(layer, weights, prefix):
    layer.weight.data = weights[f"{prefix}kernel"].t().contiguous()
    layer.bias.data = weights[f"{prefix}bias"]


def load_norm(layer, weights, name):
    layer.weight.data, layer.bias.data = weights[f"{name}/gamma"], weights[f"{name}/beta"]


def load_teacher(record_file, weights_file):
    with open(record_file, encoding="utf8") as file:
        record = json.load(file)
    values, weights, offset = torch.from_numpy(numpy.fromfile(weights_file, dtype="<f4")), {}, 0
    for entry in record["weights"]:
        size = math.prod(entry["shape"])
        weights[entry["name"]] = values[offset : offset + size].reshape(entry["shape"]).clone()
        offset += size
    return Teacher(record, weights)


def augmented(images, shift, flip):
    """Each image moved by up to `shift` pixels and mirrored by chance."""
    batch, _, height, width = images.shape
    padded = F.pad(images, (shift,) * 4)
    moves = torch.randint(0, 2 * shift + 1, (2, batch))
    rows = moves[0, :, None] + torch.arange(height)
    columns = moves[1, :, None] + torch.arange(width)
    if flip:
        columns = torch.where((torch.rand(batch) < 0.5)[:, None], columns.flip(1), columns)
    return padded[torch.arange(batch)[:, None, None], 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def accuracy_of(model, images, labels):
    model.eval()
    with torch.inference_mode():
        right = sum(
            int((model(x).argmax(1) == y).sum()) for x, y in zip(images.split(250), labels.split(250), strict=True)
        )
    return right / len(labels)


def train(model, teacher, job, data, epochs):
    """Distils a student; the teacher answers every batch anew. Returns its accuracy on the validation images."""
    images, labels = data["train"]
    mean, std = images.mean(), images.std()
    normal = lambda x: (x - mean) / std
    batch = job["batch"]
    steps = len(images) // batch
    total, warmup = epochs * steps, round(0.05 * epochs * steps)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    other = [p for p in model.parameters() if p.ndim <= 1]
    rule = job["optimiser"]
    groups = [{"params": decayed, "weight_decay": rule["weightDecay"]}, {"params": other, "weight_decay": 0}]
    if rule["name"] == "sgd":
        rest = {"momentum": rule["momentum"], "nesterov": rule["nesterov"]}
        optimiser = torch.optim.SGD(groups, job["learningRate"], **rest, fused=True)
    else:
        optimiser = torch.optim.AdamW(groups, job["learningRate"], fused=True)

    def rate(step):
        if step < warmup:
            return (step + 1) / warmup
        return (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup))) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    temperature, soft = job["temperature"], job["softWeight"]
    for _ in range(epochs):
        model.train()
        order = torch.randperm(len(images))
        for i in range(steps):
            rows = order[i * batch : (i + 1) * batch]
            x, y = augmented(images[rows], job["shift"], job["flip"]), labels[rows]
            with torch.no_grad():
                answer = F.log_softmax(teacher(x) / temperature, 1)
            logits = model(normal(x))
            kd = F.kl_div(F.log_softmax(logits / temperature, 1), answer, reduction="batchmean", log_target=True)
            loss = soft * temperature**2 * kd + (1 - soft) * F.cross_entropy(logits, y)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), job["clipNorm"])
            optimiser.step()
            schedule.step()
    images, labels = data["validation"]
    return accuracy_of(model, normal(images), labels)


def say(answer):
    print(json.dumps(answer), flush=True)


def load_images(job):
    out = {}
    for name, files in job["data"].items():
        pixels = numpy.fromfile(files["images"], dtype=numpy.uint8).reshape(-1, 1, *job["shape"])
        labels = numpy.fromfile(files["labels"], dtype="<i4")
        out[name] = (torch.from_numpy(pixels).float() / 255, torch.from_numpy(labels).long())
    return out


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        job = json.load(file)
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    torch.set_num_threads(job["threads"])
    say({"versions": f"PyTorch {torch.__version__}, Optuna {optuna.__version__}"})
    say({"parameters": [parameters_of(student(choices)) for choices in job["check"]]})
    data = load_images(job)
    teacher = load_teacher(job["teacher"]["record"], job["teacher"]["weights"])
    with torch.inference_mode():
        answers = torch.cat([teacher(x) for x in data["validation"][0].split(250)])
    answers.numpy().astype("<f4").tofile(job["teacher"]["answers"])
    say({"teacher": (answers.argmax(1) == data["validation"][1]).float().mean().item()})

    clock = time.process_time if job["clock"] == "cpu" else time.perf_counter
    started = clock()
    limit = job["seconds"]
    # Infeasible students are told as such and never trained, which is the best that Optuna lets one do.
    sampler = optuna.samplers.NSGAIISampler(
        seed=job["seed"],
        population_size=job["population"],
        constraints_func=lambda trial: (trial.user_attrs["parameters"] - job["parameterLimit"],),
    )
    storage = f"sqlite:///{job['database']}"
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler, storage=storage)
    infeasible = 0
    trained = []
    while clock() - started < limit:
        trial = study.ask()
        choices = suggest(trial)
        torch.manual_seed(job["seed"] * 100_000 + trial.number)
        model = student(choices)
        size = parameters_of(model)
        trial.set_user_attr("parameters", size)
        if size > job["parameterLimit"]:
            infeasible += 1
            study.tell(trial, [0.0, math.log(size)])
            continue
        accuracy = train(model, teacher, job, data, job["epochs"])
        study.tell(trial, [accuracy, math.log(size)])
        trained.append(model)
        say({"trial": {"choices": choices, "parameters": size, "accuracy": accuracy, "at": clock() - started}})
    say({"end": {"seconds": clock() - started, "infeasible": infeasible}})
    # Outside the clock: what the students can do that it trained.
    images, labels = data["test"]
    mean, std = data["train"][0].mean(), data["train"][0].std()
    say({"tested": [accuracy_of(model, (images - mean) / std, labels) for model in trained]})


main()
