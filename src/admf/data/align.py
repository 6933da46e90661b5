"""Several symbols on one clock: the times that all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from admf.data.columns import PRICES
from admf.data.sheet import Table
from admf.errors import DataError, Problem

_LEAST = 2


def without_empty_rows(table: Table) -> Table:
    """The table without rows of no price at all: what a wide frame holds where a symbol did not trade."""
    empty = np.logical_and.reduce([np.isnan(table.columns[name]) for name in PRICES])
    return table.keep(~empty) if empty.any() else table


def align(tables: Sequence[Table]) -> tuple[list[Table], tuple[str, ...]]:
    """The tables cut to their common times and columns, and a note per symbol that lost bars by it.

    DataError where fewer than two common times are left. Times must be strictly increasing.
    """
    if len(tables) == 1:
        return list(tables), ()
    common = reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), (t.time for t in tables))
    if len(common) < _LEAST:
        spans = "; ".join(f"{t.symbol}: {_span(t)}" for t in tables[:10])
        says = f"the symbols have {len(common)} times in common, and at least {_LEAST} are needed."
        raise DataError(Problem(says=says, hint=f"They are at: {spans}."))
    shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)]
    notes = []
    aligned = []
    for table in tables:
        kept = table.keep(np.searchsorted(table.time, common))
        lost = len(table.time) - len(common)
        if lost:
            notes.append(
                f"{table.symbol}: {lost:,} of {len(table.time):,} bars left out, not all symbols have them."
            )
        if left := sorted(set(table.columns) - set(shared)):
            notes.append(f"{table.symbol}: columns left out, not all symbols have them: {', '.join(left)}.")
        aligned.append(
            Table(
                symbol=kept.symbol,
                where=kept.where,
                lines=kept.lines,
                rows=kept.rows,
                time=kept.time,
                zone=kept.zone,
                columns={name: kept.columns[name] for name in shared},
                notes=kept.notes,
            )
        )
    return aligned, tuple(notes)


def _span(table: Table) -> str:
    first, last = (str(np.datetime64(int(t), "ns"))[:16] for t in table.time[[0, -1]])
    return f"{len(table.time):,} bars, {first} to {last} UTC"
