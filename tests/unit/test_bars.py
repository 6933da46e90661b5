"""Bars: read-only, cut without a way back, mapped under their digest whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from admf.errors import DataError
from admf.model.bars import BarInfo, Bars
from admf.model.mapped_bars import digest_of, open_bars, write_bars

DAY = np.timedelta64(1, "D")


def make(n: int = 12, symbols: tuple[str, ...] = ("SPY",), **info: object) -> Bars:
    shape = (n,) if len(symbols) == 1 else (n, len(symbols))
    values = np.arange(1.0, n * len(symbols) + 1).reshape(shape)
    time = np.datetime64("2024-01-01", "ns") + np.arange(n) * DAY
    columns = {"open": values, "high": values + 1, "low": values / 2, "close": values + 0.5, "volume": values}
    known = BarInfo(symbols=symbols, bars_per_year=252.0, bar_ns=86_400 * 10**9)
    return Bars(
        time=time.astype("datetime64[ns]"),
        columns={name: column.copy() for name, column in columns.items()},
        session=np.arange(19_723, 19_723 + n),
        info=replace(known, **info),  # type: ignore[arg-type]
    )


def assert_same(a: Bars, b: Bars) -> None:
    np.testing.assert_array_equal(a.time, b.time)
    np.testing.assert_array_equal(a.session, b.session)
    assert list(a.columns) == list(b.columns)
    for name in a.columns:
        np.testing.assert_array_equal(a[name], b[name])
    assert a.info == b.info


def test_columns_are_read_only_and_found() -> None:
    bars = make()
    for array in (bars.time, bars.session, bars.open, bars.high, bars.low, bars.close, bars.volume):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    assert (len(bars), bars.symbols, bars.bars_per_year) == (12, ("SPY",), 252.0)
    with pytest.raises(DataError, match=r"no column 'clsoe'\. Did you mean 'close'\?"):
        _ = bars["clsoe"]


def test_until_is_a_copy_and_between_a_view() -> None:
    bars = make()
    cut, part = bars.until(5), bars.between(3, 8)
    assert (len(cut), len(part)) == (5, 5)
    np.testing.assert_array_equal(cut.close, bars.close[:5])
    np.testing.assert_array_equal(part.close, bars.close[3:8])
    assert cut.close.base is None
    assert cut.time.base is None
    assert not np.shares_memory(cut.close, bars.close)
    assert np.shares_memory(part.close, bars.close)
    assert not cut.close.flags.writeable
    assert not part.close.flags.writeable
    assert cut.info == bars.info
    assert len(bars.until(0)) == 0


@pytest.mark.parametrize("symbols", [("SPY",), ("SPY", "QQQ", "ä/b")])
def test_mapped_bars_are_the_bars(tmp_path: Path, symbols: tuple[str, ...]) -> None:
    bars = make(symbols=symbols, source="x.csv", notes=("one",), timezone="Asia/Tokyo", stamp="open")
    path = write_bars(bars, tmp_path / "deep" / "cache")
    mapped = open_bars(path)
    assert_same(mapped, bars)
    assert digest_of(mapped) == digest_of(bars)
    assert path.name == digest_of(bars)[:32]
    assert type(mapped.close) is np.ndarray
    assert mapped.close.flags.c_contiguous


def test_a_write_to_mapped_bars_raises(tmp_path: Path) -> None:
    mapped = open_bars(write_bars(make(), tmp_path))
    for array in (mapped.time, mapped.session, *mapped.columns.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array.setflags(write=True)


def test_written_once(tmp_path: Path) -> None:
    path = write_bars(make(), tmp_path)
    before = {file: file.stat().st_mtime_ns for file in path.iterdir()}
    assert write_bars(make(source="elsewhere"), tmp_path) == path
    assert {file: file.stat().st_mtime_ns for file in path.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_no_bars_or_damaged_bars(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no whole bars are mapped at"):
        open_bars(tmp_path / "nowhere")
    for name, content in (("column-3.npy", b"\x93NUMPY"), ("meta.json", b"{")):
        path = write_bars(make(), tmp_path / name)
        (path / name).write_bytes(content)
        with pytest.raises(DataError, match="no whole bars"):
            open_bars(path)


@pytest.mark.parametrize("name", ["meta.json", "time.npy", "column-3.npy", "column-0.npy"])
@pytest.mark.parametrize("gone", [True, False])
def test_bars_that_were_damaged_are_written_again(tmp_path: Path, name: str, gone: bool) -> None:
    path = write_bars(make(), tmp_path)
    held = open_bars(path)
    content = bytearray((path / name).read_bytes())
    (path / name).unlink()
    if not gone:  # one bit of it, as a trial that writes to the file would leave it
        content[-3] ^= 1
        (path / name).write_bytes(content)
    assert write_bars(make(), tmp_path) == path
    assert_same(open_bars(path), make())
    assert_same(held, make())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_digest_is_what_the_bars_are() -> None:
    bars = make()
    same = replace(bars, columns={name: bars[name] for name in reversed(list(bars.columns))})
    assert digest_of(same) == digest_of(bars)
    assert digest_of(replace(bars, info=replace(bars.info, source="x", notes=("y",)))) == digest_of(bars)
    swapped = dict(bars.columns) | {"open": bars.close, "close": bars.open}
    others = [
        replace(bars, columns=swapped),
        replace(bars, columns={**bars.columns, "extra": bars.close}),
        replace(bars, columns={**bars.columns, "extra_2": bars.close}),
        replace(bars, info=replace(bars.info, symbols=("QQQ",))),
        replace(bars, info=replace(bars.info, bars_per_year=365.0)),
        replace(bars, info=replace(bars.info, timezone="Asia/Tokyo")),
        replace(bars, time=bars.time + DAY),
        replace(bars, session=bars.session + 1),
        bars.until(11),
    ]
    assert len({digest_of(other) for other in [bars, *others]}) == 1 + len(others)


def _write_many(folder: str, n: int) -> None:
    for i in range(n):
        write_bars(make(200 + i), Path(folder))


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), 15)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 15
    assert_same(open_bars(write_bars(make(207), tmp_path)), make(207))


def test_a_half_written_folder_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is on disk before the folder has its name; a writer that dies leaves none."""
    bars = make()
    target = tmp_path / digest_of(bars)[:32]
    seen: list[bool] = []
    sync = os.fsync

    def watched(opened: int) -> None:
        seen.append(target.exists())
        if len(seen) == 4:
            raise OSError(28, "No space left on device")
        sync(opened)

    monkeypatch.setattr(os, "fsync", watched)
    with pytest.raises(OSError, match="No space left"):
        write_bars(bars, tmp_path)
    assert seen == [False] * 4
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "fsync", sync)
    assert_same(open_bars(write_bars(bars, tmp_path)), bars)


def test_a_reader_beside_a_writer_sees_whole_bars(tmp_path: Path) -> None:
    targets = [tmp_path / digest_of(make(100 + i))[:32] for i in range(30)]
    writer = threading.Thread(target=lambda: [write_bars(make(100 + i), tmp_path) for i in range(30)])
    writer.start()
    while writer.is_alive():
        for i, target in enumerate(targets):
            if target.exists():
                assert len(open_bars(target).volume) == 100 + i
    writer.join()
    assert all(target.exists() for target in targets)


def test_to_pandas() -> None:
    daily = make().to_pandas()
    assert list(daily.columns) == ["open", "high", "low", "close", "volume"]
    assert daily.index.tolist() == pd.date_range("2024-01-01", periods=12).tolist()
    daily.loc[daily.index[0], "close"] = -1.0  # fresh and writable
    several = make(symbols=("SPY", "QQQ")).to_pandas()
    assert several.columns.names == ["field", "symbol"]
    np.testing.assert_array_equal(several["close"]["QQQ"], make(symbols=("SPY", "QQQ")).close[:, 1])
    intraday = make(bar_ns=60 * 10**9, timezone="America/New_York").to_pandas()
    assert str(intraday.index[0]) == "2023-12-31 19:00:00-05:00"
