"""What a source is before and after its cells are understood: sheets, then tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf.errors import Problem
from admf.model.bars import Floats

if TYPE_CHECKING:
    import polars as pl

LISTED = 10
"""How many problems of one kind are listed one by one; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file or a frame as it came: any column names, any types."""

    frame: pl.DataFrame = field(repr=False)
    symbol: str
    """The symbol where the frame has no symbol column, or where the user has named it (`named`)."""
    named: bool = False
    where: str
    first_line: int | None = None
    """Line number of the first row in a text file; None where rows are counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One symbol's rows as numbers, in UTC nanoseconds, not yet checked."""

    symbol: str
    where: str
    lines: bool
    """Whether `rows` are line numbers of a text file."""
    rows: NDArray[np.int64]
    """The number of each row as a person counts them in the source."""
    time: NDArray[np.int64]
    zone: str
    """The named zone of the stamps, '' where they have none."""
    columns: Mapping[str, Floats]
    notes: tuple[str, ...] = ()

    def keep(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Table:
        """The same table with these rows only."""
        return Table(
            symbol=self.symbol,
            where=self.where,
            lines=self.lines,
            rows=self.rows[rows],
            time=self.time[rows],
            zone=self.zone,
            columns={name: column[rows] for name, column in self.columns.items()},
            notes=self.notes,
        )


def place(where: str, row: int, lines: bool) -> str:
    """Where a row is: `file.csv:17` in text, `the frame row 16` (counted from 0) elsewhere."""
    return f"{where}:{row}" if lines else f"{where} row {row}"


def listed(
    where: str,
    lines: bool,
    rows: NDArray[np.int64],
    wrong: NDArray[np.bool_],
    says: Callable[[int], str],
    hint: str = "",
) -> list[Problem]:
    """One problem per wrong row, the first ten of them, and one that counts the rest."""
    at = np.flatnonzero(wrong)
    problems = [
        Problem(says=says(int(i)), where=place(where, int(rows[i]), lines), hint=hint) for i in at[:LISTED]
    ]
    if len(at) > LISTED:
        n, row = len(at) - LISTED, "line" if lines else "row"
        rest = f"and {n:,} more {row}{'s' * (n > 1)} of this kind, the last is {row} {rows[at[-1]]}."
        problems.append(Problem(says=rest, where=where))
    return problems
