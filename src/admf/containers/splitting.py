"""A batch whose container dies is cut until every casualty has been alone: pure, but for the runs it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from admf.containers.death import LOSSES, Death, lost_reason
from admf.containers.job import Answer
from admf.model.trial import Batch, Outcome, Outcomes, joined, lost_outcome, reordered
from admf.trials.objective import METRIC_NAMES

Run = Callable[[Batch], Answer]
"""Evaluate a batch in a container; of a death, its answer has that."""

_CASUALTIES = (Outcome.CRASHED, Outcome.KILLED)


def evaluate(batch: Batch, together: Run, alone: Run) -> Answer:
    """The outcomes of a batch, each trial's its own.

    `together` evaluates many in one container, `alone` one in a container that nothing else has been in. What
    was crashed or killed in company is run again alone, and then it is final. An answer that is an error is
    given on as it is.
    """
    parts: list[Outcomes] = []
    pieces = [batch]
    while pieces:
        piece = pieces.pop()
        answer = _alone(piece, alone) if len(piece) == 1 else together(piece)
        if answer.error is not None or answer.fault:
            return answer
        if answer.death is not None or answer.oversized:
            pieces += reversed(_cut(piece, answer.death))
            continue
        outcomes: Outcomes = answer.result
        hurt = [row for row, how in enumerate(outcomes.outcomes) if how in _CASUALTIES]
        if len(piece) > 1 and hurt:
            pieces += [part_of(piece, row, row + 1) for row in reversed(hurt)]
            unhurt = [number for row, number in enumerate(outcomes.numbers) if row not in hurt]
            if not unhurt:
                continue
            outcomes = reordered(outcomes, unhurt)
        parts.append(outcomes)
    return Answer(result=reordered(joined(parts), batch.numbers), apart=True)


def _cut(piece: Batch, death: Death | None) -> list[Batch]:
    """The trial under way by itself, and those before and after it; halves where it is not known."""
    if death is None or death.row is None:
        half = len(piece) // 2
        return [part_of(piece, 0, half), part_of(piece, half, len(piece))]
    row = death.row
    cuts = ((0, row), (row, row + 1), (row + 1, len(piece)))
    return [part_of(piece, first, stop) for first, stop in cuts if first < stop]


def _alone(piece: Batch, alone: Run) -> Answer:
    """The outcome of one trial, whatever it does; what may be nobody's fault is tried again."""
    for loss in range(1, LOSSES + 1):
        answer = alone(piece)
        if (death := answer.death) is None:
            return answer
        if death.outcome is not Outcome.LOST:
            return Answer(result=outcome_of(piece, death), apart=True)
        if loss == LOSSES:
            death = replace(death, reason=lost_reason(death.reason))
            return Answer(result=outcome_of(piece, death), apart=True)
    raise AssertionError("LOSSES is at least one")


def outcome_of(piece: Batch, death: Death) -> Outcomes:
    """A death as the outcome of the one trial of `piece`."""
    return lost_outcome(
        piece.numbers[0],
        death.outcome,
        death.reason,
        METRIC_NAMES,
        seconds=death.seconds,
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
