"""Limits seen to hold, and how fast a container that died is replaced."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import admf
from admf.containers.job import Job
from admf.model.bars import Bars
from admf.model.container import Limits
from admf.model.trial import Outcome, StudySpec
from contained.trials import ISOLATED, MINIMAL, batch, evaluate, on_one_core, run, study
from measure.result import Result, Target

_MEMORY_MB, _BUSY_S, _MORE = 300.0, 3.0, 4.0
_WAYS = ("NumPy's", "mapped, shared", "/dev/shm")
_ABOUT, _EDGE = 3.0, 1.1


def memory(bars: Bars) -> list[Result]:
    """Trials that take 800 MB in three ways where 300 are allowed: how each ended, and what it had."""
    held = replace(ISOLATED, limits=Limits(memory_mb=_MEMORY_MB))
    rows: list[Result] = []
    with TemporaryDirectory() as folder, admf.Pool(workers=1) as pool:
        spec = study("Eats", bars, Path(folder))
        for way, name in enumerate(_WAYS):
            ended = evaluate(pool, batch(spec, [way]), held).result
            how, peak = ended.outcomes[0], float(ended.peak_memory_mb[0])
            said = ended.details[0].strip().splitlines()[-1:] or [""]
            had = f", peak {peak:,.0f} MB" if peak else f", {said[0]}"
            rows.append(
                Result(
                    name=f"limits.{way}",
                    what=f"memory_mb: 300, 800 MB asked for ({name}): peak / limit",
                    rounds=(peak / _MEMORY_MB if peak else 1.0,),
                    target=Target(text="killed or failed", limit=_EDGE, more=False),
                    more_is_better=False,
                    ours=f"{how.value}: {ended.reasons[0]}{had}",
                )
            )
            if how not in (Outcome.KILLED, Outcome.FAILED):
                raise RuntimeError(f"{name}: 800 MB were taken where 300 are allowed: {how.value}")
    return rows


def shares() -> list[Result]:
    """Two containers that compute on one core, with cpu_shares 4 and 1: the ratio of their CPU times."""
    weights = (_MORE, 1.0)
    with on_one_core(), admf.Pool(workers=2) as pool:
        for ticket in range(2):  # both slots are there before they compete
            pool.submit(ticket, Job(function="contained.work:rest", argument=0.5))
        for _ in range(2):
            pool.next()
        until = time.monotonic() + _BUSY_S + 0.5
        for ticket, weight in enumerate(weights):
            held = replace(ISOLATED, limits=Limits(cpu_shares=weight))
            pool.submit(ticket, Job(function="contained.work:burn", argument=until, container=held))
        took = {}
        for _ in range(2):
            done = pool.next()
            assert done.answer is not None, done.cause
            took[done.ticket] = float(done.answer.result)
    ratio = took[0] / took[1]
    return [
        Result(
            name="limits.shares",
            what="cpu_shares 4 and 1, both busy on one core",
            rounds=(ratio,),
            target=Target(text="at least 3 x (about 4)", limit=_ABOUT, more=True),
            ours=f"{took[0]:.2f} s",
            beside=f"{took[1]:.2f} s",
        )
    ]


def replacement(bars: Bars, rounds: int) -> list[Result]:
    """From the start of a trial that segfaults in a shared container to the next good result; and a pool's start."""
    began = time.perf_counter()
    with TemporaryDirectory() as folder, admf.Pool(workers=1) as pool:
        run(pool, "rest", 0.0)
        started = time.perf_counter() - began
        spec = study("Crashes", bars, Path(folder))
        evaluate(pool, batch(spec, [0]), MINIMAL)
        took, good = [], []
        for _ in range(rounds):
            good.append(_seconds(pool, spec, [0], Outcome.SCORED))
            crashed = _seconds(pool, spec, [1], Outcome.CRASHED)
            took.append(crashed + _seconds(pool, spec, [0], Outcome.SCORED))
    ms, usual = median(took) * 1e3, median(good) * 1e3
    return [
        Result(
            name="limits.replacement",
            what="segfault, tried again alone, next good result / a good result",
            rounds=tuple(some / one for some, one in zip(took, good, strict=True)),
            more_is_better=False,
            ours=f"{ms:.1f} ms",
            beside=f"{usual:.2f} ms",
        ),
        Result(
            name="limits.pool",
            what="start of a pool, once",
            rounds=(started * 1e3,),
            unit="ms",
            more_is_better=False,
        ),
    ]


def _seconds(pool: admf.Pool, spec: StudySpec, xs: list[int], how: Outcome) -> float:
    trials = batch(spec, xs)
    began = time.perf_counter()
    ended = evaluate(pool, trials, MINIMAL).result
    took = time.perf_counter() - began
    assert tuple(ended.outcomes) == (how,), ended.reasons
    return took
