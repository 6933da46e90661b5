"""Longer bars: golden cases by hand for gaps, stamps, calendars and bad rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from admf.data.read import read_bars
from admf.errors import ComponentError
from admf.model.bars import Bars

NEW_YORK = "America/New_York"
NAN = np.nan


def bars_at(stamps: object, **options: object) -> Bars:
    """Bars whose close counts 1, 2, 3 ...; open is 0.5 below, high 1 above, low 1 below, volume 10 times."""
    index = pd.DatetimeIndex(stamps)  # type: ignore[arg-type]
    c = np.arange(1.0, len(index) + 1) + 10
    columns = {"open": c - 0.5, "high": c + 1, "low": c - 1, "close": c, "volume": c * 10}
    return read_bars(pd.DataFrame(columns, index=index), **options)  # type: ignore[arg-type]


def minutes(first: str, n: int, freq: str = "10min", **options: object) -> Bars:
    return bars_at(pd.date_range(first, periods=n, freq=freq, tz="UTC"), **options)


def test_an_hour_is_known_at_the_close_of_its_last_bar() -> None:
    bars = minutes("2024-01-02 10:10", 14)  # the bars end 10:10 ... 12:20
    hours = bars.resample("1h")
    np.testing.assert_array_equal(hours.close, [NAN] * 5 + [16] * 6 + [22] * 3)
    np.testing.assert_array_equal(hours.bars.open, [10.5, 16.5])
    np.testing.assert_array_equal(hours.bars.high, [17, 23])
    np.testing.assert_array_equal(hours.bars.low, [10, 16])
    np.testing.assert_array_equal(
        hours.bars.volume, [810, 1170]
    )  # 10 * (11 + ... + 16), 10 * (17 + ... + 22)
    assert [str(t)[11:16] for t in hours.bars.time] == ["11:00", "12:00"]
    np.testing.assert_array_equal(hours.align(np.array([1.0, 2.0])), [NAN] * 5 + [1] * 6 + [2] * 3)
    assert (len(hours), len(hours.bars), hours.bars.info.bar_ns) == (14, 2, 3_600 * 10**9)


def test_the_other_stamp_gives_the_same_values() -> None:
    closes = minutes("2024-01-02 10:10", 14).resample("1h")
    opens = minutes("2024-01-02 10:00", 14, timestamp="open").resample("1h")
    for name in closes.bars.columns:
        np.testing.assert_array_equal(closes[name], opens[name])
    assert [str(t)[11:16] for t in opens.bars.time] == ["10:00", "11:00"]


def test_a_missing_last_bar_closes_the_hour_at_the_next_bar() -> None:
    stamps = pd.date_range("2024-01-02 10:10", periods=14, freq="10min", tz="UTC").delete([5])  # no 11:00
    hours = bars_at(stamps).resample("1h")
    np.testing.assert_array_equal(hours.close, [NAN] * 5 + [15] * 5 + [21] * 3)


def test_a_missing_hour_is_no_hour() -> None:
    stamps = pd.date_range("2024-01-02 10:10", periods=30, freq="10min", tz="UTC").delete(range(6, 18))
    hours = bars_at(stamps).resample("1h")
    np.testing.assert_array_equal(hours.bars.close, [16, 22, 28])
    assert [str(t)[11:16] for t in hours.bars.time] == ["11:00", "14:00", "15:00"]


def test_days_weeks_and_months_follow_the_local_calendar_and_close_with_the_next() -> None:
    days = pd.date_range("2024-01-25", "2024-02-06", freq="D")
    stamps = [f"{d:%Y-%m-%d} {t}" for d in days for t in ("11:00", "23:30")]  # 23:30 is the next day in UTC
    bars = bars_at(stamps, timezone=NEW_YORK)
    by_day = bars.resample("1d")
    np.testing.assert_array_equal(by_day.close[:6], [NAN, NAN, 12, 12, 14, 14])
    assert by_day.bars.session.tolist() == [d.toordinal() - 719_163 for d in days[:-1]]
    # 2024-01-28 and 2024-02-04 were Sundays: the weeks end with bars 8 and 22.
    by_week = bars.resample("1w")
    np.testing.assert_array_equal(by_week.bars.close, [18, 32])
    np.testing.assert_array_equal(by_week.close[[7, 8, 21, 22]], [NAN, 18, 18, 32])
    # January ends with bar 14.
    by_month = bars.resample("1mo")
    np.testing.assert_array_equal(by_month.bars.close, [24])
    np.testing.assert_array_equal(by_month.close[[13, 14, 25]], [NAN, 24, 24])


def test_bars_of_that_length_stay_what_they_are() -> None:
    days = bars_at(pd.bdate_range("2024-01-01", periods=40))
    np.testing.assert_array_equal(days.resample("1d").close, days.close)
    hours = minutes("2024-01-02 10:00", 20, "1h")
    np.testing.assert_array_equal(hours.resample("60min").close, hours.close)
    months = bars_at(pd.date_range("2020-01-31", periods=20, freq="ME"))
    np.testing.assert_array_equal(months.resample("1mo").close, months.close)


def test_bars_that_crowd_a_closed_hour_do_not_change_it() -> None:
    """The 11:00:30 bar starts before 11:00 as well, after 11:00 has closed its hour."""
    stamps = pd.date_range("2024-01-02 10:50", periods=12, freq="1min", tz="UTC").tolist()
    stamps.insert(11, pd.Timestamp("2024-01-02 11:00:30", tz="UTC"))
    bars = bars_at(stamps)
    full = bars.resample("1h").close
    for cut in range(1, len(bars) + 1):
        np.testing.assert_array_equal(bars.until(cut).resample("1h").close, full[:cut])


def test_several_symbols() -> None:
    one = minutes("2024-01-02 10:10", 14).to_pandas()
    both = read_bars({"A": one, "B": one * 2})
    hours = both.resample("1h")
    assert hours.close.shape == (14, 2)
    np.testing.assert_array_equal(hours.close[:, 1], 2 * minutes("2024-01-02 10:10", 14).resample("1h").close)
    np.testing.assert_array_equal(hours.bars.volume, [[810, 1620], [1170, 2340]])
    assert hours.align(np.array([1.0, 2.0])).shape == (14,)


def test_too_short_for_one_longer_bar() -> None:
    bars = minutes("2024-01-02 10:10", 3)
    hours = bars.resample("1h")
    assert np.isnan(hours.close).all()
    assert len(hours.bars) == 0
    assert len(bars.until(0).resample("1h").close) == 0


@pytest.mark.parametrize(
    ("rule", "same"),
    [
        *(("60min", "1h"), ("60m", "h"), ("H", "1h"), ("2 hours", "2h"), ("3600s", "1h"), ("15T", "15mins")),
        *(("1M", "1mo"), ("ME", "month"), ("D", "1day"), ("W", "1 week")),
    ],
)
def test_spellings(rule: str, same: str) -> None:
    bars = minutes("2024-01-30 10:10", 500)
    np.testing.assert_array_equal(bars.resample(rule).close, bars.resample(same).close)
    assert bars.resample(rule).bars.info == bars.resample(same).bars.info


@pytest.mark.parametrize("rule", ["", "1", "0h", "00min", "hourly", "1.5h", "-1h", "1ms", "1y"])
def test_bad_rules(rule: str) -> None:
    with pytest.raises(ComponentError, match="resample takes a length such as"):
        minutes("2024-01-02 10:10", 14).resample(rule)


def test_a_shorter_rule_is_refused() -> None:
    with pytest.raises(ComponentError, match="'5min' is shorter than the bars, 10min"):
        minutes("2024-01-02 10:10", 14).resample("5min")
    with pytest.raises(ComponentError, match="'12h' is shorter than the bars, 1d"):
        bars_at(pd.bdate_range("2024-01-01", periods=40)).resample("12h")


def test_align_takes_one_value_per_longer_bar() -> None:
    hours = minutes("2024-01-02 10:10", 14).resample("1h")
    with pytest.raises(ComponentError, match=r"one value per longer bar \(2\), got 14"):
        hours.align(np.zeros(14))


def test_bars_per_year_of_longer_bars_is_a_matter_of_the_rule() -> None:
    always = minutes("2024-01-01 00:10", 6 * 24 * 30)
    assert always.bars_per_year == 365 * 144
    years = {"1h": 365 * 24, "4h": 365 * 6, "1d": 365, "1w": 52, "1mo": 12}
    for rule, expected in years.items():
        assert always.resample(rule).bars.bars_per_year == expected
        assert always.until(7).resample(rule).bars.bars_per_year == expected
    days = bars_at(pd.bdate_range("2024-01-01", periods=40))
    assert [days.resample(r).bars.bars_per_year for r in ("1d", "2d", "1w", "1mo")] == [252, 126, 52, 12]
    stamps = pd.date_range("2024-01-02 09:40", "2024-01-02 16:00", freq="10min")
    assert bars_at(stamps, timezone=NEW_YORK).resample("1d").bars.bars_per_year == 252
