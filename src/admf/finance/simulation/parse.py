"""Options as a user writes them, to a Simulation: every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, TypeVar

from admf.errors import ConfigError, Problem, SpaceError, nearest
from admf.finance.simulation.options import (
    Atr,
    Band,
    Calendar,
    Direction,
    Distance,
    EveryBar,
    Fill,
    FixedUnits,
    FractionOfEquity,
    OnChange,
    Periodic,
    Rebalance,
    Reentry,
    Simulation,
    Sizing,
    VolatilityTarget,
)
from admf.model.space.value import Options, canonical, plain, shown

T = TypeVar("T")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def parse_simulation(simulation: Mapping[str, Any], costs: Mapping[str, Any] = _NOTHING) -> Simulation:
    """The simulation that the config's `simulation:` and `costs:` describe; what is left out has its default.

    `simulation` may hold the costs too, and `short: true | false` for the direction. Raises ConfigError with
    every problem, placed at 'simulation.stop_loss', 'costs.commission' and so on.

    >>> parse_simulation({"stop_loss": {"atr": 2}}, {"commission": 0.001}).stop_loss
    Atr(multiple=2.0, window=14)
    """
    problems: list[Problem] = []
    read = _read(simulation, "simulation", _READERS, problems)
    paid = _read(costs, "costs", _COST_READERS, problems)
    for name in read.keys() & paid.keys():
        problems.append(
            Problem(says=f"{name} must be given once, is under costs too.", where=f"simulation.{name}")
        )
    return _changed(Simulation(), read | paid, problems)


def with_options(base: Simulation, overrides: Mapping[str, Any]) -> Simulation:
    """`base` with some options replaced, as a search proposes them: 'stop_loss' or 'simulation.stop_loss' ->
    a value as in a config. Cached on the canonical text of the overrides. Raises ConfigError as above."""
    if not overrides:
        return base
    try:
        text = canonical(overrides)
    except SpaceError as error:
        raise ConfigError(*error.at("simulation").problems) from None
    return _with_canonical(base, text)


@lru_cache(maxsize=4096)
def _with_canonical(base: Simulation, overrides: str) -> Simulation:
    given = {name.removeprefix("simulation."): value for name, value in json.loads(overrides).items()}
    problems: list[Problem] = []
    return _changed(base, _read(given, "simulation", _READERS, problems), problems)


def _read(
    raw: object, section: str, readers: Mapping[str, Callable[[object], Any]], problems: list[Problem]
) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        says = f"{section} must be a mapping of options, was {shown(raw)}."
        problems.append(Problem(says=says, where=section))
        return {}
    read = {}
    for name, value in raw.items():
        if name not in readers:
            says = f"a key of {section} must be known, was {shown(name)}."
            problems.append(Problem(says=says, where=f"{section}.{name}", hint=nearest(name, readers)))
            continue
        try:
            read[name] = readers[name](value)
        except ConfigError as error:
            for one in error.problems:
                place = f"{section}.{name}{one.where}"
                problems.append(Problem(says=f"{name}{one.where} {one.says}", where=place, hint=one.hint))
    return read


def _changed(base: Simulation, read: dict[str, Any], problems: list[Problem]) -> Simulation:
    short = read.pop("short", None)
    if short is not None:
        direction = read.setdefault("direction", Direction.BOTH if short else Direction.LONG)
        if short != (direction is not Direction.LONG):
            says = f"short: {str(short).lower()} and direction: {direction.name.lower()} must not disagree."
            problems.append(Problem(says=says, where="simulation.short", hint="Keep direction."))
    if problems:
        raise ConfigError(*problems)
    paid = {name: read.pop(name) for name in COSTS if name in read}
    return replace(base, **read, costs=replace(base.costs, **paid)) if paid else replace(base, **read)


# --- one value -------------------------------------------------------------------------------------------
# Each returns the value, or raises ConfigError with a text that goes on after the name: 'must be ..., was'.


def refusal(wants: str, value: object, hint: str = "", where: str = "") -> ConfigError:
    """What a value must be and what it was; `where` is the place inside it."""
    if not hint and isinstance(value, str):
        hint = _text_hint(value)
    return ConfigError(Problem(says=f"must be {wants}, was {shown(value)}.", where=where, hint=hint))


def _text_hint(text: str) -> str:
    try:
        if text.strip().endswith("%"):
            return f"Write {float(text.strip()[:-1]) / 100:g}."
        float(text)
    except ValueError:
        return ""
    return "Remove the quotes."


def number(value: object, wants: str, holds: Callable[[float], bool]) -> float:
    """A finite number for which `holds`."""
    value = plain(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300:  # NaN is not
        if holds(value):
            return float(value)
        if "below 1" in wants and 1 <= value < 100:
            raise refusal(wants, value, f"{value:g} % is {value / 100:g}.")
    raise refusal(wants, value)


def whole(value: object, least: int) -> int:
    """A whole number of at least `least`; 5.0 is none, so that a typo such as 0.5 is not cut."""
    value = plain(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < least or value > 2**53:
        raise refusal(f"a whole number of at least {least}", value)
    return value


def truth(value: object) -> bool:
    """true or false; YAML 1.2 reads yes and no as texts."""
    if not isinstance(value, bool):
        says = {"yes": "Write true.", "on": "Write true.", "no": "Write false.", "off": "Write false."}
        raise refusal("true or false", value, says.get(str(value).lower(), ""))
    return value


def one_of(value: object, names: Mapping[str, T]) -> T:
    """What one of some names stands for."""
    if not isinstance(value, str) or value not in names:
        hint = nearest(value, names) if isinstance(value, str) else ""
        raise refusal(f"one of {', '.join(names)}", value, "" if hint.startswith("Valid") else hint)
    return names[value]


def _positive(value: object) -> float:
    return number(value, "a number above 0", lambda x: x > 0)


def _least_zero(value: object) -> float:
    return number(value, "a number of at least 0", lambda x: x >= 0)


def _cost(value: object) -> float:
    return number(value, "a fraction of at least 0 and below 1", lambda x: 0 <= x < 1)


def _cash_rate(value: object) -> float:
    return number(value, "a rate per year above -1", lambda x: x > -1)


def _stop(value: object) -> float:
    return number(value, "a fraction above 0 and below 1, {atr: multiple} or null", lambda x: 0 < x < 1)


def _profit(value: object) -> float:
    return number(value, "a fraction above 0, {atr: multiple} or null", lambda x: x > 0)


def _distance(fraction: Callable[[object], float], value: object) -> Distance:
    if value is None:
        return None
    parts = _mapping(value)
    if parts is None:
        return fraction(value)
    _keys(parts, "atr", "window")
    return Atr(multiple=_part(parts, "atr", _positive), window=_part(parts, "window", _window(1), 14))


def _sizing(value: object) -> Sizing:
    parts = _mapping(value)
    if value == "all_in":
        return FractionOfEquity()
    if parts is not None and "fraction" in parts:
        _keys(parts, "fraction")
        return FractionOfEquity(fraction=_part(parts, "fraction", _positive))
    if parts is not None and "units" in parts:
        _keys(parts, "units")
        return FixedUnits(units=_part(parts, "units", _positive))
    if parts is not None and "volatility" in parts:
        _keys(parts, "volatility", "window")
        annual = _part(parts, "volatility", _positive)
        return VolatilityTarget(annual=annual, window=_part(parts, "window", _window(2), 20))
    raise refusal("all_in, {fraction: f}, {units: n} or {volatility: annual, window: n}", value)


def _rebalance(value: object) -> Rebalance:
    parts = _mapping(value)
    if parts is not None and "band" in parts:
        _keys(parts, "band")
        return Band(width=_part(parts, "band", _positive))
    if isinstance(value, str) and value in _REBALANCE:
        return _REBALANCE[value]
    hint = nearest(value, _REBALANCE) if isinstance(value, str) else ""
    wants = f"one of {', '.join(_REBALANCE)} or {{band: width}}"
    raise refusal(wants, value, "" if hint.startswith("Valid") else hint)


def _mapping(value: object) -> Mapping[str, object] | None:
    """The parts of a mapping, also of one that was frozen to cross a boundary."""
    if isinstance(value, Options):
        return dict(value.items)
    return value if isinstance(value, Mapping) else None


def _keys(parts: Mapping[str, object], *known: str) -> None:
    wrong = [key for key in parts if key not in known]
    if wrong:
        says = "must be left out, is not known."
        raise ConfigError(Problem(says=says, where=f".{wrong[0]}", hint=nearest(str(wrong[0]), known)))


def _part(parts: Mapping[str, object], key: str, read: Callable[[object], T], default: T | None = None) -> T:
    if key not in parts:
        if default is None:
            raise refusal(f"a mapping with {key}", dict(parts))
        return default
    try:
        return read(parts[key])
    except ConfigError as error:
        raise error.at(f".{key}") from None


def _window(least: int) -> Callable[[object], int]:
    return lambda value: whole(value, least)


_REBALANCE: Mapping[str, Rebalance] = {
    "on_change": OnChange(),
    "every_bar": EveryBar(),
    "daily": Periodic(every=Calendar.DAILY),
    "weekly": Periodic(every=Calendar.WEEKLY),
    "monthly": Periodic(every=Calendar.MONTHLY),
}
_TABLE: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "fill": (
        "when a decision at a close is filled",
        partial(one_of, names={fill.name.lower(): fill for fill in Fill}),
    ),
    "direction": (
        "which sides may be taken",
        partial(one_of, names={side.name.lower(): side for side in Direction}),
    ),
    "initial_cash": ("the equity before the first bar", _positive),
    "sizing": ("how large a full position is", _sizing),
    "rebalance": ("when a position is traded back to its target", _rebalance),
    "stop_loss": (
        "distance from the average fill price at which a position is closed",
        partial(_distance, _stop),
    ),
    "take_profit": ("distance of the target, as stop_loss; may exceed 1", partial(_distance, _profit)),
    "trailing_stop": ("distance from the best price since the fill, as stop_loss", partial(_distance, _stop)),
    "time_stop": ("most bars in a trade", lambda value: None if value is None else whole(value, 1)),
    "reentry": (
        "after a stop: new_signal waits for the target to change, immediate does not",
        partial(one_of, names={way.name.lower(): way for way in Reentry}),
    ),
    "lot": ("units are multiples of it", lambda value: None if value is None else _positive(value)),
    "close_at_end": ("whether what is open at the last bar is closed there, at its costs", truth),
    "short": ("whether short sides may be taken: another way to write direction", truth),
    "commission": ("fraction of notional paid per fill", _cost),
    "slippage": ("fraction of the price lost per fill", _cost),
    "borrow_rate": ("rate per year paid on short positions", _least_zero),
    "cash_rate": ("rate per year earned on cash, and paid on debt", _cash_rate),
}
COSTS: tuple[str, ...] = ("commission", "slippage", "borrow_rate", "cash_rate")
SIMULATION_OPTIONS: Mapping[str, str] = {name: meaning for name, (meaning, _) in _TABLE.items()}
"""Every option's name and what it means; those in COSTS belong under `costs:`."""
_READERS: Mapping[str, Callable[[object], Any]] = {name: read for name, (_, read) in _TABLE.items()}
_COST_READERS: Mapping[str, Callable[[object], Any]] = {name: _READERS[name] for name in COSTS}
