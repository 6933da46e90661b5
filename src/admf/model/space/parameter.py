"""One parameter of a space: its name, what it may be, and when it exists."""

from __future__ import annotations

from dataclasses import dataclass

from admf.errors import SpaceError
from admf.model.space.domain import Domain
from admf.model.space.expression import Expression, parse
from admf.model.space.value import Value, freeze, shown


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named domain. `when`: an expression over other parameters; where it does not hold, the parameter is
    absent from the set. `default` is what the author of the space declared, None where nothing was."""

    name: str
    domain: Domain
    when: Expression | None = None
    default: Value = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpaceError(f"a parameter's name must be a text, was {shown(self.name)}.")
        if self.when is not None:
            object.__setattr__(self, "when", parse(self.when))
        object.__setattr__(self, "default", freeze(self.default))
