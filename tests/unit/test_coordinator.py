"""The coordinator's single decisions, each from a state made by hand: no process, no clock, no disk."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from admf.coordinator.decide import decide
from admf.coordinator.state import (
    Ask,
    Close,
    Ended,
    Limits,
    Open,
    Phase,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    State,
    Stretch,
    StudyState,
    Tell,
)


def running(slots: int, under_way: frozenset[Slice] = frozenset(), **study: object) -> State:
    """A run with one open study."""
    one = StudyState(phase=Phase.OPEN, under_way=len(under_way), **study)  # type: ignore[arg-type]
    return State(limits=Limits(slots=slots, after=((),)), studies=(one,), under_way=under_way)


def test_what_is_handed_back_is_sent_first_and_as_it_came() -> None:
    piece = Slice(study=0, first=0, stop=8)
    state = running(2, frozenset({piece}), generation=80, asked=80, batch=8, unsent=((8, 80),))
    left = (Slice(study=0, first=3, stop=4, alone=True), Slice(study=0, first=4, stop=8))
    state, commands = decide(state, Ended(slice=piece, seconds=0.03, left=left))
    sent = [c.slice for c in commands if isinstance(c, Send)]
    assert tuple(sent[:2]) == left
    assert state.studies[0].ended == 3, "only what has an outcome has ended"
    assert state.studies[0].batch == 10, "the size follows from how long three took: 0.1 s hold ten"
    assert [(s.first, s.stop) for s in sent[2:]] == [(8, 18), (18, 28)]


def test_the_size_of_slices_does_not_follow_from_one_that_was_run_alone() -> None:
    piece = Slice(study=0, first=0, stop=1, alone=True)
    state = running(1, frozenset({piece}), generation=40, asked=40, batch=8, unsent=((1, 40),))
    state, _ = decide(state, Ended(slice=piece, seconds=60.0))
    assert state.studies[0].batch == 8


def test_a_generation_is_not_told_while_some_of_it_was_handed_back() -> None:
    piece = Slice(study=0, first=0, stop=2)
    state = running(1, frozenset({piece}), generation=2, asked=2)
    left = Slice(study=0, first=1, stop=2)
    state, commands = decide(state, Ended(slice=piece, seconds=1.0, left=(left,)))
    assert commands == (Send(slice=left),)
    _, commands = decide(state, Ended(slice=left, seconds=1.0))
    assert commands[0] == Tell(study=0, first=0, stop=2)


def test_a_lost_slice_is_sent_again_one_by_one_and_what_is_lost_three_times_by_itself_is_settled() -> None:
    whole = Slice(study=0, first=0, stop=8)
    state = running(1, frozenset({whole}), generation=8, asked=8, batch=8)
    state, commands = decide(state, SliceLost(slice=whole, cause="SIGKILL"))
    sent = [c.slice for c in commands if isinstance(c, Send)]
    assert [(len(s), s.losses) for s in sent] == [(1, 0)] * len(sent)
    assert len(sent) + len(state.studies[0].again) == 8
    again = sent[0]
    state, _ = decide(state, SliceLost(slice=again, cause="SIGKILL"))
    again = replace(again, losses=1)
    assert again in state.studies[0].again, "after all others"
    state = replace(state, under_way=state.under_way | {again})
    state, _ = decide(state, SliceLost(slice=again, cause="SIGKILL"))
    again = replace(again, losses=2)
    assert state.studies[0].last_tries == (again,)
    _, settled = decide(state, SliceLost(slice=again, cause="SIGKILL"))
    assert settled == (Settle(slice=again, cause="SIGKILL"),)


def test_nothing_is_beside_a_last_try() -> None:
    others = tuple(Slice(study=1, first=n, stop=n + 1) for n in range(2))
    piece = Slice(study=0, first=0, stop=1, losses=1)
    under_way = frozenset({piece, *others})
    one = StudyState(phase=Phase.OPEN, generation=1, asked=1, under_way=1)
    other = StudyState(phase=Phase.OPEN, generation=9, asked=9, unsent=((2, 9),), under_way=2)
    state = State(limits=Limits(slots=2, after=((), ())), studies=(one, other), under_way=under_way)
    state, commands = decide(state, SliceLost(slice=piece, cause="SIGKILL"))
    assert commands == (), "others are under way"
    state, commands = decide(state, Ended(slice=others[0], seconds=0.01))
    assert commands == ()
    state, commands = decide(state, Ended(slice=others[1], seconds=0.01))
    last = replace(piece, losses=2)
    assert commands == (Send(slice=last),)
    _, commands = decide(state, Ended(slice=last, seconds=0.01))
    sent = [c.slice.study for c in commands if isinstance(c, Send)]
    assert sent, "the others go on"
    assert set(sent) == {1}


def test_a_last_try_that_is_handed_back_is_still_one() -> None:
    piece = Slice(study=0, first=0, stop=1, losses=2)
    one = StudyState(phase=Phase.OPEN, generation=1, asked=1, under_way=1)
    other = StudyState(phase=Phase.OPEN, generation=9, asked=9, unsent=((0, 9),))
    state = State(limits=Limits(slots=2, after=((), ())), studies=(one, other), under_way=frozenset({piece}))
    left = replace(piece, alone=True)
    state, commands = decide(state, Ended(slice=piece, seconds=9.0, left=(left,)))
    assert commands == (Send(slice=left),)
    assert state.under_way == {left}


def test_a_trial_whose_container_is_lost_is_tried_again_and_settled_as_one_whose_keeper_is() -> None:
    piece = Slice(study=0, first=0, stop=4)
    state = running(1, frozenset({piece}), generation=4, asked=4, batch=4)
    lost = Slice(study=0, first=2, stop=3, alone=True)
    state, commands = decide(state, Ended(slice=piece, seconds=0.1, lost=(lost,)))
    assert commands == ()
    assert (state.under_way, state.studies[0].ended) == (frozenset({lost}), 3)
    for losses in (1, 2):
        state, commands = decide(state, SliceLost(slice=lost, cause="SIGKILL"))
        assert commands == (Send(slice=replace(lost, losses=losses)),)
        lost = replace(lost, losses=losses)
        state, commands = decide(state, Ended(slice=lost, seconds=0.1, lost=(lost,)))
        assert commands == ()
        assert (state.under_way, state.studies[0].ended) == (frozenset({lost}), 3)
    state, commands = decide(state, SliceLost(slice=lost, cause="SIGKILL"))
    assert commands == (Settle(slice=lost, cause="SIGKILL"),)
    state, commands = decide(state, Ended(slice=lost, seconds=0.0))
    assert commands[0] == Tell(study=0, first=0, stop=4)
    assert not state.under_way


def test_a_search_is_not_told_early_while_its_next_trials_would_have_to_wait_for_a_last_try() -> None:
    flying = tuple(Slice(study=1, first=n, stop=n + 1) for n in range(2))
    last = Slice(study=0, first=0, stop=1, losses=2)
    one = StudyState(phase=Phase.OPEN, generation=1, asked=1, last_tries=(last,))
    other = StudyState(phase=Phase.OPEN, generation=2, asynchronous=True, asked=2, under_way=2)
    state = State(limits=Limits(slots=2, after=((), ())), studies=(one, other), under_way=frozenset(flying))
    state, commands = decide(state, Ended(slice=flying[0], seconds=1.0))
    assert commands == ()
    _, commands = decide(state, Ended(slice=flying[1], seconds=1.0))
    assert commands[0] == Send(slice=last)


def test_a_single_proposal_has_three_lives_too() -> None:
    piece = Slice(study=0, first=0, stop=1)
    state = running(1, frozenset({piece}), generation=1, asked=1)
    for losses in (1, 2):
        state, commands = decide(state, SliceLost(slice=piece, cause="SIGKILL"))
        piece = Slice(study=0, first=0, stop=1, losses=losses)
        assert commands == (Send(slice=piece),)
        assert state.under_way == {piece}
    _, settled = decide(state, SliceLost(slice=piece, cause="SIGKILL"))
    assert settled == (Settle(slice=piece, cause="SIGKILL"),)


def test_the_next_study_begins_with_small_batches() -> None:
    first = StudyState(phase=Phase.OPEN, generation=8, asked=8, ended=8, batch=512)
    state = State(limits=Limits(slots=1, after=((), (0,))), studies=(first, StudyState()))
    state, commands = decide(state, Proposed(study=0, count=0, missing=()))
    assert commands == (Close(study=0), Open(study=1))
    assert state.studies[1].batch == 1


def test_a_generation_that_is_recorded_whole_is_told_at_once_and_nothing_is_sent() -> None:
    state = running(2, generation=8)
    state, commands = decide(state, Proposed(study=0, count=8, missing=()))
    assert commands == (Tell(study=0, first=0, stop=8), Ask(study=0, count=8))
    state, commands = decide(state, Proposed(study=0, count=8, missing=((9, 11), (15, 16))))
    assert [command.slice.first for command in commands if isinstance(command, Send)] == [9, 10, 15]


def test_batches_grow_toward_their_time_and_stay_within_their_bound() -> None:
    unsent: tuple[Stretch, ...] = ((1, 4096),)
    state = running(
        1, frozenset({Slice(study=0, first=0, stop=1)}), generation=4096, asked=4096, unsent=unsent
    )
    state = replace(state, limits=replace(state.limits, batch_most=512))
    sizes = []
    for _ in range(5):
        piece = next(iter(state.under_way))
        state, _ = decide(state, Ended(slice=piece, seconds=1e-5 * len(piece)))
        sizes.append(state.studies[0].batch)
    assert sizes[:3] == [8, 64, 512]
    assert max(sizes) == 512


@given(
    slots=st.integers(1, 8),
    batch=st.integers(1, 5_000),
    stretches=st.lists(st.integers(1, 3_000), min_size=1, max_size=4),
    most_s=st.floats(1e-5, 1.0),
)
@example(slots=1, batch=7, stretches=[743, 663, 678], most_s=0.37124377893803)
def test_no_container_waits_long_for_another_and_few_messages_are_sent(
    slots: int, batch: int, stretches: list[int], most_s: float
) -> None:
    """Trials that all take as long are done everywhere at about the same time."""
    ends = np.cumsum([2 * one for one in stretches]).tolist()
    unsent = tuple((end - one, end) for one, end in zip(stretches, ends, strict=True))
    first = Slice(study=0, first=ends[-1], stop=ends[-1] + 1)
    size = sum(stretches) + 1
    state = running(slots, frozenset({first}), generation=size, asked=size, batch=batch, unsent=unsent)
    state = replace(state, limits=replace(state.limits, batch_s=batch * most_s, batch_most=batch))
    flying: deque[Slice] = deque()
    free, sizes = [0.0] * slots, list[int]()
    state, commands = decide(state, Ended(slice=first, seconds=most_s))
    while True:
        flying += [command.slice for command in commands if isinstance(command, Send)]
        if not flying:
            break
        piece = flying.popleft()
        sizes.append(len(piece))
        free[free.index(min(free))] += len(piece) * most_s
        state, commands = decide(state, Ended(slice=piece, seconds=most_s * len(piece)))
    least = -(-batch // 8)
    assert sum(sizes) == size - 1
    assert max(sizes) <= batch
    assert max(free) - min(free) <= most_s * (max(least, -(-size // (2 * slots))) + 1)
    assert len(sizes) <= size / batch + 2 * slots * 12 + len(stretches)


def test_a_study_that_begins_later_is_not_preferred_for_what_it_could_not_use() -> None:
    busy = StudyState(phase=Phase.OPEN, generation=9, asked=9, unsent=((1, 9),), spent_s=100.0, slice_s=1.0)
    over = StudyState(phase=Phase.OPEN, generation=9, asked=9, ended=9, told=9)
    limits = Limits(slots=2, after=((), (), (1,)))
    state = State(limits=limits, studies=(busy, over, StudyState()))
    state, commands = decide(state, Proposed(study=1, count=0, missing=()))
    assert commands == (Close(study=1), Open(study=2))
    assert state.studies[2].spent_s == 100.0
