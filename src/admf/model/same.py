"""A sequence whose members are all one value: what most trials have to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import TypeVar, overload

T = TypeVar("T")


class Same(Sequence[T]):
    """`value`, n times, in the room of one."""

    __slots__ = ("n", "value")

    def __init__(self, value: T, n: int) -> None:
        self.value, self.n = value, n

    def __len__(self) -> int:
        return self.n

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Same[T]: ...
    def __getitem__(self, index: int | slice) -> T | Same[T]:
        if isinstance(index, slice):
            return Same(self.value, len(range(self.n)[index]))
        range(self.n)[index]
        return self.value

    def __iter__(self) -> Iterator[T]:
        return repeat(self.value, self.n)

    def __contains__(self, value: object) -> bool:
        return self.n > 0 and (value is self.value or value == self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Same):
            return self.n == other.n and (self.n == 0 or self.value == other.value)
        if isinstance(other, list | tuple):
            return len(other) == self.n and all(one == self.value for one in other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.value, self.n))

    def __repr__(self) -> str:
        return f"Same({self.value!r}, {self.n})"
