"""What the coordinator knows, hears and says: its state, events and commands, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

Stretch = tuple[int, int]
"""Proposals first..stop-1 of a study."""

FIRST_OF_OURS = 64
"""The first slices of built-in components: their trials take microseconds, and each message some milliseconds."""
LOSSES_MOST = 3
"""A trial that was lost so often by itself, for reasons that are not known to be its own, is not tried again."""
BATCH_MOST = 8192
"""Trials in one message, at most: where they take microseconds, the message is what costs."""


def lost_reason(cause: str) -> str:
    """The reason of a trial that is not tried again."""
    return f"lost {LOSSES_MOST} times: {cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Proposals first..stop-1 of a study, sent together."""

    study: int
    first: int
    stop: int
    losses: int = 0
    """How often it was lost by itself: being one proposal, sent alone or alone in its container."""
    alone: bool = False
    """To be run in a container of its own, for in company it was a casualty."""

    def __len__(self) -> int:
        return self.stop - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Constants of a run: its slots, and for each study the studies that must be over before it begins."""

    slots: int
    after: tuple[tuple[int, ...], ...]
    first: tuple[int, ...] = ()
    """Size of each study's first slices; left out: 1, for nobody knows what its trials take."""
    batch_s: float = 0.1
    """How long a batch should take: long enough to hide the message, short enough to show progress."""
    batch_most: int = BATCH_MOST
    losses_most: int = LOSSES_MOST


class Phase(Enum):
    """Where a study is."""

    WAITING = "waiting"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyState:
    """Where a study is. `asked`, `ended` and `told` count its proposals."""

    phase: Phase = Phase.WAITING
    generation: int = 0
    asynchronous: bool = False
    """Whether its search is asked again before all that it proposed has ended."""
    asking: bool = False
    """It was asked, and has not proposed yet."""
    exhausted: bool = False
    """It proposes no more, and something of it has not ended yet."""
    asked: int = 0
    unsent: tuple[Stretch, ...] = ()
    """What of the current generation has no outcome and was not sent yet."""
    again: tuple[Slice, ...] = ()
    """Slices to be sent again: lost ones, cut to single proposals, and what was handed back."""
    last_tries: tuple[Slice, ...] = ()
    """Single proposals to be sent once more, each when nothing else is under way that could cost it that try: when all
    others of the study have ended."""
    ended: int = 0
    told: int = 0
    batch: int = 1
    """Size of the next slice."""
    under_way: int = 0
    """Slices that were sent and have not ended."""
    spent_s: float = 0.0
    """What its slices took of containers, and what those before it had when it began."""
    slice_s: float = 0.0
    """What its last one took."""

    @property
    def can_send(self) -> bool:
        """Whether it has something for a container now."""
        return bool(self.again or self.unsent) or self.has_last_tries_only

    @property
    def has_last_tries_only(self) -> bool:
        """Whether last tries are all that it has, under way or for a container."""
        return bool(self.last_tries) and not (self.again or self.unsent or self.under_way)

    @property
    def can_go_on(self) -> bool:
        """Whether its search may be asked although something of it has not ended."""
        waits = self.asking or self.exhausted or self.can_send or bool(self.last_tries)
        return self.asynchronous and self.phase is Phase.OPEN and not waits


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a run is."""

    limits: Limits
    studies: tuple[StudyState, ...]
    under_way: frozenset[Slice] = field(default_factory=frozenset)
    over: bool = False


def beginning(limits: Limits) -> State:
    """A run of which nothing was done."""
    sizes = limits.first or (1,) * len(limits.after)
    return State(limits=limits, studies=tuple(StudyState(batch=size) for size in sizes))


# --- events: what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run begins, or goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A study's search is there; its generations have at most so many proposals. 0: the study is skipped."""

    study: int
    generation: int
    asynchronous: bool = False
    """It may be told of a generation before all of it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A study's search gave `count` proposals; 0 means that it is exhausted, or was ended.

    `missing`: those without a recorded outcome, in order. In a new run that is all of them.
    """

    study: int
    count: int
    missing: tuple[Stretch, ...]
    told: bool = False
    """Of an asynchronous search: it was told of these in an earlier session, whatever of them had ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The trials of a slice have outcomes, and they are stored; `left` are those that were handed back.

    `lost`, each one proposal, were alone in their containers, and those are gone: their `SliceLost` are to follow.
    """

    slice: Slice
    seconds: float
    left: tuple[Slice, ...] = ()
    lost: tuple[Slice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLost:
    """A slice will not be answered: whoever was to run it is gone. Its trials need not be at fault."""

    slice: Slice
    cause: str


Event = Started | Opened | Proposed | Ended | SliceLost


# --- commands: what to do --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A study's turn has come: look at its conditions, and make its search."""

    study: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the study's search for `count` proposals."""

    study: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send a slice to a container."""

    slice: Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Store a trial that was lost so often that it is not tried again."""

    slice: Slice
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the study's search the outcomes of first..stop-1, in the order proposed.

    An asynchronous one may be told before all have ended; it hears of the others the next time.
    """

    study: int
    first: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A study is over: nothing more will be asked of its search."""

    study: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """All studies are done."""


Command = Open | Ask | Send | Settle | Tell | Close | Finish
