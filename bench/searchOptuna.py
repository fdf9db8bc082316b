"""Optuna's samplers on a table, for `npm run bench:search -- --peer PYTHON` (needs optuna, scipy, torch).

Reads one JSON document on stdin: {"table": {...}, "trials": n, "seeds": n, "samplers": ["nsga2", "tpe", "gp"]}.
Writes one JSON line for each sampler: its name, the milliseconds that ask and tell took a trial, and for every seed the
indices of the rows that it tried, in order. Parameters are categorical, objectives as in the table; in-memory storage, so
that times are those of the samplers alone.
"""

import json
import sys
import time
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None


def make_sampler(name, seed):
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed)
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    raise ValueError(f"unknown sampler {name}")


def main():
    job = json.load(sys.stdin)
    table = job["table"]
    names = list(table["parameters"])
    index = {tuple(row["architecture"][n] for n in names): i for i, row in enumerate(table["rows"])}
    objectives = list(table["objectives"])
    for name in job["samplers"]:
        runs = []
        seconds = 0.0
        for seed in range(1, job["seeds"] + 1):
            study = optuna.create_study(directions=list(table["objectives"].values()), sampler=make_sampler(name, seed))
            tried = []
            for _ in range(job["trials"]):
                started = time.perf_counter()
                trial = study.ask()
                key = tuple(trial.suggest_categorical(n, table["parameters"][n]) for n in names)
                seconds += time.perf_counter() - started
                row = index[key]
                tried.append(row)
                values = [table["rows"][row][o] for o in objectives]
                started = time.perf_counter()
                study.tell(trial, values)
                seconds += time.perf_counter() - started
            runs.append(tried)
        result = {
            "sampler": name,
            "version": optuna.__version__,
            "askMs": 1000 * seconds / (job["trials"] * job["seeds"]),
            "runs": runs,
        }
        print(json.dumps(result), flush=True)


main()
