"""The conformance kit of search methods: laws that any method must obey, for use in anybody's tests."""

from __future__ import annotations

from collections.abc import Sequence

from admf.model.space import Space, parse_space
from admf.search.protocol import MakeSearch
from admf.testing.search_laws import (
    Checked,
    check_failures,
    check_late,
    check_misuse,
    check_replay,
    check_sound,
    check_turns,
)

_BUDGET = 40


def default_spaces() -> tuple[Space, ...]:
    """Small finite spaces: a constraint, floats, choices of any value, conditions, a single set."""
    stop = {"simulation.stop": [None, 0.02, {"atr": 2, "window": 14}]}
    chained = {
        "mode": ["x", "y"],
        "depth": {"low": 1, "high": 3, "when": "mode == 'x'"},
        "extra": {"values": [True, False], "when": "depth > 1"},
    }
    return (
        parse_space({"fast": range(5, 30, 5), "slow": {"low": 10, "high": 60, "step": 10}}, ["fast < slow"]),
        parse_space({"level": {"low": 0, "high": 0.3, "step": 0.1}, **stop}),
        parse_space(chained),
        parse_space({"rate": {"type": "log", "low": 0.001, "high": 1.0, "num_points": 7}}),
        parse_space({"only": 7}),
    )


def large_spaces() -> tuple[Space, ...]:
    """Spaces that nobody searches whole: continuous, astronomical, mixed, with narrow constraints and conditions."""
    real = {"type": "float", "low": -1, "high": 1}
    return (
        parse_space({"x": real, "y": {"type": "log", "low": 1e-4, "high": 10}}),
        parse_space(
            {"a": {"low": 0, "high": 2**40}, "b": {"low": 1, "high": 10**9, "log": True}, "c": [*"pqrst"]}
        ),
        parse_space(
            {
                "x": real,
                "y": real,
                "k": {"low": 1, "high": 5000},
                "mode": ["a", "b", None],
                "z": {"type": "float", "low": 0, "high": 1, "when": "mode == 'a'"},
                "flag": {"values": [True, False], "when": "k > 2500"},
            },
            ["x + y > 1.5", "k % 2 == 0"],
        ),
    )


def check_search_method(
    make: MakeSearch,
    *,
    spaces: Sequence[Space] | None = None,
    budget: int | None = _BUDGET,
    exhaustive: bool = True,
    objectives: int = 1,
) -> None:
    """Raises AssertionError with the law that a method breaks, and on which space.

    `make(space, seed, budget)` creates the method. With `exhaustive`, every set of a finite space within the
    budget must be proposed; a method that stops before is checked with `exhaustive=False`. `objectives`: how many
    values a trial is told to have. Spaces are small ones by default; see `large_spaces` for others.
    """
    for space in default_spaces() if spaces is None else spaces:
        check = Checked(make, space, budget, objectives)
        check_sound(check, exhaustive)
        check_failures(check)
        check_turns(check)
        check_late(check)
        check_replay(check)
        check_misuse(check)
