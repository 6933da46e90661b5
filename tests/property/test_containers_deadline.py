"""The time of a container: whatever it tells of its trials, all of it ends; where that is true, each has its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf.containers import deadline
from admf.containers.deadline import Deadline
from admf.containers.page import CLOSING, OPENING

TIMEOUT_S, OPENING_S, CLOSING_S = 2.0, 60.0, 5.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(deadline, "monotonic", made.monotonic)
    return made


def ends_after(clock: Clock, trials: int, told: Sequence[tuple[int, float]]) -> float:
    """How long a container lives that tells something new whenever it is looked at, each half a second."""
    one, began = Deadline(TIMEOUT_S, trials), clock.now
    said = iter(told)
    while (left := one.left()) is not None and left > 0.0:
        clock.now += min(left, 0.5)
        row, at = next(said, (OPENING, math.nan))
        one.tell(row, at)
        assert one.row is None or 0 <= one.row < trials
    return clock.now - began


@given(
    trials=st.integers(1, 5),
    told=st.lists(
        st.tuples(
            st.sampled_from([OPENING, CLOSING, 0, 1, 2, 3, 4, 5, -7, 10**9, CLOSING + 1, CLOSING - 1]),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=500,
    ),
)
def test_whatever_is_told_it_ends(trials: int, told: list[tuple[int, float]]) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadline, "monotonic", clock.monotonic)
        assert ends_after(clock, trials, told) <= OPENING_S + trials * TIMEOUT_S + CLOSING_S + 0.5


def test_a_trial_has_its_time_from_when_it_began(clock: Clock) -> None:
    one = Deadline(TIMEOUT_S, 3)
    assert one.left() == OPENING_S
    assert one.row is None
    clock.now += 30.0
    one.tell(0, clock.now - 0.5)
    assert one.words() == "it had run 0.50 s"
    assert one.left() == 1.5
    clock.now += 1.0
    one.tell(0, clock.now)
    assert one.left() == 0.5, "it begins once"
    one.tell(2, clock.now)
    assert one.left() == TIMEOUT_S
    one.tell(CLOSING, clock.now)
    assert one.left() == CLOSING_S
    one.tell(0, clock.now)
    assert one.left() == CLOSING_S


def test_a_row_that_is_under_way_is_known(clock: Clock) -> None:
    one = Deadline(TIMEOUT_S, 3)
    found = []
    for row in (OPENING, 1, 0, 3, 2, CLOSING, 1):
        one.tell(row, clock.now)
        found.append(one.row)
    assert found == [None, 1, 1, 2, 2, None, None]


@pytest.mark.parametrize("began", [math.inf, -math.inf, math.nan, 1e9, 0.0])
def test_a_time_that_cannot_be_is_now(clock: Clock, began: float) -> None:
    one = Deadline(TIMEOUT_S, 1)
    clock.now += 7.0
    one.tell(0, began)
    assert one.left() == TIMEOUT_S
    assert one.ran() == 0.0


def test_without_a_limit_there_is_no_end(clock: Clock) -> None:
    one = Deadline(None, 1)
    clock.now += 1e6
    assert one.left() is None
