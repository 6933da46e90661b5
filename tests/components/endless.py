"""Components that do not end, at once or for some parameters."""

from __future__ import annotations

import time
from typing import Any

import numpy as np


def at_once(_bars: Any, window: int = 3) -> Any:
    del window
    time.sleep(600)


def at_nine(bars: Any, window: int = 3) -> Any:
    if window == 9:
        time.sleep(600)
    return np.zeros(len(bars))
