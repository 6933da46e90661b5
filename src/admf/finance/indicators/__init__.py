"""Causal indicators on arrays (`admf.ta`): each value depends on the bars up to its own, and on no other.

All take (T,) or (T, N) float array-likes, column by column, and return new float64 arrays of that shape.
NaN stands where a value is not ready: in front, and while the window holds a NaN or an infinity. Kernels
are compiled when the first indicator is used, not when this package is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
_FILES = {
    "averages": ("ema", "sma", "wma"),
    "bands": ("Bollinger", "bollinger"),
    "changes": ("roc",),
    "channels": ("Donchian", "donchian"),
    "convergence": ("Macd", "macd"),
    "dispersion": ("volatility", "zscore"),
    "oscillators": ("Stochastic", "stochastic"),
    "ranges": ("atr", "true_range"),
    "recording": ("recorded_warmup",),
    "strength": ("rsi",),
}
_FILE_OF = {name: file for file, names in _FILES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
