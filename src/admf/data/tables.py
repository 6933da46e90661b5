"""Sheets to tables: names matched, times in UTC, cells as numbers, one table per symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from admf.data.calendar import DAY_NS, bar_length, is_daily, is_zone
from admf.data.cells import has_decimal_comma, has_decimal_point, shown, to_floats
from admf.data.columns import PRICES, Names, match_columns
from admf.data.localize import localize
from admf.data.sheet import Sheet, Table, listed
from admf.data.stamps import Stamps, join_clock, read_stamps
from admf.errors import DataError, Problem
from admf.model.bars import Floats

_ROW = "\0row"
_ASK = "Say where they are local, for example timezone: America/New_York."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the user says about the cells."""

    timezone: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None


def read_tables(sheet: Sheet, reading: Reading) -> list[Table]:
    """The tables of one sheet, one per symbol. DataError with all that cannot be read in it."""
    names = match_columns(sheet.frame.columns, reading.columns, sheet.where)
    frame = sheet.frame.with_columns(pl.Series(_ROW, np.arange(sheet.frame.height) + (sheet.first_line or 0)))
    if sheet.first_line is not None:  # blank lines
        blank = pl.exclude(_ROW).is_null() | (pl.exclude(_ROW).str.strip_chars() == "")
        frame = frame.filter(~pl.all_horizontal(blank))
    frame, problems = _without_headers(frame, names, sheet)
    if names.symbol is None:
        return [_table(frame, sheet.symbol, names, sheet, reading, problems)]
    symbols = frame[names.symbol].cast(pl.String).str.strip_chars()
    different = symbols.drop_nulls().unique(maintain_order=True).to_list()
    problems += _symbol_problems(sheet, names.symbol, symbols, frame[_ROW], different)
    tables = []
    for symbol in different:
        called = sheet.symbol if sheet.named else symbol
        try:
            tables.append(_table(frame.filter(symbols == symbol), called, names, sheet, reading))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(*dict.fromkeys(problems))
    return tables


def _without_headers(frame: pl.DataFrame, names: Names, sheet: Sheet) -> tuple[pl.DataFrame, list[Problem]]:
    """The rows that are no second header: files that were put together have one in the middle."""
    if sheet.first_line is None:
        return frame, []
    header = [name for name in frame.columns if name != _ROW and name in (names.time, *names.fields.values())]
    again = pl.all_horizontal(pl.col(name).str.strip_chars() == name for name in header).fill_null(False)
    rows = frame.filter(again)[_ROW].to_numpy()
    hint = "Delete the line; were files put together?"
    problems = listed(
        sheet.where, True, rows, np.ones(len(rows), np.bool_), lambda _: "the header is there again.", hint
    )
    return frame.filter(~again), problems


def _symbol_problems(
    sheet: Sheet, column: str, symbols: pl.Series, rows: pl.Series, different: list[str]
) -> list[Problem]:
    problems = listed(
        sheet.where,
        sheet.first_line is not None,
        rows.to_numpy(),
        symbols.is_null().to_numpy(),
        lambda _: f"the symbol ('{column}') is missing.",
    )
    if sheet.named and len(different) > 1:
        says = f"'{sheet.symbol}' must be one symbol; column '{column}' has {len(different)}."
        hint = "Give this source alone, without a symbol's name before it."
        problems.append(Problem(says=says, where=sheet.where, hint=hint))
    return problems


def _table(
    frame: pl.DataFrame,
    symbol: str,
    names: Names,
    sheet: Sheet,
    reading: Reading,
    known: Sequence[Problem] = (),
) -> Table:
    """The table of one symbol's rows; DataError with what is wrong in them after what was `known` before."""
    lines = sheet.first_line is not None
    rows = np.array(frame[_ROW].to_numpy(), dtype=np.int64)
    columns, problems = _columns(frame, names, sheet.where, lines)
    problems = [*known, *problems]
    cells = frame[names.time]
    if names.clock is not None:
        cells = join_clock(cells, frame[names.clock])
    time, zone, notes = pl.Series([], dtype=pl.Datetime("ns", "UTC")), "", ""
    try:
        stamps = read_stamps(cells, reading.time_format)
        time, zone, notes = _instants(stamps, reading.timezone)
    except DataError as error:
        problems += error.at(sheet.where).problems
    else:
        wrong = time.is_null() | stamps.odd_ones(len(cells))
        problems += listed(
            sheet.where,
            lines,
            rows,
            wrong.to_numpy(),
            lambda i: _no_time(names.time, cells[i], stamps, i, reading.timezone),
        )
    if problems:
        raise DataError(*problems)
    return Table(
        symbol=symbol,
        where=sheet.where,
        lines=lines,
        rows=rows,
        time=np.array(time.dt.timestamp("ns").to_numpy(), dtype=np.int64),
        zone=zone,
        columns=columns,
        notes=(notes,) if notes else (),
    )


def _columns(
    frame: pl.DataFrame, names: Names, where: str, lines: bool
) -> tuple[dict[str, Floats], list[Problem]]:
    """Float columns, prices first and extras by name; extras that are not numbers are left out."""
    prices = [frame[names.fields[price]] for price in PRICES]
    comma, point = has_decimal_comma(prices), has_decimal_point(prices)
    rows = frame[_ROW].to_numpy()
    columns: dict[str, Floats] = {}
    problems: list[Problem] = []
    for ours, theirs in {**names.fields, **names.extras}.items():
        grouped = ours == "volume" and point  # beside prices with a point, 888,901 is one number
        values, wrong = to_floats(frame[theirs], decimal_comma=comma, grouped=grouped)
        if ours in PRICES or ours == "volume":
            problems += listed(where, lines, rows, wrong, partial(_no_number, ours, frame[theirs]))
        elif wrong.any():
            continue
        if ours in PRICES or not np.isnan(values).all():  # a column of nothing is no column
            columns[ours] = values
    return columns, problems


def _no_number(name: str, cells: pl.Series, i: int) -> str:
    return f"{name} must be a number, is '{shown(cells[i])}'."


def _no_time(name: str, cell: object, stamps: Stamps, i: int, zone: str | None) -> str:
    """Why a cell is no time: words for each of the reasons."""
    if stamps.odd is not None and stamps.odd[i]:
        have = "have a time zone, this one has none" if stamps.instants else "have no time zone, this one has"
        return f"'{name}': most times {have}: '{shown(cell)}'."
    if stamps.when[i] is not None:
        return f"the clocks of {zone} never showed {shown(cell)} (they go forward there)."
    return f"'{name}' must be a time, is " + (f"'{shown(cell)}'." if cell is not None else "missing.")


def _instants(stamps: Stamps, timezone: str | None) -> tuple[pl.Series, str, str]:
    """UTC times, the named zone they came with, and a note. DataError where a zone must be given."""
    known = stamps.when.drop_nulls()
    ns = np.asarray(known.dt.timestamp("ns").to_numpy(), dtype=np.int64)
    daily = is_daily(bar_length(np.unique(ns)))  # their order is checked later, with everything else
    midnights = bool(np.all(ns % DAY_NS == 0))
    if not stamps.instants:
        if not daily and timezone is None:
            raise DataError(f"timezone must be given: the times have no time zone of their own. {_ASK}")
        return localize(stamps.when, timezone or "UTC", dates=daily and midnights), "", ""
    if daily and midnights and timezone not in (None, "UTC"):
        # Dates that some writer has called midnight UTC: in a zone to the west they would be the day before.
        note = f"daily stamps at midnight UTC were read as dates in {timezone}."
        return localize(stamps.when.dt.replace_time_zone(None), str(timezone), dates=True), "", note
    return stamps.when, stamps.zone if is_zone(stamps.zone) else "", ""
