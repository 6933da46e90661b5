"""What a built-in strategy says about itself: its warm-up, its default space, its constraints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def strategy(
    *, warmup: str, space: Mapping[str, Mapping[str, object]], constraints: tuple[str, ...] = ()
) -> Callable[[F], F]:
    """Set `warmup`, `space` and `constraints` on the function, which is otherwise left as it is.

    `warmup` is the number of bars that are not ready, an expression over the parameters; `space` has the
    form of a config's `space:`; `constraints` are expressions that a parameter set must fulfil.
    """

    def declare(function: F) -> F:
        for name, value in (("warmup", warmup), ("space", space), ("constraints", constraints)):
            setattr(function, name, value)
        return function

    return declare
