"""Everything pluggable on one page: name -> 'module:attribute'. Packages add to it by entry points.

To add an indicator, strategy, metric, search method, executor or data source: one file, and one line here.
Entry points in the groups `admf.indicators`, `admf.strategies`, ... join; they never override a name below.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from admf.errors import InputError, Problem, nearest

INDICATORS = {
    "sma": "admf.finance.indicators.averages:sma",
    "ema": "admf.finance.indicators.averages:ema",
    "wma": "admf.finance.indicators.averages:wma",
    "rsi": "admf.finance.indicators.strength:rsi",
    "true_range": "admf.finance.indicators.ranges:true_range",
    "atr": "admf.finance.indicators.ranges:atr",
    "bollinger": "admf.finance.indicators.bands:bollinger",
    "donchian": "admf.finance.indicators.channels:donchian",
    "macd": "admf.finance.indicators.convergence:macd",
    "stochastic": "admf.finance.indicators.oscillators:stochastic",
    "roc": "admf.finance.indicators.changes:roc",
    "zscore": "admf.finance.indicators.dispersion:zscore",
    "volatility": "admf.finance.indicators.dispersion:volatility",
}

STRATEGIES = {
    "ma_crossover": "admf.finance.strategies.ma_crossover:ma_crossover",
    "rsi": "admf.finance.strategies.rsi:rsi",
    "breakout": "admf.finance.strategies.breakout:breakout",
    "bollinger": "admf.finance.strategies.bollinger:bollinger",
    "macd": "admf.finance.strategies.macd:macd",
    "momentum": "admf.finance.strategies.momentum:momentum",
}

METRICS: dict[str, str] = {}

SEARCH_METHODS = {
    "grid": "admf.search.grid:make",
    "random": "admf.search.random:make",
    "sobol": "admf.search.sobol:make",
}

EXECUTORS = {
    "inline": "admf.executors.inline:InlineExecutor",
    "local": "admf.executors.local:LocalExecutor",
}

BUNDLED_DATA = {
    "sp500": "S&P 500, daily, 1999-2018",
    "nasdaq": "NASDAQ Composite, daily, 1999-2018",
}

REPORT_SECTIONS: dict[str, str] = {}

_GROUPS = {
    "indicators": INDICATORS,
    "strategies": STRATEGIES,
    "metrics": METRICS,
    "search_methods": SEARCH_METHODS,
    "executors": EXECUTORS,
    "report_sections": REPORT_SECTIONS,
}


@cache
def names(kind: str) -> dict[str, str]:
    """All names of a kind with where they live; ours first, then those of installed packages."""
    ours = _GROUPS[kind]
    theirs = {e.name: e.value for e in entry_points(group=f"admf.{kind}") if e.name not in ours}
    return {**ours, **theirs}


def load(kind: str, name: str) -> Any:
    """The object registered as `name`; InputError with the nearest name where there is none."""
    known = names(kind)
    if name not in known:
        says = f"no {kind.rstrip('s').replace('_', ' ')} is called '{name}'."
        raise InputError(Problem(says=says, hint=nearest(name, known)))
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)
