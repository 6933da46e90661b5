"""Indicators of a study's own columns, computed once per process: a grid asks for the same average many times.

Only calls on the very arrays of the bars are remembered, for as long as the memo is in use; what a call gives back
is a fresh array, but where the memo lends. Anything else is computed as ever, so that nobody can tell but by the clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Outputs = tuple[Floats, ...]

_MOST_BYTES = 64 * 2**20


@dataclass(slots=True, eq=False)
class Memo:
    """What was computed of some columns, least recently used first; at most 64 MB."""

    columns: dict[int, Floats]
    """By identity; held here, so that no other array can get the same."""
    lends: bool = False
    """Gives out what it keeps, read-only, instead of copies: for components that are known not to write to it."""
    kept: OrderedDict[tuple[Any, ...], Outputs] = field(default_factory=OrderedDict)
    size: int = 0

    def of(
        self, kernel: Callable[..., None], inputs: Outputs, parameters: tuple[float, ...]
    ) -> Outputs | None:
        """What `kernel` gave for these inputs before; None where it is not known."""
        key = self._key(kernel, inputs, parameters)
        found = self.kept.get(key) if key is not None else None
        if found is None or key is None:
            return None
        self.kept.move_to_end(key)
        return found if self.lends else tuple(array.copy() for array in found)

    def keep(
        self, kernel: Callable[..., None], inputs: Outputs, parameters: tuple[float, ...], made: Outputs
    ) -> None:
        """Remember what `kernel` gave, where the inputs are the bars' own."""
        key = self._key(kernel, inputs, parameters)
        if key is None:
            return
        self.kept[key] = made if self.lends else tuple(array.copy() for array in made)
        for array in self.kept[key]:
            array.flags.writeable = False
        self.size += sum(array.nbytes for array in made)
        while self.size > _MOST_BYTES:
            self.size -= sum(array.nbytes for array in self.kept.popitem(last=False)[1])

    def _key(
        self, kernel: Callable[..., None], inputs: Outputs, parameters: tuple[float, ...]
    ) -> tuple[Any, ...] | None:
        for array in inputs:
            if self.columns.get(id(array)) is not array:
                return None
        return (id(kernel), *map(id, inputs), *parameters)


_in_use: list[Memo] = []
"""The innermost is used; containers run one trial at a time."""


def memo_of(columns: Iterable[Floats], *, lends: bool = False) -> Memo:
    """A memo for calls on these arrays."""
    return Memo({id(column): column for column in columns}, lends)


class remembering:  # noqa: N801  (a block, used like a function)
    """Let indicator calls inside the block use `memo`."""

    __slots__ = ("memo",)

    def __init__(self, memo: Memo) -> None:
        self.memo = memo

    def __enter__(self) -> None:
        _in_use.append(self.memo)

    def __exit__(self, *_: object) -> None:
        _in_use.pop()


def current() -> Memo | None:
    """The memo in use, None outside of any."""
    return _in_use[-1] if _in_use else None
