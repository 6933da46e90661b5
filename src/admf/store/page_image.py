"""A batch of rows as a small SQLite database in memory, from which the run's own table takes them over whole.

SQLite copies records between tables of one definition without looking into them
(https://www.sqlite.org/src/file/src/insert.c, xferOptimization); where it does not, the result is the same, later.
Source of the format: https://www.sqlite.org/fileformat2.html, sections 1.3 (header) and 1.6 (pages).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from admf.store.records import Bytes, Slots

_PAGE = 65_536
_MOST_LEAVES = 3_000
"""What one page above them can point at, with room to spare."""
_LEAF, _INTERIOR = 13, 5
_PAGES_AT = slice(28, 32)
"""Where a file's header says how many pages it has."""


@dataclass(frozen=True, slots=True)
class _Empty:
    """A database with the empty table, and the page at which its tree begins, counted from 1."""

    content: bytes = field(repr=False)
    root: int


def image_of(slots: Slots, definition: str) -> bytearray | None:
    """A database whose one table, of this CREATE TABLE, holds the rows; None where it would be too large for it."""
    n, width = slots.bytes.shape
    per_page = (_PAGE - 8) // (width + 2)
    leaves = -(-n // per_page) if per_page else n
    if width > _PAGE - 100 or leaves > _MOST_LEAVES:
        return None
    empty = _empty(definition)
    before, beneath = len(empty.content) // _PAGE, leaves if leaves > 1 else 0
    image = bytearray((before + beneath) * _PAGE)
    image[: len(empty.content)] = empty.content
    image[_PAGES_AT] = (before + beneath).to_bytes(4, "big")
    pages = np.frombuffer(image, np.uint8).reshape(-1, _PAGE)
    if not beneath:
        _leaf(pages[empty.root - 1], slots.bytes, slots.sizes)
        return image
    for at in range(leaves):
        rows = slice(at * per_page, (at + 1) * per_page)
        _leaf(pages[before + at], slots.bytes[rows], slots.sizes[rows])
    _interior(pages[empty.root - 1], before + 1, slots.keys[per_page - 1 : n - 1 : per_page])
    return image


@lru_cache(maxsize=4)
def _empty(definition: str) -> _Empty:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute(definition)
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master").fetchone()
        return _Empty(connection.serialize(), root)


def _leaf(page: Bytes, slots: Bytes, sizes: NDArray[np.int64]) -> None:
    """A page of rows: cells one after the other up to its end, and where each begins."""
    n, width = slots.shape
    even = int(sizes.min()) == width
    content = slots.reshape(-1) if even else slots[np.arange(width) < sizes[:, None]]
    start = _PAGE - len(content)
    _head(page, _LEAF, n, start)
    page[8 : 8 + 2 * n] = _pointers(start + np.cumsum(sizes) - sizes)
    page[start:] = content


def _interior(page: Bytes, first: int, keys: Bytes) -> None:
    """The page above leaves first, first + 1 ...; `keys` are the last of each but the last leaf's."""
    n, width = len(keys), keys.shape[1] + 4
    start = _PAGE - n * width
    _head(page, _INTERIOR, n, start)
    page[8:12] = np.frombuffer((first + n).to_bytes(4, "big"), np.uint8)
    page[12 : 12 + 2 * n] = _pointers(start + width * np.arange(n))
    cells = page[start:].reshape(n, width)
    cells[:, :4] = np.arange(first, first + n, dtype=">u4").view(np.uint8).reshape(n, 4)
    cells[:, 4:] = keys


def _head(page: Bytes, kind: int, n: int, start: int) -> None:
    page[:8] = [kind, 0, 0, n >> 8, n & 0xFF, start >> 8, start & 0xFF, 0]


def _pointers(starts: NDArray[np.int64]) -> Bytes:
    return starts.astype(">u2").view(np.uint8)
