"""How many leading bars are not ready, read off the indicator calls that a strategy makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Recording:
    """The longest warm-up noted so far, in bars; None before the first indicator call."""

    bars: int | None = None

    def note(self, bars: int) -> None:
        """Keep `bars` where it is the largest so far."""
        self.bars = bars if self.bars is None else max(self.bars, bars)


_current: ContextVar[Recording | None] = ContextVar("recorded_warmup", default=None)


@contextmanager
def recorded_warmup() -> Iterator[Recording]:
    """Record the warm-up of every indicator call inside the block; `.bars` holds the largest after it.

    A call counts the bars before the first finite value of its inputs plus its own lookback, so that
    nested calls add up: `sma(roc(x, 10), 5)` counts 10 + 4. Two cases are under-counted, and `warmup`
    should be declared there: inputs that have values before they are ready (`sma(ema(x, 20), 5)` counts
    19, not 19 + 4, since an ema has values from its first bar), and histories shorter than the warm-up.
    Calls made in threads that the block starts are not seen. Blocks may be nested: the outer one sees
    what the inner one saw.
    """
    recording, outer = Recording(), _current.get()
    token = _current.set(recording)
    try:
        yield recording
    finally:
        _current.reset(token)
        if outer is not None and recording.bars is not None:
            outer.note(recording.bars)


def note_warmup(lookback: int, *inputs: NDArray[np.float64]) -> None:
    """Tell the surrounding block, if any, that an indicator with this lookback reads these inputs."""
    recording = _current.get()
    if recording is not None:
        recording.note(lookback + max(map(_bars_before_values, inputs)))


def _bars_before_values(values: NDArray[np.float64]) -> int:
    """Bars before every column has had a finite value; a column without any counts whole."""
    if len(values) and np.isfinite(values[0]).all():
        return 0  # the usual case: bars have values from the first on
    seen = np.isfinite(values)
    leading = np.where(seen.any(axis=0), seen.argmax(axis=0), len(values)) if len(values) else np.zeros(1)
    return int(leading.max(initial=0))
