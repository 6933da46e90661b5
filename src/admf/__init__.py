"""ADMF optimizes trading strategies so that the result can be trusted.

Importing this package runs nothing: every public name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admf import statistics
    from admf.api.backtest import Backtest, backtest
    from admf.api.optimize import optimize
    from admf.api.run import Run
    from admf.api.study import Study
    from admf.data.read import read_bars
    from admf.executors.local import LocalExecutor as Pool
    from admf.finance import indicators as ta
    from admf.finance.simulation.orders import Orders
    from admf.model.bars import Bars
    from admf.trials.optimizable import Optimizable
    from admf.trials.rules.compiled import compiled
    from admf.trials.rules.per_bar import per_bar
    from admf.trials.scope import scope

__version__ = "0.1.0"

_MODULES = ("statistics", "ta")

_PUBLIC = {
    "Backtest": "admf.api.backtest",
    "Bars": "admf.model.bars",
    "Pool": "admf.executors.local",
    "Optimizable": "admf.trials.optimizable",
    "Orders": "admf.finance.simulation.orders",
    "Run": "admf.api.run",
    "Study": "admf.api.study",
    "backtest": "admf.api.backtest",
    "compiled": "admf.trials.rules.compiled",
    "optimize": "admf.api.optimize",
    "per_bar": "admf.trials.rules.per_bar",
    "read_bars": "admf.data.read",
    "scope": "admf.trials.scope",
    "statistics": "admf.statistics",
    "ta": "admf.finance.indicators",
}

__all__ = [
    "Backtest",
    "Bars",
    "Optimizable",
    "Orders",
    "Pool",
    "Run",
    "Study",
    "backtest",
    "compiled",
    "optimize",
    "per_bar",
    "read_bars",
    "scope",
    "statistics",
    "ta",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'admf' has no attribute '{name}'")
    module = import_module(_PUBLIC[name])
    found = module if name in _MODULES else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
