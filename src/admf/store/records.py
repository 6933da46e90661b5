"""Rows as SQLite keeps them: NumPy writes the records of a whole batch at once.

Source: https://www.sqlite.org/fileformat2.html, sections 1.6 (cells of table leaves) and 2.1 (record format).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from admf.model.alike import alike
from admf.store.batch_cells import BatchCells, Coded, Numbers
from admf.store.cells import Cell

Bytes = NDArray[np.uint8]
T = TypeVar("T")

Piece = bytes | tuple[int, int]
"""What all rows of a kind have, or where in each row's numbers it is taken from (half-open)."""

_ROWS_A_KIND = 32
"""Rows that must share the kinds of their cells for it to be sooner than binding each cell."""

_REAL, _NULL = 7, 0
_LEAST = 4
"""Bytes of the smallest cell."""
_INTEGERS = ((">i1", 1), (">i2", 2), (">i4", 4), (">i8", 6))
"""Big-endian types and their serial types."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Cells of a table's leaf, one in each of n equal slots: the first `sizes` (n,) of `bytes` (n, width).

    `keys` (n, w) are the rows' numbers as SQLite writes them.
    """

    bytes: Bytes
    sizes: NDArray[np.int64]
    keys: Bytes


def slots_of(batch: BatchCells) -> Slots | None:
    """The rows of a batch; None where too many differ in which cells are NULL or in their texts.

    The batch's `trials` must ascend.
    """
    kinds, kind_of = _kinds(batch)
    if len(kinds) > 1 + len(batch) // _ROWS_A_KIND:
        return None
    numbers, widths = _numbers(batch)
    keys = varints(batch.trials)
    rows_of = [_row(batch, widths, first) for first in kinds.tolist()]
    lengths = [sum(map(_size, pieces)) for pieces in rows_of]
    widths_of = [max(len(varint(length)) + keys.shape[1] + length, _LEAST) for length in lengths]
    out = np.zeros((len(batch), max(widths_of)), np.uint8)
    for at, (pieces, length) in enumerate(zip(rows_of, lengths, strict=True)):
        rows = slice(None) if len(kinds) == 1 else np.flatnonzero(kind_of == at)
        _fill(out, rows, [varint(length), keys, *pieces], numbers)
    return Slots(out, np.array(widths_of)[kind_of], keys)


def _fill(
    out: Bytes, rows: slice | NDArray[np.int64], pieces: Sequence[Piece | Bytes], numbers: Bytes
) -> None:
    """Some rows of `out`, from their first byte: what all of them have, their keys, and their numbers."""
    at = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            content: Bytes = np.frombuffer(piece, np.uint8)
        else:
            content = numbers[rows, slice(*piece)] if isinstance(piece, tuple) else piece[rows]
        out[rows, at : at + content.shape[-1]] = content
        at += content.shape[-1]


def _size(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]


def varint(number: int) -> bytes:
    """A number below 2**56 as SQLite's variable-length integer."""
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def varints(numbers: NDArray[np.int64]) -> Bytes:
    """The same of many (n,), each in the width of the largest: (n, w)."""
    width = len(varint(int(numbers.max())))
    out = np.empty((len(numbers), width), np.uint8)
    for at in range(width):
        out[:, at] = numbers >> 7 * (width - 1 - at) & 0x7F | (0x80 if at < width - 1 else 0)
    return out


def _kinds(batch: BatchCells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each kind of row, and each row's kind: the same cells are NULL, the same texts are in it."""
    keys = [
        column.null.view(np.uint8)[:, None] for column in _columns(batch, Numbers) if column.null is not None
    ]
    codes = [column.codes for column in _columns(batch, Coded) if column.codes is not None]
    keys += [code.astype(np.int32).view(np.uint8).reshape(-1, 4) for code in codes]
    undefined = np.isnan(batch.metrics)
    if undefined.any():
        keys.append(np.packbits(undefined, axis=1))
    if not keys:
        return np.zeros(1, np.int64), np.zeros(len(batch), np.int64)
    return alike(np.concatenate(keys, axis=1))


def _columns(batch: BatchCells, kind: type[T]) -> Iterator[T]:
    return (column for column in batch.others.values() if isinstance(column, kind))


def _numbers(batch: BatchCells) -> tuple[Bytes, list[tuple[int, int]]]:
    """Every number of every row (n, bytes), big-endian, by columns; serial type and width of each column."""
    columns = [(column.values, *_type_of(column.values)) for column in _columns(batch, Numbers)]
    widths = [(serial, np.dtype(kind).itemsize) for _, kind, serial in columns]
    n, wide = batch.metrics.shape
    out = np.empty((n, sum(width for _, width in widths) + 8 * wide), np.uint8)
    at = 0
    for (values, kind, _), (_, width) in zip(columns, widths, strict=True):
        out[:, at : at + width] = values.astype(kind).view(np.uint8).reshape(n, width)
        at += width
    out[:, at:] = np.ascontiguousarray(batch.metrics, ">f8").view(np.uint8).reshape(n, 8 * wide)
    return out, widths


def _type_of(values: NDArray[np.generic]) -> tuple[str, int]:
    if values.dtype == np.float64:
        return ">f8", _REAL
    low, high = int(values.min()), int(values.max())
    return next(one for one in _INTEGERS if np.iinfo(one[0]).min <= low and high <= np.iinfo(one[0]).max)


def _row(batch: BatchCells, widths: Sequence[tuple[int, int]], row: int) -> list[Piece]:
    """The record of all rows that are of the kind of `row`: the header with its length, then the body."""
    types, body, at = [varint(_NULL)], list[Piece](), 0  # the row's own number is NULL in its record
    given = iter(widths)
    for column in batch.others.values():
        if isinstance(column, Coded):
            serial, content = _constant(column.cells[0 if column.codes is None else column.codes[row]])
            body.append(content)
        else:
            serial, width = next(given)
            there = column.null is None or not column.null[row]
            serial = serial if there else _NULL
            body.append((at, at + width if there else at))
            at += width
        types.append(varint(serial))
    for undefined in np.isnan(batch.metrics[row]).tolist():
        types.append(varint(_NULL if undefined else _REAL))
        body.append((at, at if undefined else at + 8))
        at += 8
    header = b"".join(types)
    size = len(header) + 1
    size = size if size < 0x80 else len(header) + len(varint(len(header) + 2))
    return _merged([varint(size) + header, *body])


def _constant(cell: Cell) -> tuple[int, bytes]:
    """Serial type and bytes of one cell."""
    if cell is None:
        return _NULL, b""
    if isinstance(cell, float):
        return _REAL, np.array(cell, ">f8").tobytes()
    if isinstance(cell, int):
        kind, serial = _type_of(np.array([cell], np.int64))
        return serial, np.array(cell, kind).tobytes()
    content = cell.encode() if isinstance(cell, str) else cell
    return 2 * len(content) + (13 if isinstance(cell, str) else 12), content


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours joined, empty ones left out."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, bytes):
            if isinstance(last, bytes):
                found[-1] = last + piece
            elif piece:
                found.append(piece)
        elif isinstance(last, tuple) and last[1] == piece[0]:
            found[-1] = last[0], piece[1]
        elif piece[0] < piece[1]:
            found.append(piece)
    return found
