"""An ordinary pandas strategy beside a built-in one: what a set costs, and where the time goes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import admf
from admf.model.bars import Bars
from measure.processes import cpu_seconds
from measure.result import Options, Result, ratios
from measure.sampling import Sampler
from peers.samples import DAY_MINUTES, session_minutes

DAYS, FEW_DAYS = 250, 10
PARTS = {
    "the strategy": ("/strategies/",),  # ours are in finance/strategies, those of users in bench/strategies
    "before the first trial": ("trials/lookahead", "trials/probe", "coordinator/prepare", "data/"),
    "simulation and metrics": (
        "finance/sco",
        "finance/streamed",
        "finance/by_trade",
        "finance/simulation",
        "finance/metrics",
    ),
    "the store": ("/store/",),
    "the trial": ("admf/trials/", "finance/indicators"),
}
"""A stack is the first one's that it touches: pandas under a user's function is the function's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A component, and two sizes of search whose difference is what sets cost."""

    component: str
    space: dict[str, list[Any]]

    def run(self, bars: Bars, sets: int) -> float:
        """CPU seconds of a search in this process."""
        first, *others = self.space
        sizes = {name: len(self.space[name]) for name in others}
        rows = sets
        for size in sizes.values():
            rows //= size
        began = cpu_seconds()
        found = admf.optimize(
            self.component,
            bars,
            space={**self.space, first: self.space[first][:rows]},
            holdout=None,
            simulation={"direction": "long"},
            costs={"commission": 0.0002},
            executor="inline",
        )
        outcomes = set(found.trials["outcome"])
        assert outcomes == {"scored"}, outcomes
        return cpu_seconds() - began


BUILT_IN = Searched(
    component="ma_crossover", space={"fast": list(range(5, 55)), "slow": list(range(60, 260, 10))}
)
PANDAS = Searched(
    component="strategies.day_breakout:day_breakout",
    space={"window": list(range(20, 120, 10)), "width": [2.0, 3.0, 4.0], "atr_window": [14, 20]},
)


def ordinary(options: Options) -> list[Result]:
    """Both on minutes of a year of sessions; what one more set takes, and a profile of it by sampling."""
    days = options.size(DAYS, FEW_DAYS)
    bars = session_minutes(days)
    rounds = options.size(options.rounds, 1)
    sizes = {
        "pandas": (PANDAS, 6, options.size(60, 12)),
        "built_in": (BUILT_IN, 20, options.size(1000, 40)),
    }
    for one, few, _ in sizes.values():
        one.run(bars, few)
    took: dict[str, list[float]] = {name: [] for name in sizes}
    for _ in range(rounds):
        for name, (one, few, many) in sizes.items():
            took[name].append((one.run(bars, many) - one.run(bars, few)) / (many - few) * 1e3)
    results = []
    for name, (one, _, many) in sizes.items():
        shares = _shares(one, bars, many)
        results.append(
            Result(
                name=f"pandas.{name}",
                what=f"{one.component.partition(':')[0]}, a set on {days * DAY_MINUTES:,} bars",
                rounds=tuple(took[name]),
                unit="ms",
                more_is_better=False,
                ours=", ".join(f"{part} {share:.0%}" for part, share in shares.items()),
                details={"shares": shares, "sets": many},
            )
        )
    compared = Result(
        name="pandas.ratio",
        what="a set of the pandas strategy / a set of the built-in one",
        rounds=ratios(took["pandas"], took["built_in"]),
        more_is_better=False,
        ours=f"{median(took['pandas']):.3g} ms",
        beside=f"{median(took['built_in']):.3g} ms",
    )
    return [*results, compared]


def _shares(one: Searched, bars: Bars, sets: int) -> dict[str, float]:
    """The share of each part in the CPU time of a whole search, largest first."""
    with Sampler(PARTS) as sampler:
        one.run(bars, sets)
    whole = sum(sampler.seconds.values()) or 1.0
    return {part: seconds / whole for part, seconds in sampler.seconds.most_common()}
