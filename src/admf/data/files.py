"""Paths and globs to sheets: CSV (also .gz) and Parquet, one symbol per file or a symbol column."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import polars as pl

from admf.data.sheet import Sheet
from admf.data.text import read_text
from admf.errors import DataError, Problem, nearest

_WILD = frozenset("*?[")


Found = tuple[list[Sheet], list[Problem]]
"""What could be read, and what is wrong with the rest."""


def read_path(text: str, base: Path) -> Found:
    """The sheets of a path, or of every file a glob matches in the order of their names.

    Relative paths start at `base`. A problem per file that cannot be read.
    """
    try:
        path = base / Path(text).expanduser()
        if not path.exists() and _WILD & set(text):
            return _read_all(_matches(path, text), base)
        return [read_file(path, text)], []
    except DataError as error:
        return [], list(error.problems)
    except (OSError, RuntimeError, ValueError) as error:  # no permission, no such user, no name of a file
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        return [], [Problem(says=f"the file cannot be read: {reason}.", where=text)]


def read_file(path: Path, where: str) -> Sheet:
    """The sheet of one file; `where` is what messages call it."""
    if path.is_dir():
        hint = f"Give a file, or a pattern: {where.rstrip('/')}/*.csv."
        raise DataError(Problem(says="this is a folder.", where=where, hint=hint))
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise DataError(_not_found(path, where)) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(Problem(says=f"the file cannot be read: {reason}.", where=where)) from None
    if content.startswith(b"PAR1") or path.suffix.lower() in (".parquet", ".pq"):
        return _read_parquet(content, path, where)
    return read_text(content, path, where)


def _read_parquet(content: bytes, path: Path, where: str) -> Sheet:
    if not content:
        raise DataError(Problem(says="the file is empty.", where=where, hint="Bars need at least one row."))
    try:
        frame = pl.read_parquet(content)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        says = f"the file is not readable as Parquet: {str(error).splitlines()[0]}"
        raise DataError(Problem(says=says, where=where)) from None
    return Sheet(frame=frame, symbol=path.stem, where=where)


def _matches(pattern: Path, text: str) -> list[Path]:
    parts = pattern.parts
    wild = next(i for i, part in enumerate(parts) if _WILD & set(part))
    folder = Path(*parts[:wild]) if wild else Path()
    found = sorted(path for path in folder.glob(str(Path(*parts[wild:]))) if path.is_file())
    if not found:
        hint = _there(folder) if folder.is_dir() else f"There is no folder {folder}."
        raise DataError(Problem(says="no file matches this pattern.", where=text, hint=hint))
    return found


def _read_all(paths: list[Path], base: Path) -> Found:
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for path in paths:
        where = str(path.relative_to(base)) if path.is_relative_to(base) else str(path)
        try:
            sheets.append(read_file(path, where))
        except DataError as error:
            problems += error.problems
    return sheets, problems


def _not_found(path: Path, where: str) -> Problem:
    folder = path.parent
    if not folder.is_dir():
        hint = f"There is no folder {folder}."
    else:
        near = nearest(path.name, _data_files(folder)[:1_000])
        hint = near if near.startswith("Did you mean") else _there(folder)
    return Problem(says="there is no such file.", where=where, hint=hint)


def _there(folder: Path) -> str:
    """The data files of a folder, in a sentence."""
    data = _data_files(folder)
    if not data:
        return f"The folder {folder} has no data files."
    more = f" and {len(data) - 5:,} more" if len(data) > 5 else ""
    return f"The folder {folder} has {', '.join(data[:5])}{more}."


def _data_files(folder: Path) -> list[str]:
    try:
        names = sorted(other.name for other in folder.iterdir())
    except OSError:
        return []
    return [name for name in names if name.lower().endswith((".csv", ".txt", ".gz", ".parquet", ".pq"))]
