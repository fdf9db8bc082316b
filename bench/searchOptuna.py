"""Optuna's samplers on a table, for `npm run bench:search -- --peer PYTHON` (needs optuna, scipy, torch).

Reads one JSON document on stdin: "parameters" [{"name", "values"}], "directions" of the objectives, "rows" (objectives of
every combination, the first parameter changing fastest) or the "model" that they are computed from, an optional "limit" on the
second objective, "trials", "seeds", "samplers" of "nsga2", "tpe" and "gp".
Writes one JSON line for each sampler: its name, the milliseconds of processor time that ask and tell took a trial, and for
every seed the values' indices of what it tried, in order. Parameters are categorical; in-memory storage, so that times are
those of the samplers alone. The limit is given to Optuna as a constraint, which its samplers hear of after the trial.
"""

import json
import math
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


def make_sampler(name, seed, constraints):
    kinds = {"nsga2": optuna.samplers.NSGAIISampler, "tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler}
    return kinds[name](seed=seed, constraints_func=constraints)


def lookup(job):
    """Returns a function from the indices of the values to the objectives."""
    rows = job.get("rows")
    if rows is not None:
        sizes = [len(p["values"]) for p in job["parameters"]]

        def of_rows(at):
            code = 0
            for size, v in zip(reversed(sizes), reversed(at)):
                code = code * size + v
            return rows[code]

        return of_rows
    model = job["model"]

    def of_model(at):
        score = sum(gain[v] for gain, v in zip(model["gain"], at))
        params = 20000 + sum(size[v] for size, v in zip(model["size"], at))
        for a, b, effect in model["pairs"]:
            score += effect[at[a]][at[b]]
        return [round(94 - 14 / (1 + math.exp((score - 2) / 2.5)), 3), params]

    return of_model


def main():
    job = json.load(sys.stdin)
    parameters = job["parameters"]
    objectives = lookup(job)
    limit = job.get("limit")
    constraints = None if limit is None else lambda trial: trial.user_attrs["excess"]
    for name in job["samplers"]:
        runs = []
        seconds = 0.0
        for seed in range(1, job["seeds"] + 1):
            study = optuna.create_study(directions=job["directions"], sampler=make_sampler(name, seed, constraints))
            tried = []
            for _ in range(job["trials"]):
                started = time.process_time()
                trial = study.ask()
                chosen = [trial.suggest_categorical(p["name"], p["values"]) for p in parameters]
                seconds += time.process_time() - started
                at = [p["values"].index(v) for p, v in zip(parameters, chosen)]
                tried.append(at)
                values = objectives(at)
                if limit is not None:
                    trial.set_user_attr("excess", [values[1] - limit])
                started = time.process_time()
                study.tell(trial, values)
                seconds += time.process_time() - started
            runs.append(tried)
        result = {
            "sampler": name,
            "version": optuna.__version__,
            "askMs": 1000 * seconds / (job["trials"] * job["seeds"]),
            "runs": runs,
        }
        print(json.dumps(result), flush=True)


main()
