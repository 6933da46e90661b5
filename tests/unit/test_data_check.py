"""What is refused, with file, row and value, and all of it at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from admf.data.read import read_bars
from admf.errors import DataError

HEADER = "Date,Open,High,Low,Close,Volume\n"


def problems(tmp_path: Path, text: str | bytes, name: str = "x.csv") -> list[str]:
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(DataError) as caught:
        read_bars(name, base=tmp_path)
    return [str(problem) for problem in caught.value.problems]


def test_all_problems_at_once(tmp_path: Path) -> None:
    rows = [
        "2024-01-02,10,12,9,11,500",
        "2024-01-02,10,12,9,11,500",
        "2024-01-05,10,12,9,,500",
        "2024-01-04,0,12,9,11,500",
        "2024-01-08,-1,12,9,11,500",
        "2024-01-09,10,8,9,9,500",
        "2024-01-10,13,12,9,11,500",
        "2024-01-11,10,12,9,8.5,500",
        "2024-01-12,10,12,9,11,-5",
        "2024-01-15,10,12,9,inf,5",
    ]
    assert problems(tmp_path, HEADER + "\n".join(rows)) == [
        "x.csv:3: the time 2024-01-02 of x is there twice. Keep one of the two.",
        "x.csv:5: times must increase; 2024-01-04 of x follows 2024-01-05. Sort the rows by time.",
        "x.csv:5: open must be positive and finite, is 0 (at 2024-01-04 of x).",
        "x.csv:6: open must be positive and finite, is -1 (at 2024-01-08 of x).",
        "x.csv:4: close is missing (at 2024-01-05 of x).",
        "x.csv:11: close must be positive and finite, is inf (at 2024-01-15 of x).",
        "x.csv:7: high must not be below low; high is 8, low 9 (at 2024-01-09 of x).",
        "x.csv:8: open must lie between low and high, 9 and 12; it is 13 (at 2024-01-10 of x).",
        "x.csv:9: close must lie between low and high, 9 and 12; it is 8.5 (at 2024-01-11 of x).",
        "x.csv:10: volume must be 0 or more, is -5 (at 2024-01-12 of x).",
    ]


def test_cells_that_are_neither_numbers_nor_times(tmp_path: Path) -> None:
    found = problems(
        tmp_path, HEADER + "2024-01-02,10,12,9,eleven,5\n2024-01-32,10,12,9,11,5\n,10,12,9,11,x\n"
    )
    assert found == [
        "x.csv:2: close must be a number, is 'eleven'.",
        "x.csv:4: volume must be a number, is 'x'.",
        "x.csv:3: 'Date' must be a time, is '2024-01-32'.",
        "x.csv:4: 'Date' must be a time, is missing.",
    ]


def test_ten_of_a_kind_and_a_count(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    found = problems(tmp_path, HEADER + "".join(f"{day},10,12,9,0,5\n" for day in days))
    assert len(found) == 11
    assert found[10] == "x.csv: and 30 more lines of this kind, the last is line 41."


def test_every_file_of_a_pattern_is_heard(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "2024-01-02,0,12,9,11,5\n")
    (tmp_path / "b.csv").write_text("Date,Open\n2024-01-02,0\n")
    (tmp_path / "c.csv").write_text("")
    with pytest.raises(DataError) as caught:
        read_bars("?.csv", base=tmp_path)
    # What cannot be opened comes first, then what cannot be read, then what are no bars.
    assert [p.where for p in caught.value.problems] == ["c.csv", "b.csv", "a.csv:2"]
    with pytest.raises(DataError) as caught:
        read_bars({"A": "a.csv", "Q": "q.csv"}, base=tmp_path)
    assert [str(p).split(" Did")[0] for p in caught.value.problems] == [
        "q.csv: there is no such file (for Q).",
        "a.csv:2: open must be positive and finite, is 0 (at 2024-01-02 of A).",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "x.csv: the file is empty."),
        (b"\n \n", "x.csv: the file is empty."),
        (HEADER.encode(), "x.csv: the file has a header and no rows."),
        (
            HEADER.encode() + b"2024-01-02,10,12,9,11,5\n# caf\xe9\n",
            "x.csv:3: the file must be UTF-8 text; byte 0xe9",
        ),
        (b"\xff\xfea", "x.csv: the file starts as UTF-16 text and is not."),
        (b"PK\x03\x04\x00\x00\x00\x00abc", "x.csv: the file is an Excel workbook or a zip archive"),
        (b"\x7fELF\x02\x01\x00\x00", "x.csv: the file is binary"),
        (HEADER.encode("utf-16-le"), "x.csv: the file looks like UTF-16 text without its mark"),
        (HEADER.encode() + b"\n" * 2_000 + b"2024\0-01-02", "x.csv:2002: the line holds a byte of zeros"),
        (b"<!DOCTYPE html>\n<html>", "x.csv: the file is a web page"),
        (b'[{"time": 1, "open": 2}]', "x.csv: the file is JSON"),
        (
            b"prices of SPY\n" + HEADER.encode(),
            "x.csv:2: the line has 6 cells where the first has 1. Delete what",
        ),
        (
            HEADER.encode() + b'2024-01-02,"10,12,9,11,5\n2024-01-03,10,12,9,11,5\n',
            "x.csv:2: a quotation mark is opened here and not closed.",
        ),
        (
            HEADER.encode() + b"2024-01-02,10,12,9,11,5\n" + HEADER.encode(),
            "x.csv:3: the header is there again.",
        ),
        (b"\x1f\x8b\x08broken", "x.csv: the file cannot be read: "),
        (b"PAR1 broken", "x.csv: the file is not readable as Parquet"),
        (
            HEADER.encode() + b"2024-01-02,10,12,9,11,5\n2024-01-03,1,2,3,4,5,6,7\n",
            "x.csv:3: the line has 8 cells where",
        ),
        (b"Date,Open,Open,High,Low,Close\n1,2,3,4,5,6\n", "x.csv:1: two columns have the same name, 'Open'."),
        (b"just some text\nand more\n", "x.csv: bars need time, open, high, low and close"),
    ],
)
def test_files_that_are_no_bars(tmp_path: Path, content: bytes, says: str) -> None:
    found = problems(tmp_path, content)
    assert found[0].startswith(says)


def test_so_many_problems_are_counted_in_the_end(tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / f"{i:02}.csv").write_text(HEADER + "2024-01-02,0,0,0,0,5\n")
    with pytest.raises(DataError) as caught:
        read_bars("*.csv", base=tmp_path)
    assert len(caught.value.problems) == 201
    assert str(caught.value.problems[-1]) == "and 40 more problems, in 10 files."


def test_paths_that_are_none(tmp_path: Path) -> None:
    for path, says in {
        "x" * 5_000: "File name too long",
        "a\0b.csv": "null byte",
        "~no_such_user_here/x.csv": "home directory",
        "nowhere/x.csv": "There is no folder",
    }.items():
        with pytest.raises(DataError, match=says):
            read_bars(path, base=tmp_path)


def test_a_time_zone_in_some_rows_only(tmp_path: Path) -> None:
    stamps = [f"2024-01-02 {h}:00:00" for h in (10, 11, 12)]
    zoned = [stamps[0], *(f"{stamp}+00:00" for stamp in stamps[1:])]
    naive = [*stamps[:2], f"{stamps[2]}Z"]
    for cells, says in (
        (zoned, "x.csv:2: 'Date': most times have a time zone, this one has none: '2024-01-02 10:00:00'."),
        (naive, "x.csv:4: 'Date': most times have no time zone, this one has: '2024-01-02 12:00:00Z'."),
    ):
        (tmp_path / "x.csv").write_text(HEADER + "".join(f"{cell},10,12,9,11,5\n" for cell in cells))
        with pytest.raises(DataError) as caught:
            read_bars("x.csv", base=tmp_path, timezone="UTC")
        assert [str(p) for p in caught.value.problems] == [says]
    prices = {name: [1.0, 1.0, 1.0] for name in ("open", "high", "low", "close")}
    times = [
        pd.Timestamp("2024-01-02", tz="UTC"),
        pd.Timestamp("2024-01-03"),
        pd.Timestamp("2024-01-04", tz="UTC"),
    ]
    with pytest.raises(DataError, match="row 1: 'time': most times have a time zone, this one has none"):
        read_bars(pd.DataFrame({"time": times, **prices}))


def test_a_parquet_name_without_parquet(tmp_path: Path) -> None:
    assert "not readable as Parquet" in problems(tmp_path, "Date,Open\n", "x.parquet")[0]
    assert "the file is empty" in problems(tmp_path, "", "y.parquet")[0]


def test_missing_files(tmp_path: Path) -> None:
    (tmp_path / "spy.csv").write_text(HEADER)
    with pytest.raises(DataError, match=r"sppy\.csv: there is no such file\. Did you mean 'spy\.csv'\?"):
        read_bars("sppy.csv", base=tmp_path)
    with pytest.raises(DataError, match="no file matches this pattern"):
        read_bars("data/*.csv", base=tmp_path)
    with pytest.raises(DataError, match="this is a folder"):
        read_bars(".", base=tmp_path)
    (tmp_path / "a").mkdir()
    for folder in (tmp_path, tmp_path / "a"):
        (folder / "spy.csv").write_text(HEADER + "2024-01-02,10,12,9,11,5\n2024-01-03,10,12,9,11,5\n")
    with pytest.raises(DataError, match=r"two sources are both called 'spy': a/spy\.csv, spy\.csv"):
        read_bars("**/*.csv", base=tmp_path)


def test_newest_first_is_one_problem(tmp_path: Path) -> None:
    found = problems(tmp_path, HEADER + "".join(f"2024-01-{d:02},10,12,9,11,5\n" for d in range(20, 1, -1)))
    assert found == [
        "x.csv: times must increase; these rows run backwards, from 2024-01-20 to 2024-01-02."
        " Sort them, oldest first."
    ]


def test_rows_of_frames_are_counted_from_0() -> None:
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame({name: [10.0, 10.0, np.nan] for name in ("open", "high", "low", "close")}, days)
    with pytest.raises(DataError) as caught:
        read_bars(frame)
    assert (
        str(caught.value.problems[0]) == "the pandas frame row 2: open is missing (at 2024-01-03 of asset)."
    )
    with pytest.raises(DataError, match="the Polars frame: there are no rows"):
        read_bars(pl.DataFrame({n: [] for n in ("time", "open", "high", "low", "close")}))


def test_single_precision_passes_and_a_tick_does_not() -> None:
    days = pd.date_range("2024-01-01", periods=3)
    close = np.float64(np.float32(100.3))
    frame = pd.DataFrame({"open": close, "high": 100.3, "low": 99.0, "close": close}, index=days)
    assert close > 100.3
    assert len(read_bars(frame)) == 3
    with pytest.raises(DataError, match="close must lie between low and high"):
        read_bars(frame.assign(close=100.31))


def test_gaps_are_not_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        HEADER + "2020-01-02,10,12,9,11,5\n2024-01-03,10,12,9,11,5\n2024-01-04,1,1,1,1,0\n"
    )
    assert len(read_bars("x.csv", base=tmp_path)) == 3
