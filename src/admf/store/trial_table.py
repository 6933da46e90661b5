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
    typed_trials       the same as stored: instead of params and metrics what these are made of:
      extra            JSON object: metrics that only this component returned; NULL where there are none
      "params.NAME"    typed value; NULL where absent; true and false are 1 and 0; a column of kind json holds
                       JSON text; what is not of the column's kind (such as null) is a BLOB of JSON text
      "metrics.NAME"   typed value; NULL where undefined
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
from contextlib import closing
from dataclasses import dataclass
from dataclasses import fields as names_of
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import InputError, Problem, RunError, nearest
from admf.model.trial import Outcome, Outcomes, Params
from admf.store.batch import batch_columns, upsert
from admf.store.cells import Kind
from admf.store.database import connect, guarded, no_trials, transaction
from admf.store.published import ORDER, Field, Selection, conditions, fields_of, pick, query
from admf.store.schema import Layout, create_tables, layout_of, stored_layout
from admf.store.stored_trial import StoredTrial
from admf.store.trial_log import TrialLog, create_logs, log_rows, read_log, write_logs

__all__ = ["StoredTrial", "TrialLog", "TrialTable"]

BLOCK = 5_000
"""Trials read at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialTable:
    """The trials of one file. Not for several threads: each opens its own."""

    file: Path
    connection: sqlite3.Connection
    layout: Layout

    @classmethod
    def create(
        cls, path: Path, metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]
    ) -> TrialTable:
        """A new table: the metrics of every trial, and per component its parameters with their kinds.

        Raises RunError where the file holds trials already, InputError where names or kinds do not hold.
        """
        layout = layout_of(metric_names, parameters)
        connection = connect(path, create=True)
        try:
            with guarded(path), transaction(connection):
                if _has_trials(connection):
                    raise RunError(
                        f"{path}: a new run needs a new file, this one holds trials. Name another folder with --out."
                    )
                create_tables(connection, layout)
                create_logs(connection)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, layout)

    @classmethod
    def ready(
        cls, path: Path, metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]
    ) -> TrialTable:
        """The table for a run that begins or goes on: as `create` where there is none, else the one that is there.

        Raises RunError where that one holds other metrics or parameters.
        """
        with guarded(path), closing(connect(path, create=True)) as connection:
            there = _has_trials(connection)
        if not there:
            return cls.create(path, metric_names, parameters)
        table = cls.open(path)
        with guarded(path), transaction(table.connection):
            create_logs(table.connection)  # a run that an older ADMF began has none
        if table.layout != layout_of(metric_names, parameters):
            table.close()
            raise RunError(
                f"{path}: the table must hold the metrics and parameters of this run, holds others."
            )
        return table

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> TrialTable:
        """The table of a run that exists; RunError where it does not, or is none of ours."""
        connection = connect(path, readonly=readonly)
        try:
            with guarded(path):
                if not _has_trials(connection):
                    raise RunError(no_trials(path))
                return cls(path, connection, stored_layout(connection))
        except BaseException:
            connection.close()
            raise

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
        shared = {
            "stage_number": stage_number, "stage": stage, "component": component, "regime": regime,
            "window": window, "container": container or None, "path": path or None,
        }  # fmt: skip
        columns = batch_columns(self.layout, shared, params, seeds, outcomes)
        logs = log_rows(columns["trial_id"], outcomes)
        with guarded(self.file), transaction(self.connection):
            written = self.connection.executemany(upsert(columns), zip(*columns.values(), strict=False))
            write_logs(self.connection, columns["trial_id"], logs)
            if written.rowcount != len(outcomes):
                raise RunError(
                    f"{self.file}: a trial's id must be its own, is that of another trial in stage "
                    f"{stage_number}, component '{component}', regime '{regime}', window '{window}'. "
                    "Rename the component, regime or window: their names, joined by dots, must differ."
                )

    def fields(self) -> dict[str, Field]:
        """What can be read, by the names that exports use."""
        with guarded(self.file):
            extra = self.connection.execute(
                "SELECT DISTINCT key FROM typed_trials, json_each(extra) WHERE extra IS NOT NULL ORDER BY key"
            ).fetchall()
        return fields_of(self.layout, [name for (name,) in extra])

    def blocks(
        self, names: Sequence[str], selection: Selection, size: int = BLOCK
    ) -> Iterator[dict[str, Sequence[Any]]]:
        """Columns of `size` trials at a time, in the table's order, for tables larger than memory.

        None stands for null and for absent. Raises InputError for names, stages and components that do not
        exist.
        """
        known = self.fields()
        fields = [pick(known, name) for name in names]
        self._check(selection)
        sort = None
        if selection.sort is not None and (sort := pick(known, selection.sort).sort) is None:
            raise InputError(f"'{selection.sort}' holds more than one number: sort by one of them.")
        sql, values = query([one for field in fields for one in field.sql] or ["NULL"], selection, sort)
        with guarded(self.file):
            cursor = self.connection.execute(sql, values)
            while rows := cursor.fetchmany(size):
                cells = iter(list(zip(*rows, strict=True)))
                yield {field.name: field.decode([next(cells) for _ in field.sql]) for field in fields}

    def columns(
        self,
        names: Sequence[str] | None = None,
        *,
        stage: str | int | None = None,
        component: str | None = None,
        sort: str | None = None,
        descending: bool = False,
        top: int | None = None,
    ) -> dict[str, Any]:
        """The table as columns, ordered by stage number, component, regime, window, proposal.

        `names`: those of `fields()`, among them `params`, `metrics`, `undefined` with a dict per trial; None:
        all. Whole numbers and metrics are arrays (int64; float64 with NaN where undefined), all else lists
        (None where null or absent). `sort` puts nulls last and breaks ties by the order above. Raises
        InputError for names, stages and components that do not exist.
        """
        selection = Selection(stage=stage, component=component, sort=sort, descending=descending, top=top)
        known = self.fields()
        wanted = [pick(known, name) for name in (known if names is None else names)]
        parts: dict[str, list[Any]] = {field.name: [] for field in wanted}
        for block in self.blocks([field.name for field in wanted], selection):
            for field in wanted:
                values = block[field.name]
                parts[field.name].append(np.array(values, dtype=field.dtype) if field.dtype else values)
        return {field.name: _whole_column(field, parts[field.name]) for field in wanted}

    def row(self, trial_id: str) -> StoredTrial:
        """One trial, whole. Raises InputError where there is none of this id."""
        found = self._first("WHERE trial_id = ?", (trial_id,), "trial_id")
        if found is None:
            hint = "`admf trials` lists them."
            raise InputError(
                Problem(says=f"there is no trial '{trial_id}'.", where=str(self.file), hint=hint)
            )
        return found

    def log(self, trial_id: str) -> TrialLog:
        """What a trial printed and noted; empty where it did neither, or where an older ADMF kept none of it."""
        with guarded(self.file):
            return read_log(self.connection, trial_id)

    def best(
        self, component: str | None = None, *, maximize: bool, stage: str | int | None = None
    ) -> StoredTrial | None:
        """The scored trial with the best value, the first of equals; None where none has a value."""
        where, values = conditions(Selection(stage=stage, component=component))
        where += " AND outcome = 'scored' AND value IS NOT NULL"
        return self._first(where, values, f"value {'DESC' if maximize else 'ASC'}, {ORDER}")

    def count(self, *, stage: str | int | None = None, component: str | None = None) -> dict[Outcome, int]:
        """How many trials ended how; every outcome is there, with 0 where none did."""
        where, values = conditions(Selection(stage=stage, component=component))
        with guarded(self.file):
            found = dict(
                self.connection.execute(
                    f"SELECT outcome, count(*) FROM typed_trials {where} GROUP BY outcome", values
                )
            )
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

    def _first(self, where: str, values: tuple[Any, ...], order: str) -> StoredTrial | None:
        known = fields_of(self.layout, ())
        wanted = [known[field.name] for field in names_of(StoredTrial)]
        sql = ", ".join(one for field in wanted for one in field.sql)
        with guarded(self.file):
            rows = self.connection.execute(
                f"SELECT {sql} FROM typed_trials {where} ORDER BY {order} LIMIT 1", values
            )
            found = rows.fetchone()
        if found is None:
            return None
        cells = iter(found)
        read = {field.name: field.decode([(next(cells),) for _ in field.sql])[0] for field in wanted}
        texts = {name: read[name] or "" for name in ("reason", "container", "path", "detail")}
        return StoredTrial(**read | texts | {"outcome": Outcome(read["outcome"])})

    def _check(self, selection: Selection) -> None:
        name = selection.component
        if name is not None and name not in self.layout.components:
            hint = nearest(name, self.layout.components)
            raise InputError(Problem(says="must be a component of this run.", where=f"'{name}'", hint=hint))
        if selection.stage is None:
            return
        where, values = conditions(Selection(stage=selection.stage))
        with guarded(self.file):
            if self.connection.execute(f"SELECT 1 FROM typed_trials {where} LIMIT 1", values).fetchone():
                return
            stages = [
                stage for (stage,) in self.connection.execute("SELECT DISTINCT stage FROM typed_trials")
            ]
        if stages:
            hint = nearest(str(selection.stage), stages)
            raise InputError(
                Problem(
                    says="must be a stage with trials in this run.", where=f"'{selection.stage}'", hint=hint
                )
            )


def has_trials(path: Path) -> bool:
    """Whether the file at `path` has a trial table yet; one of a run that was killed at its start has none."""
    if not path.is_file():
        return False
    with guarded(path), closing(connect(path, readonly=True)) as connection:
        return _has_trials(connection)


def _has_trials(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'typed_trials'").fetchone()
    return found is not None


def _whole_column(field: Field, parts: Sequence[Any]) -> Any:
    if field.dtype:
        return np.concatenate([np.empty(0, dtype=field.dtype), *parts])
    return [value for part in parts for value in part]
