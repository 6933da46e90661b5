"""Paired differences: what they estimate, that they pair, and that they know when they cannot tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from admf.analysis.paired import paired
from admf.analysis.shared_bars import beside, common_times, equity_at, metrics_on


def returns(seed: int, n: int = 1_500, mean: float = 0.0004, spread: float = 0.01) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread, n)


def test_estimates_are_the_differences_of_the_metrics() -> None:
    a, b = returns(1), returns(2)
    found = paired(a, b, 252.0)
    assert found is not None
    assert found.mean is not None
    assert found.sharpe is not None
    assert found.mean.estimate == pytest.approx((b.mean() - a.mean()) * 252.0)
    annual = [math.sqrt(252.0) * r.mean() / r.std(ddof=1) for r in (a, b)]
    assert found.sharpe.estimate == pytest.approx(annual[1] - annual[0])
    assert found.mean.low < found.mean.estimate < found.mean.high
    # independent returns: the interval is close to the normal one
    half = 1.96 * math.sqrt((b - a).var() / len(a)) * 252.0
    assert (found.mean.high - found.mean.low) / 2.0 == pytest.approx(half, rel=0.12)
    assert not found.mean.clear


def test_pairing_sees_a_small_edge_that_the_market_would_hide() -> None:
    market = returns(3, spread=0.02)
    better = market + np.random.default_rng(4).normal(0.0002, 0.001, len(market))
    found = paired(market, better, 252.0)
    assert found is not None
    assert found.mean is not None
    assert found.sharpe is not None
    assert found.mean.clear
    assert found.mean.low > 0.0
    assert found.sharpe.clear
    back = paired(better, market, 252.0)
    assert back is not None
    assert back.mean is not None
    assert back.mean.estimate == pytest.approx(-found.mean.estimate)
    assert back.mean.high < 0.0


def test_blocks_grow_with_dependence() -> None:
    noise = returns(5, mean=0.0)
    slow = np.convolve(noise, np.ones(20) / 20.0, mode="same")
    quick, long = paired(np.zeros(1500), noise, 252.0), paired(np.zeros(1500), slow, 252.0)
    assert quick is not None
    assert long is not None
    assert long.block > 5.0 * quick.block
    assert long.sharpe is None  # the Sharpe ratio of nothing is undefined


def test_the_same_seed_gives_the_same_interval_and_equal_series_no_difference() -> None:
    a, b = returns(6), returns(7)
    assert paired(a, b, 252.0) == paired(a, b, 252.0)
    same = paired(a, a, 252.0)
    assert same is not None
    assert same.mean is not None
    assert (same.mean.estimate, same.mean.low, same.mean.high, same.mean.clear) == (0.0, 0.0, 0.0, False)
    assert paired(a[:29], b[:29], 252.0) is None
    with pytest.raises(ValueError, match="one length"):
        paired(a, b[1:], 252.0)


def test_curves_meet_on_their_common_bars() -> None:
    days = np.arange("2020-01-01", "2020-06-01", dtype="datetime64[D]").astype("datetime64[ns]")
    first, other = days[:100], days[20::2]
    common = common_times([first, other])
    assert common.tolist() == days[20:100:2].tolist()
    equity = np.linspace(100.0, 200.0, len(days))
    a, b = equity_at(first, equity[:100], common), equity_at(other, equity[20::2], common)
    assert a is not None
    assert b is not None
    np.testing.assert_array_equal(a, b)
    found = beside(a, b, 126.0)
    assert found is not None
    assert found.bars == len(common) - 1
    assert metrics_on(a, 126.0)["total_return"] == pytest.approx(a[-1] / a[0] - 1.0)
    assert metrics_on(np.array([1.0, 0.0]), 126.0) == {}
    assert beside(a, np.zeros(len(common)), 126.0) is None
    assert len(common_times([])) == 0
