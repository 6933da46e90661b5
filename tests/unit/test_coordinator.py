"""The coordinator's decisions, driven by hand: no process, no clock, no disk."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from admf.coordinator.decide import decide
from admf.coordinator.state import (
    Ask,
    Ended,
    Event,
    Finish,
    Limits,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
    State,
    Tell,
)


class World:
    """Plays the driver: a search with so many proposals per study, containers that die on some of them."""

    def __init__(
        self,
        sizes: list[int],
        generation: int,
        slots: int,
        poison: frozenset[int],
        order: list[int],
        bad_luck: frozenset[int] = frozenset(),
        recorded: frozenset[tuple[int, int]] = frozenset(),
        back: list[int] | None = None,
    ):
        self.left, self.sizes = list(sizes), sizes
        self.recorded = recorded
        self.state = State(
            limits=Limits(studies=len(sizes), slots=slots, generations=(generation,) * len(sizes))
        )
        self.poison, self.order = poison, deque(order)
        self.bad_luck = set(
            bad_luck
        )  # landings, by their number, whose container dies for no fault of theirs
        self.back = deque(back or ())
        """How many trials of each landing are handed back, at most all but one; the last one is to run alone."""
        self.landed = 0
        self.flying: list[Slice] = []
        self.scored: list[tuple[int, int]] = []
        self.lost: list[tuple[int, int]] = []
        self.told: list[tuple[int, int, int]] = []
        self.most_flying = 0

    def run(self) -> None:
        events: deque[Event] = deque([Started()])
        for _ in range(100_000):
            if self.state.over:
                return
            event = events.popleft() if events else self._land()
            self.state, commands = decide(self.state, event)
            for command in commands:
                match command:
                    case Ask(study=study, count=count):
                        given_out = min(count, self.left[study])
                        self.left[study] -= given_out
                        first = self.sizes[study] - self.left[study] - given_out
                        events.append(
                            Proposed(count=given_out, missing=self._missing(study, first, given_out))
                        )
                    case Send(slice=piece):
                        self.flying.append(piece)
                        self.most_flying = max(self.most_flying, len(self.flying))
                    case Settle(slice=piece):
                        self.lost.append((piece.study, piece.first))
                        events.append(Ended(slice=piece, seconds=0.0))
                    case Tell(study=study, first=first, stop=stop):
                        self.told.append((study, first, stop))
                    case Finish():
                        assert not self.flying
        raise AssertionError("the run does not end")

    def _missing(self, study: int, first: int, count: int) -> tuple[tuple[int, int], ...]:
        """One stretch per proposal: the coarsest cut is the driver's business."""
        numbers = range(first, first + count)
        return tuple((n, n + 1) for n in numbers if (study, n) not in self.recorded)

    def _land(self) -> Event:
        pick = (self.order.popleft() if self.order else 0) % len(self.flying)
        piece = self.flying.pop(pick)
        numbers = range(piece.first, piece.stop)
        self.landed += 1
        unlucky = self.landed in self.bad_luck and not piece.losses
        if unlucky or any(n in self.poison for n in numbers):
            return SliceLost(slice=piece, cause="SIGSEGV")
        most = len(piece) - 1  # something is always done
        stop = piece.stop - min(self.back.popleft() if self.back else 0, most)
        self.scored += [(piece.study, n) for n in range(piece.first, stop)]
        left = tuple(
            Slice(study=piece.study, first=first, stop=end, alone=end - first == 1)
            for first, end in ((stop, piece.stop - 1), (piece.stop - 1, piece.stop))
            if stop <= first < end
        )
        return Ended(slice=piece, seconds=0.01 * (stop - piece.first), left=left)


@given(
    sizes=st.lists(st.integers(0, 60), min_size=1, max_size=3),
    generation=st.integers(1, 25),
    slots=st.integers(1, 4),
    poison=st.frozensets(st.integers(0, 60), max_size=4),
    order=st.lists(st.integers(0, 9), max_size=60),
    bad_luck=st.frozensets(st.integers(1, 30), max_size=8),
    recorded=st.frozensets(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=60),
    back=st.lists(st.integers(0, 40), max_size=40),
)
def test_every_proposal_ends_exactly_once_whatever_dies_and_is_recorded_and_in_whatever_order(
    sizes: list[int],
    generation: int,
    slots: int,
    poison: frozenset[int],
    order: list[int],
    bad_luck: frozenset[int],
    recorded: frozenset[tuple[int, int]],
    back: list[int],
) -> None:
    world = World(sizes, generation, slots, poison, order, bad_luck, recorded, back)
    world.run()
    proposals = [(s, n) for s, size in enumerate(sizes) for n in range(size) if (s, n) not in recorded]
    assert sorted(world.scored + world.lost) == proposals
    assert sorted(world.lost) == [p for p in proposals if p[1] in poison]
    assert world.most_flying <= 2 * slots


@given(
    size=st.integers(1, 80),
    generation=st.integers(1, 30),
    order=st.lists(st.integers(0, 9), max_size=40),
    recorded=st.frozensets(st.integers(0, 80), max_size=60),
)
def test_generations_are_told_whole_and_in_order(
    size: int, generation: int, order: list[int], recorded: frozenset[int]
) -> None:
    there = frozenset((0, n) for n in recorded)
    world = World([size], generation, 2, frozenset(), order, recorded=there)
    world.run()
    bounds = [*range(0, size, generation), size]
    assert world.told == [(0, a, b) for a, b in pairwise(bounds)]


def test_what_is_handed_back_is_sent_first_and_as_it_came() -> None:
    piece = Slice(study=0, first=0, stop=8)
    limits = Limits(studies=1, slots=2, generations=(40,))
    state = State(limits=limits, asked=40, batch=8, under_way=frozenset({piece}), unsent=((8, 40),))
    left = (Slice(study=0, first=3, stop=4, alone=True), Slice(study=0, first=4, stop=8))
    state, commands = decide(state, Ended(slice=piece, seconds=0.03, left=left))
    sent = [c.slice for c in commands if isinstance(c, Send)]
    assert tuple(sent[:2]) == left
    assert state.ended == 3, "only what has an outcome has ended"
    assert state.batch == 10, "the size follows from how long three took: 0.1 s hold ten"
    assert [(s.first, s.stop) for s in sent[2:]] == [(8, 18), (18, 28)]


def test_the_size_of_slices_does_not_follow_from_one_that_was_run_alone() -> None:
    piece = Slice(study=0, first=0, stop=1, alone=True)
    limits = Limits(studies=1, slots=1, generations=(40,))
    state = State(limits=limits, asked=40, batch=8, under_way=frozenset({piece}), unsent=((1, 40),))
    state, _ = decide(state, Ended(slice=piece, seconds=60.0))
    assert state.batch == 8


def test_a_generation_is_not_told_while_some_of_it_was_handed_back() -> None:
    piece = Slice(study=0, first=0, stop=2)
    limits = Limits(studies=1, slots=1, generations=(2,))
    state = State(limits=limits, asked=2, under_way=frozenset({piece}))
    left = Slice(study=0, first=1, stop=2)
    state, commands = decide(state, Ended(slice=piece, seconds=1.0, left=(left,)))
    assert commands == (Send(slice=left),)
    _, commands = decide(state, Ended(slice=left, seconds=1.0))
    assert commands[0] == Tell(study=0, first=0, stop=2)


def test_a_lost_slice_is_sent_again_one_by_one_and_what_is_lost_three_times_is_settled() -> None:
    state = State(limits=Limits(studies=1, slots=1, generations=(8,)), asked=8, batch=8)
    state, commands = decide(state, SliceLost(slice=Slice(study=0, first=0, stop=8), cause="SIGKILL"))
    sent = [c.slice for c in commands if isinstance(c, Send)]
    assert [(len(s), s.losses) for s in sent] == [(1, 1)] * len(sent)
    assert len(sent) + len(state.again) == 8
    first = sent[0]
    state, _ = decide(state, SliceLost(slice=first, cause="SIGKILL"))
    again = Slice(study=0, first=first.first, stop=first.stop, losses=2)
    assert again in (*state.again, *state.under_way)
    _, settled = decide(state, SliceLost(slice=again, cause="SIGKILL"))
    assert settled == (Settle(slice=again, cause="SIGKILL"),)


def test_a_single_proposal_has_three_lives_too() -> None:
    piece = Slice(study=0, first=0, stop=1)
    limits = Limits(studies=1, slots=1, generations=(1,))
    state = State(limits=limits, asked=1, under_way=frozenset({piece}))
    for losses in (1, 2):
        state, commands = decide(state, SliceLost(slice=piece, cause="SIGKILL"))
        piece = Slice(study=0, first=0, stop=1, losses=losses)
        assert commands == (Send(slice=piece),)
        assert state.under_way == {piece}
    _, settled = decide(state, SliceLost(slice=piece, cause="SIGKILL"))
    assert settled == (Settle(slice=piece, cause="SIGKILL"),)


def test_the_next_study_begins_with_small_batches() -> None:
    state = State(limits=Limits(studies=2, slots=1, generations=(8, 8)), asked=8, ended=8, batch=512)
    state, _ = decide(state, Proposed(count=0, missing=()))
    assert (state.study, state.batch) == (1, 1)


def test_a_generation_that_is_recorded_whole_is_told_at_once_and_nothing_is_sent() -> None:
    state = State(limits=Limits(studies=1, slots=2, generations=(8,)))
    state, commands = decide(state, Proposed(count=8, missing=()))
    assert commands == (Tell(study=0, first=0, stop=8), Ask(study=0, count=8))
    state, commands = decide(state, Proposed(count=8, missing=((9, 11), (15, 16))))
    assert [command.slice.first for command in commands if isinstance(command, Send)] == [9, 10, 15]


def test_batches_grow_toward_their_time_and_stay_within_their_bound() -> None:
    limits = Limits(studies=1, slots=1, generations=(4096,), batch_s=0.1, batch_most=512)
    state = State(
        limits=limits,
        asked=4096,
        unsent=((1, 4096),),
        batch=1,
        under_way=frozenset({Slice(study=0, first=0, stop=1)}),
    )
    sizes = []
    for _ in range(5):
        piece = next(iter(state.under_way))
        state, _ = decide(state, Ended(slice=piece, seconds=1e-5 * len(piece)))
        sizes.append(state.batch)
    assert sizes[:3] == [8, 64, 512]
    assert max(sizes) == 512
