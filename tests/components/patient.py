"""A strategy that takes its time, so that a run can be met while it runs."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

SLEEP_S = float(os.environ.get("ADMF_TEST_SLEEP_S", "0.002"))


def patient(bars: Any, fast: float = 5.0, slow: float = 20.0) -> Any:
    """In the market for `fast` of every `fast` + `slow` bars."""
    time.sleep(SLEEP_S)
    return np.where(np.arange(len(bars)) % (fast + slow) < fast, 1.0, 0.0)
