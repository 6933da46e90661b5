"""Compiled rules are users' code: containers of every kind limit and hear them, trial by trial, and agree."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.containers.job import EVALUATE, Job
from admf.executors.inline import InlineExecutor
from admf.executors.local import LocalExecutor
from admf.executors.protocol import Executor
from admf.model.container import ContainerSpec, Kind, Limits
from admf.model.mapped_bars import write_bars
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, Outcome, Outcomes, StudySpec, joined
from tests.unit.test_lookahead import random_walk

HERE = str(Path(__file__).parent.parent / "components")
WINDOWS = [3, 5, 7, 2, 8, 4, 9, 6]


def run(executor: Executor, folder: Path, container: ContainerSpec, windows: list[int]) -> Outcomes:
    bars = random_walk(300)
    spec = StudySpec(
        component=ComponentSpec(name="c", use="rules.py:troubled", folder=HERE),
        bars=str(write_bars(bars, folder / "bars")),
        start=0,
        stop=len(bars),
        warmup=40,
        simulation="{}",
        objective=ObjectiveSpec(metric="sharpe"),
    )
    sets: tuple[dict[str, Any], ...] = tuple({"window": n} for n in windows)
    batch = Batch(study=spec, numbers=range(1, len(sets) + 1), params=sets, seeds=np.arange(len(sets)))
    parts: list[Outcomes] = []
    waiting = [(batch, container)]
    while waiting:
        piece, where = waiting.pop()
        executor.submit(0, Job(function=EVALUATE, argument=piece, container=where))
        answer = executor.next().answer
        assert answer is not None
        assert not answer.fault
        parts += [answer.result] if answer.result is not None else []
        for first, stop, alone in answer.left:
            rows = slice(first - 1, stop - 1)
            left = Batch(study=spec, numbers=range(first, stop), params=sets[rows], seeds=batch.seeds[rows])
            waiting.append((left, replace(container, kind=Kind.ISOLATED) if alone else container))
    return joined(sorted(parts, key=lambda part: part.numbers[0]))


@pytest.mark.skipif(os.name == "nt", reason="its containers are processes of POSIX")
@pytest.mark.parametrize(
    ("kind", "method"), [(Kind.MINIMAL, "fork"), (Kind.ISOLATED, "fork"), (Kind.MINIMAL, "spawn")]
)
def test_machine_code_that_does_not_end_is_killed_and_costs_its_own_trial_only(
    tmp_path: Path, kind: Kind, method: str
) -> None:
    executor = LocalExecutor(workers=1, start_method=method)
    try:
        found = run(executor, tmp_path, ContainerSpec(kind=kind, limits=Limits(timeout_s=2.0)), WINDOWS)
    finally:
        executor.close()
    by_number = dict(zip(found.numbers, range(len(found)), strict=True))
    rows = [by_number[number] for number in range(1, len(WINDOWS) + 1)]
    outcomes = [found.outcomes[row] for row in rows]
    S, F, K = Outcome.SCORED, Outcome.FAILED, Outcome.KILLED
    assert outcomes == [S, F, K, F, S, F, S, F]
    assert found.reasons[rows[2]] == "timeout_s = 2"
    assert {found.outputs[row] for row in rows} <= {"", *(f"window {n}\n" for n in WINDOWS)}
    assert found.outputs[rows[3]] == "window 2\n"  # what a line prints is of the trial that asks for it first
    alone = [n for n in WINDOWS if n != 7]
    inline = run(InlineExecutor(), tmp_path, ContainerSpec(), alone)
    there = found.metrics[[row for row, n in zip(rows, WINDOWS, strict=True) if n != 7]]
    assert inline.metrics.tobytes() == there.tobytes()
