"""Separated text to a sheet: encoding, separator and header found out, every cell still text."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl

from admf.data.encoding import as_utf8
from admf.data.sheet import Sheet
from admf.errors import DataError, Problem

_SEPARATORS = ("\t", ";", ",", "|")  # a comma beside one of the others is a decimal comma
_DATE = re.compile(r"\d{4}[-./]?\d{2}[-./]?\d{2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{10,19}$")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d*)?([eE][-+]?\d+)?$")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


def read_text(content: bytes, path: Path, where: str) -> Sheet:
    """The sheet of a text file's bytes; DataError where it is no UTF-8 (or marked UTF-16) table."""
    content = as_utf8(content, where)
    head = content[:65_536].decode("utf-8", errors="replace").splitlines()
    above = next((i for i, line in enumerate(head) if line.strip()), None)
    if above is None:
        raise DataError(Problem(says="the file is empty.", where=where, hint="Bars need at least one row."))
    separator = next((s for s in _SEPARATORS if s in head[above]), ",")
    cells = next(csv.reader([head[above]], delimiter=separator))
    header = _headerless(cells, where)
    if header is None:
        _refuse_twins(cells, where)
    try:
        frame = pl.read_csv(
            b"\n".join(content.split(b"\n", above)[above:]) if above else content,
            separator=separator,
            has_header=header is None,
            new_columns=header,
            infer_schema=False,
        )
    except pl.exceptions.NoDataError:
        raise DataError(Problem(says="the file is empty.", where=where)) from None
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise DataError(_ragged(content, separator, len(cells), where, error)) from None
    if frame.height == 0:
        raise DataError(Problem(says="the file has a header and no rows.", where=where))
    return Sheet(
        frame=frame,
        symbol=path.name.split(".")[0] if path.name.endswith(".gz") else path.stem,
        where=where,
        first_line=above + (2 if header is None else 1),
    )


def _headerless(cells: list[str], where: str) -> list[str] | None:
    """Names for a file whose first line is a bar (MetaTrader, HistData); None where it is a header."""
    texts = [cell.strip() for cell in cells]
    if not _DATE.match(texts[0]) or len(texts) < 2:
        return None
    clock = bool(_CLOCK.match(texts[1]))
    rest = texts[2:] if clock else texts[1:]
    if not all(_NUMBER.match(cell) for cell in rest if cell):
        return None
    if len(rest) not in (4, 5):
        says = "the file has no header line, and its columns are not time, open, high, low, close, volume."
        raise DataError(Problem(says=says, where=f"{where}:1", hint="Add a header line."))
    names = ["open", "high", "low", "close", "volume"][: len(rest)]
    return ["date", "time", *names] if clock else ["datetime", *names]


def _refuse_twins(cells: list[str], where: str) -> None:
    twins = sorted({cell for cell in cells if cell.strip() and cells.count(cell) > 1})
    if twins:
        says = f"two columns have the same name, '{twins[0]}'."
        raise DataError(Problem(says=says, where=f"{where}:1", hint="Name one of them differently."))


def _ragged(content: bytes, separator: str, width: int, where: str, error: Exception) -> Problem:
    """Why a table could not be read, with the line that is to blame where one is."""
    lines = content.decode("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.count('"') % 2:
            says = "a quotation mark is opened here and not closed."
            return Problem(says=says, where=f"{where}:{number}", hint="Delete it, or close it.")
    for number, cells in enumerate(csv.reader(lines, delimiter=separator), start=1):
        if len(cells) > width:
            says = f"the line has {len(cells)} cells where the first has {width}."
            hint = "Quote cells that hold the separator."
            if width == 1:
                hint = "Delete what stands above the header: the first line must name the columns."
            return Problem(says=says, where=f"{where}:{number}", hint=hint)
    return Problem(says=f"the table cannot be read: {str(error).splitlines()[0]}", where=where)
