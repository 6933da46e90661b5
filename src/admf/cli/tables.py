"""Tables on standard output: readable ones for a person, exact ones for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from admf.errors import InputError, Problem, nearest
from admf.store.export import column_names, rows, write_csv, write_json, write_parquet
from admf.store.published import Selection
from admf.store.trial_table import TrialTable

FORMATS = ("table", "json", "csv", "parquet")
_SHOWN_METRICS = ("value", "sharpe", "total_return", "max_drawdown", "n_trades", "win_rate")
_HIDDEN = ("stage", "component", "regime", "window", "proposal", "seed")
_ROWS = 50


def check_format(name: str) -> None:
    """InputError for a format that is none."""
    if name not in FORMATS:
        raise InputError(
            Problem(where="--format", says=f"'{name}' is no format.", hint=nearest(name, FORMATS))
        )


def print_trials(
    table: TrialTable, form: str, selection: Selection, *, measured: bool, also: Sequence[str] = ()
) -> None:
    """The selected trials as `form`; a readable table shows the metrics `also`, besides the usual ones."""
    match form:
        case "csv":
            write_csv(table, _text_out(), selection, measured=measured)
        case "json":
            write_json(table, _text_out(), selection, measured=measured)
        case "parquet":
            write_parquet(table, sys.stdout.buffer, selection, measured=measured)
        case _:
            _print_readable(table, selection, measured, (*_SHOWN_METRICS, *also))


def descending_by(sort: str | None, run: Path) -> bool:
    """Whether the best come first when sorted from large to small."""
    from admf.plan.studies_data import read_directions

    if sort is None:
        return False
    if sort == "value":
        return all(read_directions(run))
    from admf.finance.metrics.table import METRICS  # SciPy, for this alone

    return any(m.name == sort and m.maximize is not False for m in METRICS)


def print_columns(columns: Mapping[str, Sequence[Any]], form: str) -> None:
    """Columns of equal length as `form`; times as ISO texts."""
    names = list(columns)
    if form == "parquet":
        import polars as pl

        pl.DataFrame({name: list(column) for name, column in columns.items()}).write_parquet(
            sys.stdout.buffer
        )
        return
    lines = (tuple(map(_plain, row)) for row in zip(*columns.values(), strict=True))
    if form == "json":
        out = _text_out()
        json.dump([dict(zip(names, line, strict=True)) for line in lines], out, indent=1)
        out.write("\n")
    elif form == "csv":
        writer = csv.writer(_text_out(), lineterminator="\n")
        writer.writerow(names)
        writer.writerows([["" if cell is None else _exact(cell) for cell in line] for line in lines])
    else:
        _print_table(names, [[_short(cell) for cell in line] for line in lines])


def _print_readable(table: TrialTable, selection: Selection, measured: bool, metrics: Sequence[str]) -> None:
    limited = selection if selection.top is not None else replace(selection, top=_ROWS + 1)
    names = column_names(table, limited, measured=measured)
    fields = table.fields()
    shown = [
        i for i, name in enumerate(names)
        if name not in _HIDDEN and (fields[name].role != "metric" or name.removeprefix("metrics.") in metrics)
    ]  # fmt: skip
    found = list(rows(table, limited, measured=measured))
    more = len(found) > _ROWS and selection.top is None
    lines = [[_short(row[i]) for i in shown] for row in (found[:_ROWS] if more else found)]
    _print_table([names[i] for i in shown], lines)
    if more:
        of = table.count(stage=selection.stage, component=selection.component)
        total = sum(of.values()) if selection.ids is None else len(selection.ids)
        sys.stdout.write(f"{_ROWS} of {total:,} trials; --top N or --format csv shows more.\n")


def _print_table(names: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    widths = [max([len(name), *(len(line[i]) for line in lines)]) for i, name in enumerate(names)]
    for line in (names, *lines):
        cells = (
            cell.rjust(w) if i else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _text_out() -> Any:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(newline="")
    return sys.stdout


def _plain(cell: Any) -> Any:
    """A cell as JSON has it: NumPy scalars as Python's, times as ISO texts, NaN as None."""
    if type(cell).__name__ == "datetime64":
        return str(cell.astype("datetime64[s]"))
    value = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(value, float) and value != value else value


def _exact(cell: Any) -> str:
    return (
        ("true" if cell else "false")
        if isinstance(cell, bool)
        else repr(cell)
        if isinstance(cell, float)
        else str(cell)
    )


def _short(cell: Any) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
