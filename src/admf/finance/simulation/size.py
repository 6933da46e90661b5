"""How many units a target asks for, and what to trade to get there."""

from __future__ import annotations

from math import copysign, isnan, trunc
from typing import Any

from admf.finance.compiled import in_loop, in_place
from admf.finance.simulation.rules import SCALE, Rules

Array = Any
"""A float64 or record array inside compiled code."""


@in_loop
def exposure(q: float, prepared: Array, t: int, i: int, rules: Rules) -> float:
    """The exposure x that target q asks for, decided at bar t."""
    x = q * rules.fraction
    return x * prepared[t, i, SCALE] if len(prepared) > 0 else x


@in_place
def units_for(q: float, x: float, equity: float, price: float, rules: Rules) -> float:
    """Units for exposure x at `price`, so that they and their commission cost x of the equity."""
    units = q * rules.units if not isnan(rules.units) else x * equity / (price * (1.0 + rules.commission))
    if rules.lot == 0.0:
        return units
    return trunc(units / rules.lot + copysign(1e-9, units)) * rules.lot


@in_place
def difference(p: Any, q: float, x: float, equity: float, at: float, rules: Rules) -> float:
    """What to trade toward the same side: signed units, 0 where nothing is to be done."""
    more = units_for(q, x, equity, at * (1.0 + rules.slippage), rules)
    if more > p.units:
        return more - p.units
    less = units_for(q, x, equity, at * (1.0 - rules.slippage), rules)
    return less - p.units if less < p.units else 0.0


@in_place
def sells(p: Any, q: float, x: float, equity: float, at: float, rules: Rules) -> bool:
    """Whether going to target q sells."""
    if p.units == 0.0:
        return x < 0.0
    if x == 0.0 or (x > 0.0) != (p.units > 0.0):
        return p.units > 0.0
    return difference(p, q, x, equity, at, rules) < 0.0
