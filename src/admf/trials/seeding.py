"""One way to seed the generators that user code may use: before every call of it, by what is asked.

Where many trials follow each other, the states are computed for 64 seeds at once and written to where the generators
have theirs. Whether this process has them there is looked at first, and else they are seeded one by one.
"""

from __future__ import annotations

import _random
import ctypes
import random
import struct
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 64
_MANY = 16
"""Trials for which it is worth it: compiled code has to be brought in."""
_BYTES = 4 * 625
"""Of both generators: 624 words, and where the next is to be read."""
_NO_NUMBER = bytes(16)
_DOUBLE = struct.Struct("=d")


def reseed(seed: int) -> None:
    """Seed the global generators of Python and NumPy."""
    if not (_ahead and _ahead[-1].seed(seed)):
        random.seed(seed)
        np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002  (user code may use the global generator)


class seeded_ahead:  # noqa: N801  (a block, used like a function)
    """Inside the block `reseed` knows these seeds (n,), each at least 0, in advance."""

    __slots__ = ("_known",)

    def __init__(self, seeds: NDArray[np.int64]) -> None:
        places = _places() if len(seeds) >= _MANY else None
        self._known = _Ahead(seeds, places) if places is not None else None

    def __enter__(self) -> None:
        if self._known is not None:
            _ahead.append(self._known)

    def __exit__(self, *_: object) -> None:
        if self._known is not None:
            _ahead.pop()


class _Ahead:
    """States for some seeds, 64 at a time: they stay in the cache."""

    __slots__ = ("_first", "_numpy", "_places", "_python", "_row_of", "_seeds", "_views")

    def __init__(self, seeds: NDArray[np.int64], places: _Places) -> None:
        self._seeds, self._places = seeds.astype(np.uint64), places
        self._row_of = {seed: row for row, seed in enumerate(seeds.tolist())}
        self._python, self._numpy = np.empty((2, _AT_ONCE, _BYTES // 4), np.uint32)
        self._views = [(_bytes_of(p), _bytes_of(n)) for p, n in zip(self._python, self._numpy, strict=True)]
        self._first = -1

    def seed(self, seed: int) -> bool:
        """Write its states; False where it is not one of these, or NumPy's generator is another one by now."""
        row = self._row_of.get(seed)
        if row is None or _in_use() is not self._places.bits:
            return False
        first = row - row % _AT_ONCE
        if first != self._first:
            from admf.trials.mersenne import write_states  # compiled code, which few processes need

            n = min(_AT_ONCE, len(self._seeds) - first)
            write_states(self._seeds[first : first + n], self._python[:n], self._numpy[:n])
            self._first = first
        places = self._places
        places.python[:], places.numpy[:] = self._views[row - first]
        places.gauss[:] = _NO_NUMBER
        places.of_python.gauss_next = None
        return True


_in_use = np.random.get_bit_generator  # type: ignore[attr-defined]  # NumPy's stubs do not have it
_ahead: list[_Ahead] = []


class _Places:
    """What the global generators keep, as memory: their words, and a normal number that was drawn with another."""

    __slots__ = ("bits", "gauss", "numpy", "of_numpy", "of_python", "python")

    def __init__(self) -> None:
        """Raises whatever there is to raise where anything is elsewhere than it should be."""
        self.bits = _in_use()
        self.of_python: Any = random._inst
        self.of_numpy: Any = np.random.mtrand._rand
        if type(self.bits) is not np.random.MT19937:
            raise TypeError("another generator was put in")
        python = id(self.of_python) + object.__basicsize__
        numpy = int(self.bits.ctypes.state_address)
        state = self.of_python.getstate()[1]
        if _random.Random.__basicsize__ < object.__basicsize__ + _BYTES:
            raise TypeError("it has no room for its words")
        _must_be(python, np.array([state[-1], *state[:-1]], np.uint32).tobytes())
        words = self.bits.state["state"]
        _must_be(numpy, words["key"].tobytes() + np.uint32(words["pos"]).tobytes())
        if type(self.of_numpy) is not np.random.RandomState:
            raise TypeError("the global generator is of another kind")
        self.python, self.numpy = _bytes_at(python, _BYTES), _bytes_at(numpy, _BYTES)
        self.gauss = _bytes_at(id(self.of_numpy) + _gauss_offset(), len(_NO_NUMBER))


def _bytes_at(address: int, size: int) -> memoryview:
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B")


def _bytes_of(words: NDArray[np.uint32]) -> memoryview:
    return words.data.cast("B")


def _must_be(address: int, content: bytes) -> None:
    if ctypes.string_at(address, len(content)) != content:
        raise ValueError("a generator's words are elsewhere")


def _gauss_offset() -> int:
    """Where a RandomState keeps whether it has a second normal number, and 8 bytes on that; seen on a fresh one."""
    state = np.random.RandomState(1)
    state.standard_normal()
    size = type(state).__basicsize__
    with_it, number = ctypes.string_at(id(state), size), state.get_state(legacy=False)["gauss"]
    at = with_it.index(_DOUBLE.pack(number)) - 8
    state.seed(1)
    without = ctypes.string_at(id(state), size)
    if with_it[at : at + 4] != struct.pack("=i", 1) or without[at : at + 4] + without[
        at + 8 : at + 16
    ] != bytes(12):
        raise ValueError("the second normal number is elsewhere")
    return at


@cache
def _places() -> _Places | None:
    with suppress(Exception):
        return _Places()
    return None
