"""Causal indicators on arrays (`admf.ta`): each value depends on the bars up to its own, and on no other.

All take (T,) or (T, N) float array-likes, column by column, and return new float64 arrays of that shape.
NaN stands where a value is not ready: in front, and while the window holds a NaN or an infinity. Kernels
are compiled when the first indicator is used, not when this package is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from admf import registry
from admf.errors import nearest

if TYPE_CHECKING:
    from admf.finance.indicators.averages import ema, sma, wma
    from admf.finance.indicators.bands import Bollinger, bollinger
    from admf.finance.indicators.changes import roc
    from admf.finance.indicators.channels import Donchian, donchian
    from admf.finance.indicators.convergence import Macd, macd
    from admf.finance.indicators.dispersion import volatility, zscore
    from admf.finance.indicators.oscillators import Stochastic, stochastic
    from admf.finance.indicators.ranges import atr, true_range
    from admf.finance.indicators.recording import recorded_warmup
    from admf.finance.indicators.strength import rsi

_ALSO = {
    "Bollinger": "bands",
    "Donchian": "channels",
    "Macd": "convergence",
    "Stochastic": "oscillators",
    "recorded_warmup": "recording",
}
"""What is no indicator and still public: the tuples that some return, and who listens to them."""

__all__ = [
    "Bollinger",
    "Donchian",
    "Macd",
    "Stochastic",
    "atr",
    "bollinger",
    "donchian",
    "ema",
    "macd",
    "recorded_warmup",
    "roc",
    "rsi",
    "sma",
    "stochastic",
    "true_range",
    "volatility",
    "wma",
    "zscore",
]


# No file is named like a function in it: importing it would put the file in the function's place here.
def __getattr__(name: str) -> Any:
    if name in _ALSO:
        value = getattr(import_module(f"{__name__}.{_ALSO[name]}"), name)
    elif name in registry.names("indicators"):
        value = registry.load("indicators", name)
    else:
        hint = nearest(name, registry.names("indicators"))
        raise AttributeError(f"no indicator is called '{name}'. {hint}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *registry.names("indicators")})
