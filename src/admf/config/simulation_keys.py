"""The keys under `simulation:` and `costs:`: their forms; names and meanings are the simulation's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf.config.shape import NULL, TRUTH, Key, Keys, Shape, either, mapping, number, one_of, whole
from admf.config.simulation import options_of
from admf.finance.simulation.options import Direction, Fill, Reentry, Simulation
from admf.finance.simulation.parse import COSTS as _COSTS
from admf.finance.simulation.parse import SIMULATION_OPTIONS


def _parts(**shapes: Shape) -> Shape:
    keys = {name: Key(shape=shape, meaning="", null=False) for name, shape in shapes.items()}
    return mapping(keys, "{" + ", ".join(f"{name}: {shape.words}" for name, shape in shapes.items()) + "}")


_ABOVE = number("number above 0")
_ATR = _parts(atr=_ABOVE, window=whole(1))
_STOP = either(number("fraction above 0 and below 1"), _ATR, NULL)
_SHAPES: Mapping[str, Shape] = {
    "fill": one_of(fill.name.lower() for fill in Fill),
    "direction": one_of(side.name.lower() for side in Direction),
    "initial_cash": _ABOVE,
    "sizing": either(
        one_of(["all_in"]),
        _parts(fraction=_ABOVE),
        _parts(units=_ABOVE),
        _parts(volatility=_ABOVE, window=whole(2)),
    ),
    "rebalance": either(
        one_of(["on_change", "every_bar", "daily", "weekly", "monthly"]), _parts(band=_ABOVE)
    ),
    "stop_loss": _STOP,
    "take_profit": either(number("fraction above 0"), _ATR, NULL),
    "trailing_stop": _STOP,
    "time_stop": either(whole(1), NULL),
    "reentry": one_of(way.name.lower() for way in Reentry),
    "lot": either(_ABOVE, NULL),
    "close_at_end": TRUTH,
    "short": TRUTH,
    "commission": number("fraction of at least 0 and below 1"),
    "slippage": number("fraction of at least 0 and below 1"),
    "borrow_rate": number("rate of at least 0"),
    "cash_rate": number("rate above -1"),
}
_DEFAULTS: Mapping[str, Any] = options_of(Simulation())


def _option(name: str, null: bool) -> Key:
    """An option of the simulation; `short` and the costs, written here, have no default of their own."""
    given = {"default": _DEFAULTS[name]} if null or (name in _DEFAULTS and name not in _COSTS) else {}
    elsewhere = "; usually written under costs" if name in _COSTS and not null else ""
    return Key(shape=_SHAPES[name], meaning=SIMULATION_OPTIONS[name] + elsewhere, null=null, **given)


SIMULATION: Keys = {name: _option(name, null=False) for name in SIMULATION_OPTIONS}
COSTS: Keys = {name: _option(name, null=True) for name in _COSTS}
