"""Searches that are told of a third of their trials one generation and more after the others."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import pytest

from admf.model.space import parse_space
from admf.search.methods import find_method
from admf.search.protocol import GENERATION
from admf.testing.search_play import played, with_late

LEARNING = ("genetic", "bayesian", "cmaes", "nsga2", "nsga3", "adaptive", "differential_evolution", "swarm")
SPACE = parse_space({name: {"type": "float", "low": -3, "high": 7} for name in "abcd"})
TRIALS = 240


def height(_: int, params: Mapping[str, Any]) -> tuple[float, ...]:
    """A hill with its top, 0, at 1.3 in all directions."""
    return (-sum((value - 1.3) ** 2 for value in params.values()),)


def regret(proposals: list[Mapping[str, Any]]) -> float:
    assert len(proposals) == TRIALS
    return -max(height(0, params)[0] for params in proposals)


@pytest.mark.parametrize("method", LEARNING)
def test_a_search_learns_from_what_is_late_and_does_not_take_it_for_good_before(method: str) -> None:
    drawn, late = [], []
    for seed in range(5):
        drawn.append(regret(played(find_method("random")(SPACE, seed, TRIALS), [GENERATION], height)))
        search = find_method(method)(SPACE, seed, TRIALS)
        late.append(regret(with_late(search, height, lambda n: n % 3 == 0, 2)))
    assert median(late) < 0.4 * median(drawn)
