"""What a container says is taken for an answer only where it can be one."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from admf.containers.death import Death
from admf.containers.heard import heard
from admf.containers.job import Answer
from admf.containers.wire import pack
from admf.errors import ComponentError, Problem
from admf.model.few import Few
from admf.model.param_sets import Column, ParamSets
from admf.model.same import Same
from admf.model.trial import Batch, Outcome, Outcomes, ScopeEvent
from admf.trials.objective import METRIC_NAMES
from tests.some_study import STUDY

BATCH = Batch(study=STUDY, numbers=range(5, 8), params=({}, {}, {}), seeds=np.arange(3))


def outcomes(**changed: Any) -> Outcomes:
    usual = Outcomes(
        numbers=range(5, 8),
        outcomes=Same(Outcome.SCORED, 3),
        values=np.ones(3),
        metrics=np.ones((3, len(METRIC_NAMES))),
        metric_names=METRIC_NAMES,
        reasons=("", "undefined", ""),
        undefined=Few([{}, {"sharpe": "no trades"}], np.array([0, 1, 0])),
        extra=({}, {"mine": 1.0}, {"mine": None}),
        durations_s=np.zeros(3),
        peak_memory_mb=np.zeros(3),
        details=Same("", 3),
        outputs=Same("", 3),
        events=((), (ScopeEvent(0.1, "kind", {"a": [1, None]}),), ()),
    )
    return replace(usual, **changed)


def died(answer: Answer) -> str:
    assert answer.death is not None
    assert answer.death.outcome is Outcome.CRASHED
    assert answer.result is None
    return answer.death.reason


def test_an_answer_is_heard() -> None:
    found = heard(pack(Answer(result=outcomes(), apart=True)), BATCH)
    assert found.death is None
    assert found.apart
    assert list(found.result.numbers) == [5, 6, 7]
    np.testing.assert_array_equal(found.result.metrics, outcomes().metrics)
    assert list(found.result.undefined) == list(outcomes().undefined)
    assert list(found.result.events) == list(outcomes().events)


def test_metrics_in_columns_are_heard() -> None:
    extra = ParamSets.of([{"mine": 1.0}, {}, {"mine": None, "other": 2}])
    found = heard(pack(Answer(result=outcomes(extra=extra))), BATCH)
    assert list(found.result.extra) == list(extra)


def test_errors_and_faults_are_heard() -> None:
    error = ComponentError(Problem(says="no", where="here", hint="do"))
    found = heard(pack(Answer(error=error)), BATCH)
    assert type(found.error) is ComponentError
    assert str(found.error) == str(error)
    assert heard(pack(Answer(fault="Traceback")), BATCH).fault == "Traceback"
    assert heard(dead := Death(outcome=Outcome.LOST, reason="x")).death is dead


@pytest.mark.parametrize(
    "changed",
    [
        {"numbers": (5, 6, 8)},
        {"numbers": (5, 6)},
        {"values": np.ones(2)},
        {"values": [1.0, 2.0, 3.0]},
        {"values": np.ones(3, np.float32)},
        {"metrics": np.ones((3, 2))},
        {"metric_names": METRIC_NAMES[1:]},
        {"durations_s": np.zeros((3, 1))},
        {"outcomes": ("scored",) * 3},
        {"outcomes": Same(Outcome.SCORED, 4)},
        {"reasons": ("", 5, "")},
        {"reasons": 7},
        {"undefined": Few([{}], np.array([0, 9, 0]))},
        {"undefined": ({}, {"sharpe": {1, 2}}, {})},
        {"extra": ({}, {"mine": "text"}, {})},
        {"extra": ({}, {"\ud800": 1.0}, {})},
        {"extra": ParamSets(3, {"mine": Column(np.ones(2))})},
        {"extra": ParamSets(3, {"\ud800": Column(np.ones(3))})},
        {"extra": ParamSets(3, {"mine": Column(np.zeros(3, np.int64), ("text",))})},
        {"extra": ParamSets(3, {"mine": Column(np.ones(3, np.int64), (1.0,))})},
        {"extra": ParamSets(3, {"mine": Column(np.ones(3), there=np.ones(2, np.bool_))})},
        {"reasons": ParamSets(3, {})},
        {"extra": ({}, {})},
        {"events": ((), (5,), ())},
        {"events": ((), (ScopeEvent(0.1, "kind", {"a": {1}}),), ())},
        {"events": ()},
    ],
)
def test_what_does_not_fit_is_a_death(changed: dict[str, Any]) -> None:
    assert died(heard(pack(Answer(result=outcomes(**changed))), BATCH)).startswith(
        "its answer cannot be read: "
    )


def test_what_is_said_of_it_is_one_line() -> None:
    says = pickle.dumps(5)[:-1] + b"c\x1b[2J" + b"n" * 5_000 + b"\nx\n."
    head = struct.pack("<2Q", 1, len(says))
    reason = died(heard(head + says + bytes(-len(says) % 8), BATCH))
    assert "\\x1b[2Jnnn" in reason
    assert reason.isprintable()
    assert len(reason) < 600


class Calls:
    """Reading it back calls something."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.made = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.made


@pytest.mark.parametrize(
    "thing",
    [
        Calls(os.system, "exit 9"),
        Calls(os._exit, 9),
        Calls(eval, "1"),
        Calls(getattr, "text", "upper"),
        Calls(np.load, "x"),
        Calls(pickle.loads, b"x"),
        Calls(heard, b"x"),
        np.array([Calls(os._exit, 9)], object),
    ],
)
def test_reading_it_calls_nothing(thing: Any) -> None:
    assert "must be data of ours or of NumPy" in died(heard(pack(Answer(result=thing)), BATCH))


@pytest.mark.parametrize("reply", [b"", bytes(8), b"garbage of some length", pack(5), pack({"death": None})])
def test_what_is_no_answer_is_a_death(reply: bytes) -> None:
    died(heard(reply, BATCH))
    died(heard(reply))
