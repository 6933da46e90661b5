"""What ties the parameters of a space together: unique names, conditions without cycles, constraints."""

from __future__ import annotations

from dataclasses import dataclass

from admf.errors import Problem, SpaceError
from admf.model.space.expression import Expression
from admf.model.space.parameter import Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Parameters and constraints that were checked.

    `conditional` is in an order of evaluation: what a condition reads comes before it. `reach` is what must
    be known to decide a name: the parameter itself and what its condition reads.
    """

    parameters: tuple[Parameter, ...]
    constraints: tuple[Expression, ...]
    position: dict[str, int]
    conditional: tuple[int, ...]
    reach: dict[str, frozenset[int]]

    def condition(self, parameter: int) -> Expression | None:
        """When the parameter exists; None: always."""
        return self.parameters[parameter].when

    def needs(self, expression: Expression) -> frozenset[int]:
        """The parameters that decide an expression."""
        return frozenset[int]().union(*(self.reach[name] for name in expression.names))


def rules_of(parameters: tuple[Parameter, ...], constraints: tuple[Expression, ...]) -> Rules:
    """The checked rules; raises one SpaceError with every problem, placed at its parameter or constraint."""
    position = {parameter.name: i for i, parameter in enumerate(parameters)}
    problems = [
        Problem(says="a name must be given once, is there twice.", where=parameter.name)
        for i, parameter in enumerate(parameters)
        if position[parameter.name] != i
    ]
    for parameter in parameters:
        if parameter.when is not None:
            problems += _name_problems(parameter.when, position, parameter.name)
    for i, constraint in enumerate(constraints):
        problems += _name_problems(constraint, position, f"constraints[{i}]")
    if problems:
        raise SpaceError(*problems)
    order = _without_cycles(parameters, position)
    reach: dict[str, frozenset[int]] = {}
    for i in order:
        when = parameters[i].when
        read = frozenset[int]().union(*(reach[name] for name in when.names)) if when else frozenset[int]()
        reach[parameters[i].name] = read | {i}
    conditional = tuple(i for i in order if parameters[i].when is not None)
    return Rules(
        parameters=parameters,
        constraints=constraints,
        position=position,
        conditional=conditional,
        reach=reach,
    )


def _name_problems(expression: Expression, position: dict[str, int], where: str) -> list[Problem]:
    if not expression.names:
        return [Problem(says=f"an expression must name a parameter, was '{expression}'.", where=where)]
    try:
        expression.check_names(position)
    except SpaceError as error:
        return list(error.at(where).problems)
    return []


def _without_cycles(parameters: tuple[Parameter, ...], position: dict[str, int]) -> list[int]:
    """All parameters, what a condition reads before what it decides (Kahn), else in the order declared."""
    waits = {
        i: {position[name] for name in parameter.when.names} if parameter.when else set[int]()
        for i, parameter in enumerate(parameters)
    }
    order: list[int] = []
    done: set[int] = set()
    while waits:
        ready = [i for i, read in waits.items() if read <= done]
        if not ready:
            names = ", ".join(f"'{parameters[i].name}'" for i in waits)
            raise SpaceError(
                Problem(
                    says=f"conditions must not go in a circle, those of {names} do, or wait for one.",
                    where=f"{parameters[next(iter(waits))].name}.when",
                )
            )
        for i in ready:
            del waits[i]
        order += ready
        done.update(ready)
    return order
