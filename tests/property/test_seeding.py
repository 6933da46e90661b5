# ruff: noqa: NPY002  (the global generators are what is tested)
"""Generators that are seeded ahead of many trials are seeded as each trial's seed alone does it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.trials import seeding
from admf.trials.seeding import reseed, seeded_ahead

EDGES = [0, 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1]
SEEDS = st.lists(st.sampled_from(EDGES) | st.integers(0, 2**63 - 1), min_size=16, max_size=150)

SPOILS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "numbers": lambda: (random.random(), np.random.random(3)),
    "a normal number, its second left": lambda: (random.gauss(0, 1), np.random.standard_normal()),
    "two normal numbers": lambda: (random.gauss(0, 1), random.gauss(0, 1), np.random.standard_normal(2)),
    "states": lambda: (random.setstate(random.Random(7).getstate()), np.random.set_state(_other())),
    "seeds": lambda: (random.seed("x"), np.random.seed([1, 2, 3])),
    "integers": lambda: (random.getrandbits(99), np.random.randint(0, 9, 700), np.random.binomial(9, 0.3)),
}


def _other() -> Any:
    return np.random.RandomState(3).get_state()


def states() -> tuple[Any, Any]:
    """All that the global generators hold."""
    of_numpy: Any = np.random.get_state(legacy=False)
    inner = of_numpy["state"]
    return random.getstate(), (inner["key"].tobytes(), inner["pos"], of_numpy["has_gauss"], of_numpy["gauss"])


put_in = np.random.set_bit_generator  # type: ignore[attr-defined]  # NumPy's stubs do not have it


def drawn() -> tuple[Any, ...]:
    """Some of what may be drawn."""
    return (
        random.random(),
        random.gauss(0, 1),
        random.sample(range(99), 9),
        np.random.standard_normal(3).tolist(),
        np.random.permutation(9).tolist(),
        np.random.standard_normal(),
    )


@given(SEEDS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_generator_seeded_ahead_is_seeded(seeds: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(seeds))))[:20]
    with seeded_ahead(np.array(seeds, np.int64)):
        assert seeding._ahead, "this system has its generators where they are looked for"
        for row in order:
            SPOILS[data.draw(st.sampled_from(sorted(SPOILS)))]()
            reseed(seeds[row])
            found, numbers = states(), drawn()
            random.seed(seeds[row])
            np.random.seed(seeds[row] & 0xFFFFFFFF)
            assert found == states()
            assert numbers == drawn()
    assert not seeding._ahead


def test_another_seed_than_those_is_seeded_too() -> None:
    with seeded_ahead(np.arange(20)):
        reseed(12345)
        found = states()
    random.seed(12345)
    np.random.seed(12345)
    assert found == states()


def test_a_generator_that_a_trial_put_in_is_seeded_as_ever() -> None:
    before = seeding._in_use()
    with seeded_ahead(np.arange(20)):
        try:
            put_in(np.random.MT19937(99))
            reseed(5)
            found = states()
        finally:
            put_in(before)
        np.random.seed(5)
        assert found == states()
        reseed(6)
        found = states()
    random.seed(6)
    np.random.seed(6)
    assert found == states()


def test_where_the_places_are_not_known_seeds_are_set_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "_places", lambda: None)
    with seeded_ahead(np.arange(20)):
        assert not seeding._ahead
        reseed(7)
        found = states()
    random.seed(7)
    np.random.seed(7)
    assert found == states()
