"""The coordinator's decisions, driven by hand: no process, no clock, no disk."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from admf.coordinator.decide import decide
from admf.coordinator.state import (
    Ask,
    Close,
    Ended,
    Event,
    Finish,
    Limits,
    Open,
    Opened,
    Phase,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
    State,
    Stretch,
    StudyState,
    Tell,
    beginning,
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
        after: list[list[int]] | None = None,
        skipped: frozenset[int] = frozenset(),
        seconds: tuple[float, ...] = (0.01,),
        tyrants: frozenset[int] = frozenset(),
        fragile: frozenset[int] = frozenset(),
    ):
        self.left, self.sizes = list(sizes), sizes
        self.recorded = recorded
        following = [[n - 1] if n else [] for n in range(len(sizes))]
        self.after = following if after is None else after
        self.state = beginning(Limits(slots=slots, after=tuple(map(tuple, self.after))))
        self.generation, self.skipped, self.seconds = generation, skipped, seconds
        self.opened: list[int] = []
        self.closed: list[int] = []
        self.most_waiting = 0
        self.poison, self.tyrants, self.order = poison, tyrants, deque(order)
        """Proposals that end their keeper, and those that end the whole pool; which of what flies lands next."""
        self.fragile = fragile
        """Those whose container is killed wherever they are alone; in company they are well."""
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
            if not events:
                events.extend(self._land())
            self.state, commands = decide(self.state, events.popleft())
            for command in commands:
                match command:
                    case Open(study=study):
                        assert all(n in self.closed for n in self.after[study])
                        self.opened.append(study)
                        if study in self.skipped:
                            self.closed.append(study)
                        size = 0 if study in self.skipped else self.generation
                        events.append(Opened(study=study, generation=size))
                    case Close(study=study):
                        self.closed.append(study)
                    case Ask(study=study, count=count):
                        given_out = min(count, self.left[study])
                        self.left[study] -= given_out
                        first = self.sizes[study] - self.left[study] - given_out
                        events.append(
                            Proposed(
                                study=study, count=given_out, missing=self._missing(study, first, given_out)
                            )
                        )
                    case Send(slice=piece):
                        assert all(one.losses < 2 for one in self.flying), "nothing is beside a last try"
                        assert not self.flying or piece.losses < 2, "a last try is beside nothing"
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

    def _land(self) -> list[Event]:
        pick = (self.order.popleft() if self.order else 0) % len(self.flying)
        piece = self.flying.pop(pick)
        numbers = range(piece.first, piece.stop)
        self.landed += 1
        unlucky = self.landed in self.bad_luck and piece.losses < 2
        if any(n in self.tyrants for n in numbers):
            slots = self.state.limits.slots
            along, self.flying = self.flying[: slots - 1], self.flying[slots - 1 :]
            return [SliceLost(slice=one, cause="SIGKILL") for one in (*along, piece)]
        if unlucky or any(n in self.poison for n in numbers):
            return [SliceLost(slice=piece, cause="SIGSEGV")]
        if piece.alone and piece.first in self.fragile:
            ended = Ended(slice=piece, seconds=0.1, lost=(piece,))
            return [ended, SliceLost(slice=piece, cause="SIGKILL")]
        most = len(piece) - piece.alone  # who is not alone may be handed back whole: its container died late
        stop = piece.stop - min(self.back.popleft() if self.back else 0, most)
        self.scored += [(piece.study, n) for n in range(piece.first, stop)]
        left = tuple(
            replace(piece, first=first, stop=end, alone=end - first == 1)
            for first, end in ((stop, piece.stop - 1), (piece.stop - 1, piece.stop))
            if stop <= first < end
        )
        each = self.seconds[piece.study % len(self.seconds)]
        return [Ended(slice=piece, seconds=each * (stop - piece.first), left=left)]


def running(slots: int, under_way: frozenset[Slice] = frozenset(), **study: object) -> State:
    """A run with one open study."""
    one = StudyState(phase=Phase.OPEN, under_way=len(under_way), **study)  # type: ignore[arg-type]
    return State(limits=Limits(slots=slots, after=((),)), studies=(one,), under_way=under_way)


@given(
    sizes=st.lists(st.integers(0, 60), min_size=1, max_size=3),
    generation=st.integers(1, 25),
    slots=st.integers(1, 4),
    poison=st.frozensets(st.integers(0, 60), max_size=4),
    order=st.lists(st.integers(0, 9), max_size=60),
    bad_luck=st.frozensets(st.integers(1, 30), max_size=8),
    recorded=st.frozensets(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=60),
    back=st.lists(st.integers(0, 40), max_size=40),
    tyrants=st.frozensets(st.integers(0, 60), max_size=3),
    fragile=st.frozensets(st.integers(0, 60), max_size=3),
    at_once=st.booleans(),
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
    tyrants: frozenset[int],
    fragile: frozenset[int],
    at_once: bool,
) -> None:
    after: list[list[int]] | None = [[] for _ in sizes] if at_once else None
    world = World(
        sizes,
        generation,
        slots,
        poison,
        order,
        bad_luck,
        recorded,
        back,
        after,
        tyrants=tyrants,
        fragile=fragile,
    )
    world.run()
    proposals = [(s, n) for s, size in enumerate(sizes) for n in range(size) if (s, n) not in recorded]
    assert sorted(world.scored + world.lost) == proposals
    assert [p for p in proposals if p[1] in poison | tyrants] == [
        p for p in sorted(world.lost) if p[1] not in fragile - poison - tyrants
    ]
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


def graphs(n: int) -> st.SearchStrategy[list[list[int]]]:
    """For each of n studies some of those before it."""
    return st.tuples(
        *(st.lists(st.integers(0, i - 1), max_size=3) if i else st.just([]) for i in range(n))
    ).map(list)


@given(
    data=st.data(),
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=6),
    generation=st.integers(1, 12),
    slots=st.integers(1, 3),
    poison=st.frozensets(st.integers(0, 30), max_size=2),
    order=st.lists(st.integers(0, 9), max_size=60),
)
def test_studies_begin_when_those_before_them_are_over_and_each_ends_once(
    data: st.DataObject,
    sizes: list[int],
    generation: int,
    slots: int,
    poison: frozenset[int],
    order: list[int],
) -> None:
    after = data.draw(graphs(len(sizes)))
    skipped = data.draw(st.frozensets(st.integers(0, len(sizes) - 1)))
    world = World(sizes, generation, slots, poison, order, after=after, skipped=skipped)
    world.run()
    assert sorted(world.opened) == sorted(world.closed) == list(range(len(sizes)))
    proposals = [(s, n) for s, size in enumerate(sizes) if s not in skipped for n in range(size)]
    assert sorted(world.scored + world.lost) == proposals
    told = {s: [(a, b) for one, a, b in world.told if one == s] for s in range(len(sizes))}
    for s, size in enumerate(sizes):
        wanted = [] if s in skipped else list(pairwise([*range(0, size, generation), size]))
        assert told[s] == [pair for pair in wanted if pair[0] < pair[1]]


@given(order=st.lists(st.integers(0, 9), max_size=200), slots=st.integers(1, 4))
def test_studies_that_are_open_share_the_containers_in_time_not_in_trials(
    order: list[int], slots: int
) -> None:
    world = World(
        [400, 400, 400], 400, slots, frozenset(), order, after=[[], [], []], seconds=(0.2, 0.4, 1.6)
    )
    landed = [0.0, 0.0, 0.0]
    land = world._land

    def counted() -> list[Event]:
        (event,) = land()
        assert isinstance(event, Ended)
        landed[event.slice.study] += event.seconds
        flying = Counter(piece.study for piece in world.flying)
        if all(one.can_send for one in world.state.studies):
            most = 2 * slots * 1.6 + 1.6  # what is under way, and one slice more
            assert max(landed) - min(landed) <= most, (landed, flying)
        return [event]

    world._land = counted  # type: ignore[method-assign]
    world.run()
    assert sorted(world.closed) == [0, 1, 2]


def test_a_study_that_begins_later_is_not_preferred_for_what_it_could_not_use() -> None:
    busy = StudyState(phase=Phase.OPEN, generation=9, asked=9, unsent=((1, 9),), spent_s=100.0, slice_s=1.0)
    over = StudyState(phase=Phase.OPEN, generation=9, asked=9, ended=9, told=9)
    limits = Limits(slots=2, after=((), (), (1,)))
    state = State(limits=limits, studies=(busy, over, StudyState()))
    state, commands = decide(state, Proposed(study=1, count=0, missing=()))
    assert commands == (Close(study=1), Open(study=2))
    assert state.studies[2].spent_s == 100.0
