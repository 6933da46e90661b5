"""What a strategy says about itself: warm-up, default space, constraints, and how to run many sets at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from admf.finance.strategies.sets import Many

F = TypeVar("F", bound=Callable[..., Any])


def strategy(
    *,
    warmup: str,
    space: Mapping[str, Mapping[str, object]],
    constraints: tuple[str, ...] = (),
    many: Many | None = None,
) -> Callable[[F], F]:
    """Set `warmup`, `space`, `constraints` and `many` on the function, which is otherwise left as it is.

    `warmup` is the number of bars that are not ready, an expression over the parameters; `space` has the
    form of a config's `space:`; `constraints` are expressions that a parameter set must fulfil; `many` runs
    many sets at once (sets.py; None: they are run one by one).
    """

    said = {"warmup": warmup, "space": space, "constraints": constraints, "many": many}

    def declare(function: F) -> F:
        for name, value in said.items():
            setattr(function, name, value)
        return function

    return declare
