"""Do all engines find the same for the same sweep? Asked before a time is believed, all given the same averages."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from admf.finance.indicators import sma
from peers.market import Crossovers
from peers.measuring import Case, Measured, saved

SAME = {"admf": 1e-9, "vectorbt": 1e-9, "backtesting": 1e-6}
"""How near metrics must be; backtesting.py trades whole units, of 10^15."""
COMPARED = ("total_return", "max_drawdown", "n_trades")
MANY_BARS = 50_000


class DifferentWorkError(RuntimeError):
    """An engine found something else than ADMF: its time says nothing."""


def few(case: Case) -> Case:
    """What backtesting.py runs: corners of the grid, and fewer of them on many bars."""
    fast, slow = case.sets.fast, case.sets.slow
    corners = Crossovers(fast=fast[:1], slow=(slow[0], slow[-1]))
    if case.bars < MANY_BARS:
        corners = Crossovers(fast=(fast[0], fast[-1]), slow=(slow[0], slow[len(slow) // 2], slow[-1]))
    return replace(case, sets=corners)


@cache
def check_vectorbt(case: Case) -> float:
    """The largest difference that vectorbt has, of all sets; DifferentWorkError where it is too large."""
    return _apart(
        "vectorbt", case, {"engine": "numba", "chunk": max(1, 500_000 // case.bars), "exact": True}, case
    )


@cache
def check_backtesting(case: Case) -> float:
    """The same of backtesting.py, for the few sets that it runs."""
    return _apart("backtesting", few(case), {"exact": True}, case)


@cache
def check_component(case: Case, component: str) -> float:
    """The same of another component of ADMF's, which may be scored another way."""
    return _apart("admf", case, {"component": component}, case)


def _apart(engine: str, ran: Case, mode: dict[str, Any], case: Case) -> float:
    ours, theirs = _found("admf", replace(case, sets=_as_warm(ran, case)), {}), _found(engine, ran, mode)
    worst, told = 0.0, _told_alike(engine, ran)
    for metric in COMPARED:
        pairs = zip(ours[metric], theirs[metric], told, strict=True)
        apart = max(abs(a - b) / max(1.0, abs(b)) for a, b, alike in pairs if alike)
        if not apart <= SAME[engine]:
            raise DifferentWorkError(f"{case.name}, {case.words}: {engine}'s {metric} differs by {apart:.1e}")
        worst = max(worst, apart)
    return worst


def _told_alike(engine: str, case: Case) -> list[bool]:
    """Which sets mean the same to both: vectorbt's two-sided signals hold where averages are equal, ADMF is flat."""
    if engine != "vectorbt" or not case.sets.both:
        return [True] * len(case.sets)
    close = saved(case.file).close
    lines = {window: sma(close, window) for window in {*case.sets.fast, *case.sets.slow}}
    return [not np.equal(lines[fast], lines[slow]).any() for fast, slow in case.sets.pairs]


def _as_warm(ran: Case, case: Case) -> Crossovers:
    """The sets that are compared, which must begin to trade at the same bar."""
    if ran.sets.warmup != case.sets.warmup:
        raise ValueError("sets that are left out must not be the slowest")
    return ran.sets


def _found(engine: str, case: Case, mode: dict[str, Any]) -> dict[str, list[float]]:
    """The metrics of one run in a process that is not measured."""
    with Measured(engine) as process:
        return process.run(case, mode, metrics=True).metrics
