"""Three real strategies on bundled bars, each with its whole grid known: every set is scored once, then looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import admf
from admf.model.space import Space, canonical, parse_space

BARS = "bundled:sp500"
COSTS = {"commission": 0.0005, "slippage": 0.0002}
STRATEGIES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "crossover": (
        "ma_crossover",
        {"fast": {"low": 2, "high": 60}, "slow": {"low": 10, "high": 240}},
        ("fast < slow",),
    ),
    "rsi": (
        "rsi",
        {
            "window": {"low": 4, "high": 30},
            "lower": {"type": "float", "low": 15, "high": 45, "step": 2},
            "upper": {"type": "float", "low": 55, "high": 85, "step": 2},
        },
        (),
    ),
    "breakout with stops": (
        "breakout",
        {
            "entry": {"low": 10, "high": 120, "step": 2},
            "exit": {"low": 4, "high": 60, "step": 2},
            "simulation.stop_loss": [None, 0.02, 0.03, 0.05, 0.08, 0.12],
        },
        ("exit <= entry",),
    ),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """The Sharpe ratios of a whole grid, as something to be minimised: called with a set, as functions.py has it.

    None: the set has no Sharpe ratio (it never trades).
    """

    space: Space
    worth: Mapping[str, float | None] = field(repr=False)
    noise: float = 0.0

    def __call__(self, params: Mapping[str, Any]) -> float | None:
        """What is to be small."""
        found = self.worth[canonical(params)]
        return None if found is None else -found

    @property
    def best(self) -> float:
        """The truth: the best of the whole grid."""
        return -max(found for found in self.worth.values() if found is not None)


def whole_grid(name: str) -> Grid:
    """Every set of a strategy's grid, scored in this process: a few seconds."""
    strategy, forms, constraints = STRATEGIES[name]
    study = admf.optimize(
        strategy,
        BARS,
        space=forms,
        constraints=constraints,
        method="grid",
        holdout=None,
        costs=COSTS,
        executor="inline",
    )
    space = parse_space(forms, constraints)
    table = study.trials
    values = [None if value != value else float(value) for value in table["value"]]
    sets = list(space.grid())  # the grid proposes in this order
    if len(sets) != len(values):
        raise RuntimeError(f"{name}: {len(sets)} sets, {len(values)} trials")
    return Grid(space, dict(zip(map(canonical, sets), values, strict=True)))
