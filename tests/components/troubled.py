"""Strategies that go wrong for some of their parameters."""

from __future__ import annotations

import os
from typing import Any

import numpy as np


def stumbles(bars: Any, window: int = 10) -> Any:
    """Raises for 13, returns too little for 14, and nonsense for 15."""
    if window == 13:
        raise ValueError("thirteen is not for me")
    if window == 14:
        return np.ones(len(bars) - 1)
    if window == 15:
        return np.full(len(bars), 7.0)
    close = bars.close
    return np.where(np.arange(len(bars)) % window < window // 2, 1.0, 0.0) * (close > 0)


def vanishes(bars: Any, window: int = 10) -> Any:
    """Ends its process for 13."""
    if window == 13:
        os._exit(9)
    return stumbles(bars, window if window != 14 else 12)


def lucky(bars: Any, window: int = 10) -> Any:
    """Uses the global generator: the same seed gives the same trial."""
    return np.where(np.random.rand(len(bars)) > 1.0 / window, 1.0, 0.0)  # noqa: NPY002


def judge(metrics: Any) -> float:
    """A custom objective that fails for some trials."""
    if metrics["n_trades"] % 3 == 0:
        raise RuntimeError("not this one at 0x7f603e7b1030")
    return float(metrics["n_trades"])
