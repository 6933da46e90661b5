"""A space as plain data that JSON holds, and back: exactly the same space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from admf.model.space.domain import Choice, Domain, Integer, Real
from admf.model.space.expression import Expression, parse
from admf.model.space.parameter import Parameter
from admf.model.space.space import Space
from admf.model.space.value import thaw


def space_data(space: Space) -> dict[str, Any]:
    """The space as mappings, lists and scalars; equal spaces give equal data.

    >>> from admf.model.space import parse_space
    >>> space = parse_space({"fast": [5, 10], "slow": range(10, 31, 10)}, ["fast < slow"])
    >>> read_space(space_data(space)) == space
    True
    """
    return {
        "parameters": [_parameter(one) for one in space.parameters],
        "constraints": [str(one) for one in space.constraints],
    }


def read_space(data: Mapping[str, Any]) -> Space:
    """The space of which `space_data` gave `data`."""
    parameters = tuple(_read_parameter(one) for one in data["parameters"])
    return Space(parameters, tuple(parse(text) for text in data["constraints"]))


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        **_domain(one.domain),
        "when": str(one.when) if one.when is not None else None,
        "default": thaw(one.default),
    }


def _domain(domain: Domain) -> dict[str, Any]:
    match domain:
        case Integer():
            ends = {"low": domain.low, "high": domain.high, "step": domain.step}
            return {"type": "int", **ends, "log": domain.log}
        case Real():
            ends = {"low": domain.low, "high": domain.high, "step": domain.step}  # type: ignore[dict-item]
            return {"type": "float", **ends, "num_points": domain.num_points, "log": domain.log}
        case Choice():
            return {"choices": [thaw(value) for value in domain.options], "ordinal": domain.ordinal}
        case _:
            assert_never(domain)


def _read_parameter(data: Mapping[str, Any]) -> Parameter:
    when: Expression | None = parse(data["when"]) if data["when"] is not None else None
    return Parameter(data["name"], _read_domain(data), when, data["default"])


def _read_domain(data: Mapping[str, Any]) -> Domain:
    if "choices" in data:
        choices: Sequence[Any] = data["choices"]
        return Choice(tuple(choices), data["ordinal"])
    low, high, step, log = data["low"], data["high"], data["step"], data["log"]
    if data["type"] == "int":
        return Integer(low, high, step, log)
    return Real(low, high, step, data["num_points"], log)
