"""A parameter space guessed from a strategy's defaults: some steps down and up from each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INT_FACTORS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
FLOAT_FACTORS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
LEVEL_STEP, LEVEL_STEPS = 5, 5
"""A level between 0 and 100 is tried at so many steps down and up."""
_BELOW = (
    ("fast", "slow"), ("short", "long"), ("lower", "upper"), ("low", "high"), ("min", "max"),
    ("oversold", "overbought"), ("exit", "entry"), ("entry", "exit"),
)  # fmt: skip
"""Parts of names of which the first is meant to be below the second where the defaults say so too."""
_LEVELS = ("lower", "upper", "oversold", "overbought", "level", "threshold", "buy", "sell")
_SEEDS = ("seed", "random_state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """`space` maps a parameter to its values, in order; `constraints` hold for the defaults.

    `fixed` maps a parameter that is not searched to the reason.
    """

    space: Mapping[str, list[Any]]
    constraints: tuple[str, ...]
    fixed: Mapping[str, str]


def guess_space(defaults: Mapping[str, Any]) -> Guess:
    """The guess for a strategy whose parameters have these defaults; every default is among its values."""
    space: dict[str, list[Any]] = {}
    fixed: dict[str, str] = {}
    for name, default in defaults.items():
        values = [] if name in _SEEDS else _values(name, default)
        if len(values) > 1:
            space[name] = values
        else:
            fixed[name] = f"stays {default!r}: what else it may be cannot be told from that"
    return Guess(space=space, constraints=tuple(_constraints(space, defaults)), fixed=fixed)


def _values(name: str, default: Any) -> list[Any]:
    if isinstance(default, bool):
        return [False, True]
    if isinstance(default, int):
        if default == 0:
            return []
        if 10 <= default <= 90 and any(word in name for word in _LEVELS):
            steps = range(-LEVEL_STEPS, LEVEL_STEPS + 1)
            return [level for step in steps if 0 < (level := default + LEVEL_STEP * step) < 100]
        least = min(2, abs(default))  # no deviation, no slope, no mean of one bar
        sizes = sorted({max(least, round(abs(default) * factor)) for factor in INT_FACTORS} | {abs(default)})
        if default == 1:
            sizes = [1, 2, 3, 4, 5]
        return sizes if default > 0 else [-size for size in reversed(sizes)]
    if (
        isinstance(default, float)
        and default not in (0.0, float("inf"), float("-inf"))
        and default == default
    ):
        values = {float(f"{default * factor:.3g}") for factor in FLOAT_FACTORS} | {default}
        share = 0.0 < default < 1.0
        return sorted(value for value in values if not share or value < 1.0)
    return []


def _constraints(space: Mapping[str, list[Any]], defaults: Mapping[str, Any]) -> list[str]:
    """What the names say and the defaults keep, such as fast < slow."""
    found = []
    for name in space:
        for lower, upper in _BELOW:
            other = name.replace(lower, upper)
            both = lower in name and other != name and other in space
            if both and type(defaults[name]) is not bool and defaults[name] < defaults[other]:
                found.append(f"{name} < {other}")
                break
    return list(dict.fromkeys(found))
