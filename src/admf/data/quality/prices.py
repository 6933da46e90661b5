"""Odd prices: returns that stand out, jumps that look like splits, bars that repeat, stretches that stand still."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from admf.data.calendar import is_daily
from admf.data.columns import PRICES
from admf.data.quality.clock import text_of
from admf.data.quality.findings import Move, Prices, Split, Stretch
from admf.model.bars import Bars, Floats

SIGMAS = 10.0
"""On 20 years of the S&P 500 no day is beyond it, on a year of its minutes about one in ten thousand bars."""
_MAD = 1.4826
"""Median absolute deviation to standard deviation, for normal returns (Hampel 1974)."""
_SHOWN = 5
_AROUND_BARS, _AROUND_SESSIONS = 201, 61
_RATIOS = (
    Fraction(3, 2),
    Fraction(5, 2),
    *(Fraction(n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)),
)
_NEAR = 0.05
"""How far, as a logarithm, a jump may be from a ratio: the market moves on the day of a split too."""
_STILL_BARS, _STILL_DAYS = 30, 4
"""From how many bars on a stretch without any movement is worth a line."""


def prices_of(bars: Bars, symbol: str) -> Prices:
    """What is odd in the prices of one symbol of `bars`, over all of them."""
    columns = {
        name: c if c.ndim == 1 else c[:, bars.symbols.index(symbol)] for name, c in bars.columns.items()
    }
    outliers, largest = _outliers(bars, columns["close"])
    prices = [columns[name] for name in PRICES]
    volume = columns.get("volume")
    repeated = _like_before(prices if volume is None else [*prices, volume])
    repeats = _stretches(bars, repeated, 1)
    still = _like_before(prices) & (columns["high"] == columns["low"])
    constants = _stretches(bars, still, (_STILL_DAYS if is_daily(bars.info.bar_ns) else _STILL_BARS) - 1)
    return Prices(
        symbol=symbol,
        outliers=outliers,
        largest=largest,
        splits=_splits(bars, columns),
        adjustments=_adjustments(bars, columns),
        repeated=int(repeated.sum()),
        repeats=repeats[:_SHOWN],
        constant=sum(stretch.bars for stretch in constants),
        constants=constants[:_SHOWN],
        zero_volume=None if volume is None else int((volume == 0).sum()),
    )


def _outliers(bars: Bars, close: Floats) -> tuple[int, tuple[Move, ...]]:
    """Returns of at least SIGMAS robust deviations of those around them, nights and sessions apart."""
    if len(close) < 3:
        return 0, ()
    r = np.diff(np.log(close))
    night = np.diff(bars.session) > 0
    if is_daily(bars.info.bar_ns):
        z = robust_sigmas(r, _AROUND_BARS)
    else:
        z = np.zeros(len(r))
        z[night] = robust_sigmas(r[night], _AROUND_SESSIONS)
        z[~night] = robust_sigmas(r[~night], _AROUND_BARS)
    found = np.flatnonzero(z >= SIGMAS)
    following = np.append(r[1:], 0.0)
    largest = found[np.argsort(-z[found], kind="stable")][:_SHOWN]
    return len(found), tuple(
        Move(
            time=text_of(bars.time, i + 1, bars.info),
            change=float(np.expm1(r[i])),
            sigmas=float(z[i]),
            returned=bool(following[i] * r[i] < 0 and abs(following[i]) > 0.7 * abs(r[i])),
        )
        for i in largest
    )


def robust_sigmas(r: Floats, around: int) -> Floats:
    """|r| in robust standard deviations of the `around` values about each; 0 where these say nothing.

    The deviation is 1.4826 times the median of |r|, and at least half of that over all of `r`: in a quiet
    hour a usual move is no outlier. shape (n,) in and out.
    """
    import polars as pl

    size = np.abs(r)
    if len(size) < 10:
        return np.zeros(len(size))
    local = pl.Series(size).rolling_median(around, min_samples=10, center=True).to_numpy()
    whole = float(np.median(size))
    if whole == 0.0:  # most bars do not move: judge by those that do
        moving = size[size > 0]
        whole = float(np.median(moving)) if len(moving) else 0.0
    scale = _MAD * np.fmax(local, whole / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scale > 0, size / scale, 0.0)


def _splits(bars: Bars, columns: dict[str, Floats]) -> tuple[Split, ...]:
    """Jumps from a close to the next open and close, both near one simple ratio; between sessions only."""
    o, c = columns["open"], columns["close"]
    if len(c) < 3:
        return ()
    gap, close = np.log(o[1:] / c[:-1]), np.log(c[1:] / c[:-1])
    between = np.diff(bars.session) > 0
    large = np.flatnonzero(between & (np.abs(gap) > np.log(1.5) - _NEAR))
    found = []
    for i in large.tolist():
        ratio = _ratio(float(gap[i]))
        if ratio is not None and abs(close[i] - np.log(float(ratio))) < 2 * _NEAR:
            time = text_of(bars.time, i + 1, bars.info)
            found.append(Split(time=time, ratio=_ratio_text(ratio), change=float(np.expm1(gap[i]))))
    return tuple(found)


def _ratio(jump: float) -> Fraction | None:
    """The simple ratio that a logarithmic jump is near, price after to price before."""
    nearest = min(_RATIOS, key=lambda ratio: abs(abs(jump) - np.log(float(ratio))))
    if abs(abs(jump) - np.log(float(nearest))) > _NEAR:
        return None
    return nearest if jump > 0 else 1 / nearest


def _ratio_text(ratio: Fraction) -> str:
    """As splits are called: a price that halves is 2:1, one that doubles 1:2."""
    return f"{ratio.denominator}:{ratio.numerator}"


def _adjustments(bars: Bars, columns: dict[str, Floats]) -> tuple[Split, ...]:
    """The largest steps of adj_close / close: what the close itself was not adjusted for."""
    if "adj_close" not in columns:
        return ()
    factor = columns["adj_close"] / columns["close"]
    step = np.diff(np.log(np.where(factor > 0, factor, np.nan)))
    at = np.flatnonzero(np.abs(step) > 1e-3)
    largest = at[np.argsort(-np.abs(step[at]), kind="stable")][:_SHOWN]
    return tuple(
        Split(
            time=text_of(bars.time, int(i) + 1, bars.info),
            ratio=f"{np.exp(step[i]):.4g}",
            change=float(np.expm1(-step[i])),
        )
        for i in sorted(largest)
    )


def _like_before(columns: list[Floats]) -> NDArray[np.bool_]:
    """Which bars equal the bar before in all of these columns; shape (T,), the first is False."""
    if len(columns[0]) == 0:
        return np.zeros(0, np.bool_)
    same = [(c[1:] == c[:-1]) | (np.isnan(c[1:]) & np.isnan(c[:-1])) for c in columns]
    return np.concatenate([[False], np.logical_and.reduce(same)])


def _stretches(bars: Bars, alike: NDArray[np.bool_], least: int) -> tuple[Stretch, ...]:
    """Runs of at least `least` bars that are like the one before, that one included; longest first."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], alike, [False]]).astype(np.int8)))
    runs = [(int(a) - 1, int(b) - 1) for a, b in list(pairwise(edges))[::2] if b - a >= least]
    return tuple(
        Stretch(first=text_of(bars.time, a, bars.info), last=text_of(bars.time, b, bars.info), bars=b - a + 1)
        for a, b in sorted(runs, key=lambda run: run[0] - run[1])
    )
