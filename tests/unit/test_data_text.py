"""Separated text as people and programs write it: headers, separators, decimal commas, times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from admf.data.columns import match_columns, snake
from admf.data.read import read_bars
from admf.errors import DataError
from admf.model.bars import Bars

ROW = "10,12,9,11,500"


def read(tmp_path: Path, text: str | bytes, **options: object) -> Bars:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_bars("x.csv", base=tmp_path, **options)  # type: ignore[arg-type]


def one_bar(bars: Bars) -> tuple[float, ...]:
    return tuple(float(bars[name][0]) for name in ("open", "high", "low", "close", "volume"))


@pytest.mark.parametrize(
    "header",
    [
        "Date,Open,High,Low,Close,Volume",
        "timestamp,open,high,low,close,volume",
        "DATETIME,OPEN,HIGH,LOW,CLOSE,VOL",
        "t,o,h,l,c,v",
        "timestamp,1. open,2. high,3. low,4. close,5. volume",
        "date,1a. open,2a. high,3a. low,4a. close,5. volume",
        "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>",
        "Gmt time,Open,High,Low,Close,Volume ",
        "tradeDate,openPrice,highPrice,lowPrice,closePrice,totalVolume",
        ",Open,High,Low,Close,Volume",
        "Unnamed: 0,Open,High,Low,Close,Volume",
        "Date,open_price,high_price,low_price,close_price,volume",
    ],
)
def test_usual_spellings(tmp_path: Path, header: str) -> None:
    bars = read(tmp_path, f"{header}\n2024-01-02,{ROW}\n")
    assert one_bar(bars) == (10, 12, 9, 11, 500)
    assert bars.time[0] == np.datetime64("2024-01-02", "ns")


def test_the_adjusted_close_is_never_the_close(tmp_path: Path) -> None:
    bars = read(tmp_path, "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11,5,500\n")
    assert one_bar(bars) == (10, 12, 9, 11, 500)
    assert bars["adj_close"][0] == 5
    with pytest.raises(DataError, match="no column is close"):
        read(tmp_path, "Date,Open,High,Low,Adj Close\n2024-01-02,10,12,9,5\n")


def test_extra_columns_are_kept_where_they_are_numbers(tmp_path: Path) -> None:
    bars = read(
        tmp_path,
        "Unnamed: 0,Date,Open,High,Low,Close,RSI (14),Name,VWAP,nothing\n"
        "0,2024-01-02,10,12,9,11,,SPY,10.5,\n1,2024-01-03,10,12,9,11,55,SPY,10.5,\n",
    )
    assert list(bars.columns) == ["open", "high", "low", "close", "rsi_14", "vwap"]
    np.testing.assert_array_equal(bars["rsi_14"], [np.nan, 55])
    with pytest.raises(DataError, match="no column 'volume'"):
        _ = bars.volume


def test_columns_can_be_named(tmp_path: Path) -> None:
    text = "when,Open,High,Low,Close,Last\n02/01/2024,10,12,9,11,10.5\n"
    named = {"time": "when", "close": "Last", "time_format": "%d/%m/%Y"}
    bars = read(tmp_path, text, columns=named)
    assert bars.close[0] == 10.5
    assert bars.time[0] == np.datetime64("2024-01-02", "ns")
    only_closes = {"open": "Close", "high": "Close", "low": "Close", "close": "Close"}
    assert read(tmp_path, "Date,Close\n2024-01-02,11\n", columns=only_closes).open[0] == 11
    with pytest.raises(DataError) as caught:
        read(tmp_path, text, columns={"closee": "Last", "time": "wen"})
    assert "Did you mean 'close'?" in str(caught.value)
    assert "x.csv: columns: time is 'wen', which is not a column here. Did you mean 'when'?" in str(
        caught.value
    )


def test_missing_and_twice() -> None:
    with pytest.raises(DataError, match="no column is time or open or high or low"):
        match_columns(["Close", "Volume"], {}, "x.csv")
    with pytest.raises(DataError, match="the same name, 'Close' and 'close'"):
        match_columns(["Date", "Open", "High", "Low", "Close", "close"], {}, "x.csv")


def test_snake() -> None:
    names = {"<OPEN>": "open", "Adj Close": "adj_close", "AdjClose": "adj_close", "5. volume": "volume"}
    assert {name: snake(name) for name in names} == names


def test_separators_and_decimal_commas(tmp_path: Path) -> None:
    assert one_bar(
        read(
            tmp_path,
            "Date;Open;High;Low;Close;Volume\n02.01.2024;10,5;12,25;9;11;500\n13.01.2024;10,5;12;9;11;1",
        )
    )[:2] == (10.5, 12.25)
    assert (
        one_bar(
            read(tmp_path, f"Date\tOpen\tHigh\tLow\tClose\tVolume\n2024-01-02\t{ROW}\n".replace(",", "\t"))
        )[0]
        == 10
    )
    quoted = 'Date,Open,High,Low,Close,Volume\n"Jan 02, 2024","10","12","9","11","500"\n'
    assert one_bar(read(tmp_path, quoted)) == (10, 12, 9, 11, 500)
    # 1,234 beside 12.5 is no decimal comma, and may be a slip
    with pytest.raises(DataError, match=r"x.csv:2: high must be a number, is '1,234'"):
        read(tmp_path, "Date;Open;High;Low;Close\n2024-01-02;10.5;1,234;9;11\n")


def test_grouped_thousands_and_currencies(tmp_path: Path) -> None:
    grouped = (
        'Date,Open,High,Low,Close,Volume\n2024-01-02,"1,000.5","1,012.25","1,000.0","1,011.0","888,901"\n'
    )
    assert one_bar(read(tmp_path, grouped)) == (1000.5, 1012.25, 1000, 1011, 888_901)
    dollars = "Date,Open,High,Low,Close,Volume\n2024-01-02,$10.5,$12,$9,$11,500\n"
    assert one_bar(read(tmp_path, dollars)) == (10.5, 12, 9, 11, 500)
    commas = "Date;Open;High;Low;Close;Volume\n2024-01-02;10,5;12,25;9;11;1,5\n"
    assert one_bar(read(tmp_path, commas)) == (10.5, 12.25, 9, 11, 1.5)


def test_line_ends_and_empty_lines(tmp_path: Path) -> None:
    text = f"Date,Open,High,Low,Close,Volume\n2024-01-02,{ROW}\n2024-01-03,{ROW}\n"
    for ends in ("\r\n", "\r", "\n"):
        assert len(read(tmp_path, text.replace("\n", ends))) == 2
    assert len(read(tmp_path, f"{text}\n   \n,,,,,\n")) == 2


def test_metatrader(tmp_path: Path) -> None:
    five = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    five += (
        "2024.01.02\t09:30:00\t10\t12\t9\t11\t77\t500\t2\n2024.01.02\t09:31:00\t10\t12\t9\t11\t77\t500\t2\n"
    )
    for content in (five.encode(), five.encode("utf-16"), b"\xef\xbb\xbf" + five.encode()):
        bars = read(tmp_path, content, timezone="UTC")
        assert one_bar(bars) == (10, 12, 9, 11, 500)
        assert list(bars.columns)[5:] == ["spread", "tickvol"]
        assert str(bars.time[1])[:16] == "2024-01-02T09:31"
    four = "2024.01.02,09:30,10,12,9,11,500\n2024.01.02,09:31,10,12,9,11,500\n"
    assert one_bar(read(tmp_path, four, timezone="UTC")) == (10, 12, 9, 11, 500)
    histdata = "20240102 093000;10;12;9;11;500\n20240102 093100;10;12;9;11;500\n"
    bars = read(tmp_path, histdata, timezone="UTC")
    assert (one_bar(bars), len(bars)) == ((10, 12, 9, 11, 500), 2)
    assert str(bars.time[0])[:16] == "2024-01-02T09:30"
    with pytest.raises(DataError, match="no header line"):
        read(tmp_path, "2024.01.02,10,12\n")


def test_clock_as_number(tmp_path: Path) -> None:
    text = "date,time,open,high,low,close\n20240102,0,10,12,9,11\n20240102,93000,10,12,9,11\n"
    bars = read(tmp_path, text, timezone="UTC")
    assert [str(t)[11:16] for t in bars.time] == ["00:00", "09:30"]


UTC = UTC
TWO = [datetime(2024, 1, 25, 14, 30, tzinfo=UTC), datetime(2024, 1, 25, 14, 31, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("write", "zone"),
    [
        ("%Y-%m-%d %H:%M:%S+00:00", None),
        ("%Y-%m-%dT%H:%M:%SZ", None),
        ("%Y-%m-%dT%H:%M:%S.000000000Z", None),
        ("%Y-%m-%d %H:%M UTC", None),
        ("%Y-%m-%d %H:%M", "UTC"),
        ("%Y/%m/%d %H:%M:%S", "UTC"),
        ("%Y.%m.%d %H:%M", "UTC"),
        ("%d.%m.%Y %H:%M:%S.000", "UTC"),
        ("%d/%m/%Y %H:%M", "UTC"),
        ("%m/%d/%Y %I:%M %p", "UTC"),
        ("%m-%d-%Y %I:%M:%S %p", "UTC"),
        ("%d-%b-%Y %H:%M", "UTC"),
        ("%d %B %Y %H:%M", "UTC"),
        ('"%b %d, %Y %H:%M"', "UTC"),
        ("%Y%m%d %H%M%S", "UTC"),
        ("%Y%m%d%H%M%S", "UTC"),
        ("%s", None),
        ("%s000", None),
        ("%s000000", None),
        ("%s000000000", None),
        ("%s.0", None),
    ],
)
def test_times(tmp_path: Path, write: str, zone: str | None) -> None:
    seconds = [int(t.timestamp()) for t in TWO]
    cells = [t.strftime(write.replace("%s", str(s))) for t, s in zip(TWO, seconds, strict=True)]
    bars = read(
        tmp_path, "time,open,high,low,close\n" + "".join(f"{c},10,12,9,11\n" for c in cells), timezone=zone
    )
    assert bars.time.astype("datetime64[s]").astype(np.int64).tolist() == seconds
    assert bars.info.timezone == "UTC"


def test_offsets_that_change_with_the_season(tmp_path: Path) -> None:
    text = "time,open,high,low,close\n"
    for stamp in ("2024-03-08 16:00:00-05:00", "2024-03-11 16:00:00-04:00", "2024-03-12 16:00:00-0400"):
        text += f"{stamp},10,12,9,11\n"
    bars = read(tmp_path, text, timezone="America/New_York")
    assert [str(t)[5:13] for t in bars.time] == ["03-08T21", "03-11T20", "03-12T20"]


def test_day_and_month_that_could_be_either(tmp_path: Path) -> None:
    text = "Date,Open,High,Low,Close\n01/02/2024,10,12,9,11\n02/02/2024,10,12,9,11\n"
    with pytest.raises(DataError, match=r"x.csv: the order of day and month cannot be told .* '01/02/2024'"):
        read(tmp_path, text)
    text += "13/02/2024,10,12,9,11\n"
    assert [str(t)[:10] for t in read(tmp_path, text).time] == ["2024-02-01", "2024-02-02", "2024-02-13"]


def test_yyyymmdd_numbers(tmp_path: Path) -> None:
    bars = read(tmp_path, "date,open,high,low,close\n20240102,10,12,9,11\n20240103,10,12,9,11\n")
    assert [str(t)[:10] for t in bars.time] == ["2024-01-02", "2024-01-03"]


def test_one_bar_and_two_bars(tmp_path: Path) -> None:
    for n in (1, 2):
        rows = "".join(f"2024-01-0{d + 2},10,12,9,11\n" for d in range(n))
        bars = read(tmp_path, f"Date,Open,High,Low,Close\n{rows}")
        assert (len(bars), bars.bars_per_year) == (n, 252.0)
        assert bars.info.bar_ns == 86_400 * 10**9


def test_blank_lines_are_no_rows_and_lines_are_counted(tmp_path: Path) -> None:
    text = "\nDate,Open,High,Low,Close\n2024-01-02,10,12,9,11\n\n2024-01-03,10,12,9,x\n\n"
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert [str(p) for p in caught.value.problems] == [
        "x.csv:5: close must be a number, is 'x'.",
    ]
    assert len(read(tmp_path, text.replace("x", "11"))) == 2


def test_long_file_with_symbols(tmp_path: Path) -> None:
    start = datetime(2024, 1, 2)
    text = "date,ticker,open,high,low,close\n"
    for day in range(3):
        for symbol in ("QQQ", "SPY"):
            text += f"{start + timedelta(days=day):%Y-%m-%d},{symbol},10,12,9,{10 + day}\n"
    bars = read(tmp_path, text)
    assert bars.symbols == ("QQQ", "SPY")
    np.testing.assert_array_equal(bars.close, [[10, 10], [11, 11], [12, 12]])
    with pytest.raises(DataError, match="must be one symbol; column 'ticker' has 2"):
        read_bars({"SPY": "x.csv"}, base=tmp_path)
