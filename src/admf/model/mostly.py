"""A column that is written row by row, of which most rows stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from admf.model.same import Same

T = TypeVar("T")


class Mostly(Generic[T]):
    """`usual`, n times, but for the rows that are `others`."""

    __slots__ = ("n", "others", "usual")

    def __init__(self, usual: T, n: int, others: dict[int, T] | None = None) -> None:
        self.usual, self.n = usual, n
        self.others: dict[int, T] = {} if others is None else others

    def __len__(self) -> int:
        return self.n

    def __setitem__(self, row: int, value: T) -> None:
        self.others[row] = value

    def __getitem__(self, row: int) -> T:
        return self.others.get(row, self.usual)

    def column(self) -> Sequence[T]:
        """All rows: a Same where they are one object, else a tuple."""
        others = self.others
        if not others:
            return Same(self.usual, self.n)
        if len(others) == self.n and len(set(map(id, others.values()))) == 1:
            return Same(next(iter(others.values())), self.n)
        column = [self.usual] * self.n
        for row, value in others.items():
            column[row] = value
        return tuple(column)
