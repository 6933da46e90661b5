"""Seeds: SplitMix64 gives what its authors' program gives, and each trial has its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from admf.model.seeds import seed_of, seeds_of, splitmix64

MASK = 2**64 - 1


def next_of(state: int) -> tuple[int, int]:
    """One step of S. Vigna's splitmix64.c, in Python's integers."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def test_the_published_sequence() -> None:
    """Rosetta Code, "Pseudo-random numbers/Splitmix64": the first five for the seed 1234567."""
    wanted = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert splitmix64(1234567, np.arange(5, dtype=np.uint64)).tolist() == wanted


@given(st.integers(0, MASK), st.integers(0, 40))
def test_any_place_is_reached_as_by_steps(state: int, place: int) -> None:
    found = int(splitmix64(state, np.array([place], np.uint64))[0])
    for _ in range(place + 1):
        state, wanted = next_of(state)
    assert found == wanted


def test_one_and_many_are_the_same_and_whatever_differs_gives_others() -> None:
    key = (7, "stage", "component", "all", "in_sample")
    many = seeds_of(*key, range(5, 2_000))
    assert many.dtype == np.int64
    assert many.min() >= 0
    assert [seed_of(*key, n) for n in (5, 6, 1_999)] == [many[0], many[1], many[-1]]
    assert len(set(many.tolist())) == len(many)
    others = [
        (8, "stage", "component", "all", "in_sample"),
        (7, "stage2", "component", "all", "in_sample"),
        (7, "stage", "component2", "all", "in_sample"),
        (7, "stage", "component", "bull", "in_sample"),
        (7, "stage", "component", "all", "w1"),
    ]
    assert len({seed_of(*one, 5) for one in (key, *others)}) == 6
