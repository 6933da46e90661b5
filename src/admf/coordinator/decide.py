"""All policy lives here: `decide(state, event) -> (state, commands)`, pure, no input or output.

A study begins when those before it are over; those that are open share the slots fairly. In a study one generation
comes after the other: asked whole, sent in slices as containers become free, told in the order proposed when the
last has ended. What is recorded already is told and not sent: a resumed run is a run of which much is there. How
proposals are cut into slices, and whose slices go first, never changes a result. A search that is asynchronous is
the exception: it is told as soon as a container would be idle, of what has ended by then.

What a trial does to its container is that container's keeper to judge, and what it hands back goes to whoever is
free. A slice is lost where its keeper is gone, and so is a trial whose container was killed by somebody else. The
proposals of a lost slice are sent again one by one; one that was lost three times by itself is quarantined: settled
as lost. What was lost in company says too little against each of them. Somebody else in the pool may be why one was
lost by itself, so its last try is made when nothing else is under way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from admf.coordinator.state import (
    Ask,
    Close,
    Command,
    Ended,
    Event,
    Finish,
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
    StudyState,
    Tell,
)

_ROUNDING = 1.0 + 1e-9
"""Seven times a seventh is one."""
_LEAST_SHARE = 8
"""A slice is cut short to no less than this part of what it should have."""

Decision = tuple[State, tuple[Command, ...]]


def decide(state: State, event: Event) -> Decision:
    """The next state, and what is to be done now."""
    match event:
        case Started():
            return _open(state)
        case Opened(generation=0):
            return _open(_with(state, event.study, phase=Phase.OVER))
        case Opened():
            changes = {"generation": event.generation, "asynchronous": event.asynchronous, "asking": True}
            return _with(state, event.study, **changes), (Ask(study=event.study, count=event.generation),)
        case Proposed(count=0):
            return _exhausted(state, event.study)
        case Proposed():
            return _proposed(state, event)
        case Ended():
            return _ended(state, event)
        case SliceLost():
            return _lost(state, event)
        case _:
            assert_never(event)


def _with(state: State, study: int, **changes: Any) -> State:
    """The state with one study changed."""
    return _put(state, study, replace(state.studies[study], **changes))


def _put(state: State, number: int, study: StudyState) -> State:
    """The state with one study in its place."""
    studies = list(state.studies)
    studies[number] = study
    return replace(state, studies=tuple(studies))


def _open(state: State) -> Decision:
    """Every study begins whose time has come; the run is over where none is left."""
    over = [one.phase is Phase.OVER for one in state.studies]
    if all(over):
        return replace(state, over=True), (Finish(),)
    ready = [
        number
        for number, (one, after) in enumerate(zip(state.studies, state.limits.after, strict=True))
        if one.phase is Phase.WAITING and all(over[before] for before in after)
    ]
    spent = min((one.spent_s for one in state.studies if one.phase is Phase.OPEN), default=0.0)
    for number in ready:  # not to be preferred for what it could not use
        state = _with(state, number, phase=Phase.OPEN, spent_s=spent)
    return state, tuple(Open(study=number) for number in ready)


def _proposed(state: State, event: Proposed) -> Decision:
    study = state.studies[event.study]
    missing = sum(stop - first for first, stop in event.missing)
    state = _with(
        state,
        event.study,
        asking=False,
        asked=study.asked + event.count,
        ended=study.ended + event.count - missing,
        unsent=study.unsent + event.missing,
    )
    return _tell(state, event.study) if event.told else _go_on(state, event.study)


def _exhausted(state: State, number: int) -> Decision:
    """A search proposes no more: its study is over, or will be when the last of it has ended."""
    study = state.studies[number]
    state = _with(state, number, asking=False, exhausted=True)
    return _close(state, number) if study.ended == study.asked else _go_on(state, number)


def _go_on(state: State, number: int) -> Decision:
    """Containers first, for a search may take its time; then that of a study of which all has ended.

    Where a container would be idle all the same, a search that is asynchronous.
    """
    state, sends = _send(state)
    study = state.studies[number]
    if study.ended < study.asked:
        idle = len(state.under_way) < min(state.limits.slots, _most(state))
        state, commands = _tell_early(state) if idle else (state, ())
    elif study.exhausted:
        state, commands = _close(state, number)
    else:
        state, commands = _tell(state, number)
    return state, (*sends, *commands)


def _tell(state: State, number: int) -> Decision:
    """A study's search learns from its generation, and is asked for the next one."""
    study = state.studies[number]
    tell = Tell(study=number, first=study.told, stop=study.asked)
    ask = Ask(study=number, count=study.generation)
    return _with(state, number, told=study.asked, asking=True), (tell, ask)


def _tell_early(state: State) -> Decision:
    """Of the studies that need not wait for all that they proposed, that which had the least of the containers."""
    able = [number for number, one in enumerate(state.studies) if one.can_go_on]
    first = min(able, key=lambda number: (*_share(state.studies[number]), number), default=None)
    return (state, ()) if first is None else _tell(state, first)


def _close(state: State, number: int) -> Decision:
    """A study is over, and others may begin."""
    state, commands = _open(_with(state, number, phase=Phase.OVER))
    return state, (Close(study=number), *commands)


def _send(state: State) -> Decision:
    """Keep every slot busy and one slice waiting for each; where a study has only last tries, those, one at a time."""
    sending: list[Send] = []
    while len(state.under_way) < _most(state) and (number := _next(state)) is not None:
        piece, study = _cut(number, state.studies[number], state.limits.slots)
        state = _put(state, number, replace(study, under_way=study.under_way + 1))
        state = replace(state, under_way=state.under_way | {piece})
        sending.append(Send(slice=piece))
    return state, tuple(sending)


def _most(state: State) -> int:
    """How many slices may be under way."""
    last = any(_is_last_try(state, piece) for piece in state.under_way)
    return 1 if last or any(one.has_last_tries_only for one in state.studies) else 2 * state.limits.slots


def _is_last_try(state: State, piece: Slice) -> bool:
    """Whether a proposal that was lost before would be settled by one loss more."""
    return piece.losses > 0 and piece.losses + 1 == state.limits.losses_most


def _next(state: State) -> int | None:
    """Whose slice goes next: last tries, else of the study that had the least of the containers; None: nobody's."""
    able = [number for number, one in enumerate(state.studies) if one.has_last_tries_only]
    able = able or [number for number, one in enumerate(state.studies) if one.can_send]
    return min(able, key=lambda number: (*_share(state.studies[number]), number), default=None)


def _share(study: StudyState) -> tuple[float, int]:
    """What it had of the containers, and is about to have."""
    return study.spent_s + study.under_way * study.slice_s, study.under_way


def _cut(number: int, study: StudyState, slots: int) -> tuple[Slice, StudyState]:
    """A study's next slice, and what is left of it: casualties, new ones off the first stretch, last tries."""
    if study.again:
        return study.again[0], replace(study, again=study.again[1:])
    if not study.unsent:
        return study.last_tries[0], replace(study, last_tries=study.last_tries[1:])
    (first, end), *rest = study.unsent
    stop = min(first + _size(study, slots), end)
    left = ((stop, end), *rest) if stop < end else tuple(rest)
    return Slice(study=number, first=first, stop=stop), replace(study, unsent=left)


def _size(study: StudyState, slots: int) -> int:
    """How many trials go next: where few are left no container is to wait for another's many, nor for many messages."""
    left = sum(stop - first for first, stop in study.unsent)
    return min(study.batch, max(-(-left // (2 * slots)), -(-study.batch // _LEAST_SHARE)))


def _ended(state: State, event: Ended) -> Decision:
    piece = event.slice
    study = state.studies[piece.study]
    count = len(piece) - sum(map(len, event.left)) - len(event.lost)
    says_little = not count or piece.alone or len(piece) == 1 < study.batch  # of how many a slice should have
    state = _with(
        replace(state, under_way=(state.under_way - {piece}).union(event.lost)),
        piece.study,
        ended=study.ended + count,
        batch=study.batch if says_little else _batch_size(state, study, count, event.seconds),
        under_way=study.under_way - 1 + len(event.lost),
        spent_s=study.spent_s + event.seconds,
        slice_s=event.seconds,
    )
    return _go_on(_once_more(state, piece.study, event.left), piece.study)


def _once_more(state: State, number: int, pieces: tuple[Slice, ...]) -> State:
    """Slices of a study are to be sent again, last tries when all else of it has ended."""
    study = state.studies[number]
    last = tuple(piece for piece in pieces if _is_last_try(state, piece))
    rest = tuple(piece for piece in pieces if piece not in last)
    return _with(state, number, again=study.again + rest, last_tries=study.last_tries + last)


def _batch_size(state: State, study: StudyState, count: int, seconds: float) -> int:
    """Toward `batch_s` a slice, never growing more than eightfold at once."""
    if seconds <= 0.0:
        return study.batch
    fitting = int(count * state.limits.batch_s / seconds * _ROUNDING)
    return max(1, min(fitting, 8 * study.batch, state.limits.batch_most))


def _lost(state: State, event: SliceLost) -> Decision:
    piece = event.slice
    losses = piece.losses + (len(piece) == 1)
    if losses >= state.limits.losses_most:
        return state, (Settle(slice=piece, cause=event.cause),)  # `Ended` follows when it is stored
    study = state.studies[piece.study]
    numbers = range(piece.first, piece.stop)
    single = tuple(replace(piece, first=n, stop=n + 1, losses=losses) for n in numbers)
    state = replace(state, under_way=state.under_way - {piece})
    state = _with(state, piece.study, under_way=study.under_way - 1)
    return _send(_once_more(state, piece.study, single))
