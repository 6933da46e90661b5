"""The space of a joint optimization: those of its parts, each parameter with its part's name before it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from admf.errors import ConfigError, Problem
from admf.model.space import Parameter, Space
from admf.trials.composite import renamed

SHARED = "simulation."
"""How parameters begin that are the simulation's: a joint strategy has one of each."""


def joined_space(name: str, spaces: Mapping[str, Space]) -> Space:
    """The joint space of the component `name`. ConfigError where two parts search the same option differently."""
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for part, space in spaces.items():
        for parameter in space.parameters:
            one = _of_part(parameter, part)
            if one.name in found and found[one.name].domain != one.domain:
                says = f"'{one.name}' must have one space in a joint optimization, {part} has another one."
                problems.append(Problem(where=name, says=says, hint="Give it the same values in each part."))
            found.setdefault(one.name, one)
    if problems:
        raise ConfigError(*problems)
    constraints = [
        _renamed(str(constraint), part) for part, space in spaces.items() for constraint in space.constraints
    ]
    return Space(tuple(found.values()), tuple(dict.fromkeys(constraints)))  # type: ignore[arg-type]


def _of_part(parameter: Parameter, part: str) -> Parameter:
    when = None if parameter.when is None else _renamed(str(parameter.when), part)
    return replace(parameter, name=prefixed(parameter.name, part), when=when)  # type: ignore[arg-type]


def prefixed(parameter: str, part: str) -> str:
    """What a part's parameter is called in the joint space."""
    return parameter if not part or parameter.startswith(SHARED) else f"{part}.{parameter}"


def _renamed(text: str, part: str) -> str:
    return renamed(text, part).replace(f"{part}.{SHARED}", SHARED)
