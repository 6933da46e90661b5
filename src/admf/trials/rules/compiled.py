"""`admf.compiled`: a signal function of arrays, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from admf.finance.simulation.targets import values_of
from admf.model.bars import Floats
from admf.trials.rules.arguments import Arguments, Line
from admf.trials.rules.machine_code import Run
from admf.trials.rules.rule import Form, Rule

T = TypeVar("T")


def _source(arguments: Arguments) -> str:
    given = {name: f"a{i}" for i, name in enumerate([*arguments.columns, *arguments.lines])}
    taken = [*given.values(), *(f"p{i}" for i in range(len(arguments.parameters)))]
    given |= {name: f"p{i}" for i, name in enumerate(arguments.parameters)}
    call = ", ".join(given[name] for name in arguments.order)
    return f"def run({', '.join(taken)}):\n    return rule({call})\n"


def _as_it_is(given: T) -> T:
    return given


def _write(
    run: Run, inputs: Sequence[Any], params: Sequence[Any], out: Floats, shape: tuple[int, ...]
) -> None:
    out[:] = values_of(run(*inputs, *params), shape).reshape(-1)


def _examples(inputs: Sequence[Any], params: Sequence[Any]) -> Sequence[Any]:
    return [*inputs, *params]


FORM = Form(
    told=(),
    source=_source,
    plain=_as_it_is,
    prepared=_as_it_is,
    prepared_plainly=_as_it_is,
    write=_write,
    examples=_examples,
)


@overload
def compiled(function: Callable[..., Any], /) -> Rule: ...
@overload
def compiled(
    *, warmup: int | str | None = None, space: Any = None, constraints: Sequence[str] = (), **lines: Line
) -> Callable[[Callable[..., Any]], Rule]: ...
def compiled(
    function: Callable[..., Any] | None = None,
    /,
    *,
    warmup: int | str | None = None,
    space: Any = None,
    constraints: Sequence[str] = (),
    **lines: Line,
) -> Any:
    """Compile a signal function of arrays: loops over bars, with whatever state, at the speed of machine code.

    Arguments without a default are whole columns of the bars (`close`, `high`, any other), read-only, (T,) or (T, N)
    for several symbols, or `lines` as in `admf.per_bar`, whole arrays too; those with a default are parameters. It
    returns the signal, an array of the shape of `close`: targets in [-1, 1], or bool; NaN is not ready.

    All else is as with `admf.per_bar`: called, it is plain Python; a study compiles it once and runs sampled trials
    the plain way too. An index beyond the end of an array raises, as in Python.

    ```pycon
    >>> import admf
    >>> import numpy as np
    >>> @admf.compiled(warmup="window")
    ... def new_high(high, close, window=20):
    ...     long = np.zeros(len(close))
    ...     for t in range(window, len(close)):
    ...         long[t] = close[t] > high[t - window : t].max()
    ...     return long
    >>> len(admf.optimize(new_high, "bundled:sp500", space={"window": [20, 50]}).trials)
    2

    ```
    """

    def decorate(given: Callable[..., Any]) -> Rule:
        return Rule(FORM, given, lines, warmup=warmup, space=space, constraints=constraints)

    return decorate if function is None else decorate(function)
