"""All that is pluggable: indicators, strategies, search methods, executors (name -> 'module:attribute'), bundled data.

To add one: one file, and one line here. A metric is listed in `finance/metrics/table.py`, a command in `cli/app.py`.
Packages join by entry points in the groups `admf.indicators`, `admf.strategies`, `admf.search_methods` and
`admf.executors`; they never override a name below.
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

SEARCH_METHODS = {
    "grid": "admf.search.grid:make",
    "random": "admf.search.random:make",
    "sobol": "admf.search.sobol:make",
    "genetic": "admf.search.genetic:Genetic",
    "bayesian": "admf.search.bayesian:Bayesian",
    "cmaes": "admf.search.cmaes:Cmaes",
    "nsga2": "admf.search.nsga2:Nsga2",
    "nsga3": "admf.search.nsga3:Nsga3",
    "adaptive": "admf.search.adaptive:Adaptive",
    "successive_halving": "admf.search.halving:SuccessiveHalving",
    "differential_evolution": "admf.search.evolution:DifferentialEvolution",
    "swarm": "admf.search.evolution:Swarm",
    "optuna:<Sampler>": "admf.search.optuna_named:named",
}

EXECUTORS = {
    "inline": "admf.executors.inline:InlineExecutor",
    "local": "admf.executors.local:LocalExecutor",
}

# Name -> what it is; data/bundled.py knows where it lies.
BUNDLED_DATA = {
    "sp500": "S&P 500, daily, 1999-2018",
    "nasdaq": "NASDAQ Composite, daily, 1999-2018",
}

_GROUPS = {
    "indicators": INDICATORS,
    "strategies": STRATEGIES,
    "search_methods": SEARCH_METHODS,
    "executors": EXECUTORS,
}

_SINGULAR = {
    "indicators": "indicator",
    "strategies": "strategy",
    "search_methods": "search method",
    "executors": "executor",
}


@cache
def names(kind: str) -> dict[str, str]:
    """All names of a kind with where they live; ours first, then those of installed packages."""
    ours = _GROUPS[kind]
    theirs = {e.name: e.value for e in entry_points(group=f"admf.{kind}") if e.name not in ours}
    return {**ours, **theirs}


def family(kind: str, name: str) -> str | None:
    """The registered family of a name such as `optuna:TPESampler`: `optuna:<Sampler>`; None where it has none."""
    head, colon, _ = name.partition(":")
    return next((known for known in names(kind) if colon and known.startswith(f"{head}:<")), None)


def load(kind: str, name: str) -> Any:
    """The object registered as `name`; InputError with the nearest name where there is none."""
    known = names(kind)
    if name not in known:
        says = f"no {_SINGULAR[kind]} is called '{name}'."
        raise InputError(Problem(says=says, hint=nearest(name, known)))
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)
