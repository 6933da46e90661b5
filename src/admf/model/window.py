"""Windows: half-open stretches of time, and the bars they hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Bars start..stop-1 of a data set; nothing outside is ever scored."""

    name: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start
