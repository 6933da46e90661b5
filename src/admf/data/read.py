"""Any source of market data to bars: `read_bars`, the one way in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from admf.data.calendar import bar_length, bars_per_year, check_zone, sessions
from admf.errors import DataError, Problem, nearest
from admf.model.bars import BarInfo, Bars

if TYPE_CHECKING:
    from admf.data.sheet import Sheet, Table

_FUNCTION = re.compile(r"([A-Za-z_][\w.]*|.+\.py):[A-Za-z_]\w*")
_STAMPS = ("open", "close")
_SHOWN = 200
"""How many problems of all files together are shown; the rest are counted."""


def read_bars(
    source: object,
    *,
    timezone: str | None = None,
    timestamp: str | None = None,
    bars_per_year: float | None = None,
    columns: Mapping[str, str] | None = None,
    base: Path | str = ".",
) -> Bars:
    """Bars of `source`: checked, aligned, in UTC, read-only.

    `source` is `bundled:sp500`, `bundled:nasdaq`; a CSV or Parquet path, or a pattern of paths, below `base`;
    a pandas or Polars frame, an Arrow table, a structured NumPy array, a dict of arrays; a dict of any of
    these by symbol; or Bars, which are not read again. Several symbols keep the times that all have.

    `timezone` is where naive stamps are local and sessions are counted (default: the stamps' own named zone,
    else UTC; naive intraday stamps need it). `timestamp` is which end of a bar its stamp marks, `open` or
    `close` (default). `bars_per_year` replaces the inferred number. `columns` names what usual spellings do
    not find, ours to theirs, {'close': 'Last', 'time_format': '%d/%m/%Y'}.

    Prices are finite and positive, volume is 0 or more; other numeric columns may hold NaN. Raises DataError
    with every problem at once, each with file, row and value.
    """
    _check(timezone, timestamp, bars_per_year)
    if isinstance(source, Bars):
        return _overridden(source, timezone, timestamp, bars_per_year)
    sheets, problems = _sheets(source, Path(base))
    tables = _tables(sheets, problems, timezone, dict(columns or {}))
    bars = _bars(tables, timezone, timestamp or "close", bars_per_year)
    return replace(bars, info=replace(bars.info, source=_called(source)))


def is_function_source(source: object) -> bool:
    """Whether `source` is 'module:function' or 'file.py:function': code that only a container may run."""
    return isinstance(source, str) and not source.startswith("bundled:") and bool(_FUNCTION.fullmatch(source))


def _check(timezone: str | None, timestamp: str | None, bars_per_year: float | None) -> None:
    problems: list[Problem] = []
    if timezone is not None:
        try:
            check_zone(str(timezone))
        except DataError as error:
            problems += error.problems
    if timestamp is not None and timestamp not in _STAMPS:
        says = f"timestamp must be open or close, is '{timestamp}'."
        problems.append(Problem(says=says, hint=nearest(str(timestamp), _STAMPS)))
    if bars_per_year is not None and not (
        isinstance(bars_per_year, int | float) and 0 < bars_per_year < float("inf")
    ):
        problems.append(Problem(says=f"bars_per_year must be a positive number, is {bars_per_year!r}."))
    if problems:
        raise DataError(*problems)


def _sheets(source: object, base: Path) -> tuple[list[Sheet], list[Problem]]:
    """The sheets that could be read, and what is wrong with the others."""
    from admf.data.frames import is_column, read_frame

    if isinstance(source, str | Path):
        return _named_sheets(str(source), base)
    if not isinstance(source, Mapping) or any(is_column(value) for value in source.values()):
        return read_frame(source), []
    if not source:
        raise DataError("the source is an empty dict. Give {symbol: path or frame}.")
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for symbol, one in source.items():
        found, wrong = _sheets_of(str(symbol), one, base)
        sheets += found
        problems += wrong
    return sheets, problems


def _sheets_of(symbol: str, one: object, base: Path) -> tuple[list[Sheet], list[Problem]]:
    """The sheet of a symbol that the user has named; its problems say whose they are."""
    from admf.data.frames import read_frame

    try:
        if not isinstance(one, str | Path):
            return read_frame(one, symbol), []
        found, wrong = _named_sheets(str(one), base)
    except DataError as error:
        found, wrong = [], list(error.problems)
    if len(found) > 1:
        wrong.append(Problem(says=f"'{symbol}' must be one file, '{one}' are {len(found)}."))
    named = [replace(sheet, symbol=symbol, named=True) for sheet in found]
    return named[:1], [replace(p, says=f"{p.says.removesuffix('.')} (for {symbol}).") for p in wrong]


def _named_sheets(text: str, base: Path) -> tuple[list[Sheet], list[Problem]]:
    if text.startswith("bundled:"):
        from admf.data.bundled import read_bundled

        return [read_bundled(text.removeprefix("bundled:"))], []
    if is_function_source(text) and not (base / text).exists():
        says = f"data from a function ('{text}') are not supported by this version."
        raise DataError(Problem(says=says, hint="Call it yourself and give its frame, or write a file."))
    from admf.data.files import read_path

    return read_path(text, base)


def _tables(
    sheets: list[Sheet], known: list[Problem], timezone: str | None, columns: dict[str, str]
) -> list[Table]:
    """Checked tables of all sheets; DataError with the problems of all of them, after those `known`."""
    from admf.data.align import without_empty_rows
    from admf.data.check import check_table
    from admf.data.tables import Reading, read_tables

    reading = Reading(timezone=timezone, time_format=columns.pop("time_format", None), columns=columns)
    tables: list[Table] = []
    problems = list(known)
    for sheet in sheets:
        try:
            tables += read_tables(sheet, reading)
        except DataError as error:
            problems += error.problems
    if len(tables) > 1:
        tables = [without_empty_rows(table) for table in tables]
    problems += [problem for table in tables for problem in check_table(table)]
    names = [table.symbol for table in tables]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        where = ", ".join(table.where for table in tables if table.symbol == twice)
        problems.append(Problem(says=f"two sources are both called '{twice}': {where}."))
    if problems:
        raise DataError(*_first(list(dict.fromkeys(problems))))
    return tables


def _first(problems: list[Problem]) -> list[Problem]:
    """As many as a person reads, and a count of the rest."""
    if len(problems) <= _SHOWN:
        return problems
    files = len({re.sub(r"(:\d+| row \d+)$", "", problem.where) for problem in problems[_SHOWN:]})
    rest = f"and {len(problems) - _SHOWN:,} more problems, in {files:,} file{'s' * (files > 1)}."
    return [*problems[:_SHOWN], Problem(says=rest)]


def _bars(tables: list[Table], timezone: str | None, stamp: str, per_year: float | None) -> Bars:
    from admf.data.align import align

    tables, notes = align(tables)
    time = tables[0].time
    zones = {table.zone for table in tables}
    zone = timezone or (zones.pop() if len(zones) == 1 else "") or "UTC"
    bar_ns = bar_length(time)
    session = sessions(time, zone, stamp=stamp, bar_ns=bar_ns)
    info = BarInfo(
        symbols=tuple(table.symbol for table in tables),
        bars_per_year=float(per_year or bars_per_year(session, bar_ns)),
        bar_ns=bar_ns,
        timezone=zone,
        stamp=stamp,
        notes=tuple(dict.fromkeys(note for table in tables for note in table.notes)) + notes,
    )
    names = list(tables[0].columns)
    if len(tables) == 1:
        columns = {name: np.array(tables[0].columns[name]) for name in names}
    else:
        columns = {name: np.column_stack([table.columns[name] for table in tables]) for name in names}
    return Bars(time=np.array(time).view("datetime64[ns]"), columns=columns, session=session, info=info)


def _overridden(bars: Bars, timezone: str | None, stamp: str | None, per_year: float | None) -> Bars:
    if timezone is None and stamp is None and per_year is None:
        return bars
    info = replace(
        bars.info,
        timezone=timezone or bars.info.timezone,
        stamp=stamp or bars.info.stamp,
        bars_per_year=float(per_year or bars.bars_per_year),
    )
    session = sessions(bars.time.view(np.int64), info.timezone, stamp=info.stamp, bar_ns=info.bar_ns)
    return replace(bars, info=info, session=session)


def _called(source: object) -> str:
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, Mapping):
        parts = (f"{name}={v}" if isinstance(v, str | Path) else str(name) for name, v in source.items())
        return ", ".join(parts)[:1_000]
    return f"{type(source).__module__.partition('.')[0]}.{type(source).__qualname__}"
