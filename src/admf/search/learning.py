"""A learning search: rounds of points, no set twice, none outside the constraints, what is known answered from memory.

A learner proposes a round of points. Where a point breaks a constraint it is moved (repair.py); where its set was
proposed before, one beside it is taken, or it is answered from memory. Only new sets leave `ask`; the learner hears
of the whole round, in the order it proposed, when the last of them was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from admf.errors import AdmfError
from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.model.space.block import Block
from admf.model.space.placed import placed
from admf.search.axes import axes_of
from admf.search.beside import Beside
from admf.search.draws import LISTED, distinct, nothing_left
from admf.search.learner import Learner, Points, Values, Violations
from admf.search.protocol import Results, Told, Turns
from admf.search.repair import Repair

_BARREN = 3
"""After so many rounds without a new set, new ones are drawn."""


class _Known(NamedTuple):
    """What became of a set."""

    values: tuple[float, ...] | None
    violation: float
    """0 where there are values; above 0 where there are none; NaN: it has not ended."""


@dataclass(frozen=True, slots=True)
class _Round:
    """What a learner is to hear of: its points, and the keys of their sets."""

    points: Points
    keys: list[bytes]
    own: bool
    """Whether the learner proposed them."""


class Learning:
    """A search method around a learner; at most `budget` proposals, fewer where the space has fewer sets.

    `start`: how many sets are drawn evenly and told to the learner before it proposes.
    """

    def __init__(self, space: Space, learner: Learner, *, seed: int, budget: int, start: int = 0) -> None:
        self._space, self._learner = space, learner
        self._count = space.count(LISTED)
        self._budget = budget if self._count is None else min(budget, self._count)
        self._turns = Turns()
        self._queue: Block | None = None
        self._queued: list[bytes] = []
        self._memory: dict[bytes, _Known] = {}
        self._width: int | None = None
        """How many objectives; None: nothing has told it yet."""
        self._handed: list[bytes] = []
        self._round: _Round | None = None
        self._elsewhere: list[_Round] = []
        self._owed: dict[bytes, Points] = {}
        """The learner's own points of which it does not know yet what became."""
        self._start = start
        self._repeated = self._drawn = 0
        generator = np.random.Generator(np.random.PCG64([seed, 2]))
        width = space.dimensions
        self._fresh = _Fresh(
            space, distinct(space, lambda n: generator.random((n, width)), seed, self._count)
        )
        self._repair = Repair(space, self._fresh.anchors)
        self._beside = Beside(space, axes_of(space), np.random.Generator(np.random.PCG64([seed, 3])))

    @property
    def generation(self) -> int:
        """The most proposals that come from the same knowledge."""
        return self._learner.generation

    @property
    def objectives(self) -> str:
        """As the learner: 'several', or 'one'."""
        return getattr(self._learner, "objectives", "one")

    @property
    def counts(self) -> dict[str, int]:
        """What happened to points on their way: repeated, beside, repaired, drawn; and the learner's own."""
        return {
            "repeated": self._repeated,
            "beside": self._beside.moved,
            "repaired": self._repair.moved,
            "drawn": self._drawn,
            **self._learner.counts,
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided and why, a sentence each."""
        return self._learner.notes

    def ask(self, n: int) -> ParamSets:
        """The next n sets; fewer where the round ends: tell, then ask again. None at the end."""
        self._turns.ask(n)
        n = min(n, self._budget - self._turns.asked)
        if n > 0 and not self._queued and not self._turns.waiting:
            self._open()
        proposals = self._taken(n)
        self._turns.proposed(proposals)
        return proposals

    def _taken(self, n: int) -> ParamSets:
        """Up to n sets off the queue."""
        if self._queue is None:
            return ParamSets(0, {})
        proposals = self._space.rows(self._queue.take(slice(n)))
        self._queue = self._queue.take(slice(n, None))
        self._handed += self._queued[:n]
        del self._queued[:n]
        return proposals

    def tell(self, results: Sequence[Told]) -> None:
        """The results of all that was asked for, in order."""
        self._turns.tell(results)
        self._remember(self._handed, results)
        self._handed.clear()

    def notice(self, results: Sequence[Told]) -> None:
        """Results of sets that others proposed, or of those that had not ended when they were told.

        None is proposed again; the learner hears of them after its start, and between its rounds.
        """
        block = placed(self._space, [result.params for result in results])
        keys, points = self._space.keys(block), self._space.units(block)
        self._remember(keys, results)
        for row, key in enumerate(keys):
            points[row] = self._owed.pop(key, points[row])
        now = () if self._round is None else self._round.keys
        rows = [
            row for row, key in enumerate(keys) if key not in now
        ]  # of the others it will hear with the round
        self._elsewhere.append(_Round(points[rows], [keys[row] for row in rows], own=False))

    def _remember(self, keys: list[bytes], results: Sequence[Told]) -> None:
        for key, result in zip(keys, results, strict=True):
            known = self._memory[key] = _sound(result)
            if self._width is None and known.values is not None:
                self._width = len(known.values)
        if isinstance(results, Results):
            self._width = results.values.shape[1]

    def total(self, budget: int | None = None) -> int:
        """The budget, or the size of the space where that is known and smaller."""
        wanted = self._budget if budget is None else budget
        return wanted if self._count is None else min(wanted, self._count)

    def _open(self) -> None:
        """Rounds until one brings something new, or nothing is left."""
        barren = 0 if self._space.dimensions else _BARREN  # one set: nothing for a learner
        while not self._queued:
            self._close()
            start, self._start = self._start, 0
            if not start:
                self._pass_on()
            if start or barren >= _BARREN:
                points = self._fresh.take(start or self._learner.generation, self._memory)
                if not len(points):
                    return
                self._drawn += len(points)
                self._enter(points, own=False)
            else:
                self._enter(self._learner.propose(), own=True)
                barren += 1

    def _enter(self, points: Points, *, own: bool) -> None:
        """A round: what is new of it is queued."""
        points, block = self._repair(points)
        keys = self._space.keys(block)
        repeats = _repeats(keys, self._memory)
        if own and repeats and self._learner.steps_aside:
            points, block, keys = self._beside(points, block, keys, repeats, self._memory)
            repeats = _repeats(keys, self._memory)
        self._repeated += len(repeats)
        new = np.delete(np.arange(len(keys)), repeats)
        self._queue = block.take(new)
        self._queued = [keys[i] for i in new.tolist()]
        self._round = _Round(points, keys, own)

    def _pass_on(self) -> None:
        """The learner hears of what was noticed."""
        elsewhere, self._elsewhere = self._elsewhere, []
        for one in elsewhere:
            self._hear(one)

    def _close(self) -> None:
        """The learner hears of the round."""
        over, self._round = self._round, None
        if over is not None:
            self._hear(over)

    def _hear(self, over: _Round) -> None:
        if not self._space.dimensions:
            return
        values, violations = self._outcomes(over.keys)
        ended = ~np.isnan(violations)
        for row in np.flatnonzero(~ended).tolist():
            self._owed.setdefault(over.keys[row], over.points[row])
        if over.own:
            self._learner.learn(over.points, values, violations)
        else:
            self._learner.notice(over.points[ended], values[ended], violations[ended])

    def _outcomes(self, keys: list[bytes]) -> tuple[Values, Violations]:
        known = [self._memory[key] for key in keys]
        width = self._width or 1
        if any(one.values is not None and len(one.values) != width for one in known):
            raise AdmfError(f"tell(results): all results must have {width} objectives, some have not.")
        missing = (np.nan,) * width
        rows = [missing if one.values is None else one.values for one in known]
        violations = np.array([one.violation for one in known], dtype=np.float64)
        return np.array(rows, dtype=np.float64).reshape(-1, width), violations


class _Fresh:
    """Sets drawn evenly that were not proposed yet; `anchors` are the first of them."""

    def __init__(self, space: Space, blocks: Iterator[Block]) -> None:
        self._space, self._blocks = space, blocks
        first = next(blocks, None)
        if first is None:  # found here, before a run has begun
            raise nothing_left(space)
        points = space.units(first)
        again = space.allowed(space.block_from_unit(points))  # a continuous value may have been rounded
        self.anchors = points[again]
        if not len(self.anchors):
            raise nothing_left(space)
        self._buffer = [first]

    def take(self, n: int, known: Mapping[bytes, object]) -> Points:
        """Up to n points whose sets are not among the known."""
        parts: list[Points] = [np.zeros((0, self._space.dimensions))]
        while n > 0:
            block = self._buffer.pop() if self._buffer else next(self._blocks, None)
            if block is None:
                break
            new = np.array([key not in known for key in self._space.keys(block)], dtype=bool)
            block = block.take(new)
            parts.append(self._space.units(block.take(slice(n))))
            if block.n > n:
                self._buffer.append(block.take(slice(n, None)))
            n -= len(parts[-1])
        return np.concatenate(parts)


def _repeats(keys: list[bytes], known: Mapping[bytes, object]) -> list[int]:
    """The rows whose sets are known, or came earlier in the same round."""
    seen: set[bytes] = set()
    rows = []
    for row, key in enumerate(keys):
        if key in known or key in seen:
            rows.append(row)
        seen.add(key)
    return rows


def _sound(result: Told) -> _Known:
    """What a learner may hear: values where they are finite and all constraints hold, else only a violation."""
    values, violation = result.values, result.violation
    if violation != violation:
        return _Known(None, violation)
    if not violation >= 0:
        raise AdmfError(f"tell(results): a violation must be at least 0, was {violation!r}.")
    if violation > 0:
        return _Known(None, violation)
    if values is None or not all(np.isfinite(values)):
        return _Known(None, np.inf)  # no method could rank it
    return _Known(values, 0.0)
