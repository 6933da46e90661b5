"""Strategies that look ahead, each in a way that people do by mistake."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np


def standardised(bars: Any, width: float = 0.5) -> Any:
    """Standardises by the mean and sd of the whole window."""
    z = (bars.close - bars.close.mean()) / bars.close.std()
    return np.where(z < -width, 1.0, np.where(z > width, -1.0, 0.0))


def tomorrow(bars: Any) -> Any:
    """Knows the next close."""
    close = bars.to_pandas()["close"]
    return (close.shift(-1) > close).astype(float)


def centred(bars: Any, window: int = 21) -> Any:
    """Smooths with bars on both sides."""
    close = bars.to_pandas()["close"]
    return (close > close.rolling(window, center=True).mean()).astype(float)


def open_hours(bars: Any) -> Any:
    """Resamples without waiting for the longer bar to close."""
    close = bars.to_pandas()["close"]
    weekly = close.resample("4h").last().reindex(close.index, method="ffill")
    return (close > weekly).astype(float)


def open_weeks(bars: Any) -> Any:
    """The same on daily bars: a week's close is known on its Monday."""
    close = bars.to_pandas()["close"]
    weekly = close.resample("W").last().reindex(close.index, method="bfill")
    return (weekly > close).astype(float)


def backfilled(bars: Any, window: int = 50) -> Any:
    """Fills its warm-up with what is known only after it."""
    close = bars.to_pandas()["close"]
    return (close > close.rolling(window).mean().bfill()).astype(float)


class Remembers:
    """Keeps the longest history that any instance has seen, and peeks into it."""

    longest: ClassVar[Any] = None

    def __init__(self, ahead: int = 5) -> None:
        self.ahead = ahead

    def signal(self, bars: Any) -> Any:
        known = type(self).longest
        if known is None or len(known) < len(bars):
            known = type(self).longest = np.array(bars.close)
        later = np.r_[known[self.ahead :], np.full(self.ahead, np.nan)][: len(bars)]
        return np.where(later > bars.close, 1.0, -1.0)


class PeeksAtTheEnd:
    """Goes bar by bar, but sets itself up with the last close of all bars it is given."""

    def __init__(self, share: float = 1.1) -> None:
        self.share = share

    def signal(self, bars: Any) -> Any:
        level = self.share * bars.close[-1]
        held, out = 0.0, np.zeros(len(bars))
        for t, close in enumerate(bars.close):
            held = 1.0 if close < level else 0.0 if close > bars.close[-1] else held
            out[t] = held
        return out


_fit: dict[str, float] = {}


def fitted_once(bars: Any) -> Any:
    """Fits on the first history it sees and keeps that: what it says depends on who asked before."""
    level = _fit.setdefault("mean", float(bars.close.mean()))
    return np.where(bars.close > level, 1.0, -1.0)


def precomputed(bars: Any) -> Any:
    """Gives the signal of the whole history whatever it is asked about."""
    rng = np.random.default_rng(0)
    return rng.choice([-1.0, 1.0], 600) if len(bars) <= 600 else np.ones(len(bars))
