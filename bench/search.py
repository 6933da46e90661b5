"""Each search method against random search: regret on seven functions and three strategies whose whole grids are known.

python bench/search.py [--seeds 20] [--trials 300] [--methods genetic,cmaes] [--only sphere rsi] [--kept FILE]
python bench/search.py --adaptive     how near `adaptive` comes to the best method, on spaces of 50 to 5 million sets
python bench/search.py --ceiling      what a search would find that tries every set of a noisy grid once
python bench/search.py --overhead     what a proposal costs, beside bare Optuna
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from admf.model.space import Space
from admf.search.methods import find_method
from admf.search.protocol import Told, notes_of
from functions import FUNCTIONS, GRIDDED
from grids import STRATEGIES, whole_grid
from search_overhead import overhead

METHODS = (
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
RESAMPLES = 10_000
EVERY = 10_000
"""A grid of fewer sets can be tried whole."""
WITHIN = 0.1
"""Of the range between random and the best method: how far `adaptive` may stay behind the best."""


class Sought(Protocol):
    """What is to be small: called with a set; None where the set has no value."""

    @property
    def space(self) -> Space: ...
    @property
    def best(self) -> float: ...
    @property
    def noise(self) -> float: ...
    def __call__(self, params: Mapping[str, Any]) -> float | None: ...


@dataclass(slots=True)
class Runs:
    """Searches that were made, and what each found: regret and what the method said; kept in a file as they end."""

    seeds: int
    trials: int
    file: Path | None
    found: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, Sought] = field(default_factory=dict)

    def regrets(self, name: str, load: Callable[[], Sought], method: str) -> np.ndarray[Any, Any]:
        """By seed, shape (seeds,)."""
        told = self.found.setdefault(f"{name} | {method} | {self.trials}", {})
        for seed in range(self.seeds):
            if str(seed) not in told:
                sought = (
                    self.loaded.setdefault(name, load()) if name not in self.loaded else self.loaded[name]
                )
                told[str(seed)] = searched(sought, method, seed, self.trials)
                self._keep()
        return np.array([told[str(seed)][0] for seed in range(self.seeds)])

    def said(self, name: str, method: str) -> list[str]:
        """What a method said of its decisions, over all seeds, each once."""
        told = self.found[f"{name} | {method} | {self.trials}"]
        return list(dict.fromkeys(note.partition(":")[0] for one in told.values() for note in one[1]))

    def _keep(self) -> None:
        if self.file is not None:
            self.file.write_text(json.dumps(self.found, indent=1) + "\n")


def searched(sought: Sought, method: str, seed: int, trials: int) -> tuple[float, list[str]]:
    """What the chosen set is truly worth, less than the best there is (the search alone sees noise); its notes."""
    search = find_method(method)(sought.space, seed, trials)
    noise = np.random.Generator(np.random.PCG64([seed, 99]))
    best, chosen = -np.inf, np.inf
    number = 0
    while proposals := list(search.ask(search.generation)):
        results = []
        for params in proposals:
            true = sought(params)
            seen = None if true is None else -true + sought.noise * noise.standard_normal()
            if seen is not None and true is not None and seen > best:
                best, chosen = seen, true
            values = None if seen is None else (seen,)
            results.append(Told(number=number, params=params, values=values))
            number += 1
        search.tell(results)
    return chosen - sought.best, list(notes_of(search))


def compared(runs: Runs, problems: Mapping[str, Callable[[], Sought]], methods: list[str]) -> None:
    """The table of median regret, and the paired differences to random."""
    print(f"{runs.trials} trials, {runs.seeds} seeds; regret, and the paired difference of means to random\n")
    print("| problem | method | median regret | difference to random, 95 % | below |")
    print("|---|---|---|---|---|")
    below: dict[str, list[str]] = {method: [] for method in methods}
    for name, load in problems.items():
        base = runs.regrets(name, load, "random")
        for method in methods:
            found = runs.regrets(name, load, method)
            low, high = interval(found - base)
            shown = "" if method == "random" else f"{low:.3g} to {high:.3g}"
            if method != "random" and high < 0:
                below[method].append(name)
            marks = "yes" if name in below[method] else ""
            print(f"| {name} | {method} | {np.median(found):.3g} | {shown} | {marks} |", flush=True)
    print()
    for method in methods[1:]:
        missed = [name for name in problems if name not in below[method]]
        print(f"{method}: below random on {len(below[method])} of {len(problems)}; not on {missed or 'none'}")


def adapted(runs: Runs, problems: Mapping[str, Callable[[], Sought]], methods: list[str]) -> None:
    """How far `adaptive` stays behind the best method, as a share of the range from there to random."""
    print(f"{runs.trials} trials, {runs.seeds} seeds; median regret\n")
    print("| problem | random | best method | adaptive | behind the best | it chose |")
    print("|---|---|---|---|---|---|")
    for name, load in problems.items():
        medians = {method: float(np.median(runs.regrets(name, load, method))) for method in methods}
        best = min(medians, key=medians.__getitem__)
        span = medians["random"] - medians[best]
        behind = (medians["adaptive"] - medians[best]) / span if span > 0 else 0.0
        print(
            f"| {name} | {medians['random']:.3g} | {medians[best]:.3g} ({best}) | {medians['adaptive']:.3g} "
            f"| {behind:.1%}{'' if behind <= WITHIN else ' !'} | {', '.join(runs.said(name, 'adaptive'))} |",
            flush=True,
        )


def ceiling(seeds: int) -> None:
    """Where one look at a set is wrong by the noise, no search that looks once can count on more than this."""
    generator = np.random.Generator(np.random.PCG64(2))
    print(f"every set tried once, the best seen taken; {RESAMPLES:,} times\n")
    print(f"| problem | sets | mean | median | medians of {seeds} seeds, 95 % | the best sets |")
    print("|---|--:|--:|--:|---|---|")
    for name, function in GRIDDED.items():
        space = function.space
        if not function.noise or (space.count(EVERY) or EVERY) >= EVERY:
            continue
        sets = list(find_method("grid")(space, 0, None).ask(EVERY))
        regrets = np.sort([function(params) - function.best for params in sets])
        near = regrets[regrets < regrets[0] + 10 * function.noise]  # what is further off is never taken
        looks = near + function.noise * generator.standard_normal((RESAMPLES, len(near)))
        taken = near[looks.argmin(axis=1)]
        medians = np.median(taken[: RESAMPLES // seeds * seeds].reshape(-1, seeds), axis=1)
        low, high = np.quantile(medians, [0.025, 0.975])
        best = ", ".join(f"{regret:.2f}" for regret in regrets[:8])
        found = f"{taken.mean():.3f} | {np.median(taken):.3f} | {low:.2f} to {high:.2f}"
        print(f"| {name} | {len(sets):,} | {found} | {best} |")


def interval(differences: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The 95 % percentile-bootstrap interval of the mean of differences paired by seed."""
    generator = np.random.Generator(np.random.PCG64(1))
    rows = generator.integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> int:
    asked = _arguments()
    if asked.ceiling:
        ceiling(asked.seeds)
        return 0
    if asked.overhead:
        overhead(asked.sizes, asked.rounds)
        return 0
    wanted = asked.methods.split(",") if asked.methods else METHODS
    methods = [name for name in METHODS if name in wanted or name == "random"]
    every: dict[str, Callable[[], Sought]] = {name: lambda f=f: f for name, f in FUNCTIONS.items()}  # type: ignore[misc]
    if asked.adaptive:
        every |= {name: lambda f=f: f for name, f in GRIDDED.items()}  # type: ignore[misc]
    every |= {name: lambda name=name: whole_grid(name) for name in STRATEGIES}  # type: ignore[misc]
    problems = {n: f for n, f in every.items() if not asked.only or n in asked.only}
    file = Path(asked.kept) if asked.kept else None
    found = json.loads(file.read_text()) if file is not None and file.exists() else {}
    runs = Runs(asked.seeds, asked.trials, file, found)
    (adapted if asked.adaptive else compared)(runs, problems, methods)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--methods", default="")
    parser.add_argument("--only", nargs="+", default=[], help="problems, by name")
    parser.add_argument("--kept", default="", help="a file of what was found before: nothing is run twice")
    parser.add_argument("--adaptive", action="store_true")
    parser.add_argument("--ceiling", action="store_true")
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=12, help="with --overhead: generations timed in turn")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
