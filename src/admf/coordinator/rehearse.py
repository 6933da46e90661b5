"""A few seeded trials of every study, timed: no search is told of them, and nothing keeps them."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice

import numpy as np

from admf.containers.job import EVALUATE, Job
from admf.coordinator.prepare import Prepared
from admf.errors import AdmfError
from admf.executors.protocol import Done, Executor
from admf.model.machine import usable_cores
from admf.model.seeds import seeds_of
from admf.model.space import Params, canonical
from admf.model.trial import Batch, Outcome, Outcomes
from admf.plan.estimate import Estimate, Rehearsal, estimate, estimate_line
from admf.plan.plan import Plan, StudyPlan

_MOST, _ENOUGH_S, _GROWTH = 64, 0.5, 4
_DRAWS, _SMALL = 32, 1_024
_CHEAP = 20 * _MOST
"""Trials a study must have for the rehearsed ones to be a small part."""
_ENDLESS = "a trial did not end in the time there was"


class TimeUpError(AdmfError):
    """Something did not end within the time that it was given."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """TimeUpError in this block after so many seconds; unlimited outside of the main thread, and on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def up(*_: object) -> None:
        raise TimeUpError(f"not done after {seconds:g} seconds.")

    usual = signal.signal(signal.SIGALRM, up)
    left, interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, usual)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def rehearse(plan: Plan, executor: Executor, *, limit_s: float) -> tuple[Rehearsal, ...]:
    """What a few trials of each study cost in containers of `executor`, one batch at a time.

    All of them together take `limit_s` at most, shared evenly by those that are still to come. A trial that
    does not end keeps its container: where none is left, what comes after has no time. The executor is to be
    closed afterwards.
    """
    until = time.monotonic() + limit_s
    found: list[Rehearsal] = []
    tickets, stuck = count(), 0
    for number, study in enumerate(plan.studies):
        if stuck == executor.slots:
            found.append(_untimed(study, "no container was left to try it in"))
            continue
        share = (until - time.monotonic()) / (len(plan.studies) - number)
        one = _rehearse(study, executor, time.monotonic() + max(share, 0.1), tickets)
        stuck += one.reason == _ENDLESS
        found.append(one)
    return tuple(found)


def quick_estimate(prepared: Prepared, executor: Executor) -> str:
    """The estimate in one line where it is cheap to get, else ''.

    Cheap is what takes a small part of the run, and leaves nothing in a container that a trial could see:
    built-in components with many trials.
    """
    plan = prepared.plan
    enough = plan.trials is not None and plan.trials >= _CHEAP * len(plan.studies)
    if not enough or not all(probe.built_in for probe in prepared.probes.values()):
        return ""
    rehearsals = rehearse(plan, executor, limit_s=10.0)
    return estimate_line(estimated(plan, rehearsals, workers=executor.slots))


def estimated(
    plan: Plan, rehearsals: tuple[Rehearsal, ...], *, workers: int, before_s: float = 0.0
) -> Estimate:
    """The estimate of a plan on this machine."""
    import psutil

    return estimate(
        [study.trials for study in plan.studies],
        rehearsals,
        workers=workers,
        cores=usable_cores(),
        driver_mb=psutil.Process().memory_info().rss / 2**20,
        before_s=before_s,
    )


def _rehearse(study: StudyPlan, executor: Executor, until: float, tickets: Iterator[int]) -> Rehearsal:
    sets = _draw(study)
    durations: list[float] = []
    failed: list[str] = []
    memory, size, reason = 0.0, 1, ""
    while len(durations) < len(sets) and (sum(durations) < _ENOUGH_S or len(durations) < 2):
        some = sets[len(durations) : len(durations) + size]
        try:
            with time_limit(until - time.monotonic()):
                outcomes = _evaluate(study, some, len(durations), executor, next(tickets))
        except TimeUpError:
            reason = _ENDLESS
            break
        if isinstance(outcomes, str):
            reason = outcomes
            break
        durations += outcomes.durations_s.tolist()
        pairs = zip(outcomes.outcomes, outcomes.reasons, strict=True)
        failed += [why for how, why in pairs if how is not Outcome.SCORED]
        memory = max(memory, float(outcomes.peak_memory_mb.max()))
        fitting = int(_ENOUGH_S / max(durations[-1], 1e-6))
        size = max(1, min(size * _GROWTH, fitting))
    return Rehearsal(
        stage=study.stage,
        component=study.component,
        trials=len(durations),
        trial_s=None if reason or not durations else float(np.mean(durations[1:] or durations)),
        memory_mb=memory,
        failed=len(failed),
        reason=reason or (failed[0] if failed else ""),
    )


def _evaluate(
    study: StudyPlan, params: list[Params], first: int, executor: Executor, ticket: int
) -> Outcomes | str:
    """The outcomes of some sets, or how their container ended."""
    numbers = range(first, first + len(params))
    names = (study.run_seed, study.stage, study.component, study.regime, study.window)
    batch = Batch(
        study=study.spec,
        numbers=numbers,
        params=params,
        seeds=seeds_of(*names, numbers),
    )
    executor.submit(ticket, Job(function=EVALUATE, argument=batch, container=study.container))
    done: Done = executor.next()
    while done.ticket != ticket:  # one that had been given up
        done = executor.next()
    if done.answer is None:
        return f"its container ended with it: {done.cause}"
    if done.answer.error is not None or done.answer.fault:
        return str(done.answer.error or done.answer.fault.strip().splitlines()[-1])
    if done.answer.result is None:  # all of it was handed back: its trials take their containers with them
        return "its container ended with it"
    outcomes: Outcomes = done.answer.result
    return outcomes


def _draw(study: StudyPlan) -> list[Params]:
    """Up to 64 different sets of the space, in no order of any search; all of them where there are no more."""
    space, rng = study.space, np.random.default_rng([study.seed, 7])
    if space.size is not None and space.size <= _SMALL:
        every = list(space.grid())
        return [every[i] for i in rng.permutation(len(every))[:_MOST]]
    found: dict[bytes | str, Params] = {}
    for _ in range(_DRAWS):
        drawn = space.from_unit(rng.random((_MOST, space.dimensions)))
        found |= {canonical(params): params for params in drawn if space.contains(params)}
        if len(found) >= _MOST:
            break
    if not found and space.size is not None:  # constraints that leave a needle in a haystack
        return list(islice(space.grid(), _MOST))
    return list(found.values())[: min(_MOST, study.trials or _MOST)]


def _untimed(study: StudyPlan, why: str) -> Rehearsal:
    return Rehearsal(
        stage=study.stage, component=study.component, trials=0, trial_s=None, memory_mb=0.0, reason=why
    )
