"""The trials of a run, one row each, in `run.db`: written in batches, read in one order.

Layout of the file, for any SQLite tool (the file is in WAL mode):

    trials             one row per trial (a view):
      trial_id         primary key, such as '1.ma_crossover.17'
      stage_number, stage, component, regime, "window", proposal      what the trial is, and the table's order
      outcome          scored, failed, crashed, killed, lost
      value            the objective; NULL where undefined
      params           JSON object; a parameter that is absent from the set is absent here
      metrics          JSON object; undefined is null
      undefined        JSON object: metric -> why it is null; NULL where none is
      reason           why a value is null or a trial did not score; NULL where there is nothing to say
      seed             the trial's own seed
      container, path, duration_s, peak_memory_mb      where and how it ran; differs from run to run
      detail           text for a person, such as a traceback; NULL where there is none
    typed_trials       the rows as stored, from which the view is made:
      trial            primary key: study << 40 | proposal
      place            where it ran (of `places`)
      outcome          NULL where scored
      extra            JSON object: metrics that only this component returned; NULL where there are none
      "params.NAME"    typed value; NULL where absent; true and false are 1 and 0; a column of kind json holds
                       JSON text; what is not of the column's kind (such as null) is a BLOB of JSON text
      "metrics.NAME"   typed value; NULL where undefined
    studies            study, stage_number, stage, component, regime, "window", before (a trial_id without its proposal)
    places             place, container, path
    own_metrics        name: of all metrics that only components returned
    logs               trial_id, output, events: what a trial printed, and the JSON of what it noted in its scope
                       ([at_s, kind, data], ...); only of trials that did any of it, see trial_log.py
    components         name
    parameter_columns  component, name, kind, column (of `typed_trials`)
    metric_columns     name, column (of `typed_trials`)
    log                seq, at, kind, data: what happened, see run_log.py

The typed columns hold every double exactly. The JSON of `trials` prints 17 digits by SQLite's own arithmetic:
exact for numbers of ordinary size, in the last digit not always for those beyond 1e100; -0.0 becomes 0.0.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import InputError, Problem, RunError
from admf.model.trial import Outcome, Outcomes, Params
from admf.store.batch import batch_cells
from admf.store.batch_cells import Coded
from admf.store.cells import Kind
from admf.store.database import guarded, transaction
from admf.store.insert import insert, prepare
from admf.store.published import Field, Selection, Shared, fields_of, pick, read_shared
from admf.store.schema import Layout, layout_of
from admf.store.stored_trial import StoredTrial, read_trial
from admf.store.studies import Known, keys_named, read_studies
from admf.store.table_file import created, has_trials, opened
from admf.store.trial_log import TrialLog, read_log, write_logs
from admf.store.trial_query import (
    chosen,
    is_there,
    keys_of,
    outcomes_of,
    rows_in_order,
    rows_of,
    selected,
    sorted_keys,
)
from admf.store.whole_columns import array_of, whole_column

__all__ = ["StoredTrial", "TrialLog", "TrialTable", "has_trials"]

BLOCK = 512
"""Trials read at a time: the Python objects of more fall out of the processor's cache, a third of the time."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialTable:
    """The trials of one file. Not for several threads: each opens its own."""

    file: Path
    connection: sqlite3.Connection
    layout: Layout
    _known: Known = attribute(default_factory=Known, repr=False)

    @classmethod
    def create(
        cls, path: Path, metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]
    ) -> TrialTable:
        """A new table: the metrics of every trial, and per component its parameters with their kinds.

        Raises RunError where the file holds trials already, InputError where names or kinds do not hold.
        """
        return cls(path, *created(path, metric_names, parameters))

    @classmethod
    def ready(
        cls, path: Path, metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]
    ) -> TrialTable:
        """The table for a run that begins or goes on: as `create` where there is none, else the one that is there.

        Raises RunError where that one holds other metrics or parameters.
        """
        if not has_trials(path):
            return cls.create(path, metric_names, parameters)
        table = cls.open(path)
        if table.layout != layout_of(metric_names, parameters):
            table.close()
            raise RunError(
                f"{path}: the table must hold the metrics and parameters of this run, holds others."
            )
        return table

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> TrialTable:
        """The table of a run that exists; RunError where it does not, or is none of ours."""
        return cls(path, *opened(path, readonly=readonly))

    def write(
        self,
        *,
        stage_number: int,
        stage: str,
        component: str,
        params: Sequence[Params],
        seeds: Sequence[int] | NDArray[np.int64],
        outcomes: Outcomes,
        regime: str = "all",
        window: str = "in_sample",
        container: str = "",
        path: str = "",
    ) -> None:
        """Writes a batch in one transaction: after a kill it is there whole, or not at all.

        A trial that is there already is replaced, so writing twice is writing once. `params` and `seeds` are
        in the order of `outcomes.numbers`. Infinite metrics become undefined. Raises RunError where the disk
        is full or a trial's id is another trial's; then the table is as it was.
        """
        if not len(outcomes):
            return
        batch = batch_cells(self.layout, component, params, seeds, outcomes)
        identity = (stage_number, component, regime, window)
        with guarded(self.file):
            study = self._known.study(self.connection, stage, identity)
            place = Coded((self._known.place(self.connection, (container or None, path or None)),))
            rows = replace(batch, trials=batch.trials + study.first, others={"place": place, **batch.others})
            prepared = prepare(self.connection, rows)
            with transaction(self.connection):
                new = insert(self.connection, rows, prepared)
                write_logs(self.connection, map(study.trial_id, outcomes.numbers), outcomes, new=new)
                self.connection.executemany(
                    "INSERT OR IGNORE INTO own_metrics VALUES (?)", [(name,) for name in batch.own_metrics]
                )

    def fields(self) -> dict[str, Field]:
        """What can be read, by the names that exports use."""
        return fields_of(self.layout, self._shared())

    def blocks(
        self, names: Sequence[str], selection: Selection, size: int = BLOCK
    ) -> Iterator[dict[str, Sequence[Any]]]:
        """Columns of at most `size` trials at a time, in the table's order, for tables larger than memory.

        None stands for null and for absent. Raises InputError for names, stages and components that do not
        exist.
        """
        shared = self._shared()
        known = fields_of(self.layout, shared)
        fields = [pick(known, name) for name in names]
        studies = selected(shared.studies, self.layout.components, selection)
        sort = None
        if selection.sort is not None and (sort := pick(known, selection.sort).sort) is None:
            raise InputError(f"'{selection.sort}' holds more than one number: sort by one of them.")
        if selection.top is not None and selection.top < 1:
            raise InputError(Problem(says=f"must be at least 1, was {selection.top}.", where="top"))
        columns = list(dict.fromkeys(one for field in fields for one in field.sql)) or ["NULL"]
        with guarded(self.file):
            if selection.ids is not None:
                named = keys_of(self.connection, studies, selection, sort)
                found = rows_of(self.connection, columns, named, size)
            elif sort is None:
                found = rows_in_order(self.connection, columns, studies, selection.top, size)
            else:
                down, top = selection.descending, selection.top
                keys = sorted_keys(self.connection, sort, studies, descending=down, top=top)
                found = rows_of(self.connection, columns, keys, size)
            for rows in found:
                cells = dict(zip(columns, zip(*rows, strict=True), strict=True))
                yield {field.name: field.decode([cells[one] for one in field.sql]) for field in fields}

    def columns(
        self,
        names: Sequence[str] | None = None,
        *,
        stage: str | int | None = None,
        component: str | None = None,
        window: str | None = None,
        sort: str | None = None,
        descending: bool = False,
        top: int | None = None,
        ids: tuple[str, ...] | None = None,
    ) -> dict[str, Any]:
        """The table as columns, ordered by stage number, component, regime, window, proposal.

        `names`: those of `fields()`, among them `params`, `metrics`, `undefined` with a dict per trial; None:
        all. Whole numbers and metrics are arrays (int64; float64 with NaN where undefined), all else lists
        (None where null or absent). `sort` puts nulls last and breaks ties by the order above. Raises
        InputError for names, stages and components that do not exist.
        """
        selection = Selection(
            stage=stage,
            component=component,
            window=window,
            sort=sort,
            descending=descending,
            top=top,
            ids=ids,
        )
        known = self.fields()
        wanted = [pick(known, name) for name in (known if names is None else names)]
        parts: dict[str, list[Any]] = {field.name: [] for field in wanted}
        for block in self.blocks([field.name for field in wanted], selection):
            for field in wanted:
                values = block[field.name]
                parts[field.name].append(array_of(values, field.dtype) if field.dtype else values)
        return {field.name: whole_column(field, parts[field.name]) for field in wanted}

    def row(self, trial_id: str) -> StoredTrial:
        """One trial, whole. Raises InputError where there is none of this id."""
        shared = self._shared()
        keys = [key for one, key in keys_named(shared.studies, trial_id) if one.trial_id(key) == trial_id]
        found = self._whole(keys[0], shared) if keys else None
        if found is None:
            hint = "`admf trials` lists them."
            raise InputError(
                Problem(says=f"there is no trial '{trial_id}'.", where=str(self.file), hint=hint)
            )
        return found

    def named(self, name: str) -> list[str]:
        """The ids of trials that are `name`, or else end in it after a dot, such as '17' and 'ma.17' for '1.ma.17'."""
        studies = read_studies(self.connection)
        found = [
            one.trial_id(key) for one, key in keys_named(studies, name) if is_there(self.connection, key)
        ]
        return [name] if name in found else found

    def log(self, trial_id: str) -> TrialLog:
        """What a trial printed and noted; empty where it did neither."""
        with guarded(self.file):
            return read_log(self.connection, trial_id)

    def best(
        self,
        component: str | None = None,
        *,
        maximize: bool,
        stage: str | int | None = None,
        window: str | None = "in_sample",
    ) -> StoredTrial | None:
        """The scored trial with the best value, the first of equals; None where none has a value."""
        found = self.top(1, component, maximize=maximize, stage=stage, window=window)
        return found[0] if found else None

    def top(
        self,
        n: int,
        component: str | None = None,
        *,
        maximize: bool,
        stage: str | int | None = None,
        window: str | None = "in_sample",
    ) -> list[StoredTrial]:
        """The n scored trials with the best values, the first of equals first; fewer where fewer have a value."""
        shared = self._shared()
        studies = chosen(shared.studies, Selection(stage=stage, component=component, window=window))
        scored = "outcome IS NULL AND value IS NOT NULL"
        with guarded(self.file):
            keys = sorted_keys(self.connection, "value", studies, descending=maximize, top=n, where=scored)
        return [trial for key in keys if (trial := self._whole(key, shared)) is not None]

    def count(
        self,
        *,
        stage: str | int | None = None,
        component: str | None = None,
        window: str | None = None,
    ) -> dict[Outcome, int]:
        """How many trials ended how; every outcome is there, with 0 where none did."""
        studies = chosen(self._shared().studies, Selection(stage=stage, component=component, window=window))
        with guarded(self.file):
            found = outcomes_of(self.connection, studies)
        return {outcome: found.get(outcome.value, 0) for outcome in Outcome}

    def sync(self) -> None:
        """Everything written so far survives a power cut too; for the end of a phase."""
        with guarded(self.file):
            self.connection.execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self.connection.close()

    def __enter__(self) -> TrialTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _shared(self) -> Shared:
        with guarded(self.file):
            return read_shared(self.connection)

    def _whole(self, key: int, shared: Shared) -> StoredTrial | None:
        with guarded(self.file):
            return read_trial(self.connection, self.layout, shared, key)
