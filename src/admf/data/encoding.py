"""Bytes of a text file to UTF-8 with line feeds, or the sentence that says what they are instead."""

from __future__ import annotations

import codecs

from admf.errors import DataError, Problem

_HEAD = 65_536
_KINDS = (
    (
        b"PK\x03\x04",
        "the file is an Excel workbook or a zip archive, not separated text",
        "Export it as CSV.",
    ),
    (b"\xd0\xcf\x11\xe0", "the file is an old Excel workbook, not separated text", "Export it as CSV."),
    (
        b"SQLite format 3",
        "the file is an SQLite database, not separated text",
        "Export a table of it as CSV.",
    ),
)
_STARTS = (
    (
        ("<!doctype", "<html", "<?xml"),
        "the file is a web page (HTML or XML), not separated text",
        "Download the data again.",
    ),
    (
        ("{", "["),
        "the file is JSON, not separated text",
        "CSV and Parquet are read; give a frame from Python.",
    ),
)


def as_utf8(content: bytes, where: str) -> bytes:
    """`content` as UTF-8 without its mark, lines ended by \\n; DataError where it is no text that could be a table."""
    for magic, says, hint in _KINDS:
        if content.startswith(magic):
            raise DataError(Problem(says=f"{says}.", where=where, hint=hint))
    content = _decoded(content, where)
    start = content[:200].decode("utf-8", errors="replace").lstrip().lower()
    for starts, says, hint in _STARTS:
        if start.startswith(starts):
            raise DataError(Problem(says=f"{says}.", where=where, hint=hint))
    if b"\r" in content[:_HEAD] and b"\n" not in content:  # as a Macintosh ended its lines
        return content.replace(b"\r", b"\n")
    return content


def _decoded(content: bytes, where: str) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # as MetaTrader 5 exports
        try:
            return content.decode("utf-16").encode("utf-8")
        except UnicodeDecodeError:
            says = "the file starts as UTF-16 text and is not."
            raise DataError(Problem(says=says, where=where, hint="Save it as UTF-8.")) from None
    _refuse_zeros(content, where)
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start : error.start + 1]
        says = f"the file must be UTF-8 text; byte 0x{byte.hex()} is not"
        says += f" (in Latin-1 it is '{byte.decode('latin-1')}')." if byte >= b"\xa0" else "."
        raise DataError(Problem(says=says, where=f"{where}:{line}", hint="Save it as UTF-8.")) from None
    return content


def _refuse_zeros(content: bytes, where: str) -> None:
    """No text has a byte of zeros, except UTF-16, whose Latin letters have one each."""
    first = content.find(b"\0")
    if first < 0:
        return
    head = content[:_HEAD]
    if head.count(b"\0") * 10 > len(head) * 4:
        says = "the file looks like UTF-16 text without its mark."
        raise DataError(Problem(says=says, where=where, hint="Save it as UTF-8."))
    if first < 1_000:
        says = "the file is binary, not separated text."
        raise DataError(Problem(says=says, where=where, hint="CSV and Parquet are read."))
    line = content.count(b"\n", 0, first) + 1
    says = "the line holds a byte of zeros: the file is damaged here."
    raise DataError(Problem(says=says, where=f"{where}:{line}", hint="Get or write the file again."))
