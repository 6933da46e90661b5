"""Where the edge dies: one trial's signal traded at other costs, and the cost at which nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from admf.finance.metrics.holding import measure_holding
from admf.finance.simulation.options import Costs, Simulation
from admf.finance.simulation.parse import with_options
from admf.finance.simulation.simulate import Simulated
from admf.model.bars import Floats
from admf.trials.answer import Answer, own_params, simulated, simulation_params
from admf.trials.measured import measured_as_scored
from admf.trials.objective import METRIC_NAMES
from admf.trials.replay_trial import TrialSpec, buy_and_hold
from admf.trials.study import Study, open_study, play_out

LADDER = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Multiples of the given cost per side."""
ASSUMED = 0.0005
"""The cost per side that the ladder multiplies where none was given."""
HIGHEST = 0.1
"""No break-even is sought beyond this cost per side."""
_STEPS = 24
_EXACT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """The cost per side at which a level is reached; None where it is not, and `says` why."""

    cost: float | None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostRecord:
    """One trial at a ladder of costs. Costs are fractions of notional per side, commission and slippage together.

    `costs`, `total_return`, `value`, `n_trades` have one entry per rung, shape (k,), NaN where undefined; all
    are empty where `reason` says why nothing could be found. `value` is the objective without its
    constraints. Borrowing and interest stay as they were. `hold_*` are buy and hold over the same bars, which
    pays nothing. Where a result does not fall steadily with the cost (stops depend on the fill), a break-even
    is its first crossing on the ladder.
    """

    reason: str = ""
    given: float = 0.0
    objective: str = ""
    costs: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    total_return: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    value: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    n_trades: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    hold_return: float | None = None
    hold_value: float | None = None
    zero: BreakEven = BreakEven(cost=None)
    """Where the total return falls to 0."""
    hold: BreakEven = BreakEven(cost=None)
    """Where the total return falls to that of holding."""
    hold_objective: BreakEven = BreakEven(cost=None)
    """Where the objective falls to that of holding."""


def cost_sensitivity(spec: TrialSpec) -> CostRecord:
    """The trial at a ladder of costs; its signal is asked once, `on_bar` strategies once per cost.

    A trial without trades, and a component that gives metrics of its own, are said in `reason`. Raises what
    the component raises.
    """
    study = open_study(spec.study)
    searched = simulation_params(spec.params)
    options = with_options(study.simulation, searched) if searched else study.simulation
    params = own_params(spec.params)
    played = play_out(replace(study, simulation=options), params, spec.seed)
    if played.run is None:
        return CostRecord(reason="the component returns metrics of its own, not a signal")
    if not len(played.run.trades):
        return CostRecord(reason="it makes no trades")
    run = _Runs(study, params, spec.seed, options, played.answer)
    return _record(run, study, options, played.run)


@dataclass(slots=True)
class _Runs:
    """The trial at any cost per side, each simulated once."""

    study: Study
    params: Mapping[str, Any]
    seed: int
    options: Simulation
    answer: Answer
    known: dict[float, tuple[float, float, float]] = field(default_factory=dict)

    def at(self, cost: float) -> tuple[float, float, float]:
        """Total return, objective, number of trades; NaN where undefined."""
        if cost not in self.known:
            options = replace(self.options, costs=_at(self.options.costs, cost))
            run, warmup = self._run(options), self.study.spec.warmup
            signal = self.answer.signal if self.answer.simulated is None else None
            metrics, _ = measured_as_scored(signal, run, self.study.scorer, options, warmup)
            names = dict(zip(METRIC_NAMES, metrics.tolist(), strict=True))
            value = _objective(self.study, metrics, run.ruined)
            self.known[cost] = names["total_return"], value, names["n_trades"]
        return self.known[cost]

    def _run(self, options: Simulation) -> Simulated:
        if self.answer.simulated is None:
            return simulated(self.answer, self.study.bars, options, self.study.spec.warmup)
        again = play_out(replace(self.study, simulation=options), self.params, self.seed)
        assert again.run is not None, "what gave a signal once gives one again"
        return again.run


def _record(run: _Runs, study: Study, options: Simulation, first: Simulated) -> CostRecord:
    given = options.costs.commission + options.costs.slippage
    costs = np.array(LADDER) * (given or ASSUMED)
    zero = _crossing(lambda c: run.at(c)[0], costs)
    if zero.cost is not None and zero.cost > costs[-1]:  # the ladder reaches beyond where nothing is left
        costs = np.append(costs, np.linspace(costs[-1], 1.2 * zero.cost, 6)[1:])
    rungs = np.array([run.at(float(cost)) for cost in costs])
    held = measure_holding(
        buy_and_hold(study.bars, first.warmup, first.initial_cash)[first.warmup :], study.bars.bars_per_year
    )
    hold_return, hold_value = held.get("total_return"), held.get(study.spec.objective.metric or "")
    sign = 1.0 if study.objective.maximize else -1.0
    return CostRecord(
        given=given,
        objective=study.objective.name,
        costs=costs,
        total_return=rungs[:, 0],
        value=rungs[:, 1],
        n_trades=rungs[:, 2],
        hold_return=hold_return,
        hold_value=hold_value,
        zero=zero,
        hold=_against(hold_return, lambda level: lambda c: run.at(c)[0] - level, costs),
        hold_objective=_against(hold_value, lambda level: lambda c: sign * (run.at(c)[1] - level), costs),
    )


def _against(
    level: float | None, lead: Callable[[float], Callable[[float], float]], costs: Floats
) -> BreakEven:
    if level is None:
        return BreakEven(cost=None, says="holding has no such value")
    return _crossing(lead(level), costs)


def _crossing(lead: Callable[[float], float], costs: Floats) -> BreakEven:
    """The first cost at which `lead` is no longer above 0, by bisection; what is undefined is not above 0."""
    if not lead(0.0) > 0.0:
        return BreakEven(cost=None, says="not even at no cost")
    low = 0.0
    for high in [*costs[1:].tolist(), *_beyond(float(costs[-1]))]:
        if not lead(high) > 0.0:
            break
        low = high
    else:
        return BreakEven(cost=None, says=f"not even at {HIGHEST:.0%} per side")
    for _ in range(_STEPS):
        if high - low <= _EXACT:
            break
        middle = (low + high) / 2.0
        low, high = (middle, high) if lead(middle) > 0.0 else (low, middle)
    return BreakEven(cost=(low + high) / 2.0)


def _beyond(last: float) -> list[float]:
    """Doubled costs up to HIGHEST."""
    found = []
    while last < HIGHEST:
        last = min(2.0 * last, HIGHEST)
        found.append(last)
    return found


def _at(costs: Costs, per_side: float) -> Costs:
    """The given mix of commission and slippage at another height; all commission where none was given."""
    given = costs.commission + costs.slippage
    share = costs.commission / given if given > 0.0 else 1.0
    return replace(costs, commission=share * per_side, slippage=(1.0 - share) * per_side)


def _objective(study: Study, metrics: Floats, ruined: bool) -> float:
    """The objective without its constraints; NaN where it is undefined."""
    sought = replace(study.objective, constraints=())
    asked = None
    if sought.custom is not None:
        asked = np.array([sought.ask(dict(zip(METRIC_NAMES, metrics.tolist(), strict=True)))])
    values, _ = sought.values(METRIC_NAMES, metrics[None, :], np.array([ruined]), asked)
    return float(values[0]) if isfinite(values[0]) else float("nan")
