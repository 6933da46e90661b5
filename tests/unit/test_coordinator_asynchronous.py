"""What the coordinator decides for searches that do not wait for all that they proposed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from admf.coordinator.decide import decide
from admf.coordinator.state import (
    Ask,
    Close,
    Command,
    Ended,
    Event,
    Finish,
    Limits,
    Open,
    Opened,
    Proposed,
    Send,
    Slice,
    SliceLost,
    Started,
    State,
    Tell,
    beginning,
)


@dataclass
class World:
    """Plays the driver of one study of `size` proposals; `order` says which of those under way ends next."""

    size: int
    generation: int
    slots: int
    order: deque[int]
    asynchronous: bool = True
    told_before: frozenset[int] = frozenset()
    """After how many proposals it was told in an earlier session."""
    recorded: frozenset[int] = frozenset()
    unlucky: int | None = None
    proposed: int = 0
    flying: list[Slice] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    """After how many proposals it was told."""
    closed: bool = False
    state: State = field(init=False)

    def run(self) -> None:
        self.state = beginning(Limits(slots=self.slots, after=((),)))
        events: deque[Event] = deque([Started()])
        for _ in range(10_000):
            if self.state.over:
                return
            event = events.popleft() if events else self._land()
            self.state, commands = decide(self.state, event)
            for command in commands:
                events.extend(self._do(command))
            goes_on = self.asynchronous and self.proposed < self.size and not self._has_a_last_try()
            if not events and not self.closed and goes_on:
                assert len(self.flying) >= self.slots, (
                    "a container is idle, and there is something to propose"
                )
        raise AssertionError("the run does not end")

    def _has_a_last_try(self) -> bool:
        """Nothing is to be beside one."""
        return bool(self.state.studies[0].last_tries) or any(piece.losses == 2 for piece in self.flying)

    def _do(self, command: Command) -> list[Event]:
        match command:
            case Open(study=study):
                return [Opened(study=study, generation=self.generation, asynchronous=self.asynchronous)]
            case Ask(study=study, count=count):
                return [self._propose(study, count)]
            case Send(slice=piece):
                self.flying.append(piece)
            case Tell(first=first, stop=stop):
                assert first == (self.told[-1] if self.told else 0)
                assert stop == self.proposed
                self.told.append(stop)
            case Close():
                assert not self.flying
                assert len(self.ended) + len(self.recorded) == self.size
                self.closed = True
            case Finish():
                assert self.closed
        return []

    def _propose(self, study: int, count: int) -> Proposed:
        first, self.proposed = self.proposed, min(self.proposed + count, self.size)
        missing = tuple((n, n + 1) for n in range(first, self.proposed) if n not in self.recorded)
        told = self.proposed in self.told_before and self.proposed > first
        return Proposed(study=study, count=self.proposed - first, missing=missing, told=told)

    def _land(self) -> Event:
        piece = self.flying.pop((self.order.popleft() if self.order else 0) % len(self.flying))
        if self.unlucky in range(piece.first, piece.stop) and piece.losses < 2:
            return SliceLost(slice=piece, cause="SIGKILL")
        self.ended += range(piece.first, piece.stop)
        return Ended(slice=piece, seconds=0.05 * len(piece))


worlds = st.builds(
    World,
    size=st.integers(1, 60),
    generation=st.integers(1, 12),
    slots=st.integers(1, 5),
    order=st.lists(st.integers(0, 9), max_size=80).map(deque),
    unlucky=st.none() | st.integers(0, 60),
)


@given(worlds)
def test_every_proposal_ends_once_and_no_container_waits_for_another(world: World) -> None:
    world.run()
    assert sorted(world.ended) == list(range(world.size))
    assert world.told == sorted(set(world.told)), "each telling brings new proposals"


@given(worlds, st.data())
def test_what_was_told_in_an_earlier_session_is_told_at_once(world: World, data: st.DataObject) -> None:
    tellings = list(range(world.generation, world.size, world.generation))
    world.told_before = frozenset(tellings[: data.draw(st.integers(0, len(tellings)))])
    world.recorded = data.draw(st.frozensets(st.integers(0, world.size - 1)))
    world.run()
    assert world.told_before <= set(world.told)
    assert sorted(world.ended) == sorted(set(range(world.size)) - world.recorded)


def test_a_search_that_waits_is_told_only_when_all_has_ended() -> None:
    world = World(size=40, generation=8, slots=3, order=deque([2] * 40), asynchronous=False)
    world.run()
    assert world.told == [8, 16, 24, 32, 40]


def test_one_slow_trial_holds_up_nobody() -> None:
    world = World(size=40, generation=4, slots=2, order=deque([1] * 200))
    world.run()
    assert world.ended[-1] == 0, "the first one, which ended last of all"
