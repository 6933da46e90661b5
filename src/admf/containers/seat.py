"""Where a container sits: all that its keeper gives it."""

from __future__ import annotations

from dataclasses import dataclass, field

from admf.model.container import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Descriptors and limits of a container; everything in it can be sent to a program that is started for it."""

    keeper: int
    """Its process: a container does not outlive it."""
    connection: int
    """Its end of a socket pair to the keeper."""
    capture: int
    page: int | None
    folder: str
    limits: Limits
    memory_mb: float
    """`limits.memory_mb`, or its share."""
    shared: bool
    """Whether more than one request is to be expected."""
    groups: frozenset[str] = field(default=frozenset())
    """What a control group limits already."""
