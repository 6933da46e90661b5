"""Resampling is causal and equals a loop over closed groups, on any times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.data.calendar import sessions
from admf.model.bars import BarInfo, Bars

MINUTE = 60 * 10**9
RULES = ("3min", "15min", "1h", "4h", "1d", "2d", "1w", "1mo")
ZONES = ("UTC", "America/New_York", "Asia/Tokyo")


@st.composite
def any_bars(draw: st.DrawFn) -> Bars:
    """Minutes to days apart, gaps and bursts in between, one or two symbols, either stamp."""
    n = draw(st.integers(1, 60))
    bar_ns = draw(st.sampled_from((1, 3, 30, 60))) * MINUTE
    steps = st.sampled_from((1.0, 1.0, 1.0, 2.0, 5.0, 70.0, 1500.0, 9000.0, 0.01, 0.4, 1.3))
    gaps = (np.array(draw(st.lists(steps, min_size=n, max_size=n))) * bar_ns).astype(np.int64)
    stamp, zone = draw(st.sampled_from(("open", "close"))), draw(st.sampled_from(ZONES))
    first = draw(st.integers(-2_000_000, 30_000_000)) * MINUTE
    time = (first // bar_ns) * bar_ns + np.cumsum(gaps)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (n,) if draw(st.booleans()) else (n, 2)
    names = ("open", "high", "low", "close", "volume", "other")
    return Bars(
        time=time.view("datetime64[ns]"),
        columns={name: rng.uniform(1, 1e6, shape) for name in names},
        session=sessions(time, zone, stamp=stamp, bar_ns=bar_ns),
        info=BarInfo(
            symbols=("A", "B")[: len(shape)], bars_per_year=1e4, bar_ns=bar_ns, timezone=zone, stamp=stamp
        ),
    )


def allowed(bars: Bars) -> list[str]:
    short = {"3min": 3, "15min": 15}
    return [rule for rule in RULES if short.get(rule, 60) * MINUTE >= bars.info.bar_ns]


@settings(max_examples=100, deadline=None)
@given(any_bars(), st.data())
def test_a_cut_history_sees_what_the_whole_one_saw(bars: Bars, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(allowed(bars)))
    cut = data.draw(st.integers(0, len(bars)))
    full, part = bars.resample(rule), bars.until(cut).resample(rule)
    for name in bars.columns:
        assert part[name].tobytes() == full[name][:cut].tobytes()
    np.testing.assert_array_equal(part.last_closed, full.last_closed[:cut])
    assert part.bars.info == full.bars.info
    k = len(part.bars)
    np.testing.assert_array_equal(part.bars.time, full.bars.time[:k])


def naive_group(bars: Bars, t: int, rule: str) -> tuple[object, int | None]:
    """The name of the group of bar t, and the ns it ends at (None: not before the next one begins)."""
    length = {"3min": 3, "15min": 15, "1h": 60, "4h": 240}.get(rule)
    stamp = int(bars.time[t].astype(np.int64))
    start = stamp - bars.info.bar_ns if bars.info.stamp == "close" else stamp
    if length is not None:
        number = start // (length * MINUTE)
        return number, (number + 1) * length * MINUTE
    inside = stamp - 1 if bars.info.stamp == "close" else stamp
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=inside // 1000)
    day = utc.astimezone(ZoneInfo(bars.info.timezone)).date()
    if rule == "1mo":
        return (day.year, day.month), None
    if rule == "1w":
        return day.isocalendar()[:2], None
    ordinal = day.toordinal() - 719_163
    return ordinal // {"1d": 1, "2d": 2}[rule], None


def naive_resample(bars: Bars, rule: str) -> dict[str, list[object]]:
    """One bar at a time, as somebody living through it would keep the books."""
    out: dict[str, list[object]] = {name: [] for name in bars.columns}
    held: list[int] = []
    group: object = None
    known: dict[str, object] = dict.fromkeys(bars.columns)
    for t in range(len(bars)):
        name, end = naive_group(bars, t, rule)
        if held and name != group:
            known, held = fold(bars, held), []
        held.append(t)
        group = name
        stamp = int(bars.time[t].astype(np.int64))
        finished = stamp if bars.info.stamp == "close" else stamp + bars.info.bar_ns
        if end is not None and finished >= end:
            known, held = fold(bars, held), []
        for column in bars.columns:
            out[column].append(known[column])
    return out


def fold(bars: Bars, rows: list[int]) -> dict[str, object]:
    c = bars.columns
    return {
        "open": c["open"][rows[0]],
        "high": c["high"][rows].max(axis=0),
        "low": c["low"][rows].min(axis=0),
        "close": c["close"][rows[-1]],
        "volume": c["volume"][rows].sum(axis=0),
        "other": c["other"][rows[-1]],
    }


@settings(max_examples=100, deadline=None)
@given(any_bars(), st.data())
def test_resampled_bars_equal_a_naive_loop(bars: Bars, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(allowed(bars)))
    ours, naive = bars.resample(rule), naive_resample(bars, rule)
    shape = bars.close.shape[1:]
    for name in bars.columns:
        expected = np.array([np.full(shape, np.nan) if v is None else v for v in naive[name]])
        if name == "volume":  # numpy adds pairwise, and in another order here
            np.testing.assert_allclose(ours[name], expected, rtol=1e-12)
        else:
            np.testing.assert_array_equal(ours[name], expected)
