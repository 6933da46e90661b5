"""A decorated rule: called, it is plain Python; asked for many parameter sets, it is machine code."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from admf.errors import ComponentError, Problem
from admf.finance.strategies.sets import Columns, Sets
from admf.model.bars import Bars, Floats
from admf.trials.rules.arguments import Arguments, Line, arguments_of, place_of
from admf.trials.rules.lines import Lines
from admf.trials.rules.machine_code import Run, compile_for, machine_code, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How functions of one form are asked.

    `source(arguments)` defines `run`, which calls `rule`; it is compiled, or run as it is. `prepared` makes of an
    array what `write(run, inputs, params, out, shape)` is given as inputs: it has `run` write the signal for bars of
    `shape` into `out` (T N,). `examples(inputs, params)` are values of the types that `run` is called with.
    """

    told: tuple[str, ...]
    source: Callable[[Arguments], str]
    plain: Callable[[Callable[..., Any]], Callable[..., Any]]
    """The function as `source` is to call it where it is not compiled."""
    prepared: Callable[[Floats], Any]
    prepared_plainly: Callable[[Floats], Any]
    write: Callable[[Run, Sequence[Any], Sequence[Any], Floats, tuple[int, ...]], None]
    examples: Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]]


class Rule:
    """A rule over bars, as `admf.per_bar` and `admf.compiled` make it of a function.

    `rule(bars, **params)` asks it the plain way; `rule.many(bars)` compiles it, for studies. `warmup`, `space` and
    `constraints` are read as those of any function.
    """

    def __init__(
        self,
        form: Form,
        function: Any,
        lines: Mapping[str, Line],
        *,
        warmup: int | str | None,
        space: Any,
        constraints: Sequence[str],
    ) -> None:
        function = getattr(
            function, "py_func", function
        )  # compiled already: it will be once more, with its loop
        if not inspect.isfunction(function):
            says = f"the decorator must be given a function, got {type(function).__name__}."
            raise ComponentError(Problem(says=says))
        functools.update_wrapper(self, function)
        self.form, self.function, self.lines = form, function, dict(lines)
        self.warmup, self.space, self.constraints = warmup, space, tuple(constraints)
        self.arguments = arguments_of(function, lines, form.told)
        bars = inspect.Parameter("bars", inspect.Parameter.POSITIONAL_ONLY)
        own = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in self.arguments.parameters.items()
        ]
        self.__signature__ = inspect.Signature([bars, *own])

    def __repr__(self) -> str:
        return f"<rule {self.__name__} of {place_of(self.function)}>"  # type: ignore[attr-defined]

    def __call__(self, bars: Bars, /, **params: Any) -> Floats:
        """The signal over `bars`, by plain Python: a target per bar (T,), or per bar and symbol (T, N)."""
        bound = self.__signature__.bind(bars, **params)
        bound.apply_defaults()
        run = plain(self.form.source(self.arguments), self.form.plain(self.function))
        asked = _Asked(self, run, bars, self.form.prepared_plainly)
        out = np.empty(bars.close.size)
        asked.write({name: _native(value) for name, value in bound.kwargs.items()}, out)
        return out.reshape(bars.close.shape)

    def many(self, bars: Bars) -> Columns:
        """How to make many sets of it over these bars; ComponentError where it cannot be compiled."""
        run = machine_code(self.form.source(self.arguments), self.function)
        asked = _Asked(self, run, bars, self.form.prepared)
        asked.compile_for(self.arguments.parameters)

        def sets(**columns: Any) -> Sets:
            names = list(columns)
            listed = [c.tolist() if isinstance(c, np.ndarray) else c for c in columns.values()]
            rows = [dict(zip(names, row, strict=True)) for row in zip(*listed, strict=True)]
            for params in rows:
                asked.compile_for(params)
            return Sets(lambda i, out: asked.write(rows[i], out))

        return sets


@dataclass(slots=True)
class _Asked:
    """A rule over some bars, ready to be asked with parameters."""

    rule: Rule
    run: Any
    bars: Bars
    prepared: Callable[[Floats], Any]
    lines: Lines = field(init=False)
    columns: list[Any] = field(init=False)
    known: set[tuple[type, ...]] = field(default_factory=set)
    """Types of parameters that there is machine code for."""

    def __post_init__(self) -> None:
        self.columns = [self.prepared(array) for array in self.rule.arguments.arrays_of(self.bars)]
        self.lines = Lines(self.bars, self.prepared)

    def write(self, params: Mapping[str, Any], out: Floats) -> None:
        """Write the signal with these parameters, all of them, into `out` (T N,)."""
        rule, arguments = self.rule, self.rule.arguments
        lines = [
            self.lines.of(name, rule.lines[name], {one: params[one] for one in arguments.of_lines[name]})
            for name in arguments.lines
        ]
        values = [params[name] for name in arguments.parameters]
        rule.form.write(self.run, [*self.columns, *lines], values, out, self.bars.close.shape)

    def compile_for(self, params: Mapping[str, Any]) -> None:
        """Have machine code for parameters of these types."""
        values = [params[name] for name in self.rule.arguments.parameters]
        types = tuple(map(type, values))
        if types in self.known:
            return
        some = self.prepared(self.bars.close)
        inputs = [*self.columns, *[some] * len(self.rule.arguments.lines)]
        compile_for(self.run, self.rule.form.examples(inputs, values), self.rule.arguments)
        self.known.add(types)


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
