"""Strategies in every form that a component may have."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

import admf


def cross(bars: Any, fast: int = 10, slow: int = 30) -> Any:
    """A plain function with recorded indicators."""
    return admf.ta.sma(bars.close, fast) > admf.ta.sma(bars.close, slow)


def annotated(bars: Any, window: Annotated[int, range(5, 50, 5)] = 10) -> Any:
    """Its space is spelt in its signature."""
    return bars.close > admf.ta.sma(bars.close, window)


def pandas_cross(prices: Any, fast: int = 10, slow: int = 30) -> Any:
    """A pandas function; the first parameter may have any name."""
    close = prices.to_pandas()["close"]
    return close.rolling(fast).mean() > close.rolling(slow).mean()


def with_orders(bars: Any, window: int = 20, risk: float = 0.05) -> Any:
    """Returns orders."""
    average = admf.ta.sma(bars.close, window)
    above = bars.close > average
    before = np.r_[False, above[:-1]]
    return admf.Orders(entries=above & ~before, exits=before & ~above, stop=(1 - risk) * bars.close)


class Signal:
    """A class with `signal`, and its own idea of its warm-up."""

    warmup = "slow"

    def __init__(self, fast: int = 10, slow: int = 30) -> None:
        self.fast, self.slow = fast, slow

    def signal(self, bars: Any) -> Any:
        return cross(bars, self.fast, self.slow)


class ByBar:
    """A class with `on_bar`: the crossing of two averages, kept by itself."""

    warmup = "slow"

    def __init__(self, fast: int = 10, slow: int = 30) -> None:
        self.fast, self.slow, self.closes = fast, slow, []  # type: ignore[var-annotated]

    def on_bar(self, bar: Any, _position: float) -> float | None:
        self.closes.append(bar.close)
        if len(self.closes) < self.slow:
            return None
        fast = float(np.mean(self.closes[-self.fast :]))
        slow = float(np.mean(self.closes[-self.slow :]))
        return 1.0 if fast > slow else 0.0


class Optimizable:
    """An object with get_parameter_space and set_parameters, as in the older systems."""

    def __init__(self) -> None:
        self.parameters = {"fast": 10, "slow": 30}

    def get_parameter_space(self) -> dict[str, list[int]]:
        return {"fast": [5, 10], "slow": [20, 40]}

    def set_parameters(self, parameters: dict[str, int]) -> None:
        self.parameters.update(parameters)

    def get_parameters(self) -> dict[str, int]:
        return dict(self.parameters)

    def validate_parameters(self, parameters: dict[str, int]) -> tuple[bool, str]:
        return parameters.get("fast", 0) < parameters.get("slow", 99), "fast must be below slow"

    def __call__(self, bars: Any) -> Any:
        return cross(bars, **self.parameters)


optimizable = Optimizable()


class Measures:
    """Returns metrics of its own: no signal, so no look-ahead check."""

    def __init__(self, x: float = 1.0) -> None:
        self.x = x

    def evaluate(self, _bars: Any) -> dict[str, float]:
        return {"score": -((self.x - 2.0) ** 2), "sharpe": self.x}


def empty(bars: Any) -> Any:
    """Takes no parameters at all."""
    return np.ones(len(bars))


def noisy(bars: Any) -> Any:
    """Draws from the global generator, which is seeded before every call."""
    return np.sign(np.random.normal(size=len(bars)))  # noqa: NPY002


def needs_all(bars: Any) -> Any:
    """Runs on the whole history only."""
    if len(bars) < 400:
        raise ValueError("too short")
    return np.ones(len(bars))


def with_many(bars: Any, fast: int = 10, slow: int = 30) -> Any:
    """As `cross`, with an attribute whose name means something to the built-in strategies only."""
    return cross(bars, fast, slow)


with_many.many = lambda *_args, **_kwargs: lambda _i, out: out.fill(1.0)  # type: ignore[attr-defined]
