"""Strategies that see one bar at a time: the simulation advances with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.simulate import Simulated, Stepper
from admf.finance.simulation.targets import check_signal, targets_of
from admf.model.bars import Bars, Floats


class Bar:
    """One bar as a strategy sees it: `time open high low close volume session symbols index` and `bar['column']`.

    Prices are floats for one symbol, read-only arrays (N,) for several. Nothing after this bar can be
    reached from it.
    """

    __slots__ = ("_columns", "index", "session", "symbols", "time")

    def __init__(self, bars: Bars, t: int, row: Mapping[str, Any]) -> None:
        self.index = t
        self.time = bars.time[t]
        self.session = int(bars.session[t])
        self.symbols = bars.symbols
        self._columns = row

    def __getitem__(self, name: str) -> Any:
        try:
            value = self._columns[name]
        except KeyError:
            raise TrialError(f"the bars have no column '{name}', only {', '.join(self._columns)}.") from None
        return np.array(value) if isinstance(value, list) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(f"a bar has no '{name}'")
        return self[name]


def play(instance: Any, bars: Bars, options: Simulation, warmup: int) -> tuple[Floats, Simulated]:
    """Show every bar to `instance.on_bar(bar, position)`; its targets (T,) or (T, N), and what they earned.

    `position` is the signed exposure at this bar's close: a float, or (N,) for several symbols. An answer
    of None leaves the target as it is. Targets of the warm-up are asked for, and not traded.
    """
    T, N = len(bars), len(bars.symbols)
    run = Stepper(bars, options, min(max(warmup, 0), T))
    signal = np.zeros((T, N))
    last = np.zeros(N)
    disallowed, alive = 0, True
    names = tuple(bars.columns)
    rows = zip(*(column.tolist() for column in bars.columns.values()), strict=True)
    for t, row in enumerate(rows):
        alive = alive and (t < run.warmup or run.advance(t))
        position = run.exposures(t) if alive and t >= run.warmup else np.zeros(N)
        answer = instance.on_bar(
            Bar(bars, t, dict(zip(names, row, strict=True))), float(position[0]) if N == 1 else position
        )
        if answer is not None:
            last = _target(answer, N, t)
        signal[t] = last
        if alive and t >= run.warmup:
            targets, wrong = targets_of(last[None, :], (1, N), options.direction, 0)
            disallowed += wrong
            alive = run.decide(t, targets)
    run.finish()
    return signal.reshape(bars.close.shape), run.result(disallowed)


def _target(answer: Any, N: int, t: int) -> Floats:
    try:
        return check_signal(np.broadcast_to(np.asarray(answer), (N,)), (N,)).reshape(N)
    except (TrialError, ValueError) as error:
        raise TrialError(
            f"on_bar must return a target in [-1, 1] or None, got {answer!r} at bar {t}."
        ) from error
