"""The stored trials of one study, read along as its search proposes them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import InputError, Problem
from admf.model.param_sets import ParamSets
from admf.model.trial import Params, trial_id
from admf.store.batch import parameter_cells
from admf.store.database import guarded
from admf.store.published import decoded_params
from admf.store.schema import quoted
from admf.store.trial_table import BLOCK, TrialTable

Row = tuple[Any, ...]
"""Value, proposal, seed, and a cell per parameter of the component."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is recorded of some proposals: the `numbers` of those that are, in order, with their `values` (n,).

    A value is NaN where there is none.     `missing` are half-open stretches of proposal numbers, in order.
    """

    numbers: Sequence[int]
    values: NDArray[np.float64]
    missing: tuple[tuple[int, int], ...]


@dataclass(slots=True, kw_only=True, eq=False)
class Recorded:
    """The rows of one study in proposal order. Reads as it goes: nothing is held that is not asked for."""

    table: TrialTable
    stage_number: int
    component: str
    regime: str
    window: str
    _rows: Iterator[Row] = field(init=False)
    _next: Row | None = field(init=False)

    def __post_init__(self) -> None:
        self._rows = self._read()
        self._next = next(self._rows, None)

    def take(self, first: int, proposals: Sequence[Params], seeds: NDArray[np.int64]) -> Found:
        """What is recorded of proposals first, first + 1 ...; to be asked in order, each proposal once.

        `seeds` (n,) are theirs. Raises InputError where a proposal or its seed is not what was recorded under its
        number, and where more is recorded than the search proposes (`proposals` is empty).
        """
        if self._next is None:
            return _nothing(first, len(proposals))
        if not len(proposals):
            raise self._differs(self._next, "the search proposes no more")
        rows = list(self._below(first + len(proposals)))
        if not rows:
            return _nothing(first, len(proposals))
        values, numbers, *given = zip(*rows, strict=True)
        places = np.array(numbers) - first
        own, again = seeds[places].tolist(), ParamSets.of(proposals).take(places)
        cells = parameter_cells(self.table.layout, self.component, again)
        if [list(column) for column in given] != [own, *map(list, cells)]:
            self._refuse(rows, own, again, list(zip(own, *cells, strict=True)))
        return Found(
            numbers=numbers,
            values=np.array(values, np.float64),
            missing=_between(numbers, first, first + len(proposals)),
        )

    def _below(self, stop: int) -> Iterator[Row]:
        while self._next is not None and self._next[1] < stop:
            yield self._next
            self._next = next(self._rows, None)

    def _read(self) -> Iterator[Row]:
        names = [quoted(one.column) for one in self.table.layout.components[self.component].values()]
        sql = (
            f"SELECT {', '.join(['value', 'proposal', 'seed', *names])} FROM typed_trials"
            ' WHERE stage_number = ? AND component = ? AND regime = ? AND "window" = ? ORDER BY proposal'
        )
        key = (self.stage_number, self.component, self.regime, self.window)
        with guarded(self.table.file):
            cursor = self.table.connection.execute(sql, key)
            while block := cursor.fetchmany(BLOCK):
                yield from block

    def _refuse(
        self, rows: Sequence[Row], seeds: Sequence[int], again: Sequence[Params], expected: Sequence[Row]
    ) -> None:
        """Raise for the first row that is not what is proposed now."""
        for row, seed, params, wanted in zip(rows, seeds, again, expected, strict=True):
            if row[2:] != wanted:
                raise self._differs(row, f"the search now proposes {dict(params)} with seed {seed}")

    def _differs(self, row: Row, now: str) -> InputError:
        own = self.table.layout.components[self.component].values()
        params = decoded_params(own, row[3:])
        name = trial_id(self.stage_number, self.component, self.regime, self.window, row[1])
        return InputError(
            Problem(
                where=f"{self.table.file}: {name}",
                says=f"a trial must be proposed as it was recorded, with {params} and seed {row[2]}; {now}.",
                hint="The search is not the one that began this run: start a new run.",
            )
        )


def _nothing(first: int, n: int) -> Found:
    return Found(numbers=(), values=np.empty(0), missing=((first, first + n),))


def _between(numbers: Sequence[int], first: int, stop: int) -> tuple[tuple[int, int], ...]:
    """The stretches of first..stop-1 that are not among the sorted `numbers`."""
    edges = [first - 1, *numbers, stop]
    pairs = zip(edges, islice(edges, 1, None), strict=False)
    return tuple((before + 1, after) for before, after in pairs if before + 1 < after)
