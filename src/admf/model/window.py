"""Windows: half-open stretches of time, and the bars they hold."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = "in_sample"
"""The window of all studies but those of successive halving that only look at a part of it."""


def with_window(component: str, window: str) -> str:
    """A component's name, with its window where that is a part only."""
    return component if window == WHOLE else f"{component} ({window})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Bars start..stop-1 of a data set; nothing outside is ever scored."""

    name: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start
