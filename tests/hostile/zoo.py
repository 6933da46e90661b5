"""The zoo: every act by its name, and the strategy that is good unless it is told to act."""

from __future__ import annotations

from typing import Any

import numpy as np

import admf
from tests.hostile.act import Act
from tests.hostile.breakers import BREAKERS
from tests.hostile.changers import CHANGERS
from tests.hostile.eaters import EATERS
from tests.hostile.enders import ENDERS
from tests.hostile.hangers import HANGERS
from tests.hostile.leavers import LEAVERS
from tests.hostile.raisers import RAISERS

ZOO: dict[str, Act] = {**ENDERS, **RAISERS, **HANGERS, **EATERS, **LEAVERS, **CHANGERS, **BREAKERS}
GOOD = "good"


def good(bars: Any, n: int) -> Any:
    """Two averages cross, on days that are drawn: another rule for every n, and other days for every seed.

    Whatever another trial leaves in NumPy, in the indicators or in the generators shows in it.
    """
    fast, slow = 2 + n % 25, 30 + 2 * (n // 25)
    above = admf.ta.sma(bars.close, fast) > admf.ta.sma(bars.close, slow)
    calm = bars.close > 0.9 * np.mean(bars.close[:slow])
    taken = np.random.random(len(bars)) < 0.95  # noqa: NPY002
    return np.where(above & calm & taken, round(0.987654, 3), 0.0)


def act_out(name: str, bars: Any, n: int) -> Any:
    """Do what is called `name` ('good': nothing), then answer as the good strategy does, if nothing came between."""
    signal = good(bars, n)
    if name == GOOD:
        return signal
    answer = ZOO[name].call(bars)
    return signal if answer is None else answer
