"""What is traded: bars (bundled days, minutes from a file or made from a seed) and random parameter sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from admf.data.read import read_bars
from admf.model.bars import Bars

MINUTE_BARS = 100_000
STRATEGIES = ("ma_crossover", "rsi", "breakout")


def days() -> Bars:
    """The daily S&P 500 bars that ship inside the arch package: 5,031 of them."""
    return read_bars("bundled:sp500")


def minutes(path: str | None) -> Bars:
    """The first 100,000 bars of a file of minute bars, or as many made ones."""
    if path is None:
        return _made_minutes()
    return read_bars(str(Path(path).resolve())).between(0, MINUTE_BARS)


def minutes_name(path: str | None) -> str:
    """What tables call these bars."""
    return f"made minutes, seed {SEED}" if path is None else f"{Path(path).stem}, first {MINUTE_BARS:,} bars"


SEED = 20261101


def _made_minutes() -> Bars:
    """A random walk in cents around 500: a minute's spread of 0.04 %, gaps at the open, repeated prices."""
    random = np.random.default_rng(SEED)
    close = np.round(500.0 * np.exp(np.cumsum(random.normal(0.0, 4e-4, MINUTE_BARS))), 2)
    open_ = np.round(np.concatenate([[500.0], close[:-1]]) * (1.0 + random.normal(0.0, 5e-5, MINUTE_BARS)), 2)
    reach = np.round(np.abs(random.normal(0.0, 0.05, (2, MINUTE_BARS))), 2)
    start = np.datetime64("2024-01-02T14:31", "ns")
    return _bars(start + np.arange(MINUTE_BARS) * np.timedelta64(1, "m"), open_, close, reach)


def _bars(time: Any, open_: Any, close: Any, reach: Any) -> Bars:
    columns = {
        "time": time,
        "open": open_,
        "high": np.maximum(open_, close) + reach[0],
        "low": np.minimum(open_, close) - reach[1],
        "close": close,
    }
    return read_bars(columns, timezone="UTC")


def smooth_days(bars: int) -> Bars:
    """A random walk of days, not rounded: no two averages are equal, and every engine sees the same crossings."""
    random = np.random.default_rng(SEED)
    close = 100.0 * np.exp(np.cumsum(random.normal(2e-4, 0.01, bars)))
    open_ = np.concatenate([[100.0], close[:-1]]) * (1.0 + random.normal(0.0, 1e-3, bars))
    reach = np.abs(random.normal(0.0, 5e-3, (2, bars))) * close
    time = np.datetime64("2000-01-03", "ns") + np.arange(bars) * np.timedelta64(1, "D")
    return _bars(time, open_, close, reach)


def session_minutes(days: int) -> Bars:
    """Sessions of 390 minutes, 9:30 to 16:00 in New York: the made minutes on another clock."""
    made = _made_minutes().between(0, days * DAY_MINUTES)
    starts = pd.bdate_range("2024-01-02", periods=days).as_unit("ns") + pd.Timedelta("9h31min")
    stamps = np.concatenate([start + pd.to_timedelta(np.arange(DAY_MINUTES), "min") for start in starts])
    frame = pd.DataFrame({name: made[name] for name in ("open", "high", "low", "close")})
    return read_bars(frame.assign(time=stamps), timezone="America/New_York")


DAY_MINUTES = 390


def write_csv(bars: Bars, path: Path) -> None:
    """Daily bars as a CSV, every digit of them."""
    frame = pd.DataFrame({name: bars[name] for name in ("open", "high", "low", "close")})
    frame.insert(0, "time", bars.time.astype("datetime64[D]").astype(str))
    frame.to_csv(path, index=False)


def parameter_sets(strategy: str, count: int, seed: int) -> list[dict[str, float]]:
    """`count` random parameter sets; the same for the same seed, whatever else is asked for."""
    random = np.random.default_rng([seed, STRATEGIES.index(strategy)])
    return [_draw(strategy, random) for _ in range(count)]


def _draw(strategy: str, random: np.random.Generator) -> dict[str, float]:
    def whole(low: int, high: int) -> int:
        return int(random.integers(low, high + 1))

    if strategy == "ma_crossover":
        fast = whole(2, 60)
        return {"fast": fast, "slow": whole(fast + 1, 240)}
    if strategy == "rsi":
        return {"window": whole(4, 30), "lower": random.uniform(15, 45), "upper": random.uniform(55, 85)}
    entry = whole(5, 120)
    return {"entry": entry, "exit": whole(2, entry)}
