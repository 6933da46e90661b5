"""Many parameter sets as columns: what a search proposes, a batch carries and the store writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from admf.model.sent import sent

Params = Mapping[str, Any]
Rows = slice | NDArray[Any]
"""A slice, indices, or a mask."""
_AT_ONCE = 4096
_FEW = 64


@sent
@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of one parameter in n sets.

    `values` (n,) are int64, float64 or bool; with `options` they are places in it. `there` (n,) is False where a
    set is without the parameter (None: all have it); the value there means nothing.
    """

    values: NDArray[Any]
    options: tuple[Any, ...] | None = None
    there: NDArray[np.bool_] | None = None

    def take(self, rows: Rows) -> Column:
        """The same of some of the sets, without options that none of them has where these are many."""
        there = None if self.there is None else self.there[rows]
        values, options = self.values[rows], self.options
        if options is not None and len(options) > max(_FEW, len(values)):
            used, values = np.unique(values, return_inverse=True)
            options = tuple([options[place] for place in used.tolist()])
        return Column(values, options, there)

    def tolist(self) -> list[Any]:
        """A Python value per set; of a set without the parameter, any."""
        if self.options is None:
            listed: list[Any] = self.values.tolist()
            return listed
        options = self.options
        if any(isinstance(option, dict) for option in options):  # each set has its own: a trial may change it
            return [_own(options[place]) for place in self.values.tolist()]
        return [options[place] for place in self.values.tolist()]


class ParamSets(Sequence[dict[str, Any]]):
    """n parameter sets, each a dict as soon as somebody looks at it: to read, not to change."""

    __slots__ = ("columns", "n")

    def __init__(self, n: int, columns: Mapping[str, Column]) -> None:
        self.n, self.columns = n, columns

    @classmethod
    def of(cls, sets: Sequence[Params]) -> ParamSets:
        """The columns of sets that are dicts, in the order in which their names come; itself where it has columns."""
        if isinstance(sets, ParamSets):
            return sets
        names = dict.fromkeys(name for one in sets for name in one)
        return cls(len(sets), {name: _column(name, sets) for name in names})

    def __len__(self) -> int:
        return self.n

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> ParamSets: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | ParamSets:
        if isinstance(index, slice):
            return self.take(index)
        place = range(self.n)[index]
        return next(iter(self.take(slice(place, place + 1))))

    def take(self, rows: Rows) -> ParamSets:
        """Some of the sets, in the order of `rows`."""
        n = len(range(self.n)[rows]) if isinstance(rows, slice) else len(np.arange(self.n)[rows])
        return ParamSets(n, {name: column.take(rows) for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for first in range(0, self.n, _AT_ONCE):
            yield from self.take(slice(first, first + _AT_ONCE))._dicts()

    def _dicts(self) -> Iterator[dict[str, Any]]:
        if not self.columns:
            return iter([{} for _ in range(self.n)])
        rows = zip(*[column.tolist() for column in self.columns.values()], strict=True)
        dicts = map(dict, map(zip, repeat(tuple(self.columns)), rows))
        if all(column.there is None for column in self.columns.values()):
            return dicts
        absent = {name: ~c.there for name, c in self.columns.items() if c.there is not None}
        listed = list(dicts)
        for name, where in absent.items():
            for row in np.flatnonzero(where).tolist():
                del listed[row][name]
        return iter(listed)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ParamSets | list | tuple):
            return len(other) == self.n and all(one == two for one, two in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ParamSets({self.n} of {', '.join(self.columns)})"


def _own(value: Any) -> Any:
    return {name: _own(inner) for name, inner in value.items()} if isinstance(value, dict) else value


_PLAIN: dict[type, str] = {int: "int64", float: "float64", bool: "bool"}


def _column(name: str, sets: Sequence[Params]) -> Column:
    there = np.array([name in one for one in sets])
    values = [one[name] for one in sets if name in one]
    types = set(map(type, values))
    kind = _PLAIN.get(types.pop()) if len(types) == 1 else None
    if kind is None or (kind == "int64" and not (min(values) >= -(2**63) and max(values) < 2**63)):
        places = np.zeros(len(sets), np.int64)
        places[there] = np.arange(len(values))
        return Column(places, tuple(values), None if there.all() else there)
    whole = np.zeros(len(sets), kind)
    whole[there] = values
    return Column(whole, None, None if there.all() else there)
