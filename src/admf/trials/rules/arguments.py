"""What the arguments of a rule are: columns of the bars, lines, parameters, and what the loop over bars tells."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admf.errors import ComponentError, Problem, nearest
from admf.model.bars import Bars, Floats
from admf.trials.source import short_path

Line = Callable[..., Any]
"""line(bars, parameters by name): an array of a value per bar (T,) or per bar and symbol (T, N)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a rule in their order, and what each one is.

    One with a default is a parameter; one without is told by the loop, a line, or else a column of the bars.
    """

    rule: str
    file: str
    where: str
    order: tuple[str, ...]
    told: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[str, ...]
    parameters: Mapping[str, Any]
    """Their defaults."""
    of_lines: Mapping[str, tuple[str, ...]]
    """Line -> the parameters that it is asked with."""

    def arrays_of(self, bars: Bars) -> list[Floats]:
        """The columns it takes; ComponentError for one that the bars do not have."""
        for name in self.columns:
            if name not in bars.columns:
                says = f"{self.rule} takes '{name}', which is no column of the bars, no line, and has no default."
                hint = (
                    f"{nearest(name, [*bars.columns, *self.told])} A parameter needs a default, `{name}=10`."
                )
                raise ComponentError(Problem(where=self.where, says=says, hint=hint.strip()))
        return [bars.columns[name] for name in self.columns]


def arguments_of(function: Any, lines: Mapping[str, Line], told: tuple[str, ...]) -> Arguments:
    """Read the signature of a rule; ComponentError, with its file and line, for what cannot be one."""
    rule, where = function.__name__, place_of(function)

    def refuse(says: str, hint: str = "") -> ComponentError:
        return ComponentError(Problem(where=where, says=f"{rule}: {says}", hint=hint))

    parameters = inspect.signature(function).parameters
    for name, one in parameters.items():
        if one.kind is not one.POSITIONAL_OR_KEYWORD:
            raise refuse(f"its arguments must be plain ones, got {one.kind.description} '{one}'.")
        if one.default is not one.empty and (name in lines or name in told):
            raise refuse(f"'{name}' must have no default: it is given at every bar.")
    for name, line in lines.items():
        if not callable(line):
            raise refuse(f"the line '{name}' must be a function of bars and parameters, got {line!r}.")
        if name not in parameters:
            raise refuse(f"it takes no argument '{name}', which is a line.", nearest(name, list(parameters)))
    defaults = {name: one.default for name, one in parameters.items() if one.default is not one.empty}
    bare = [name for name in parameters if name not in defaults]
    return Arguments(
        rule=rule,
        file=function.__code__.co_filename,
        where=where,
        order=tuple(parameters),
        told=tuple(name for name in bare if name in told),
        columns=tuple(name for name in bare if name not in told and name not in lines),
        lines=tuple(name for name in bare if name in lines),
        parameters=defaults,
        of_lines={name: _asked_with(name, line, defaults, refuse) for name, line in lines.items()},
    )


def _asked_with(
    name: str, line: Line, defaults: Mapping[str, Any], refuse: Callable[[str, str], ComponentError]
) -> tuple[str, ...]:
    try:
        taken = list(inspect.signature(line).parameters.values())
    except (TypeError, ValueError):
        taken = []
    if not taken:
        raise refuse(f"the line '{name}' must take the bars as its first argument.", "")
    for one in taken[1:]:
        if one.name not in defaults and one.default is one.empty:
            says = f"the line '{name}' takes '{one.name}', which is no parameter of the rule."
            raise refuse(
                says, f"{nearest(one.name, list(defaults))} Add `{one.name}=...` to the rule.".strip()
            )
    return tuple(one.name for one in taken[1:] if one.name in defaults)


def place_of(function: Any) -> str:
    """'file:line' of a function."""
    return f"{short_path(function.__code__.co_filename)}:{function.__code__.co_firstlineno}"
