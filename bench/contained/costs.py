"""What a container costs a trial that does nothing: beside a bare fork, and with the whole of a run around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np

import admf
from admf.model.bars import Bars
from admf.model.trial import Outcome
from contained.trials import ISOLATED, MINIMAL, batch, evaluate, run, study
from contained.work import plain
from measure.result import Result, Target, at_most, ratios

_TRIALS, _FEW = 64, 512


def isolated(bars: Bars, rounds: int) -> list[Result]:
    """Batches of empty trials, each in a fork of its own, in turn with as many bare forks: means of both."""
    ours, bare = [], []
    with TemporaryDirectory() as folder, admf.Pool(workers=1) as pool:
        trials = batch(study("Empty", bars, Path(folder)), [0] * _TRIALS)
        evaluate(pool, trials, ISOLATED)
        for _ in range(rounds):
            bare.append(mean(run(pool, "bare_forks", _TRIALS)) / 1e3)
            began = time.perf_counter()
            ended = evaluate(pool, trials, ISOLATED).result
            ours.append((time.perf_counter() - began) / len(ended) * 1e6)
            assert set(ended.outcomes) == {Outcome.SCORED}, ended.reasons
        whole = [_per_trial("isolated", 20, 220, pool) for _ in range(min(rounds, 3))]
        again = [mean(run(pool, "bare_forks", _TRIALS)) / 1e3 for _ in whole]
    return [
        _beside("isolated", "empty isolated trial / bare fork of a keeper", ours, bare, at_most(2.0)),
        _microseconds("isolated.time", "empty isolated trial", ours, at_most(15_000, "us")),
        _beside("isolated.run", "the same, in a whole run with its store / bare fork", whole, again, None),
    ]


def minimal(bars: Bars, rounds: int, trials: int) -> list[Result]:
    """Empty trials in batches of 512: by themselves, and as the whole of a run."""
    alone, signals, function = [], [], []
    with TemporaryDirectory() as folder, admf.Pool(workers=1) as pool:
        empty = batch(study("Empty", bars, Path(folder)), list(range(_FEW)))
        signal = batch(study("plain", bars, Path(folder)), list(range(_FEW)))
        for one in (empty, signal):
            evaluate(pool, one, MINIMAL)
        for _ in range(rounds):
            alone.append(_timed(lambda: evaluate(pool, empty, MINIMAL)) / _FEW)
            signals.append(_timed(lambda: evaluate(pool, signal, MINIMAL)) / _FEW)
            function.append(_timed(lambda: [plain(bars, x) for x in range(_FEW)]) / _FEW)
        whole = [_per_trial("minimal", _FEW, trials, pool) for _ in range(min(rounds, 3))]
    return [
        _microseconds("minimal.alone", "empty minimal trial, batches of 512", alone, None),
        _microseconds(
            "minimal", f"the same, in a whole run of {trials:,} with its store", whole, at_most(20.0, "us")
        ),
        _beside(
            "minimal.signal",
            f"plain NumPy function in minimal, scored / itself ({len(bars):,} bars)",
            signals,
            function,
            None,
        ),
    ]


def _per_trial(kind: str, few: int, many: int, pool: admf.Pool) -> float:
    """Microseconds of wall time that one more trial takes a run, in its store at the end: of many less one of few."""
    return (_run(kind, many, pool) - _run(kind, few, pool)) / (many - few)


def _run(kind: str, trials: int, pool: admf.Pool) -> float:
    began = time.perf_counter()
    found = admf.optimize(
        "contained.work:Empty",
        "bundled:sp500",
        space={"x": range(trials)},
        objective={"metric": "x", "direction": "maximize"},
        executor=pool,
        container=kind,
        warmup=0,
        allow_lookahead="it reads no bars",
    )
    took = (time.perf_counter() - began) * 1e6
    values = np.asarray(found.trials["value"])
    assert len(values) == trials, "every trial is in the store"
    assert np.all(values == 1.0), "an empty trial is worth 1"
    return took


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e6


def _beside(name: str, what: str, ours: list[float], other: list[float], target: Target | None) -> Result:
    """The median of the rounds' ratios: both were measured in turn."""
    return Result(
        name=name,
        what=what,
        rounds=ratios(ours, other),
        target=target,
        more_is_better=False,
        ours=f"{median(ours):,.1f} us",
        beside=f"{median(other):,.1f} us",
    )


def _microseconds(name: str, what: str, rounds: list[float], target: Target | None) -> Result:
    return Result(name=name, what=what, rounds=tuple(rounds), unit="us", target=target, more_is_better=False)
