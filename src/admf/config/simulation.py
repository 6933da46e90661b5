"""The `simulation:` and `costs:` blocks, and the simulation's options that a space searches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf.config.reading import Reading
from admf.errors import ConfigError, Problem, nearest
from admf.finance.simulation.options import (
    Atr,
    Band,
    Distance,
    EveryBar,
    FixedUnits,
    FractionOfEquity,
    OnChange,
    Periodic,
    Rebalance,
    Simulation,
    Sizing,
    VolatilityTarget,
)
from admf.finance.simulation.parse import COSTS, SIMULATION_OPTIONS, parse_simulation, with_options
from admf.model.space import Choice, Parameter, Space
from admf.model.space.value import freeze, thaw

SEARCHED = "simulation."
"""Parameters of this prefix are the simulation's options."""


def read_simulation(reading: Reading) -> tuple[Simulation, bool]:
    """The simulation, and whether commission or slippage was given; problems are noted in `reading`."""
    sections: dict[str, dict[str, Any]] = {}
    for name, known in (("simulation", tuple(SIMULATION_OPTIONS)), ("costs", COSTS)):
        given = reading.section((name,), known, example=_EXAMPLES[name])
        raw = reading.get((name,))
        # null is a value here ('stop_loss: null'), but for costs, where it says nothing
        sections[name] = {
            key: value
            for key, value in (raw.items() if isinstance(raw, Mapping) else ())
            if key in given or (key in known and name == "simulation")
        }
    costs_given = any(name in section for section in sections.values() for name in ("commission", "slippage"))
    try:
        return parse_simulation(sections["simulation"], sections["costs"]), costs_given
    except ConfigError as error:
        reading.adopt(error)
        return Simulation(), costs_given


_EXAMPLES = {
    "simulation": "{fill: next_open, direction: long}",
    "costs": "{commission: 0.0005, slippage: 0.0002}",
}


def searched_problems(space: Space, simulation: Simulation, where: str) -> list[Problem]:
    """What is wrong with the options of the simulation that a space searches."""
    problems = []
    for parameter in space.parameters:
        if parameter.name.startswith(SEARCHED):
            problems += _parameter_problems(parameter, simulation, f"{where}.{parameter.name}")
    return problems


def _parameter_problems(parameter: Parameter, simulation: Simulation, where: str) -> list[Problem]:
    option = parameter.name.removeprefix(SEARCHED)
    if option not in SIMULATION_OPTIONS:
        says = f"the name after '{SEARCHED}' must be an option, was '{option}'."
        return [Problem(says=says, where=where, hint=nearest(option, SIMULATION_OPTIONS))]
    domain = parameter.domain
    if isinstance(domain, Choice):
        values = [thaw(value) for value in domain.options]
    else:
        values = [domain.low, domain.high]
    problems: dict[str, Problem] = {}
    for value in values:
        try:
            with_options(simulation, {option: value})
        except ConfigError as error:
            for one in error.problems:
                problems.setdefault(one.says, Problem(says=one.says, where=where, hint=one.hint))
    return list(problems.values())


def options_of(simulation: Simulation) -> dict[str, Any]:
    """Every option as a config writes it, costs among them: what parse_simulation reads back the same."""
    costs = simulation.costs
    return {
        "fill": simulation.fill.name.lower(),
        "direction": simulation.direction.name.lower(),
        "initial_cash": simulation.initial_cash,
        "sizing": _sizing(simulation.sizing),
        "rebalance": _rebalance(simulation.rebalance),
        "stop_loss": _distance(simulation.stop_loss),
        "take_profit": _distance(simulation.take_profit),
        "trailing_stop": _distance(simulation.trailing_stop),
        "time_stop": simulation.time_stop,
        "reentry": simulation.reentry.name.lower(),
        "lot": simulation.lot,
        "close_at_end": simulation.close_at_end,
        "commission": costs.commission,
        "slippage": costs.slippage,
        "borrow_rate": costs.borrow_rate,
        "cash_rate": costs.cash_rate,
    }


def hashable_options(simulation: Simulation) -> tuple[tuple[str, Any], ...]:
    """The same as pairs that can be a key."""
    return tuple((name, freeze(value)) for name, value in options_of(simulation).items())


def _sizing(sizing: Sizing) -> Any:
    match sizing:
        case FractionOfEquity(fraction=fraction):
            return "all_in" if fraction == 1.0 else {"fraction": fraction}
        case FixedUnits(units=units):
            return {"units": units}
        case VolatilityTarget(annual=annual, window=window):
            return {"volatility": annual, "window": window}


def _rebalance(rebalance: Rebalance) -> Any:
    match rebalance:
        case OnChange():
            return "on_change"
        case EveryBar():
            return "every_bar"
        case Periodic(every=every):
            return every.name.lower()
        case Band(width=width):
            return {"band": width}


def _distance(distance: Distance) -> Any:
    return {"atr": distance.multiple, "window": distance.window} if isinstance(distance, Atr) else distance
