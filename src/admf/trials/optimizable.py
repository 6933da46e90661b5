"""The protocol of an object that can be optimized without being a strategy of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Optimizable(Protocol):
    """Any object that offers a parameter space and takes parameters; nothing has to be inherited.

    `get_parameters() -> dict` and `validate_parameters(params) -> bool | (bool, message)` are used where
    present. The object also has one of `signal(bars)`, `on_bar(bar, position)`, `evaluate(bars) -> metrics`,
    or can be called with the bars.
    """

    def get_parameter_space(self) -> Any:
        """Its space, in any form that a config's `space:` may have."""
        ...

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Take the parameters of one trial."""
        ...
