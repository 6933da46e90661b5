"""Zones, sessions and bars per year, against zoneinfo and hand-counted calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from admf.data.calendar import bar_length, sessions
from admf.data.read import read_bars
from admf.errors import DataError
from admf.model.bars import Bars
from admf.model.cache_folder import cache_folder

NEW_YORK = "America/New_York"


def bars_at(stamps: object, **options: object) -> Bars:
    index = pd.DatetimeIndex(stamps)  # type: ignore[arg-type]
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 10.0), index=index)
    return read_bars(frame, **options)  # type: ignore[arg-type]


def local_days(bars: Bars, zone: str) -> list[int]:
    """The local date of each stamp by the standard library, one at a time."""
    seconds = bars.time.astype("datetime64[s]").astype(np.int64).tolist()
    local = (datetime.fromtimestamp(s, UTC).astimezone(ZoneInfo(zone)) for s in seconds)
    return [t.date().toordinal() - 719_163 for t in local]  # 719,163 is the ordinal of 1970-01-01


def test_naive_intraday_needs_a_zone() -> None:
    stamps = pd.date_range("2024-01-02 09:30", periods=50, freq="5min")
    with pytest.raises(DataError, match="timezone must be given: the times have no time zone"):
        bars_at(stamps)
    bars = bars_at(stamps, timezone=NEW_YORK)
    assert str(bars.time[0])[:16] == "2024-01-02T14:30"
    assert bars.info.timezone == NEW_YORK


@pytest.mark.parametrize("zone", [NEW_YORK, "Asia/Tokyo", "Europe/Berlin", "UTC"])
def test_sessions_are_local_dates(zone: str) -> None:
    stamps = pd.date_range("2024-03-08 00:30", periods=200, freq="1h", tz="UTC")
    bars = bars_at(stamps, timezone=zone)
    assert bars.session.tolist() == local_days(bars, zone)


def test_a_bar_that_closes_at_midnight_belongs_to_the_day_that_ends() -> None:
    stamps = pd.date_range("2024-01-02 01:00", periods=48, freq="1h", tz="UTC")
    closes, opens = bars_at(stamps), bars_at(stamps - pd.Timedelta("1h"), timestamp="open")
    np.testing.assert_array_equal(closes.session, opens.session)
    assert np.unique(closes.session, return_counts=True)[1].tolist() == [24, 24]
    assert (closes.info.stamp, opens.info.stamp) == ("close", "open")


def test_hours_that_happen_twice_and_never() -> None:
    # New York's clocks went back on 2024-11-03 at 02:00 and forward on 2024-03-10 at 02:00.
    autumn = pd.date_range("2024-11-03 00:00", periods=12, freq="30min", tz=NEW_YORK)
    bars = bars_at(autumn.tz_localize(None), timezone=NEW_YORK)
    assert [t.tz_convert("UTC").tz_localize(None) for t in autumn] == list(pd.DatetimeIndex(bars.time))
    spring = pd.date_range("2024-03-10 01:00", periods=4, freq="30min")
    with pytest.raises(DataError) as caught:
        bars_at(spring, timezone=NEW_YORK)
    assert [p.where for p in caught.value.problems] == ["the pandas frame row 2", "the pandas frame row 3"]
    assert "the clocks of America/New_York never showed 2024-03-10 02:00:00" in str(caught.value)


def test_dates_are_local_midnights() -> None:
    days = pd.bdate_range("2024-03-04", periods=10)
    for zone in ("UTC", NEW_YORK, "Asia/Tokyo"):
        bars = bars_at(days, timezone=zone)
        assert bars.session.tolist() == [d.toordinal() - 719_163 for d in days]
        assert bars.to_pandas().index.tolist() == days.tolist()
        assert bars.info.bar_ns == 86_400 * 10**9
    aware = bars_at(days.tz_localize(NEW_YORK))
    np.testing.assert_array_equal(aware.time, bars_at(days, timezone=NEW_YORK).time)
    assert aware.info.timezone == NEW_YORK
    assert bars_at(days).info.timezone == "UTC"


def test_a_day_without_midnight_begins_when_its_clock_does() -> None:
    # Sao Paulo's clocks went from 2018-11-04 00:00 to 01:00.
    bars = bars_at(pd.date_range("2018-11-02", periods=5), timezone="America/Sao_Paulo")
    assert [str(t)[5:13] for t in bars.time[1:4]] == ["11-03T03", "11-04T03", "11-05T02"]
    assert np.diff(bars.session).tolist() == [1, 1, 1, 1]


def test_dates_written_as_midnight_utc_stay_dates() -> None:
    days = pd.bdate_range("2024-03-04", periods=10)
    bars = bars_at(days.tz_localize("UTC"), timezone=NEW_YORK)
    assert bars.session.tolist() == [d.toordinal() - 719_163 for d in days]
    assert bars.info.notes == ("daily stamps at midnight UTC were read as dates in America/New_York.",)


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        (pd.bdate_range("2024-01-01", periods=500), 252),
        (pd.date_range("2024-01-01", periods=500), 365),
        (pd.date_range("2024-01-01", periods=60, freq="7D"), 52),
        (pd.date_range("2020-01-01", periods=40, freq="MS"), 12),
        (pd.date_range("2020-01-31", periods=40, freq="ME"), 12),
        (pd.date_range("2000-01-01", periods=20, freq="QS"), 4),
        (pd.date_range("2024-01-01", periods=24 * 60, freq="1h", tz="UTC"), 365 * 24),
        (pd.DatetimeIndex(["2024-01-02"]), 252),
        (pd.DatetimeIndex(["2024-01-02", "2024-01-03"]), 252),
    ],
)
def test_bars_per_year(stamps: pd.DatetimeIndex, expected: float) -> None:
    assert bars_at(stamps).bars_per_year == pytest.approx(expected, rel=0.02)
    if expected != 4:
        assert bars_at(stamps).bars_per_year == expected


def market(days: pd.DatetimeIndex, first: str, last: str, freq: str) -> pd.DatetimeIndex:
    spans = [pd.date_range(f"{d:%Y-%m-%d} {first}", f"{d:%Y-%m-%d} {last}", freq=freq) for d in days]
    return pd.DatetimeIndex(np.concatenate([span.to_numpy() for span in spans]))


def test_bars_per_year_of_sessions() -> None:
    days = pd.bdate_range("2024-01-02", periods=40)
    stamps = market(days, "09:31", "16:00", "1min")
    stamps = stamps[~((stamps.day == 15) & (stamps.hour >= 13))]  # half days do not move the median
    assert bars_at(stamps, timezone=NEW_YORK).bars_per_year == 252 * 390
    sunday_to_thursday = pd.date_range("2024-01-07", periods=60)
    sunday_to_thursday = sunday_to_thursday[~sunday_to_thursday.day_of_week.isin([4, 5])]
    assert bars_at(sunday_to_thursday).bars_per_year == 252
    futures = pd.date_range("2024-01-07 18:00", "2024-03-01 17:00", freq="1h")  # opens on Sunday evenings
    weekly = (futures.day_of_week * 24 + futures.hour - (futures.day_of_week == 6) * 168) % 168
    futures = futures[((weekly > 144 + 18) | (weekly <= 96 + 17)) & (futures.hour != 18)]
    assert bars_at(futures, timezone=NEW_YORK).bars_per_year == 252 * 23


def test_lengths() -> None:
    day = 86_400 * 10**9
    assert bar_length(np.array([], dtype=np.int64)) == day
    assert bar_length(np.array([0, 23 * 3_600 * 10**9])) == day
    assert bar_length(np.array([0, 60, 120, 10_000])) == 60
    before = np.array([-1], dtype=np.int64)
    assert sessions(before, "UTC", stamp="open", bar_ns=60).tolist() == [-1]


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADMF_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("ADMF_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "admf"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "admf"
