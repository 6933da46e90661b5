"""Remembered indicators cannot be told from computed ones, and bars cannot be changed by a trial."""

from __future__ import annotations

import numpy as np
import pytest

import admf
from admf.finance.indicators.memo import memo_of, remembering
from tests.strategies import make_bars


def test_what_is_remembered_is_equal_fresh_and_only_of_the_bars_own_columns() -> None:
    closes = np.random.default_rng(0).random(50) + 1.0
    bars = make_bars(list(closes))
    plain = admf.ta.sma(bars.close, 7)
    memo = memo_of(bars.columns.values())
    with remembering(memo):
        first = admf.ta.sma(bars.close, 7)
        first[:] = 0.0  # what a trial does to its own array is nobody else's
        np.testing.assert_array_equal(admf.ta.sma(bars.close, 7), plain)
        np.testing.assert_array_equal(admf.ta.sma(bars.close, 8), admf.ta.sma(np.array(bars.close), 8))
        before = len(memo.kept)
        admf.ta.sma(bars.close * 2.0, 7)
        assert len(memo.kept) == before == 2
        upper, middle, lower = admf.ta.donchian(bars.high, bars.low, 5)
        again = admf.ta.donchian(bars.high, bars.low, 5)
        np.testing.assert_array_equal((upper, middle, lower), again)


def test_a_memo_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = make_bars([1.0, 2.0, 3.0, 4.0])
    monkeypatch.setattr("admf.finance.indicators.memo._MOST_BYTES", 2 * 4 * 8)
    memo = memo_of(bars.columns.values())
    with remembering(memo):
        for window in (1, 2, 3):
            admf.ta.sma(bars.close, window)
    assert [key[-1] for key in memo.kept] == [2, 3]
    assert memo.size == 2 * 4 * 8


def test_columns_of_bars_cannot_be_replaced() -> None:
    bars = make_bars([1.0, 2.0])
    with pytest.raises(TypeError):
        bars.columns["close"] = bars.close  # type: ignore[index]
