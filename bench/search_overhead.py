"""What a proposal costs at so many trials, ask and tell, in CPU time, each method beside its bare sampler in turn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

import numpy as np

from admf.model.space import Space, parse_space
from admf.search.methods import find_method
from admf.search.protocol import Results, SearchMethod
from functions import FUNCTIONS

SPACE = FUNCTIONS["ackley"].space
DIMENSIONS = SPACE.dimensions
Turn = Callable[[int], None]
"""turn(n): n proposals asked for and told."""
WHOLE = ("genetic", "cmaes", "adaptive", "differential_evolution", "swarm", "nsga2", "nsga3")


def overhead(sizes: Sequence[int], rounds: int) -> None:
    """The table: samplers of Optuna bare and as methods, then the others."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    print("CPU microseconds a proposal, ask and tell, without the trial; ratio: median of rounds in turn\n")
    print("| method | trials before | bare Optuna | ours | ratio |")
    print("|---|---|---|---|---|")
    for name, generation, bare, ours in _pairs():
        for size in sizes:
            _pair(f"`{name}`", size, bare(size), ours(size), generation, rounds)
    print("\n| method | " + " | ".join(f"{n:,} trials, us a proposal" for n in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for name in WHOLE:
        _alone(name, SPACE, sizes)
    integers = parse_space({"a": range(1000), "b": range(1000)})
    _alone("grid", integers, sizes)
    _alone("random", integers, sizes)
    _alone("sobol", integers, sizes)
    print("\nA proposal of grid and random asked for by the driver's generation, at a million sets:\n")
    _alone("grid", integers, [1_000_000])
    _alone("random", integers, [1_000_000])


def _pairs() -> list[tuple[str, int, Callable[[int], Turn], Callable[[int], Turn]]]:
    import optuna

    def tpe(**options: Any) -> Any:
        return optuna.samplers.TPESampler(
            seed=0, multivariate=True, group=True, constant_liar=True, **options
        )

    plain = optuna.samplers
    return [
        ("bayesian", 8, lambda n: _bare(tpe(n_startup_trials=16), n), lambda n: _ours("bayesian", {}, n)),
        (
            "optuna:TPESampler",
            8,
            lambda n: _bare(plain.TPESampler(seed=0), n),
            lambda n: _ours("optuna:TPESampler", {}, n),
        ),
        (
            "optuna:NSGAIISampler",
            50,
            lambda n: _bare(plain.NSGAIISampler(seed=0), n, 50),
            lambda n: _ours("optuna:NSGAIISampler", {}, n, 50),
        ),
        (
            "optuna:CmaEsSampler",
            8,
            lambda n: _bare(plain.CmaEsSampler(seed=0), n),
            lambda n: _ours("optuna:CmaEsSampler", {}, n),
        ),
    ]


def _pair(name: str, size: int, bare: Turn, ours: Turn, generation: int, rounds: int) -> None:
    spent: list[tuple[float, float]] = []
    for _ in range(rounds):
        times = []
        for turn in (bare, ours):
            started = process_time()
            turn(generation)
            times.append(1e6 * (process_time() - started) / generation)
        spent.append((times[0], times[1]))
    table = np.array(spent[1:])  # the first round of each looks at all that was there before
    ratio = np.median(table[:, 1]) / np.median(table[:, 0])
    theirs, mine = np.median(table, axis=0)
    print(f"| {name} | {size:,} | {theirs:,.0f} | {mine:,.0f} | {ratio:.2f} |", flush=True)


def _values(n: int) -> np.ndarray[Any, Any]:
    return np.random.Generator(np.random.PCG64(1)).standard_normal(n)


def _before(n: int) -> Any:
    """What was tried before: sets, points and values."""
    sets = find_method("random")(SPACE, 7, n).ask(n)
    points = np.random.Generator(np.random.PCG64(7)).random(
        (n, DIMENSIONS)
    )  # the same: it is how they are drawn
    return sets, points, _values(n)


def _bare(sampler: Any, size: int, generation: int = 8) -> Turn:  # noqa: ARG001 - as _ours
    """A study with `size` trials, asked and told as its documentation says."""
    import optuna

    study = optuna.create_study(direction="maximize", sampler=sampler)
    axes: dict[str, Any] = {
        f"x{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(DIMENSIONS)
    }
    _, points, values = _before(size)
    for point, value in zip(points.tolist(), values.tolist(), strict=True):
        params = dict(zip(axes, point, strict=True))
        study.add_trial(optuna.trial.create_trial(params=params, distributions=axes, value=value))
    told = iter(_values(10**5).tolist())

    def turn(n: int) -> None:
        for trial in [study.ask(fixed_distributions=axes) for _ in range(n)]:
            study.tell(trial, next(told))

    return turn


def _ours(name: str, options: dict[str, Any], size: int, generation: int = 8) -> Turn:  # noqa: ARG001 - as _bare
    """The method, which has noticed `size` trials."""
    options = {**options, "startup": 1} if name == "bayesian" else options
    search: Any = find_method(name, options)(SPACE, 0, 10**6)
    sets, _, values = _before(size)
    search.notice(Results(0, sets, values[:, None]))
    if name == "bayesian":  # its one even set
        search.tell(Results(0, search.ask(1), np.zeros((1, 1))))
    number = int(name == "bayesian")
    told = _values(10**5)

    def turn(n: int) -> None:
        nonlocal number
        left = n
        while left:
            asked = search.ask(left)
            search.tell(Results(number, asked, told[number : number + len(asked), None]))
            number, left = number + len(asked), left - len(asked)

    return turn


def _alone(name: str, space: Space, sizes: Sequence[int]) -> None:
    costs = [
        min(_cost(find_method(name)(space, 0, None if name == "grid" else n), n) for _ in range(3))
        for n in sizes
    ]
    print(f"| `{name}` | " + " | ".join(f"{cost:,.2f}" for cost in costs) + " |", flush=True)


def _cost(search: SearchMethod, trials: int) -> float:
    """Of `trials` proposals from the first on, as the driver asks and tells; making the method is not counted."""
    values = _values(trials)[:, None]
    number, started = 0, process_time()
    while number < trials:
        asked = search.ask(min(search.generation, trials - number))
        if not len(asked):
            break
        search.tell(Results(number, asked, values[number : number + len(asked)]))
        number += len(asked)
    return 1e6 * (process_time() - started) / number
