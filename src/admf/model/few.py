"""A column of many rows and few values: what groups of trials have to say, each thing once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from admf.model.same import Same

T = TypeVar("T")
Rows = slice | NDArray[np.int64]


class Few(Sequence[T], Generic[T]):
    """n rows: row i is values[codes[i]]. Rows that were written the very same object share its place."""

    __slots__ = ("_code_of", "_last", "codes", "values")

    def __init__(self, values: Sequence[T], codes: NDArray[np.int64]) -> None:
        self.values, self.codes = list(values), codes
        self._code_of: dict[int, int] | None = None
        """By identity; made when first written into."""
        self._last = 0
        """The code that was written last: the next one is likely the same."""

    @classmethod
    def filled(cls, usual: T, n: int) -> Few[T]:
        """n rows that are `usual`, to be written into."""
        return cls([usual], np.zeros(n, np.int64))

    @classmethod
    def of(cls, column: Sequence[T]) -> Few[T]:
        """A column as one of these: its different objects, equal ones apart."""
        if isinstance(column, Few):
            return column
        if isinstance(column, Same):
            return cls.filled(column.value, len(column))
        held = list(column)
        objects = {id(one): one for one in held}
        code_of = {key: code for code, key in enumerate(objects)}
        codes = np.fromiter(map(code_of.__getitem__, map(id, held)), np.int64, len(held))
        return cls(list(objects.values()), codes)

    def __reduce__(self) -> tuple[Any, ...]:
        return Few, (self.values, self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Few[T]: ...
    def __getitem__(self, index: int | slice) -> T | Few[T]:
        if isinstance(index, slice):
            return self.take(index)
        return self.values[int(self.codes[index])]

    def take(self, rows: Rows) -> Few[T]:
        """Some of the rows, in the order of `rows`."""
        return Few(self.values, self.codes[rows])

    def __iter__(self) -> Iterator[T]:
        return map(self.values.__getitem__, self.codes.tolist())

    def __setitem__(self, row: int, value: T) -> None:
        self.codes[row] = self._code(value)

    def put(self, rows: Rows, others: Few[T]) -> None:
        """Let some rows be those of another column."""
        if len(others.values) == 1:
            self.codes[rows] = self._code(others.values[0])
        else:
            self.codes[rows] = np.array(list(map(self._code, others.values)))[others.codes]

    def _code(self, value: T) -> int:
        """The place of a value, made where it is new."""
        if self._last < len(self.values) and self.values[self._last] is value:
            return self._last
        if self._code_of is None:
            self._code_of = {id(one): code for code, one in enumerate(self.values)}
        code = self._code_of.setdefault(id(value), len(self.values))
        if code == len(self.values):
            self.values.append(value)  # held here, so that nothing else can get its identity
        self._last = code
        return code

    def column(self) -> Sequence[T]:
        """As it is sent: a Same where all rows are one value."""
        if len(self.codes) < 2 or (self.codes == self.codes[0]).all():
            return Same(self.values[self.codes[0] if len(self.codes) else 0], len(self.codes))
        return self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Few | Same | list | tuple):
            return len(other) == len(self) and all(one == two for one, two in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Few({self.values!r}, {self.codes!r})"
