"""What the process around a batch of trials offers them, and is told by them: the container they run in, if any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from admf.model.container import Limits


def _nothing(_: int) -> None:
    pass


def _silence() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Outside of any container there are none: nothing is limited, and nothing caught."""

    limits: Limits | None = None
    """What a container limits; None: there is none, and what is raised to end the process ends it."""
    shared: bool = False
    """Whether trials that this one must not disturb come after it in this process."""
    folder: str | None = None
    """The container's own folder; None: one is made where it is asked for."""
    begins: Callable[[int], None] = field(default=_nothing, repr=False)
    """Told the row of each trial when it begins."""
    printed: Callable[[], str] = field(default=_silence, repr=False)
    """What was printed since it was asked last; OutputLimitError where that was more than may be kept."""


class OutputLimitError(Exception):
    """A trial printed more than it may; `output` is what was kept."""

    def __init__(self, output: str) -> None:
        super().__init__("more was printed than output_mb allows")
        self.output = output


OUTSIDE = Surroundings()
