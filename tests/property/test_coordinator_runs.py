"""The coordinator through whole runs, whatever dies, is lost or handed back: no process, no clock, no disk."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
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
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
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
