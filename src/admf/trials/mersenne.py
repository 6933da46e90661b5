"""States of the Mersenne Twister for many seeds at once, as `random.seed` and `numpy.random.seed` make them.

Source: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS, 1998, `init_genrand` and `init_by_array` of their
mt19937ar.c (2002). One seed after the other each step waits for the one before; many side by side do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.finance.compiled import compiled, in_loop, in_place

WORDS = 624
_LANES = 64
_AT_ONCE = 8
_A, _B, _C = np.uint32(1812433253), np.uint32(1664525), np.uint32(1566083941)
_FIRST, _TOP, _30 = np.uint32(19650218), np.uint32(0x80000000), np.uint32(30)

Array = Any


@in_place
def _spread(x: np.uint32, factor: np.uint32) -> np.uint32:
    """`factor` times a word, mixed."""
    return np.uint32(np.uint32(x ^ np.uint32(x >> _30)) * factor)


@in_place
def _turned(words: Array, rows: Array) -> None:
    """Lane after lane of `words` (WORDS, 64) into `rows` (n, WORDS), some words of all lanes at a time."""
    for first in range(0, WORDS, _AT_ONCE):
        for lane in range(len(rows)):
            for i in range(first, first + _AT_ONCE):
                rows[lane, i] = words[i, lane]


@in_loop
def _keyed(word: Array, old: np.uint32, last: Array, key: Array) -> None:
    """A word of all lanes in the first round of `init_by_array`; `last` is the one before it, and then this one."""
    for lane in range(_LANES):
        last[lane] = word[lane] = np.uint32((old ^ _spread(last[lane], _B)) + key[lane])


@in_loop
def _settled(word: Array, last: Array, place: np.uint32) -> None:
    """The same in its second round."""
    for lane in range(_LANES):
        last[lane] = word[lane] = np.uint32((word[lane] ^ _spread(last[lane], _C)) - place)


@in_loop
def _followed(word: Array, last: Array, place: np.uint32) -> None:
    """A word of all lanes of `init_genrand`."""
    for lane in range(_LANES):
        last[lane] = word[lane] = np.uint32(_spread(last[lane], _A) + place)


@compiled
def write_states(seeds: Array, python: Array, numpy: Array) -> None:
    """Of n seeds (uint64): `python` (n, 1 + WORDS) and `numpy` (n, WORDS + 1), uint32, with where they are to be read.

    A state is read from its end on: all words are made anew when the first number is drawn.
    """
    n = len(seeds)
    fixed, mt = np.empty(WORDS, np.uint32), np.empty((WORDS, _LANES), np.uint32)
    even, odd, last = np.empty(_LANES, np.uint32), np.empty(_LANES, np.uint32), np.empty(_LANES, np.uint32)
    fixed[0] = _FIRST
    for i in range(1, WORDS):
        fixed[i] = np.uint32(_spread(fixed[i - 1], _A) + np.uint32(i))
    for start in range(0, n, _LANES):
        used = min(_LANES, n - start)
        for lane in range(_LANES):
            seed = seeds[min(start + lane, n - 1)]
            low, high = np.uint32(seed & np.uint64(0xFFFFFFFF)), np.uint32(seed >> np.uint64(32))
            even[lane] = low  # the words of the seed in turn, each with its place added
            odd[lane] = np.uint32(high + np.uint32(1)) if high else low
            last[lane] = _FIRST
            mt[0, lane] = _TOP
        for i in range(1, WORDS):
            _keyed(mt[i], fixed[i], last, even if i & 1 else odd)  # and the first one again, as it is by now
        for lane in range(_LANES):
            last[lane] = mt[1, lane] = np.uint32((mt[1, lane] ^ _spread(last[lane], _B)) + odd[lane])
        for i in range(2, WORDS):
            _settled(mt[i], last, np.uint32(i))
        _settled(mt[1], last, np.uint32(1))
        python[start : start + used, 0] = WORDS
        _turned(mt, python[start : start + used, 1:])
        last[:] = even
        mt[0] = even
        for i in range(1, WORDS):
            _followed(mt[i], last, np.uint32(i))
        numpy[start : start + used, WORDS] = WORDS
        _turned(mt, numpy[start : start + used, :WORDS])
