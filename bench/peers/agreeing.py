"""One engine on one kind of run: the same targets replayed by it and by ADMF, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import product
from math import pi

import numpy as np

from admf.model.bars import Bars
from peers import with_admf
from peers.market import Fill, Floats, Outcome, Rules
from peers.samples import STRATEGIES, days, minutes, parameter_sets

TOLERANCE = 1e-9
ENGINES = ("vectorbt", "backtesting")
COSTS = {"vectorbt": (0.0005, 0.0002), "backtesting": (0.0005, 0.0)}
"""Commission and slippage per side, where a run has costs; backtesting.py has no slippage on exits."""
CASH = 1e12 * pi
"""Whole units do not show, no price divides it (backtesting.py spends 1 - epsilon of it: one unit less), and
vectorbt never gets near 1e-12 of money, which it takes for nothing."""
LOT = {"vectorbt": 0.0, "backtesting": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`sets` parameter sets of one strategy, run one way on one engine."""

    engine: str
    data: str
    minutes: str | None
    strategy: str
    long_only: bool
    costs: bool
    fill: Fill
    sets: int
    seed: int

    @property
    def rules(self) -> Rules:
        """The market rules, for the engine and for ADMF."""
        commission, slippage = COSTS[self.engine] if self.costs else (0.0, 0.0)
        lot = LOT[self.engine]
        return Rules(fill=self.fill, commission=commission, slippage=slippage, cash=CASH, lot=lot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How far apart, as the largest over all parameter sets; `problems` has one line per set that differs."""

    job: Job
    trades: int = 0
    same_trades: int = 0
    prices: float = 0.0
    returns: float = 0.0
    total: float = 0.0
    smallest_equity: float = 1.0
    problems: tuple[str, ...] = field(default=())


def jobs(minutes_file: str | None, sets: int, seed: int) -> list[Job]:
    """All combinations, in the order of the tables."""
    ways = product(ENGINES, ("days", "minutes"), STRATEGIES, (True, False), (False, True), Fill)
    return [
        Job(
            engine=engine,
            data=data,
            minutes=minutes_file,
            strategy=strategy,
            long_only=long_only,
            costs=costs,
            fill=fill,
            sets=sets,
            seed=seed,
        )
        for engine, data, strategy, long_only, costs, fill in ways
    ]


def run_job(job: Job) -> Found:
    """Replay every parameter set with both engines."""
    peer = import_module(f"peers.with_{job.engine}")
    bars = _bars(job.data, job.minutes)
    trades = same = 0
    prices, returns, totals, lowest = [0.0], [0.0], [0.0], [1.0]
    problems = []
    for parameters in parameter_sets(job.strategy, job.sets, job.seed):
        targets = with_admf.signal(bars, job.strategy, parameters)
        if job.long_only:
            targets = targets.clip(min=0)
        ours = with_admf.replay(bars, targets, job.rules)
        theirs = peer.replay(bars, targets, job.rules)
        apart = returns_apart(ours, theirs, job.rules.cash)
        identical = np.array_equal(ours.trades, theirs.trades)
        trades += len(ours.trades)
        same += common(ours, theirs)
        if identical and len(ours.trades):
            prices.append(float(np.nanmax(np.abs(ours.prices / theirs.prices - 1.0))))
        returns.append(float(apart.max()))
        totals.append(total_apart(ours, theirs, job.rules.cash))
        lowest.append(float(ours.equity.min()) / job.rules.cash)
        if not identical or max(returns[-1], totals[-1]) > TOLERANCE:
            problems.append(f"{parameters}: {_first_difference(ours, theirs, apart)}")
    return Found(
        job=job,
        trades=trades,
        same_trades=same,
        prices=max(prices),
        returns=max(returns),
        total=max(totals),
        smallest_equity=min(lowest),
        problems=tuple(problems),
    )


def returns_apart(ours: Outcome, theirs: Outcome, cash: float) -> Floats:
    """|difference of the simple returns| per bar, shape (T,); the first return counts from the cash."""
    apart: Floats = np.abs(_simple_returns(ours.equity, cash) - _simple_returns(theirs.equity, cash))
    return apart


def _simple_returns(equity: Floats, cash: float) -> Floats:
    returns: Floats = np.diff(equity, prepend=cash) / np.concatenate([[cash], equity[:-1]])
    return returns


def total_apart(ours: Outcome, theirs: Outcome, cash: float) -> float:
    """|difference of the total returns| over max(1, |total return|)."""
    total = theirs.equity[-1] / cash - 1.0
    return float(abs(ours.equity[-1] / cash - 1.0 - total) / max(1.0, abs(total)))


def common(ours: Outcome, theirs: Outcome) -> int:
    """Trades that both have: same entry bar, exit bar and side."""
    return len(set(map(tuple, ours.trades.tolist())) & set(map(tuple, theirs.trades.tolist())))


def _first_difference(ours: Outcome, theirs: Outcome, apart: Floats) -> str:
    """Where to start looking."""
    for number, (a, b) in enumerate(zip(ours.trades.tolist(), theirs.trades.tolist(), strict=False)):
        if a != b:
            return f"trade {number} is {a} here, {b} there (entry bar, exit bar, side)"
    if len(ours.trades) != len(theirs.trades):
        return f"{len(ours.trades)} trades here, {len(theirs.trades)} there"
    if apart.max() <= TOLERANCE:
        return "the total returns differ, no return of a bar does"
    bar = int(np.argmax(apart > TOLERANCE))
    return f"the return of bar {bar} differs by {apart[bar]:.1e}, equity there {ours.equity[bar]:.6g}"


@cache
def _bars(data: str, minutes_file: str | None) -> Bars:
    return days() if data == "days" else minutes(minutes_file)
