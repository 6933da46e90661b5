"""Each search method against random search: regret on seven functions, and what a proposal costs beside bare Optuna.

python bench/search.py [--seeds 20] [--trials 300] [--methods genetic,cmaes] [--functions sphere,ackley] [--overhead]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from admf.model.space import Space, parse_space
from admf.search.methods import find_method
from admf.search.protocol import Results, SearchMethod, Told
from functions import FUNCTIONS, Function

METHODS: dict[str, tuple[str, Mapping[str, Any]]] = {
    name: (name, {})
    for name in (
        "random",
        "sobol",
        "genetic",
        "bayesian",
        "cmaes",
        "adaptive",
        "differential_evolution",
        "swarm",
        "nsga2",
        "nsga3",
    )
}
RESAMPLES = 10_000
OVERHEAD = (1_000, 10_000)


def main() -> int:
    asked = _arguments()
    if asked.overhead:
        _overhead(tuple(asked.trials_of_overhead), asked.methods)
        return 0
    methods = [
        name for name in METHODS if not asked.methods or name in asked.methods.split(",") or name == "random"
    ]
    table: dict[str, dict[str, list[float]]] = {}
    better: dict[str, int] = dict.fromkeys(methods[1:], 0)
    print(
        f"{asked.trials} trials, {asked.seeds} seeds; regret: median, and paired difference of means to random\n"
    )
    print("| function | method | median regret | difference to random, 95 % | below |")
    print("|---|---|---|---|---|")
    for name, function in FUNCTIONS.items():
        if asked.functions and name not in asked.functions.split(","):
            continue
        table[name] = {
            method: [regret(function, *METHODS[method], seed, asked.trials) for seed in range(asked.seeds)]
            for method in methods
        }
        base = np.array(table[name]["random"])
        for method in methods:
            found = np.array(table[name][method])
            low, high = interval(found - base)
            below = method != "random" and high < 0
            if method != "random" and not function.noise:
                better[method] += below
            shown = "" if method == "random" else f"{low:.3g} to {high:.3g}"
            print(
                f"| {name} | {method} | {np.median(found):.3g} | {shown} | {'yes' if below else ''} |",
                flush=True,
            )
    counted = sum(not FUNCTIONS[name].noise for name in table)
    print(f"\nBelow random on how many of {counted} functions without noise: ", end="")
    print(", ".join(f"{method} {n}" for method, n in better.items()))
    if asked.write:
        Path(asked.write).write_text(json.dumps(table, indent=1) + "\n")
    return 0


def regret(function: Function, method: str, options: Mapping[str, Any], seed: int, trials: int) -> float:
    """What the chosen set is truly worth, less than the best there is (noise is seen by the search only)."""
    search = find_method(method, options)(function.space, seed, trials)
    noise = np.random.Generator(np.random.PCG64([seed, 99]))
    best, chosen = -np.inf, np.inf
    number = 0
    while proposals := list(search.ask(search.generation)):
        results = []
        for params in proposals:
            true = function(params)
            seen = -true + function.noise * noise.standard_normal()
            if seen > best:
                best, chosen = seen, true
            results.append(Told(number=number, params=params, values=(seen,)))
            number += 1
        search.tell(results)
    return chosen - function.best


def interval(differences: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The 95 % percentile-bootstrap interval of the mean of differences paired by seed."""
    generator = np.random.Generator(np.random.PCG64(1))
    rows = generator.integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _overhead(sizes: tuple[int, ...], methods: str) -> None:
    """CPU microseconds a proposal, ask and tell, the objective not counted; Optuna's TPE bare in the same loop."""
    space = FUNCTIONS["ackley"].space
    print("| method | " + " | ".join(f"{n:,} trials, us a proposal" for n in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    bare = [_bare(space, n) for n in sizes]
    print("| bare Optuna TPE | " + " | ".join(f"{one:,.1f}" for one in bare) + " |", flush=True)
    for name, (method, options) in METHODS.items():
        if methods and name not in methods.split(","):
            continue
        costs = [_cost(lambda n, m=method, o=options: find_method(m, o)(space, 0, n), n) for n in sizes]  # type: ignore[misc]
        ratios = [f"{cost:,.1f} ({cost / one:.2g} x)" for cost, one in zip(costs, bare, strict=True)]
        print(f"| {name} | " + " | ".join(ratios) + " |", flush=True)
    grid = parse_space({"a": range(100), "b": range(200)})
    costs = [_cost(lambda _: find_method("grid")(grid, 0, None), n, cut=True) for n in sizes]
    print("| grid | " + " | ".join(f"{cost:,.2f}" for cost in costs) + " |")


def _cost(make: Callable[[int], SearchMethod], trials: int, *, cut: bool = False) -> float:
    generator = np.random.Generator(np.random.PCG64(1))
    values = generator.standard_normal(trials)
    started = process_time()
    search, number, spent = make(trials), 0, 0.0
    while number < trials:
        proposals = search.ask(min(search.generation, trials - number) if cut else search.generation)
        if not len(proposals):
            break
        spent += process_time() - started
        results = Results(
            number, proposals, values[number : number + len(proposals), None]
        )  # as the driver tells
        started = process_time()
        search.tell(results)
        number += len(proposals)
    return 1e6 * (spent + process_time() - started) / number


def _bare(space: Space, trials: int) -> float:
    """Optuna's TPE with the options that `bayesian` gives it, told the same made-up values."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    values = np.random.Generator(np.random.PCG64(1)).standard_normal(trials).tolist()
    axes = {f"x{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(space.dimensions)}
    started = process_time()
    sampler = optuna.samplers.TPESampler(
        seed=0, n_startup_trials=16, multivariate=True, group=True, constant_liar=True
    )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for first in range(0, trials, 8):
        asked = [study.ask(fixed_distributions=axes) for _ in range(min(8, trials - first))]
        for i, trial in enumerate(asked, first):
            study.tell(trial, values[i])
    return 1e6 * (process_time() - started) / trials


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--methods", default="")
    parser.add_argument("--functions", default="")
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--trials-of-overhead", type=int, nargs="+", default=list(OVERHEAD))
    parser.add_argument("--write", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
