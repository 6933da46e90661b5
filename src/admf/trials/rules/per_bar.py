"""`admf.per_bar`: a rule of one bar, run over all bars by a compiled loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np

from admf.errors import TrialError
from admf.finance.simulation.targets import check_signal
from admf.model.bars import Floats
from admf.trials.rules.arguments import Arguments, Line
from admf.trials.rules.machine_code import Run
from admf.trials.rules.rule import Form, Rule

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
_LOOP = """\
def run(out, {arrays}):
    position = 0.0
    for t in range(len(out)):
        said = rule({call})
        target = position if said is None else 0.0 + said
        out[t] = target
        position = target if target == target else 0.0
"""


def _source(arguments: Arguments) -> str:
    inputs = [*arguments.columns, *arguments.lines]
    given = {name: f"a{i}[t]" for i, name in enumerate(inputs)}
    given |= {name: f"p{i}" for i, name in enumerate(arguments.parameters)}
    given |= {name: name for name in arguments.told}
    arrays = [f"a{i}" for i in range(len(inputs))] + [f"p{i}" for i in range(len(arguments.parameters))]
    call = ", ".join(given[name] for name in arguments.order)
    return _LOOP.format(arrays=", ".join(arrays), call=call)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that is held to what it may return, as the compiled one is by its types."""

    def rule(*given: Any) -> Any:
        said = function(*given)
        if said is None or isinstance(said, _NUMBERS):
            return said
        raise TrialError(f"a rule must return a number, or None to stay where it is, got {said!r}.")

    return rule


def _rows(values: Floats) -> list[Floats]:
    """An array per symbol."""
    rows = np.ascontiguousarray(values.reshape(len(values), -1).T)
    rows.flags.writeable = False
    return list(rows)


def _lists(values: Floats) -> list[list[float]]:
    return [row.tolist() for row in _rows(values)]


def _write(
    run: Run, inputs: Sequence[Any], params: Sequence[Any], out: Floats, shape: tuple[int, ...]
) -> None:
    if len(shape) == 1:
        run(out, *[rows[0] for rows in inputs], *params)
        return
    T, N = shape
    for n in range(N):
        column = np.empty(T)
        run(column, *[rows[n if len(rows) > 1 else 0] for rows in inputs], *params)
        out.reshape(T, N)[:, n] = check_signal(column, (T,)) / N


def _examples(inputs: Sequence[Any], params: Sequence[Any]) -> Sequence[Any]:
    return [np.empty(0), *[rows[0] for rows in inputs], *params]


FORM = Form(
    told=("position", "t"),
    source=_source,
    plain=_plain,
    prepared=_rows,
    prepared_plainly=_lists,
    write=_write,
    examples=_examples,
)


@overload
def per_bar(rule: Callable[..., Any], /) -> Rule: ...
@overload
def per_bar(
    *, warmup: int | str | None = None, space: Any = None, constraints: Sequence[str] = (), **lines: Line
) -> Callable[[Callable[..., Any]], Rule]: ...
def per_bar(
    rule: Callable[..., Any] | None = None,
    /,
    *,
    warmup: int | str | None = None,
    space: Any = None,
    constraints: Sequence[str] = (),
    **lines: Line,
) -> Any:
    """Compile a rule of one bar, and a loop that asks it at every bar: as fast as what is built in.

    The rule is given, by the names of its arguments: `position`, the target that it decided at the bar before (0.0
    at first, and after NaN); `t`, the number of the bar; columns of the bars (`close`, `high`, any other), each the
    number of this bar; and `lines`, which are keywords of the decorator: functions of the bars and of parameters, by
    name, that give an array per bar, of which the rule is given the number of this bar. Arguments with a default are
    parameters. What it returns is the target in [-1, 1] at this bar's close: a number or bool, NaN while it is not
    ready (flat), or None to stay where it is. With several symbols the rule is asked for each, and each has an equal
    share of the equity: a target of 1 is 1/N.

    `warmup`, `space` and `constraints` are as a function's own. Called, `rule(bars, fast=5)` runs as plain Python
    and gives the signal, (T,) or (T, N). A study compiles it once (Numba), keeps the machine code on disk, and runs
    sampled trials the plain way too: where the two differ, the run ends. ComponentError, with Numba's reason, for a
    rule that cannot be compiled, and for arguments that are none.

    ```pycon
    >>> import admf
    >>> @admf.per_bar(warmup="window", average=lambda bars, window: admf.ta.sma(bars.close, window))
    ... def above(close, average, window=50):
    ...     return close > average
    >>> study = admf.optimize(above, "bundled:sp500", space={"window": [50, 100, 200]})
    >>> len(study.trials)
    3

    ```
    """

    def decorate(function: Callable[..., Any]) -> Rule:
        return Rule(FORM, function, lines, warmup=warmup, space=space, constraints=constraints)

    return decorate if rule is None else decorate(rule)
