"""A trial's own seed: from what it is asked, never from who runs it or when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, odd: steps of it meet every 64-bit number once."""
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def seeds_of(
    run_seed: int, stage: str, component: str, regime: str, window: str, numbers: Sequence[int]
) -> NDArray[np.int64]:
    """The seeds of the proposals `numbers` (n,), each at least 0 and below 2^63, as int64.

    Proposal i has the upper 63 bits of the i-th number (from 0) that SplitMix64 gives when it starts from a key of
    64 bits, which is the beginning of SHA-256 of all else.

    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the
    constants of D. Stafford's variant 13, as in S. Vigna's splitmix64.c.
    """
    key = f"{run_seed}\x1f{stage}\x1f{component}\x1f{regime}\x1f{window}"
    state = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return (splitmix64(state, np.asarray(numbers, np.uint64)) >> np.uint64(1)).astype(np.int64)


def seed_of(run_seed: int, stage: str, component: str, regime: str, window: str, proposal: int) -> int:
    """The seed of one proposal."""
    return int(seeds_of(run_seed, stage, component, regime, window, [proposal])[0])


def splitmix64(state: int, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The numbers that SplitMix64 gives at the places `numbers` (from 0) when it starts from `state`."""
    z = np.uint64(state) + (numbers + np.uint64(1)) * _GAMMA  # arrays of uint64 wrap around, as C does
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))
