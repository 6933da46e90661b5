"""The stored trials of one study, read along as its search proposes them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import InputError, Problem
from admf.model.param_sets import ParamSets
from admf.model.trial import Params, trial_id
from admf.store.cells import Cell
from admf.store.database import guarded
from admf.store.parameter_cells import parameter_cells
from admf.store.published import decoded_params
from admf.store.schema import ParameterColumn, quoted
from admf.store.studies import PROPOSAL, StoredStudy, read_studies
from admf.store.trial_table import TrialTable

Row = tuple[Any, ...]
"""Value, proposal, seed, a cell per parameter of the component; then the outcome, and a cell per metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is recorded of some proposals: the `numbers` of those that are, in order, with their `values` (n,).

    A value is NaN where there is none; `scored` (n,) says which trials came to their end, `metrics` holds the
    metrics that were asked for, each (n,), NaN where undefined. `missing` are half-open stretches of proposal
    numbers, in order.
    """

    numbers: Sequence[int]
    values: NDArray[np.float64]
    missing: tuple[tuple[int, int], ...]
    scored: NDArray[np.bool_]
    metrics: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """The rows of one study, with `metrics` besides the value. Reads what it is asked for, and holds nothing."""

    table: TrialTable
    stage_number: int
    component: str
    regime: str
    window: str
    metrics: tuple[str, ...] = ()

    def take(
        self, first: int, proposals: Sequence[Params], seeds: Sequence[int] | NDArray[np.int64]
    ) -> Found:
        """What is recorded of proposals first, first + 1 ..., whose seeds are `seeds`.

        Raises InputError where a proposal or its seed is not what was recorded under its number, and where
        more is recorded than the search proposes (`proposals` is empty).
        """
        stop = first + len(proposals)
        rows = self._read(first, stop if len(proposals) else None)
        if not rows:
            return _nothing(first, stop, self.metrics)
        if not len(proposals):
            raise self._differs(rows[0], "the search proposes no more")
        values, numbers, *cells = zip(*rows, strict=True)
        given, (outcomes, *metrics) = cells[: self._end - 2], cells[self._end - 2 :]
        sets = ParamSets.of(proposals)
        places = np.array(numbers) - first
        again = sets if len(rows) == len(sets) else sets.take(places)
        expected = self._cells(again, np.asarray(seeds, np.int64)[places])
        if list(map(list, given)) != expected:
            self._refuse(rows, again, list(zip(*expected, strict=True)))
        return Found(
            numbers=numbers,
            values=np.array(values, np.float64),
            missing=_between(numbers, first, stop),
            scored=np.array([outcome is None for outcome in outcomes]),
            metrics={
                name: self._metric(name, found) for name, found in zip(self.metrics, metrics, strict=True)
            },
        )

    def goes_on(self, first: int) -> bool:
        """Whether anything is recorded from proposal `first` on."""
        return bool(self._read(first, None))

    def seconds(self) -> float:
        """What all its trials took, in seconds of one container."""
        with guarded(self.table.file):
            study = self._study()
            if study is None:
                return 0.0
            sql = "SELECT total(duration_s) FROM typed_trials WHERE trial BETWEEN ? AND ?"
            values = (study.first, study.first + PROPOSAL)
            (took,) = self.table.connection.execute(sql, values).fetchone()
            return float(took)

    def _cells(self, sets: ParamSets, seeds: NDArray[np.int64]) -> list[list[Cell]]:
        """Seeds and parameters as they would be recorded: a list per column."""
        rows = slice(0, len(sets))
        columns = parameter_cells(self.table.layout, self.component, sets)
        return [seeds.tolist(), *(columns[one.column].listed(rows) for one in self._own)]

    def _read(self, first: int, stop: int | None) -> list[Row]:
        """The rows of proposals below `stop`; of all that follow the first alone."""
        with guarded(self.table.file):
            study = self._study()
            if study is None:
                return []
            names = ["value", f"trial & {PROPOSAL}", "seed", *(quoted(one.column) for one in self._own)]
            known = self.table.layout.metrics
            names += ["outcome", *(quoted(known[one]) if one in known else "extra" for one in self.metrics)]
            sql = f"SELECT {', '.join(names)} FROM typed_trials WHERE trial BETWEEN ? AND ? ORDER BY trial LIMIT ?"
            last = PROPOSAL if stop is None else stop - 1
            values = (study.first + first, study.first + last, 1 if stop is None else -1)
            return self.table.connection.execute(sql, values).fetchall()

    def _metric(self, name: str, cells: Sequence[Any]) -> NDArray[np.float64]:
        """One metric (n,): typed cells, or one of those that only the component returned, in JSON."""
        if name not in self.table.layout.metrics:
            cells = [None if cell is None else json.loads(cell).get(name) for cell in cells]
        return np.array(cells, np.float64)

    def _study(self) -> StoredStudy | None:
        identity = (self.stage_number, self.component, self.regime, self.window)
        studies = read_studies(self.table.connection)
        return next((one for one in studies if one.identity == identity), None)

    @property
    def _own(self) -> Sequence[ParameterColumn]:
        return tuple(self.table.layout.components[self.component].values())

    @property
    def _end(self) -> int:
        """Where the cells of a row end that must be as proposed."""
        return 3 + len(self._own)

    def _refuse(self, rows: Sequence[Row], again: ParamSets, expected: Sequence[Row]) -> None:
        """Raise for the first row that is not what is proposed now."""
        for row, params, wanted in zip(rows, again, expected, strict=True):
            if row[2 : self._end] != wanted:
                raise self._differs(row, f"the search now proposes {dict(params)} with seed {wanted[0]}")

    def _differs(self, row: Row, now: str) -> InputError:
        params = decoded_params(self._own, row[3 : self._end])
        name = trial_id(self.stage_number, self.component, self.regime, self.window, row[1])
        return InputError(
            Problem(
                where=f"{self.table.file}: {name}",
                says=f"a trial must be proposed as it was recorded, with {params} and seed {row[2]}; {now}.",
                hint="The search is not the one that began this run: start a new run.",
            )
        )


def _nothing(first: int, stop: int, metrics: Sequence[str]) -> Found:
    return Found(
        numbers=(),
        values=np.empty(0),
        missing=((first, stop),),
        scored=np.empty(0, np.bool_),
        metrics={name: np.empty(0) for name in metrics},
    )


def _between(numbers: Sequence[int], first: int, stop: int) -> tuple[tuple[int, int], ...]:
    """The stretches of first..stop-1 that are not among the sorted `numbers`."""
    edges = [first - 1, *numbers, stop]
    pairs = zip(edges, islice(edges, 1, None), strict=False)
    return tuple((before + 1, after) for before, after in pairs if before + 1 < after)
