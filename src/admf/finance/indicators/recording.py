"""How many leading bars are not ready, read off the indicator calls that a strategy makes."""

from __future__ import annotations

import math
from contextvars import ContextVar, Token
from types import TracebackType

import numpy as np
from numpy.typing import NDArray


class Recording:
    """A block that records: the longest warm-up noted in it, in bars; None before the first indicator call."""

    __slots__ = ("_outer", "_token", "bars")

    def __init__(self) -> None:
        self.bars: int | None = None

    def note(self, bars: int) -> None:
        """Keep `bars` where it is the largest so far."""
        self.bars = bars if self.bars is None else max(self.bars, bars)

    def __enter__(self) -> Recording:
        self._outer = _current.get()
        self._token: Token[Recording | None] = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        if self._outer is not None and self.bars is not None:
            self._outer.note(self.bars)


_current: ContextVar[Recording | None] = ContextVar("recorded_warmup", default=None)


def recorded_warmup() -> Recording:
    """Record the warm-up of every indicator call inside the block; `.bars` holds the largest after it.

    A call counts the bars before the first finite value of its inputs plus its own lookback, so that
    nested calls add up: `sma(roc(x, 10), 5)` counts 10 + 4. Two cases are under-counted, and `warmup`
    should be declared there: inputs that have values before they are ready (`sma(ema(x, 20), 5)` counts
    19, not 19 + 4, since an ema has values from its first bar), and histories shorter than the warm-up.
    Calls made in threads that the block starts are not seen. Blocks may be nested: the outer one sees
    what the inner one saw.
    """
    return Recording()


def note_warmup(lookback: int, *inputs: NDArray[np.float64]) -> None:
    """Tell the surrounding block, if any, that an indicator with this lookback reads these inputs."""
    recording = _current.get()
    if recording is not None:
        recording.note(lookback + max(map(_bars_before_values, inputs)))


def note_bars(bars: int) -> None:
    """Tell the surrounding block, if any, what another one recorded: of indicators that are not computed again."""
    recording = _current.get()
    if recording is not None:
        recording.note(bars)


def _bars_before_values(values: NDArray[np.float64]) -> int:
    """Bars before every column has had a finite value; a column without any counts whole."""
    if values.ndim == 1 and len(values) and math.isfinite(values[0]):
        return 0  # the usual case: bars have values from the first on
    seen = np.isfinite(values)
    leading = np.where(seen.any(axis=0), seen.argmax(axis=0), len(values)) if len(values) else np.zeros(1)
    return int(leading.max(initial=0))
