"""Studies, batches and jobs for measuring: made here, run by a pool."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from admf.containers.job import EVALUATE, Answer, Job
from admf.executors.local import LocalExecutor
from admf.model.bars import Bars
from admf.model.container import ContainerSpec, Kind
from admf.model.mapped_bars import write_bars
from admf.model.param_sets import ParamSets
from admf.model.seeds import seeds_of
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, StudySpec

ISOLATED, MINIMAL = ContainerSpec(kind=Kind.ISOLATED), ContainerSpec(kind=Kind.MINIMAL)


def study(component: str, bars: Bars, folder: Path) -> StudySpec:
    """A study of a component of `contained.work`, which gives the metric x; `plain` is a signal."""
    own = component != "plain"
    return StudySpec(
        component=ComponentSpec(name=component, use=f"contained.work:{component}"),
        bars=str(write_bars(bars, folder)),
        start=0,
        stop=len(bars),
        warmup=0,
        simulation="{}",
        objective=ObjectiveSpec(metric="x" if own else "sharpe", maximize=True),
        extra_metrics=("x",) if own else (),
    )


def batch(study: StudySpec, xs: list[int]) -> Batch:
    """Trials of these values of x."""
    return _batch(study, [{"x": x} for x in xs])


def crossovers(bars: Bars, sets: int, folder: Path) -> Batch:
    """A batch of so many long crossovers of ten fast averages, as `admf.optimize` would have them evaluated."""
    slow = range(60, 60 + max(1, sets // 10))
    spec = StudySpec(
        component=ComponentSpec(name="ma_crossover", use="ma_crossover"),
        bars=str(write_bars(bars, folder)),
        start=0,
        stop=len(bars),
        warmup=slow[-1] - 1,
        simulation=json.dumps({"direction": "long", "commission": 0.001}),
        objective=ObjectiveSpec(metric="sharpe"),
    )
    return _batch(spec, [{"fast": a, "slow": b} for a in range(5, 15) for b in slow])


def _batch(study: StudySpec, params: list[dict[str, int]]) -> Batch:
    n = len(params)
    return Batch(
        study=study,
        numbers=range(n),
        params=ParamSets.of(params),
        seeds=seeds_of(0, "s", study.component.name, "all", "in_sample", range(n)),
    )


def run(pool: LocalExecutor, function: str, argument: Any, container: ContainerSpec = MINIMAL) -> Any:
    """The result of a job of `contained.work`, done in a container."""
    return _answer(
        pool, Job(function=f"contained.work:{function}", argument=argument, container=container)
    ).result


def evaluate(pool: LocalExecutor, trials: Batch, container: ContainerSpec) -> Answer:
    """A batch, evaluated; what its keeper hands back is not asked for again."""
    return _answer(pool, Job(function=EVALUATE, argument=trials, container=container))


def _answer(pool: LocalExecutor, job: Job) -> Answer:
    pool.submit(0, job)
    done = pool.next()
    if done.answer is None or done.answer.fault or done.answer.error:
        raise SystemExit(f"{job.function}: {done.cause or done.answer}")
    return done.answer


@contextmanager
def on_one_core() -> Iterator[None]:
    """What is started meanwhile shares one core, and so do its copies."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
