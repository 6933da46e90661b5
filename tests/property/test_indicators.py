"""Laws of the indicators: equal to the naive definition, causal bit for bit, columns apart, no drift."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from admf.finance import indicators as ta
from tests.reference import indicators as naive

Floats = NDArray[np.float64]
Lines = tuple[Floats, ...]

PRICES: dict[str, int] = {"true_range": 3, "atr": 3, "donchian": 2, "stochastic": 3}
"""How many price columns an indicator takes, where it is not one."""

WINDOWS: dict[str, tuple[str, ...]] = {
    "true_range": (),
    "macd": ("fast", "slow", "signal"),
    "stochastic": ("window", "smooth", "signal"),
}
"""Names of an indicator's windows, where they are not just `window`."""

LEAST = {"volatility": 2}
INDICATORS = [name for name in ta.__all__ if name[0].islower() and name != "recorded_warmup"]


def lines(name: str, columns: list[Floats], windows: tuple[int, ...]) -> Lines:
    """All output columns of an indicator, as a tuple also where there is one."""
    result = getattr(ta, name)(*columns, **dict(zip(names_of_windows(name), windows, strict=True)))
    return tuple(result) if isinstance(result, tuple) else (result,)


def names_of_windows(name: str) -> tuple[str, ...]:
    return WINDOWS.get(name, ("window",))


def expected(name: str, columns: list[Floats], windows: tuple[int, ...]) -> Lines:
    width = (2.0,) if name == "bollinger" else ()
    result = getattr(naive, name)(*(c.tolist() for c in columns), *windows, *width)
    return tuple(map(np.array, result)) if isinstance(result, tuple) else (np.array(result),)


ORDINARY = st.floats(0.5, 2000.0)
CENTS = st.integers(1, 400).map(lambda cents: cents / 100)
TIES = st.sampled_from([1.0, 1.1, 1.3])
OFFSET = st.integers(-64, 64).map(lambda ticks: 1e9 + ticks / 32)
SIGNED = st.floats(-100.0, 100.0).map(lambda x: round(x, 3))
PATHS = st.sampled_from([ORDINARY, CENTS, TIES, OFFSET, SIGNED]).flatmap(
    lambda kind: st.lists(kind, min_size=0, max_size=40)
)
GAPS = st.lists(st.tuples(st.integers(0, 39), st.sampled_from([np.nan, np.inf, -np.inf])), max_size=3)


@st.composite
def cases(draw: st.DrawFn, name: str, gaps: bool = True) -> tuple[list[Floats], tuple[int, ...]]:
    """Price columns of one length (each low <= close <= high) and windows."""
    close = np.array(draw(PATHS), dtype=np.float64)
    above = np.array(draw(st.lists(st.sampled_from([0.0, 0.25, 1.5]), min_size=40, max_size=40)))
    columns = [close + above[: len(close)], close - above[::-1][: len(close)], close]
    columns = columns[: PRICES[name]] if name in PRICES else [close]
    if gaps:
        for column in columns:
            for t, value in draw(GAPS):
                column[t : t + 1] = value
    window = st.integers(LEAST.get(name, 1), 12)
    return columns, tuple(draw(window) for _ in names_of_windows(name))


def same(a: Floats, b: Floats) -> bool:
    """Equal in every bit, NaN equal to NaN."""
    return np.array_equal(a, b, equal_nan=True)


def tolerance(name: str, columns: list[Floats], exact: Floats) -> Any:
    """1e-12 of the value, and of the size of the moves where the value is a sum of moves that cancel.

    A spread below 1e-10 of the returns that it is the spread of is rounding.
    """
    finite = columns[0][np.isfinite(columns[0])]
    moves = float(np.ptp(finite)) if len(finite) else 0.0
    sums_of_moves = {"macd": moves, "wma": moves, "sma": moves, "ema": moves, "bollinger": moves}
    unitless = {"stochastic": 100.0, "rsi": 100.0, "zscore": 1.0}
    if name == "volatility" and len(finite) > 1:
        with np.errstate(all="ignore"):
            returns = np.abs(np.diff(finite) / finite[:-1])
        unitless["volatility"] = 100.0 * float(returns[np.isfinite(returns)].max(initial=0.0))
    return 1e-12 * np.maximum(np.abs(exact), sums_of_moves.get(name, unitless.get(name, 0.0)))


@pytest.mark.parametrize("name", INDICATORS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_agrees_with_the_definition(name: str, data: st.DataObject) -> None:
    columns, windows = data.draw(cases(name))
    for line, exact in zip(lines(name, columns, windows), expected(name, columns, windows), strict=True):
        assert line.dtype == np.float64
        assert line.shape == columns[0].shape
        assert np.array_equal(np.isnan(line), np.isnan(exact)), (line, exact)
        known = ~np.isnan(exact)
        error = np.abs(line - exact)[known]
        assert (error <= tolerance(name, columns, exact[known])).all(), (line, exact, error)


@pytest.mark.parametrize("name", INDICATORS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_future_never_changes_the_past(name: str, data: st.DataObject) -> None:
    columns, windows = data.draw(cases(name))
    cut = data.draw(st.integers(0, len(columns[0])))
    changed = [column.copy() for column in columns]
    for column in changed:
        column[cut:] = data.draw(st.sampled_from([np.nan, np.inf, 0.0, -7.0, 1e12]))
    whole = lines(name, columns, windows)
    for line, shorter, other in zip(
        whole, lines(name, [c[:cut] for c in columns], windows), lines(name, changed, windows), strict=True
    ):
        assert same(line[:cut], shorter)
        assert same(line[:cut], other[:cut])


@pytest.mark.parametrize("name", INDICATORS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_each_symbol_stands_alone(name: str, data: st.DataObject) -> None:
    columns, windows = data.draw(cases(name))
    tables = [np.column_stack([c, c[::-1], 2.0 * c]) for c in columns]
    table_lines = lines(name, tables, windows)
    assert all(line.flags.c_contiguous and line.shape == tables[0].shape for line in table_lines)
    for symbol in range(3):
        alone = lines(name, [table[:, symbol] for table in tables], windows)
        assert all(same(t[:, symbol], a) for t, a in zip(table_lines, alone, strict=True))


@pytest.mark.parametrize("name", INDICATORS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_read_only_and_foreign_arrays_give_the_same_bits(name: str, data: st.DataObject) -> None:
    columns, windows = data.draw(cases(name))
    before = [column.copy() for column in columns]
    plain = lines(name, columns, windows)
    assert all(same(b, c) for b, c in zip(before, columns, strict=True)), "the input was written to"
    frozen, strided = [column.copy() for column in columns], [np.repeat(c, 2)[::2] for c in columns]
    for column in frozen:
        column.setflags(write=False)
    for others in (frozen, strided, [c.tolist() for c in columns]):
        result = lines(name, others, windows)
        assert all(same(p, r) and r.flags.writeable for p, r in zip(plain, result, strict=True))


MEMORY_ENDS = [name for name in INDICATORS if name not in {"ema", "macd", "rsi", "atr"}]


@pytest.mark.parametrize("name", MEMORY_ENDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bars_before_the_windows_leave_no_trace(name: str, data: st.DataObject) -> None:
    """No drift: after 1e15, NaN or infinity has left the windows, values are those of the rest alone."""
    columns, windows = data.draw(cases(name, gaps=False))
    lead = data.draw(st.lists(st.sampled_from([1e15, -1e15, 0.1, np.nan, np.inf]), max_size=30))
    reach = sum(windows) + 1
    alone = lines(name, columns, windows)
    after = lines(name, [np.concatenate([lead, c]) for c in columns], windows)
    for a, b in zip(alone, after, strict=True):
        left, right = a[reach:], b[len(lead) + reach :]
        assert np.array_equal(np.isnan(left), np.isnan(right))
        known = ~np.isnan(left)
        assert (np.abs(left - right)[known] <= tolerance(name, columns, left[known])).all()


CONSTANTS = st.one_of(st.floats(1e-3, 1e12), st.floats(-1e12, -1e-3))


@settings(max_examples=100, deadline=None)
@given(constant=CONSTANTS, window=st.integers(2, 60), lead=st.lists(ORDINARY, max_size=40))
@example(constant=0.1, window=3, lead=[])
@example(constant=1e9 + 0.1, window=49, lead=[3.0])
def test_a_constant_is_its_own_mean_and_has_no_spread(
    constant: float, window: int, lead: list[float]
) -> None:
    x = np.array([*lead, *[constant] * (3 * window)])
    flat = slice(len(lead) + window, None)
    means: list[Callable[[Floats, int], Floats]] = [ta.sma, ta.wma]
    assert all((mean(x, window)[flat] == constant).all() for mean in means)
    assert all((line[flat] == constant).all() for line in ta.bollinger(x, window))
    assert all((line[flat] == constant).all() for line in ta.donchian(x, x, window))
    assert np.isnan(ta.zscore(x, window)[flat]).all()
    assert (ta.volatility(x, window)[flat] == 0.0).all()
    assert (ta.roc(x, window)[flat] == 0.0).all()
    still = x[len(lead) :]
    assert (ta.ema(still, window) == constant).all()
    assert (np.array(ta.macd(still, window, 2 * window, window)) == 0.0).all()
    assert (ta.rsi(still, window)[window:] == 50.0).all()
    assert (ta.atr(still + 1.0, still, still, window)[window:] == (constant + 1.0) - constant).all()
    assert (ta.stochastic(still, still, still, window).k[window + 2 :] == 50.0).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ORDINARY, TIES, OFFSET, SIGNED), min_size=1, max_size=60), st.integers(1, 20))
def test_a_mean_is_rounded_correctly(path: list[float], window: int) -> None:
    """So equal means are equal in every bit: two averages that tie do not cross."""
    x = np.array(path)
    assert same(ta.sma(x, window), np.array(naive.sma(path, window)))
    assert same(ta.bollinger(x, window).middle, ta.sma(x, window))


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e9])
def test_a_large_offset_costs_no_digits(offset: float) -> None:
    """Moves in 32nds are exact beside 1e9, so that the spread must be that of the moves alone."""
    moves = np.random.default_rng(3).integers(-320, 320, 5_000) / 32
    x = offset + moves
    for window in (2, 7, 250, 3_000):
        np.testing.assert_allclose(ta.zscore(x, window), ta.zscore(moves, window), rtol=1e-12, atol=1e-12)
        wide, near = ta.bollinger(x, window), ta.bollinger(moves, window)
        half = np.array(near.upper - near.middle)
        np.testing.assert_allclose(wide.upper - wide.middle, half, rtol=1e-12, atol=3e-7)
    for line, near_line in zip(ta.macd(x), ta.macd(moves), strict=True):
        np.testing.assert_allclose(line, near_line, rtol=1e-12, atol=1e-12)


def test_long_windows_agree_with_numpy() -> None:
    x = 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, 30_000)))
    for window in (999, 12_345, 30_000, 30_001):
        ends = [
            t
            for t in (window - 1, window, 2 * window - 1, 2 * window, len(x) - 1)
            if window <= t + 1 <= len(x)
        ]
        mean, z = ta.sma(x, window), ta.zscore(x, window)
        assert np.isnan(mean[: window - 1]).all()
        for t in ends:
            part = x[t - window + 1 : t + 1]
            assert mean[t] == pytest.approx(part.mean(), rel=1e-12)
            assert z[t] == pytest.approx((x[t] - part.mean()) / part.std(), rel=1e-10)


@pytest.mark.parametrize("lead", [0.0, 1.0, 1e6])
def test_a_score_is_right_to_the_last_digits_wherever_its_block_begins(lead: float) -> None:
    """A block that begins with an outlier cancels most: n times the result, which the sums can carry."""
    n = 600
    x = np.random.default_rng(6).integers(0, 2**20, 3 * n) / 2**20  # differences of these are exact
    x[::n] = lead
    for t in (n - 1, n, n + 1, 2 * n - 2, 2 * n - 1, 2 * n + 77):
        window = [Fraction(v) for v in x[t - n + 1 : t + 1].tolist()]
        exact_sd = naive.root(naive.variance(window, 0))
        exact_z = float((window[-1] - naive.mean(window)) / exact_sd)
        assert ta.zscore(x, n)[t] == pytest.approx(exact_z, rel=1e-15, abs=1e-16)
