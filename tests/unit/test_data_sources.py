"""Every form of source gives the same bars: equal digests from CSV, Parquet, frames, tables and arrays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from admf.data.read import is_function_source, read_bars
from admf.errors import DataError
from admf.model.bars import Bars
from admf.model.mapped_bars import digest_of

FIELDS = ("open", "high", "low", "close", "volume")


def daily(n: int = 30, seed: int = 1) -> dict[str, np.ndarray[Any, Any]]:
    """n weekdays of bars from 2024-01-01, a Monday."""
    rng = np.random.default_rng(seed)
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-01") + 2 * n)
    days = days[np.is_busday(days)][:n]
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    open_ = close * np.exp(rng.normal(0, 0.003, n))
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    volume = rng.integers(1, 10**6, n).astype(float)
    return {"time": days, "open": open_, "high": high, "low": low, "close": close, "volume": volume}


def as_pandas(columns: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame({name: columns[name] for name in FIELDS})
    frame.index = pd.DatetimeIndex(columns["time"], name="Date")
    return frame


def as_polars(columns: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame({name: pl.Series(values) for name, values in columns.items()})


def structured(columns: dict[str, Any]) -> np.ndarray[Any, Any]:
    kinds = [("time", "datetime64[D]"), *((name, "f8") for name in FIELDS)]
    out = np.empty(len(columns["time"]), dtype=kinds)
    for name, values in columns.items():
        out[name] = values
    return out


FRAMES = {
    "pandas": as_pandas,
    "pandas with a column": lambda c: as_pandas(c).reset_index(),
    "pandas of texts": lambda c: as_pandas(c).reset_index().astype({"Date": str}),
    "pandas periods": lambda c: as_pandas(c).set_index(pd.PeriodIndex(c["time"], freq="D", name="date")),
    "polars": as_polars,
    "polars, lazy": lambda c: as_polars(c).lazy(),
    "polars, other order": lambda c: as_polars(c).select(reversed(c)),
    "arrow": lambda c: pa.table({name: pa.array(values) for name, values in c.items()}),
    "structured": structured,
    "arrays": dict,
    "fortran arrays": lambda c: {k: np.asarray(np.stack([v, v], axis=1))[:, 0] for k, v in c.items()},
    "pandas series": lambda c: {"time": as_pandas(c).index, **{k: as_pandas(c)[k] for k in FIELDS}},
}


@pytest.mark.parametrize("form", FRAMES)
def test_every_frame_gives_the_bars_of_the_arrays(form: str) -> None:
    columns = daily()
    bars = read_bars({"SPY": FRAMES[form](columns)})
    assert digest_of(bars) == digest_of(read_bars({"SPY": columns}))
    assert bars.symbols == ("SPY",)
    assert list(bars.columns) == list(FIELDS)
    for name in FIELDS:
        np.testing.assert_array_equal(bars[name], columns[name])
        assert bars[name].flags.c_contiguous
        assert not bars[name].flags.writeable
    np.testing.assert_array_equal(bars.time, columns["time"].astype("datetime64[ns]"))
    assert columns["close"].flags.writeable  # the caller's own array is not touched


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet", "tsv"])
def test_every_file_gives_the_bars_of_the_arrays(tmp_path: Path, suffix: str) -> None:
    columns = daily()
    path = tmp_path / f"SPY.{suffix}"
    frame = as_polars(columns)
    if suffix == "parquet":
        frame.write_parquet(path)
    elif suffix == "csv.gz":
        as_pandas(columns).to_csv(path)
    else:
        frame.write_csv(path, separator="\t" if suffix == "tsv" else ",")
    bars = read_bars(f"SPY.{suffix}", base=tmp_path)
    assert digest_of(bars) == digest_of(read_bars({"SPY": columns}))
    assert bars.info.source == f"SPY.{suffix}"
    assert digest_of(read_bars({"SPY": path})) == digest_of(bars)


def test_pandas_round_trip_daily_and_intraday() -> None:
    bars = read_bars(as_pandas(daily()))
    assert digest_of(read_bars(bars.to_pandas())) == digest_of(bars)
    stamps = pd.date_range("2024-03-08 09:30", periods=700, freq="15min", tz="America/New_York")
    frame = pd.DataFrame({name: np.linspace(10, 20, 700) for name in FIELDS}, index=stamps)
    minutes = read_bars(frame)
    assert minutes.info.timezone == "America/New_York"
    assert minutes.to_pandas().index.tolist() == stamps.tolist()
    assert digest_of(read_bars(minutes.to_pandas())) == digest_of(minutes)


def wide(order: str) -> pd.DataFrame:
    both = {"SPY": as_pandas(daily(seed=1)), "QQQ": as_pandas(daily(seed=2))}
    frame = pd.concat(both, axis=1)
    return frame if order == "symbol, field" else frame.swaplevel(axis=1)


def two() -> Bars:
    return read_bars({"SPY": daily(seed=1), "QQQ": daily(seed=2)})


@pytest.mark.parametrize("order", ["symbol, field", "field, symbol"])
def test_two_levels_of_pandas_columns(order: str) -> None:
    assert digest_of(read_bars(wide(order))) == digest_of(two())


def test_several_symbols_in_other_forms(tmp_path: Path) -> None:
    one, other = daily(seed=1), daily(seed=2)
    arrays: dict[str, Any] = {name: np.column_stack([one[name], other[name]]) for name in FIELDS}
    expected = digest_of(two())
    assert digest_of(read_bars({"time": one["time"], "symbols": ["SPY", "QQQ"], **arrays})) == expected
    rows = [as_polars(c).with_columns(ticker=pl.lit(s)) for s, c in (("SPY", one), ("QQQ", other))]
    assert digest_of(read_bars(pl.concat(rows))) == expected
    by_row = pd.concat({"SPY": as_pandas(one), "QQQ": as_pandas(other)}, names=["symbol"])
    assert digest_of(read_bars(by_row)) == expected
    assert digest_of(read_bars(two().to_pandas())) == expected
    for symbol, columns in (("SPY", one), ("QQQ", other)):
        as_polars(columns).write_csv(tmp_path / f"{symbol}.csv")
    by_name = read_bars("*.csv", base=tmp_path)
    assert by_name.symbols == ("QQQ", "SPY")
    np.testing.assert_array_equal(by_name.close[:, 1], one["close"])
    assert by_name.close.shape == (30, 2)
    assert by_name.close.flags.c_contiguous
    assert digest_of(read_bars({"SPY": "SPY.csv", "QQQ": tmp_path / "QQQ.csv"}, base=tmp_path)) == expected


def test_symbols_keep_the_times_that_all_have_and_a_note_says_what_was_lost() -> None:
    one, other = daily(seed=1), daily(seed=2)
    late = {name: values[5:] for name, values in other.items()}
    bars = read_bars({"SPY": one, "QQQ": late})
    assert len(bars) == 25
    np.testing.assert_array_equal(bars.close, np.column_stack([one["close"][5:], late["close"]]))
    assert bars.info.notes == ("SPY: 5 of 30 bars left out, not all symbols have them.",)
    frame = wide("symbol, field")
    frame.loc[frame.index[3], "QQQ"] = np.nan
    assert len(read_bars(frame)) == 29


def test_symbols_without_common_times_are_refused() -> None:
    one, other = daily(30), daily(30)
    with pytest.raises(DataError, match="1 times in common"):
        read_bars({"A": {k: v[:10] for k, v in one.items()}, "B": {k: v[9:] for k, v in other.items()}})


def test_bundled_bars() -> None:
    sp500, nasdaq = read_bars("bundled:sp500"), read_bars("bundled:nasdaq")
    # First and last row of arch 8.0's data/sp500/sp500.csv.gz.
    assert len(sp500) == len(nasdaq) == 5031
    assert (sp500.open[0], sp500.close[-1], sp500.volume[0]) == (1229.22998, 2506.850098, 877e6)
    assert str(sp500.time[0])[:10] == "1999-01-04"
    assert str(sp500.time[-1])[:10] == "2018-12-31"
    assert nasdaq.close[-1] == 6635.279785
    assert sp500.symbols == ("sp500",)
    assert sp500.bars_per_year == 252.0
    assert sp500.info.source == "bundled:sp500"
    np.testing.assert_array_equal(sp500["adj_close"], sp500.close)
    with pytest.raises(DataError, match="Did you mean 'nasdaq'"):
        read_bars("bundled:nasdac")


def test_bars_are_returned_as_they_are_or_with_what_is_said() -> None:
    bars = read_bars(daily())
    assert read_bars(bars) is bars
    other = read_bars(bars, bars_per_year=260, timezone="Asia/Tokyo", timestamp="open")
    assert (other.bars_per_year, other.info.timezone, other.info.stamp) == (260.0, "Asia/Tokyo", "open")
    assert other.close is bars.close
    assert read_bars(daily(), bars_per_year=250).bars_per_year == 250.0


@pytest.mark.parametrize("text", ["module:function", "pack.age:fetch", "path/to/file.py:load"])
def test_functions_do_not_run_here(text: str) -> None:
    assert is_function_source(text)
    with pytest.raises(DataError, match="not supported by this version"):
        read_bars(text)


def test_not_function_sources() -> None:
    assert not any(map(is_function_source, ("bundled:sp500", "C:\\data\\spy.csv", "a.csv", {"A": "b:c"})))


@pytest.mark.parametrize("source", [3, None, [1, 2], {}, {"A": 3}, np.zeros(3), pd.Series([1.0])])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(DataError):
        read_bars(source)


def test_all_bad_options_at_once() -> None:
    with pytest.raises(DataError) as caught:
        read_bars(daily(), timezone="America/New_Yorc", timestamp="closed", bars_per_year=-1)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "Did you mean 'America/New_York'?" in text
    assert "Did you mean 'close'?" in text
    assert "bars_per_year must be a positive number, is -1" in text


def test_import_is_lean() -> None:
    code = "import sys, admf.data.read as r; print(sorted({'polars', 'pandas', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bundled_needs_neither_pandas_nor_arch() -> None:
    code = "import sys; from admf.data.read import read_bars; read_bars('bundled:sp500');"
    code += "print(sorted({'pandas', 'arch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
