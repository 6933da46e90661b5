"""The quality report: gaps told from closed markets, odd prices found, few false alarms on real data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf.data.quality.findings import Quality
from admf.data.quality.holidays import easter, holidays_among
from admf.data.quality.measure import quality_of
from admf.data.quality.prices import robust_sigmas
from admf.data.quality.words import sections
from admf.data.read import read_bars
from admf.model.bars import Bars
from admf.model.window import Window

NEW_YORK = "America/New_York"


def frame(times: pd.DatetimeIndex, seed: int = 0) -> pd.DataFrame:
    close = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 1e-3, len(times))))
    columns: dict[str, Any] = {"open": close, "high": close * 1.001, "low": close * 0.999, "close": close}
    return pd.DataFrame(columns | {"volume": 100.0 + np.arange(len(times))}, index=times)


def minutes(
    days: int = 30, first: str = "09:31", last: str = "16:00", every: str = "5min"
) -> pd.DatetimeIndex:
    dates = pd.bdate_range("2024-03-04", periods=days)  # the clocks change on 10 March
    stamps = [pd.date_range(f"{d:%Y-%m-%d} {first}", f"{d:%Y-%m-%d} {last}", freq=every) for d in dates]
    return pd.DatetimeIndex(np.concatenate(stamps)).tz_localize(NEW_YORK)


def quality(data: pd.DataFrame, mined: Window | None = None) -> Quality:
    return quality_of(read_bars(data), mined)


def words(found: Quality) -> str:
    return "\n".join(f"{what}: {says}" for _, lines in sections(found) for what, says in lines)


def test_the_sp500_has_nine_days_that_are_no_holidays_and_nothing_odd() -> None:
    found = quality_of(read_bars("bundled:sp500"))
    # NYSE special closings 1999-2018: September 11, funerals of Reagan, Ford and Bush, hurricane Sandy.
    assert found.gaps.days == (
        "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11",
        "2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05",
    )  # fmt: skip
    assert (found.gaps.holidays, found.gaps.inside, found.sessions) == (176, 0, None)
    prices = found.prices[0]
    assert (prices.outliers, prices.splits, prices.repeated, prices.constant) == (0, (), 0, 0)
    assert found.bars_per_year_from == "252 trading days, weekends do not trade"


def test_gaps_inside_sessions_are_told_from_nights_weekends_and_pauses() -> None:
    times = minutes()
    lunch = (times.hour == 12) & (times.minute < 45)
    broken = np.arange(len(times)) % 79 == 3
    lost = (times.strftime("%Y-%m-%d %H:%M") >= "2024-03-06 10:00") & (
        times.strftime("%Y-%m-%d %H:%M") < "2024-03-06 10:30"
    )
    found = quality(frame(times[~lunch & ~lost])).gaps
    assert broken.any()
    assert (found.inside, found.missing) == (1, 6)
    assert (found.longest[0].after, found.longest[0].before) == ("2024-03-06 09:56", "2024-03-06 10:31")
    assert found.pauses == ("11:56 to 12:46 (30 days)",)
    assert (found.nights, found.weekends, found.days) == (24, 5, ())


def test_days_without_bars_are_listed_where_they_cannot_be_told_from_holidays() -> None:
    times = minutes()
    found = quality(frame(times[times.strftime("%m-%d") != "03-29"])).gaps
    assert found.days == ("2024-03-29",)
    assert not found.holidays_known


def test_sessions_that_differ_from_the_usual() -> None:
    times = minutes(every="1min")
    half = (times.strftime("%m-%d") == "03-08") & (times.hour >= 13)
    found = quality(frame(times[~half])).sessions
    assert found is not None
    assert (found.count, found.usual, found.short, found.long) == (30, 29, 1, 0)
    assert (found.usual_bars, found.usual_hours, found.stamp_looks) == (390, "09:31 to 16:00", "close")
    assert (found.shortest[0].date, found.shortest[0].last) == ("2024-03-08", "12:59")


def test_stamps_that_look_like_the_other_end_of_a_bar_are_remarked_on() -> None:
    opens = quality(frame(minutes(first="09:30", last="15:59", every="1min")))
    assert "timestamp: open" in words(opens)
    assert "remark" not in words(quality(frame(minutes(every="1min"))))


def test_a_wrong_price_is_an_outlier_that_is_taken_back() -> None:
    data = frame(minutes())
    data.iloc[500, :4] *= 1.05
    found = quality(data).prices[0]
    assert found.outliers == 2
    spike = next(move for move in found.largest if move.change > 0)
    assert spike.returned
    assert spike.change == pytest.approx(0.05, abs=0.01)
    assert spike.time == f"{data.index[500]:%Y-%m-%d %H:%M}"


def test_usual_noise_has_no_outliers_and_a_quiet_hour_makes_none() -> None:
    for seed in range(5):
        assert quality(frame(minutes(), seed)).prices[0].outliers == 0
    r = np.random.default_rng(0).normal(0, 1e-3, 2_000)
    r[800:1_000] *= 0.01
    r[900] = 1e-3
    assert robust_sigmas(r, 201).max() < 6


def test_robust_sigmas_are_a_median_of_the_returns_around() -> None:
    r = np.random.default_rng(1).normal(0, 1, 301)
    z = robust_sigmas(r, 201)
    middle = np.median(np.abs(r[50:251]))
    assert z[150] == pytest.approx(abs(r[150]) / (1.4826 * middle))
    wild = np.concatenate([np.full(1_000, 1e-3), np.full(200, 1.0)])
    assert robust_sigmas(wild, 201)[300] == pytest.approx(1 / 1.4826)  # one wild stretch scales no other
    assert robust_sigmas(np.zeros(50), 201).tolist() == [0.0] * 50
    assert robust_sigmas(r[:5], 201).tolist() == [0.0] * 5


@pytest.mark.parametrize(
    ("factor", "ratio"),
    [(0.5, "2:1"), (1 / 3, "3:1"), (2 / 3, "3:2"), (10.0, "1:10"), (0.8, None), (0.4, "5:2")],
)
def test_a_jump_near_a_simple_ratio_is_a_suspected_split(factor: float, ratio: str | None) -> None:
    data = frame(minutes())
    day = data.index >= pd.Timestamp("2024-03-20", tz=NEW_YORK)
    data.loc[day, ["open", "high", "low", "close"]] *= factor
    splits = quality(data).prices[0].splits
    assert [(s.time, s.ratio) for s in splits] == ([("2024-03-20 09:31", ratio)] if ratio else [])


def test_a_crash_within_a_day_is_no_split() -> None:
    data = frame(minutes())
    data.iloc[500:, :4] *= 0.5
    assert quality(data).prices[0].splits == ()


def test_steps_between_adj_close_and_close() -> None:
    data = frame(pd.bdate_range("2020-01-01", periods=300))
    data["adj_close"] = data["close"] * np.where(np.arange(300) < 100, 0.5, 1.0)
    steps = quality(data).prices[0].adjustments
    assert [(s.time, s.ratio) for s in steps] == [(f"{data.index[100]:%Y-%m-%d}", "2")]


def test_bars_that_repeat_and_stand_still_and_have_no_volume() -> None:
    data = frame(minutes())
    data.iloc[100:104] = data.iloc[100].to_numpy()
    data.iloc[300:340, :4] = 55.0
    data.iloc[300:340, 4] = 0.0
    found = quality(data).prices[0]
    assert found.repeated == 3 + 39
    assert [s.bars for s in found.repeats] == [40, 4]
    assert (found.constant, found.constants[0].bars, found.zero_volume) == (40, 40, 40)


def test_what_is_sealed_gives_its_times_and_nothing_of_its_prices() -> None:
    data = frame(minutes())
    plain = quality(data, Window(name="in_sample", start=0, stop=1_000))
    assert (plain.sealed, plain.price_bars, plain.bars) == (len(data) - 1_000, 1_000, len(data))
    data.iloc[1_000:, :4] *= np.random.default_rng(1).uniform(0.5, 2, (len(data) - 1_000, 1))
    data.iloc[1_000:, 4] = 0.0
    assert quality(data, Window(name="in_sample", start=0, stop=1_000)) == plain
    assert quality(data) != plain


def test_few_bars_of_any_length_are_a_report_too() -> None:
    for n, every in ((1, "D"), (2, "D"), (1, "h"), (3, "h"), (12, "7D"), (30, "MS"), (5, "s")):
        found = quality(frame(pd.date_range("2024-01-01", periods=n, freq=every, tz="UTC")))
        assert found.bars == n
        assert "bars a year" in words(found)


def test_several_symbols_have_prices_of_their_own() -> None:
    one, two = frame(minutes()), frame(minutes(), 1)
    two.iloc[700, :4] *= 1.2
    found = quality_of(read_bars({"A": one, "B": two}))
    assert [(p.symbol, p.outliers) for p in found.prices] == [("A", 0), ("B", 2)]


def test_easter() -> None:
    # Butcher's table in Meeus, Astronomical Algorithms, ch. 8: 1991, 1992, 1993, 2000, 2038.
    known = [date(1991, 3, 31), date(1992, 4, 19), date(1993, 4, 11), date(2000, 4, 23), date(2038, 4, 25)]
    assert [easter(day.year) for day in known] == known


def given(day: date) -> date:
    """The weekday that a fixed holiday is given on."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def test_holidays_recur_as_dates_weekdays_of_a_month_and_days_from_easter() -> None:
    first, last = date(2010, 1, 1), date(2019, 12, 31)
    years = range(2010, 2020)
    july = [given(date(y, 7, 4)) for y in years]
    good_fridays = [easter(y) - timedelta(days=2) for y in years]
    thanksgivings = [
        next(d for d in (date(y, 11, n) for n in range(22, 29)) if d.weekday() == 3) for y in years
    ]
    once = [date(2012, 10, 29), date(2012, 10, 30)]
    missing = sorted([*july, *good_fridays, *thanksgivings, *once])
    assert set(missing) - set(holidays_among(missing, first, last)) == set(once)
    assert holidays_among(missing[:5], first, date(2011, 6, 1)) == []


def test_the_words_name_every_finding(tmp_path: Any) -> None:
    data = frame(minutes())
    data.iloc[500, :4] *= 1.05
    data.iloc[100:104] = data.iloc[100].to_numpy()
    text = words(quality(data))
    for part in (
        "outliers: 2 beyond 10",
        "taken back by the next bar",
        "repeated bars: 3 bars equal",
        "nights",
    ):
        assert part in text
    bars: Bars = read_bars("bundled:nasdaq")
    assert "zero volume: 2 bars" in words(quality_of(bars))
