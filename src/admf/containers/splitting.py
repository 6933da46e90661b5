"""A batch whose container dies is cut until every casualty has been alone: pure, but for the runs it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from admf.containers.death import Death, broken
from admf.containers.job import Answer
from admf.model.trial import Batch, Outcome, Outcomes, joined, lost_outcome, reordered
from admf.trials.objective import METRIC_NAMES

Run = Callable[[Batch], Answer]
"""Evaluate a batch in a container; of a death, its answer has that."""

_CASUALTIES = (Outcome.CRASHED, Outcome.KILLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some trials of a batch that go to a container together, or one that goes to its own."""

    batch: Batch
    alone: bool


def evaluate(pieces: Sequence[Piece], together: Run, alone: Run, late: Callable[[], bool]) -> Answer:
    """The outcomes of some trials, each one's its own; after the first piece, what is left when late is handed back.

    `together` evaluates some in one container, `alone` one in a container that nothing else has been in. What
    was crashed or killed in company is run again alone, and then it is final; but what is lost, which may be nobody's
    fault, is whoever's who asked to try again. Where what surrounds the trials failed,
    one of them has broken it. An answer that is an error is given on as it is.
    """
    parts: list[Outcomes] = []
    waiting, begun = list(reversed(pieces)), False
    while waiting and not (begun and late()):
        piece, begun = waiting.pop(), True
        answer = _alone(piece.batch, alone) if piece.alone else together(piece.batch)
        if answer.error is not None:
            return answer
        if answer.death is not None or answer.oversized or answer.fault:
            waiting += reversed(_cut(piece.batch, answer.death))
            continue
        outcomes: Outcomes = answer.result
        hurt = [] if piece.alone else _casualties(outcomes)
        if hurt:
            waiting += [Piece(batch=part_of(piece.batch, row, row + 1), alone=True) for row in reversed(hurt)]
            well = sorted({*range(len(outcomes))} - {*hurt})
            outcomes = reordered(outcomes, [outcomes.numbers[row] for row in well])
        if len(outcomes):
            parts.append(outcomes)
    result = parts[0] if len(parts) == 1 else None
    if len(parts) > 1:
        result = reordered(joined(parts), sorted(n for part in parts for n in part.numbers))
    left = tuple((p.batch.numbers[0], p.batch.numbers[-1] + 1, p.alone) for p in reversed(waiting))
    return Answer(result=result, left=left)


def _casualties(outcomes: Outcomes) -> list[int]:
    """The rows of those that were crashed or killed."""
    hows = outcomes.outcomes
    if not any(casualty in hows for casualty in _CASUALTIES):
        return []
    return [row for row, how in enumerate(hows) if how in _CASUALTIES]


def _cut(batch: Batch, death: Death | None) -> list[Piece]:
    """The trial under way by itself, and those before and after it; halves where it is not known."""
    n, row = len(batch), death.row if death is not None else None
    if row is not None and row >= n:
        row = None  # who said so is not to be believed
    if row is None and n > 1:
        cuts = [(0, n // 2), (n // 2, n)]
        return [Piece(batch=part_of(batch, first, stop), alone=False) for first, stop in cuts]
    row = row or 0
    cuts = [(0, row), (row, row + 1), (row + 1, n)]
    return [
        Piece(batch=part_of(batch, first, stop), alone=first == row) for first, stop in cuts if first < stop
    ]


def _alone(piece: Batch, alone: Run) -> Answer:
    """The outcome of one trial, whatever it does."""
    answer = alone(piece)
    death = broken(answer.fault) if answer.fault else answer.death
    return answer if death is None else Answer(result=outcome_of(piece, death), apart=True)


def outcome_of(piece: Batch, death: Death) -> Outcomes:
    """A death as the outcome of the one trial of `piece`."""
    return lost_outcome(
        piece.numbers[0],
        death.outcome,
        death.reason,
        METRIC_NAMES,
        seconds=death.seconds,
        peak_memory_mb=death.peak_memory_mb,
        detail=death.detail,
        output=death.output,
    )


def part_of(batch: Batch, first: int, stop: int) -> Batch:
    """Trials first..stop-1 of a batch."""
    return replace(
        batch,
        numbers=batch.numbers[first:stop],
        params=batch.params[first:stop],
        seeds=batch.seeds[first:stop],
    )
