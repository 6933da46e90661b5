"""When the time of a container is over: by what it tells of its trials, as far as that can be true."""

from __future__ import annotations

from time import monotonic

from admf.containers.page import CLOSING, OPENING

_OPENING_S, _CLOSING_S = 60.0, 5.0
"""The least time for what comes before the first trial, imports and compiled code that is read, and after the last."""


class Deadline:
    """For one request, of so many trials at most, each of which has `timeout_s`; None: as long as it takes.

    What a container tells, a trial may have written. So rows only go up, and a trial under way has begun when it was
    first seen at the latest: whatever is told, all of it ends.
    """

    __slots__ = ("_row", "_since", "_timeout_s", "_trials")

    def __init__(self, timeout_s: float | None, trials: int) -> None:
        self._timeout_s, self._trials = timeout_s, trials
        self._row, self._since = OPENING, monotonic()

    @property
    def row(self) -> int | None:
        """The trial under way; None: none is, or it is not known which."""
        return None if self._row in (OPENING, CLOSING) else self._row

    def tell(self, row: int, began: float) -> None:
        """What the container says: the row under way, and when it began on the monotonic clock."""
        if row != CLOSING:
            row = min(row, self._trials - 1)
        if row <= self._row:
            return
        now = monotonic()
        self._row, self._since = row, began if self._since <= began <= now else now

    def ran(self) -> float:
        """Seconds that what is under way has taken."""
        return monotonic() - self._since

    def left(self) -> float | None:
        """Seconds that what is under way may still take."""
        if self._timeout_s is None:
            return None
        least = {OPENING: _OPENING_S, CLOSING: _CLOSING_S}.get(self._row, 0.0)
        return max(least, self._timeout_s) - self.ran()

    def words(self) -> str:
        """How long what is under way has taken."""
        if self._row == OPENING:
            return f"it was not ready after {self.ran():.2f} s"
        if self._row == CLOSING:
            return f"it had not answered {self.ran():.2f} s after its trials"
        return f"it had run {self.ran():.2f} s"
