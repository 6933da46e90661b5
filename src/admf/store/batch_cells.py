"""The cells of a batch, column by column: arrays of numbers, and few texts that many rows share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.store.cells import Cell


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A cell per row: `values` (n,) are int64, int8 or finite float64; NULL where `null` (n,) says so."""

    values: NDArray[np.int64] | NDArray[np.int8] | NDArray[np.float64]
    null: NDArray[np.bool_] | None = None

    def listed(self, rows: slice) -> list[Cell]:
        """The cells of some rows."""
        found: list[Cell] = self.values[rows].tolist()
        if self.null is not None:
            for row in np.flatnonzero(self.null[rows]).tolist():
                found[row] = None
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A cell per row: row i has cells[codes[i]]; without `codes` (n,) all rows have the first."""

    cells: tuple[Cell, ...]
    codes: NDArray[np.int64] | None = None

    def listed(self, rows: slice) -> list[Cell]:
        """The cells of some rows, which begin and end somewhere."""
        if self.codes is None:
            return [self.cells[0]] * (rows.stop - rows.start)
        cells = self.cells
        return [cells[code] for code in self.codes[rows].tolist()]

    def filled(self, where: NDArray[np.bool_], cell: Cell) -> Coded:
        """The same with this cell in those of the rows `where` (n,) that are NULL."""
        codes = np.zeros(len(where), np.int64) if self.codes is None else self.codes
        null = np.array([one is None for one in self.cells])[codes]
        return Coded((*self.cells, cell), np.where(where & null, len(self.cells), codes))


CellColumn = Numbers | Coded
NULLS = Coded((None,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchCells:
    """n rows of `typed_trials`, in the order of its columns: `trials` (n,), then `others`, then `metrics`.

    `metrics` (n, M) holds NaN where NULL and no infinity. `own_metrics` are the names that only the component returned.
    """

    trials: NDArray[np.int64]
    others: Mapping[str, CellColumn]
    metrics: NDArray[np.float64]
    own_metrics: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.trials)

    def listed(self, rows: slice) -> list[Sequence[Cell]]:
        """A list of cells per column, of some rows, as the sqlite3 module takes them: it binds NaN as NULL."""
        return [
            self.trials[rows].tolist(),
            *[column.listed(rows) for column in self.others.values()],
            *self.metrics[rows].T.tolist(),
        ]


def coded(cells: Sequence[Cell]) -> Coded:
    """Cells of which many are equal; numbers are not compared, so that -0.0 stays apart from 0.0."""
    if all(cell is None or isinstance(cell, str | bytes) for cell in cells):
        known = {cell: code for code, cell in enumerate(dict.fromkeys(cells))}
        return Coded(tuple(known), np.fromiter(map(known.__getitem__, cells), np.int64, len(cells)))
    return Coded(tuple(cells), np.arange(len(cells)))


def floats(values: NDArray[np.float64]) -> Numbers:
    """Cells of floats, of which NaN is NULL."""
    null = np.isnan(values)
    return Numbers(values, null if null.any() else None)
