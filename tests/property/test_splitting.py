"""A batch whose trials kill, hang or flood: each has its own outcome exactly once, or is handed back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from admf.containers.death import Death
from admf.containers.job import Answer
from admf.containers.splitting import Piece, evaluate, part_of
from admf.errors import InputError
from admf.model.trial import (
    Batch,
    Outcome,
    Outcomes,
    joined,
    lost_outcome,
    reordered,
)
from admf.trials.objective import METRIC_NAMES
from tests.some_study import STUDY


class Act(Enum):
    """What a trial does to its container."""

    GOOD = "is scored"
    RAISES = "fails by itself"
    CRASHES = "ends the container"
    HANGS = "is killed by its keeper"
    VANISHES = "ends it in a way that may be nobody's fault"
    BIG = "has a result that is too large"
    HURT_IN_COMPANY = "is killed inside, where others have used up what there is"
    DIES_IN_COMPANY = "ends a container that it shares, and none of its own"
    BREAKS = "has what evaluates it fail"
    BREAKS_IN_COMPANY = "has what evaluates the others fail, and not itself"
    LIES = "ends the container, and says that a row was under way that there is not"


OUTCOME_ALONE = {
    Act.GOOD: Outcome.SCORED,
    Act.RAISES: Outcome.FAILED,
    Act.CRASHES: Outcome.CRASHED,
    Act.HANGS: Outcome.KILLED,
    Act.VANISHES: Outcome.LOST,
    Act.BIG: Outcome.KILLED,
    Act.HURT_IN_COMPANY: Outcome.SCORED,
    Act.DIES_IN_COMPANY: Outcome.SCORED,
    Act.BREAKS: Outcome.CRASHED,
    Act.BREAKS_IN_COMPANY: Outcome.SCORED,
    Act.LIES: Outcome.CRASHED,
}
FIRST = 100
"""Numbers do not begin with zero: a row is no number."""


def batch_of(count: int) -> Batch:
    numbers = tuple(range(FIRST, FIRST + count))
    return Batch(
        study=STUDY, numbers=numbers, params=tuple({"n": n} for n in numbers), seeds=np.array(numbers)
    )


def outcome(number: int, how: Outcome, value: float = np.nan) -> Outcomes:
    one = lost_outcome(number, how, "", METRIC_NAMES)
    one.values[0] = value
    return one


@dataclass
class Containers:
    """Containers of trials that do `acts`; whether a death tells which row was under way is `tells`' to say."""

    acts: list[Act]
    tells: list[bool]
    late: list[bool] = field(default_factory=list)
    alone_runs: Counter[int] = field(default_factory=Counter)
    convicted: Counter[int] = field(default_factory=Counter)
    """How often each was known to be the casualty of a container that it shared."""

    def act(self, number: int) -> Act:
        return self.acts[number - FIRST]

    def together(self, batch: Batch) -> Answer:
        assert batch.params == tuple({"n": n} for n in batch.numbers)
        assert batch.seeds.tolist() == list(batch.numbers)
        parts = []
        for row, number in enumerate(batch.numbers):
            match self.act(number):
                case Act.CRASHES | Act.DIES_IN_COMPANY:
                    return self._died(Outcome.CRASHED, row, number)
                case Act.HANGS:
                    return self._died(Outcome.KILLED, row, number)
                case Act.VANISHES:
                    return self._died(Outcome.LOST, row, number)
                case Act.BREAKS | Act.BREAKS_IN_COMPANY:
                    return Answer(fault="Traceback\nRuntimeError: broken")
                case Act.LIES:
                    return Answer(death=Death(outcome=Outcome.CRASHED, reason="died", row=10**9))
                case Act.HURT_IN_COMPANY:
                    parts.append(outcome(number, Outcome.KILLED))
                case act:
                    parts.append(outcome(number, OUTCOME_ALONE[act], number if act is Act.GOOD else np.nan))
        if any(self.act(number) is Act.BIG for number in batch.numbers):
            return (
                Answer(oversized=True)
                if len(batch) > 1
                else Answer(result=outcome(batch.numbers[0], Outcome.KILLED))
            )
        self.convicted.update(n for n in batch.numbers if self.act(n) is Act.HURT_IN_COMPANY)
        return Answer(result=joined(parts))

    def _died(self, how: Outcome, row: int, number: int) -> Answer:
        known = self.tells.pop() if self.tells else True
        self.convicted[number] += known
        return Answer(death=Death(outcome=how, reason="died", row=row if known else None))

    def alone(self, batch: Batch) -> Answer:
        (number,) = batch.numbers
        assert batch.params == ({"n": number},)
        self.alone_runs[number] += 1
        act = self.act(number)
        if act in (Act.CRASHES, Act.HANGS, Act.VANISHES):
            return Answer(death=Death(outcome=OUTCOME_ALONE[act], reason="died", row=0))
        if act is Act.LIES:
            return Answer(death=Death(outcome=Outcome.CRASHED, reason="died", row=10**9))
        if act is Act.BREAKS:
            return Answer(fault="Traceback\nRuntimeError: broken")
        how = OUTCOME_ALONE[act]
        return Answer(result=outcome(number, how, number if how is Outcome.SCORED else np.nan))

    def is_late(self) -> bool:
        return self.late.pop() if self.late else False


def handed_out(batch: Batch, cuts: list[int], alone: bool) -> list[Piece]:
    """The batch in pieces, as a keeper cuts it: together, or in groups of which single ones are alone."""
    bounds = [0, *sorted({cut % len(batch) for cut in cuts} - {0}), len(batch)]
    groups = [part_of(batch, first, stop) for first, stop in pairwise(bounds)]
    return [Piece(batch=group, alone=alone and len(group) == 1) for group in groups]


BATCHES = {
    "acts": st.lists(st.sampled_from(Act), min_size=1, max_size=12),
    "tells": st.lists(st.booleans(), max_size=30),
    "cuts": st.lists(st.integers(0, 11), max_size=5),
    "alone": st.booleans(),
}


def check(world: Containers, answer: Answer, batch: Batch) -> set[int]:
    """What must hold of any answer; the numbers that were handed back."""
    back = [number for first, stop, _ in answer.left for number in range(first, stop)]
    found = answer.result.numbers if answer.result is not None else ()
    assert sorted([*found, *back]) == list(batch.numbers), "each has one outcome, or is handed back"
    assert list(found) == sorted(found)
    if answer.result is not None:
        for number, how, value in zip(found, answer.result.outcomes, answer.result.values, strict=True):
            assert how is OUTCOME_ALONE[world.act(number)], (number, world.act(number), how)
            assert (value == number) if how is Outcome.SCORED else np.isnan(value), (
                "outcomes are not mixed up"
            )
    return set(back)


@given(**BATCHES)
def test_each_trial_has_its_own_outcome_whatever_the_others_do(
    acts: list[Act], tells: list[bool], cuts: list[int], alone: bool
) -> None:
    world, batch = Containers(acts, tells), batch_of(len(acts))
    answer = evaluate(handed_out(batch, cuts, alone), world.together, world.alone, lambda: False)
    assert answer.death is None
    assert check(world, answer, batch) == set()
    for number in batch.numbers:
        assert world.alone_runs[number] <= 1, "what is known is not asked again"
        if (
            OUTCOME_ALONE[world.act(number)] in (Outcome.CRASHED, Outcome.LOST)
            or world.act(number) is Act.HANGS
        ):
            assert world.alone_runs[number], "it was not company that ended it"


@given(late=st.lists(st.booleans(), max_size=20), **BATCHES)
def test_what_is_handed_back_is_done_by_those_who_take_it(
    acts: list[Act], tells: list[bool], cuts: list[int], alone: bool, late: list[bool]
) -> None:
    """Late at any time: the first piece is always done, so that a batch that is handed on comes to an end."""
    world, batch = Containers(acts, tells, late), batch_of(len(acts))
    waiting, parts, rounds = handed_out(batch, cuts, alone), [], 0
    while waiting:
        asked = [number for piece in waiting for number in piece.batch.numbers]
        answer = evaluate(waiting, world.together, world.alone, world.is_late)
        back = [number for first, stop, _ in answer.left for number in range(first, stop)]
        found = list(answer.result.numbers) if answer.result is not None else []
        assert sorted([*found, *back]) == asked, "each has one outcome, or is handed back"
        if answer.result is not None:
            parts.append(answer.result)
        rounds += 1
        assert [(p.batch.numbers[0], p.batch.numbers[-1] + 1, p.alone) for p in waiting] != list(
            answer.left
        ), "something is done each time"
        assert rounds <= 4 * len(batch) + len(cuts), "it does not end"
        waiting = [
            Piece(batch=part_of(batch, first - FIRST, stop - FIRST), alone=by_itself)
            for first, stop, by_itself in sorted(answer.left)
        ]
        assert all(len(piece.batch) == 1 for piece in waiting if piece.alone)
    assert set(world.convicted.values()) <= {0, 1}, "a casualty is run alone, whoever runs it"
    whole = joined(parts)
    check(world, Answer(result=reordered(whole, sorted(whole.numbers))), batch)


def test_an_error_of_ours_ends_the_batch_as_it_is() -> None:
    batch = batch_of(3)
    error = Answer(error=InputError("the study cannot be opened"))
    assert (
        evaluate([Piece(batch=batch, alone=False)], lambda _: error, lambda _: error, lambda: False) is error
    )


def test_what_breaks_what_evaluates_it_says_so() -> None:
    batch = batch_of(1)
    fault = Answer(fault="Traceback (most recent call last):\n  ...\nRuntimeError: no array\n")
    answer = evaluate([Piece(batch=batch, alone=True)], lambda _: fault, lambda _: fault, lambda: False)
    assert answer.result.outcomes == (Outcome.CRASHED,)
    assert answer.result.reasons == ("it broke what evaluates it: RuntimeError: no array",)
    assert answer.result.outputs == (fault.fault,)


def test_what_broke_it_is_one_line_and_the_same_in_every_run() -> None:
    said = f"RuntimeError: at 0x{id(object):x} \x1b[2J{'w' * 100_000}"
    fault = Answer(fault=f"Traceback\n{said}")
    batch = batch_of(1)
    answer = evaluate([Piece(batch=batch, alone=True)], lambda _: fault, lambda _: fault, lambda: False)
    (reason,), (output,) = answer.result.reasons, answer.result.outputs
    assert reason.startswith("it broke what evaluates it: RuntimeError: at 0x... \\x1b[2Jwww")
    assert len(reason) < 600
    assert len(output) < 30_000


def test_a_trial_that_is_lost_says_so_and_keeps_its_last_words() -> None:
    batch = batch_of(1)
    dead = Answer(death=Death(outcome=Outcome.LOST, reason="SIGKILL", output="last words", seconds=2.0))
    answer = evaluate([Piece(batch=batch, alone=True)], lambda _: dead, lambda _: dead, lambda: False)
    assert answer.result.outcomes == (Outcome.LOST,)
    assert answer.result.reasons == ("SIGKILL",)
    assert answer.result.outputs == ("last words",)
    assert answer.result.durations_s[0] == 2.0
