"""Walks the grid of a space in odometer order (the last parameter fastest), cutting branches early.

Parameters are added one level at a time to blocks of prefixes. A condition or constraint is applied at the
level where all it reads is known: what fails there is never multiplied by the parameters that follow. Where
nothing more can fail, the rest is arithmetic on the index, and skipping it costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from admf.model.space.block import Block, activated, allowed
from admf.model.space.expression import Expression
from admf.model.space.rules import Rules

ROWS = 65_536
_EXACT_INDEX = 2**62


class _TooManyError(Exception):
    """More candidates than the caller wants to look at."""


@dataclass(slots=True)
class Odometer:
    """One walk over the finite parameters in `order`, all or a group that nothing ties to the others.

    It raises where it has `looked_at` more candidates than `limit`.
    """

    rules: Rules
    order: tuple[int, ...]
    limit: float = math.inf
    looked_at: int = 0
    _conditions: list[tuple[int, ...]] = field(init=False)
    _constraints: list[list[Expression]] = field(init=False)

    def __post_init__(self) -> None:
        level = {parameter: i for i, parameter in enumerate(self.order)}
        rules = self.rules
        decided: list[list[int]] = [[] for _ in self.order]
        for i in rules.conditional:
            if i in level:
                decided[max(level[j] for j in rules.reach[rules.parameters[i].name])].append(i)
        self._conditions = [tuple(one) for one in decided]
        self._constraints = [[] for _ in self.order]
        for constraint in rules.constraints:
            needs = rules.needs(constraint)
            if needs <= level.keys():
                self._constraints[max(level[j] for j in needs)].append(constraint)

    def size(self, level: int) -> int:
        """Grid points of the parameter at a level."""
        size = self.rules.parameters[self.order[level]].domain.size
        assert size is not None, "a continuous parameter has no grid"
        return size

    def free_from(self) -> int:
        """The first level from which nothing can fail any more."""
        checked = [i for i in range(len(self.order)) if self._conditions[i] or self._constraints[i]]
        return checked[-1] + 1 if checked else 0

    def tail(self, level: int) -> int:
        """How many sets follow from one prefix where nothing can fail."""
        return math.prod(self.size(i) for i in range(level, len(self.order)))

    def prefixes(self, stop: int) -> Iterator[Block]:
        """Blocks of prefixes of length `stop` that hold, in order; a stack instead of recursion."""
        root = Block(1, {}, {})
        if stop == 0:
            yield root
            return
        stack = [self._children(root, 0)]
        while stack:
            block = next(stack[-1], None)
            if block is None:
                stack.pop()
            elif len(stack) == stop:
                yield block
            else:
                stack.append(self._children(block, len(stack)))

    def _children(self, block: Block, level: int) -> Iterator[Block]:
        size = self.size(level)
        rows = max(1, ROWS // size)
        for start in range(0, block.n, rows):
            parents = block.take(slice(start, start + rows))
            for first in range(0, size, ROWS):
                values = np.arange(first, min(first + ROWS, size))
                self.looked_at += parents.n * len(values)
                if self.looked_at > self.limit:
                    raise _TooManyError
                grown = parents.take(np.repeat(np.arange(parents.n), len(values)))
                grown.codes[self.order[level]] = np.tile(values, parents.n)
                kept = self._kept(grown, level)
                if kept.n:
                    yield kept

    def _kept(self, block: Block, level: int) -> Block:
        conditions = self._conditions[level]
        if conditions:
            block = activated(self.rules, block, conditions)
            keep = np.ones(block.n, dtype=bool)
            for i in conditions:  # an inactive parameter stands still, so that each distinct set comes once
                keep &= block.active[i] | (block.codes[i] == 0)
            block = block.take(keep)
        for constraint in self._constraints[level]:
            block = block.take(allowed(self.rules, constraint, block))
        return block


def blocks(rules: Rules, start: int = 0, *, ordered: bool = True) -> Iterator[Block]:
    """The grid from its `start`-th set on, in odometer order, each distinct set once, in blocks.

    Not `ordered`: in the order that cuts most.
    """
    odometer = Odometer(rules, tuple(range(len(rules.parameters))) if ordered else _cutting_most(rules))
    stop = split = odometer.free_from()
    while odometer.tail(split) > _EXACT_INDEX:
        split += 1
    tail, low = odometer.tail(stop), odometer.tail(split)
    for prefix in odometer.prefixes(stop):
        total = prefix.n * tail
        first = min(start, total)
        while first < total:
            last = min(first + ROWS, total)
            if split > stop:  # the digits before `split` are the same for the whole block
                last = min(last, (first // low + 1) * low)
            yield _with_tail(odometer, prefix, (stop, split), first, last)
            first = last
        start = max(0, start - total)


def _with_tail(odometer: Odometer, prefix: Block, levels: tuple[int, int], first: int, last: int) -> Block:
    """The sets `first` to `last` of all that follow from a block of prefixes: digits of their index."""
    stop, split = levels
    low = odometer.tail(split)
    high, offset = divmod(first, low)  # Python's integers: the index may be astronomical
    index = offset + np.arange(last - first)
    digits: dict[int, int] = {}
    for level in range(split - 1, stop - 1, -1):
        high, digits[level] = divmod(high, odometer.size(level))
    block = prefix.take(high + index // low)
    index %= low
    for level in range(len(odometer.order) - 1, split - 1, -1):
        index, block.codes[odometer.order[level]] = np.divmod(index, odometer.size(level))
    for level, digit in digits.items():
        block.codes[odometer.order[level]] = np.full(block.n, digit)
    return block


def count(rules: Rules, limit: int) -> int | None:
    """How many distinct sets satisfy the constraints; None where it takes more than `limit` candidates.

    Groups of parameters that no condition or constraint ties together are counted apart and multiplied.
    """
    total, looked_at = 1, 0
    for group in _groups(rules):
        odometer = Odometer(rules, group, limit, looked_at)
        stop = odometer.free_from()
        try:
            total *= sum(block.n for block in odometer.prefixes(stop)) * odometer.tail(stop)
        except _TooManyError:
            return None
        looked_at = odometer.looked_at
    return total


def _cutting_most(rules: Rules) -> tuple[int, ...]:
    """Large groups first, what they leave multiplies the small ones; what nothing reads comes last."""
    read = frozenset[int]().union(*_ties(rules))

    def candidates(group: tuple[int, ...]) -> int:
        return math.prod(rules.parameters[i].domain.size or 1 for i in group) if read & set(group) else 0

    return tuple(i for group in sorted(_groups(rules), key=candidates, reverse=True) for i in group)


def _groups(rules: Rules) -> list[tuple[int, ...]]:
    """The parameters in groups that conditions and constraints tie together, each in the order declared."""
    groups = [{i} for i in range(len(rules.parameters))]
    for tie in _ties(rules):
        apart = [group for group in groups if not group & tie]
        groups = [*apart, set[int]().union(*(group for group in groups if group & tie))]
    return sorted(tuple(sorted(group)) for group in groups)


def _ties(rules: Rules) -> list[frozenset[int]]:
    """What each condition and constraint reads or decides."""
    conditions = [rules.reach[rules.parameters[i].name] for i in rules.conditional]
    return conditions + [rules.needs(constraint) for constraint in rules.constraints]
