"""The trial table as CSV, JSON, Parquet, or plain rows: equal tables give equal bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

from admf.errors import InputError, Problem, nearest
from admf.store.cells import to_json
from admf.store.files import writing
from admf.store.published import Field, Selection, deterministic_names
from admf.store.trial_table import TrialTable

if TYPE_CHECKING:
    import polars as pl

Format = Literal["csv", "json", "parquet"]

EVERYTHING = Selection()


def column_names(
    table: TrialTable, selection: Selection = EVERYTHING, *, measured: bool = False
) -> list[str]:
    """The columns of an export: ids, one per parameter, outcome, reason, value, one per metric, seed.

    They are equal in equal runs; `measured` adds container, duration_s, peak_memory_mb, which are not.
    """
    return deterministic_names(table.fields(), component=selection.component, measured=measured)


def deterministic_columns(table: TrialTable, **selection: Any) -> dict[str, Any]:
    """The columns by which runs are compared; `selection` as for `TrialTable.columns`."""
    return table.columns(column_names(table, Selection(**selection)), **selection)


def rows(
    table: TrialTable, selection: Selection = EVERYTHING, *, measured: bool = False
) -> Iterator[tuple[Any, ...]]:
    """Each trial's values in the order of `column_names`; None for null and absent. Reads as it goes."""
    for block in table.blocks(column_names(table, selection, measured=measured), selection):
        yield from zip(*block.values(), strict=True)


def text_rows(
    table: TrialTable, selection: Selection = EVERYTHING, *, measured: bool = False
) -> Iterator[tuple[str, ...]]:
    """`rows` as text, as in CSV: exact floats, '' for null, true and false, mappings as JSON."""
    for row in rows(table, selection, measured=measured):
        yield tuple(map(_text, row))


def write_csv(
    table: TrialTable, file: IO[str], selection: Selection = EVERYTHING, *, measured: bool = False
) -> None:
    """Writes a header and a line per trial; open the file with newline='' (lines end with LF)."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column_names(table, selection, measured=measured))
    writer.writerows(text_rows(table, selection, measured=measured))


def write_json(
    table: TrialTable, file: IO[str], selection: Selection = EVERYTHING, *, measured: bool = False
) -> None:
    """Writes one array with an object per trial, one per line; null for null and absent."""
    names = column_names(table, selection, measured=measured)
    before = "[\n"
    for row in rows(table, selection, measured=measured):
        file.write(before + json.dumps(dict(zip(names, row, strict=True)), allow_nan=False))
        before = ",\n"
    file.write("[]\n" if before == "[\n" else "\n]\n")


def write_parquet(
    table: TrialTable, file: IO[bytes], selection: Selection = EVERYTHING, *, measured: bool = False
) -> None:
    """Writes typed columns (zstd). A parameter of kind json, or with values not of its kind, is JSON text."""
    frame(table, selection, measured=measured).write_parquet(file, compression="zstd")


def frame(table: TrialTable, selection: Selection = EVERYTHING, *, measured: bool = False) -> pl.DataFrame:
    """The same as a Polars frame; null for null and absent."""
    import polars as pl  # half a second, for this alone

    fields = table.fields()
    names = column_names(table, selection, measured=measured)
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for block in table.blocks(names, selection):
        for name, values in block.items():
            parts[name] += values
    return pl.DataFrame([_series(fields[name], values) for name, values in parts.items()])


def export(
    table: TrialTable,
    path: Path,
    format: Format,
    selection: Selection = EVERYTHING,
    *,
    measured: bool = False,
) -> None:
    """Writes the table to a file, which appears whole or not at all.

    Raises InputError for an unknown format, RunError where the file cannot be written.
    """
    _check(format)
    with writing(path) as file:
        if format == "parquet":
            write_parquet(table, file, selection, measured=measured)
            return
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        (write_csv if format == "csv" else write_json)(table, text, selection, measured=measured)
        text.detach()


def _check(format: str) -> None:
    if format not in get_args(Format):
        hint = nearest(format, get_args(Format))
        raise InputError(Problem(says="must be a format of tables.", where=f"'{format}'", hint=hint))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, int | float) else to_json(value)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int and abs(value) < 2**63,
    "float": lambda value: type(value) is float,
    "bool": lambda value: type(value) is bool,
    "text": lambda value: type(value) is str,
    "json": lambda _: False,
}


def _series(field: Field, values: Sequence[Any]) -> pl.Series:
    import polars as pl

    types = {"int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "text": pl.String, "json": pl.String}
    fits = _FITS[field.kind]
    if all(value is None or fits(value) for value in values) and field.kind != "json":
        return pl.Series(field.name, values, dtype=types[field.kind], strict=True)
    texts = [None if value is None else to_json(value) for value in values]
    return pl.Series(field.name, texts, dtype=pl.String)
