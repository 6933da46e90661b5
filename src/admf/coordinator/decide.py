"""All policy lives here: `decide(state, event) -> (state, commands)`, pure, no input or output.

One study after the other; in a study one generation after the other: asked whole, sent in slices as containers
become free, told in the order proposed when the last has ended. What is recorded already is told and not sent:
a resumed run is a run of which much is there. How proposals are cut into slices never changes a result. What a
trial does to its container is that container's keeper to judge, and what it hands back goes to whoever is free; a
slice is lost only where its keeper is gone.
Its proposals are sent again one by one; one that was lost three times is quarantined: settled as lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from admf.coordinator.state import (
    Ask,
    Command,
    Ended,
    Event,
    Finish,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
    State,
    Stretch,
    Tell,
)

Decision = tuple[State, tuple[Command, ...]]


def decide(state: State, event: Event) -> Decision:
    """The next state, and what is to be done now."""
    match event:
        case Started():
            return _ask(state)
        case Proposed(count=0):
            return _next_study(state)
        case Proposed():
            return _proposed(state, event)
        case Ended():
            return _ended(state, event)
        case SliceLost():
            return _lost(state, event)
        case _:
            assert_never(event)


def _ask(state: State) -> Decision:
    if state.study >= state.limits.studies:
        return replace(state, over=True), (Finish(),)
    return state, (Ask(study=state.study, count=state.limits.generations[state.study]),)


def _next_study(state: State) -> Decision:
    return _ask(replace(state, study=state.study + 1, asked=0, ended=0, told=0, batch=1))


def _proposed(state: State, event: Proposed) -> Decision:
    asked = state.asked + event.count
    missing = sum(stop - first for first, stop in event.missing)
    state = replace(state, asked=asked, ended=asked - missing, unsent=event.missing)
    return _send(state) if missing else _tell(state)


def _tell(state: State) -> Decision:
    """The generation has ended: its search learns from it, and is asked for the next one."""
    tell = Tell(study=state.study, first=state.told, stop=state.asked)
    state, commands = _ask(replace(state, told=state.asked))
    return state, (tell, *commands)


def _send(state: State) -> Decision:
    """Keep every slot busy and one slice waiting for each: casualties first, then new slices."""
    room = 2 * state.limits.slots - len(state.under_way)
    sending: list[Slice] = []
    again, unsent = state.again, state.unsent
    while len(sending) < room and (again or unsent):
        if again:
            piece, again = again[0], again[1:]
        else:
            piece, unsent = _cut(state, unsent)
        sending.append(piece)
    state = replace(state, again=again, unsent=unsent, under_way=state.under_way | set(sending))
    return state, tuple(Send(slice=piece) for piece in sending)


def _cut(state: State, unsent: tuple[Stretch, ...]) -> tuple[Slice, tuple[Stretch, ...]]:
    """The next slice off the first stretch, and what is left."""
    (first, end), *rest = unsent
    stop = min(first + state.batch, end)
    left = ((stop, end), *rest) if stop < end else tuple(rest)
    return Slice(study=state.study, first=first, stop=stop), left


def _ended(state: State, event: Ended) -> Decision:
    piece = event.slice
    count = len(piece) - sum(map(len, event.left))
    ended = state.ended + count
    batch = state.batch if piece.losses or piece.alone else _batch_size(state, count, event.seconds)
    again = state.again + event.left
    state = replace(state, ended=ended, under_way=state.under_way - {piece}, batch=batch, again=again)
    return _send(state) if ended < state.asked else _tell(state)


def _batch_size(state: State, count: int, seconds: float) -> int:
    """Toward `batch_s` a slice, never growing more than eightfold at once."""
    if seconds <= 0.0:
        return state.batch
    fitting = int(count * state.limits.batch_s / seconds)
    return max(1, min(fitting, 8 * state.batch, state.limits.batch_most))


def _lost(state: State, event: SliceLost) -> Decision:
    piece = event.slice
    losses = piece.losses + 1
    if losses >= state.limits.losses_most:
        return state, (Settle(slice=piece, cause=event.cause),)  # `Ended` follows when it is stored
    numbers = range(piece.first, piece.stop)
    single = tuple(replace(piece, first=n, stop=n + 1, losses=losses) for n in numbers)
    return _send(replace(state, again=state.again + single, under_way=state.under_way - {piece}))
