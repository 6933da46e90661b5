"""Exports of the trial table: names, cells, and equal bytes for equal tables."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from admf.errors import InputError, RunError
from admf.model.trial import Outcome, Outcomes
from admf.store.cells import Kind
from admf.store.export import column_names, deterministic_columns, export, text_rows, write_csv, write_json
from admf.store.published import Selection
from admf.store.trial_table import TrialTable

PARAMETERS: Mapping[str, Mapping[str, Kind]] = {
    "ma": {"fast": "int", "stop": "json", "value": "float", "sharpe": "bool"},
    "rsi": {"fast": "int", "stop": "float", "mode": "text"},
}


def write(
    table: TrialTable, component: str, numbers: Sequence[int], params: Sequence[Any], **more: Any
) -> None:
    n = len(numbers)
    usual: dict[str, Any] = {"outcomes": (Outcome.SCORED,) * n, "reasons": ("",) * n, "extra": ({},) * n}
    told = Outcomes(
        numbers=tuple(numbers),
        values=np.array([0.1 * number for number in numbers]),
        metrics=np.array([[0.1 * number] for number in numbers]),
        metric_names=("sharpe",),
        undefined=({},) * n,
        durations_s=np.full(n, 0.5),
        peak_memory_mb=np.full(n, 7.0),
        **usual | more,
    )
    seeds = [100 + number for number in numbers]
    table.write(
        stage_number=1,
        stage="s",
        component=component,
        params=params,
        seeds=seeds,
        outcomes=told,
        container="w9",
    )


def made(path: Path, backwards: bool = False) -> TrialTable:
    table = TrialTable.create(path, ("sharpe",), PARAMETERS)
    batches: list[tuple[str, list[int], list[Any], dict[str, Any]]] = [
        ("ma", [3], [{"fast": 5, "stop": {"atr": 2}, "value": 1e-7, "sharpe": True}], {}),
        ("ma", [10], [{"fast": 6, "stop": None}], {"reasons": ('comma, "quote"\nline',)}),
        ("rsi", [0], [{"fast": 7, "stop": 0.02, "mode": "é"}], {"extra": ({"seed": 0.5, "own": 1.0},)}),
    ]
    for component, numbers, params, more in reversed(batches) if backwards else batches:
        write(table, component, numbers, params, **more)
    return table


NAMES = [
    "trial_id", "stage", "component", "regime", "window", "proposal", "fast", "ma.stop", "params.value",
    "params.sharpe", "rsi.stop", "mode", "outcome", "reason", "value", "sharpe", "own",
    "metrics.seed", "seed",
]  # fmt: skip


def test_names(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        assert column_names(table) == NAMES
        assert column_names(table, measured=True)[-4:] == [
            "seed",
            "container",
            "duration_s",
            "peak_memory_mb",
        ]
        of_rsi = column_names(table, Selection(component="rsi"))
        assert [name for name in of_rsi if name in NAMES[6:12]] == ["fast", "rsi.stop", "mode"]
        assert list(deterministic_columns(table, component="rsi")) == of_rsi


def test_csv_cells(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        file = io.StringIO(newline="")
        write_csv(table, file)
    header, *lines = csv.reader(io.StringIO(file.getvalue(), newline=""))
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["trial_id"] for row in rows] == ["1.ma.3", "1.ma.10", "1.rsi.0"]
    assert (rows[0]["ma.stop"], rows[0]["params.value"], rows[0]["params.sharpe"]) == (
        '{"atr":2}',
        "1e-07",
        "true",
    )
    assert rows[0]["sharpe"] == "0.30000000000000004"  # 0.1 * 3 in binary, shortest text that reads back
    assert (rows[1]["ma.stop"], rows[1]["reason"]) == ("", 'comma, "quote"\nline')
    assert (rows[2]["rsi.stop"], rows[2]["mode"], rows[2]["metrics.seed"]) == ("0.02", "é", "0.5")
    assert "\r" not in file.getvalue()


def test_text_rows_are_the_cells_of_the_csv(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        file = io.StringIO(newline="")
        write_csv(table, file, measured=True)
        cells = list(text_rows(table, measured=True))
    assert [tuple(row) for row in csv.reader(io.StringIO(file.getvalue(), newline=""))][1:] == cells


def test_json_is_one_document(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        file = io.StringIO()
        write_json(table, file, Selection(sort="sharpe", descending=True, top=2))
    rows = json.loads(file.getvalue())
    assert [row["trial_id"] for row in rows] == ["1.ma.10", "1.ma.3"]
    assert list(rows[0]) == NAMES
    assert rows[1]["ma.stop"] == {"atr": 2}
    assert rows[1]["own"] is None


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_an_empty_table(tmp_path: Path, format: Any) -> None:
    with TrialTable.create(tmp_path / "run.db", ("sharpe",), PARAMETERS) as table:
        export(table, tmp_path / "out", format)
    content = (tmp_path / "out").read_bytes()
    if format == "json":
        assert json.loads(content) == []
    elif format == "csv":
        assert content.decode().count("\n") == 1
    else:
        assert pl.read_parquet(tmp_path / "out").schema["value"] == pl.Float64


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_equal_tables_give_equal_bytes(tmp_path: Path, format: Any) -> None:
    for name, backwards in (("a", False), ("b", True)):
        with made(tmp_path / f"{name}.db", backwards) as table:
            export(table, tmp_path / f"{name}.out", format)
    assert (tmp_path / "a.out").read_bytes() == (tmp_path / "b.out").read_bytes()
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_parquet_has_types(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        write(table, "rsi", [1], [{"fast": 2**70, "mode": None}])
        export(table, tmp_path / "out.parquet", "parquet", measured=True)
    frame = pl.read_parquet(tmp_path / "out.parquet")
    types = {name: str(kind) for name, kind in frame.schema.items()}
    assert types["proposal"] == types["seed"] == "Int64"
    assert types["rsi.stop"] == types["sharpe"] == types["duration_s"] == "Float64"
    assert types["params.sharpe"] == "Boolean"
    assert types["ma.stop"] == types["fast"] == "String"  # JSON; and one integer was beyond 64 bits
    assert frame["fast"].to_list() == ["5", "6", "7", str(2**70)]
    assert frame["params.value"].to_list() == [1e-7, None, None, None]


def test_nan_is_empty_everywhere(tmp_path: Path) -> None:
    with TrialTable.create(tmp_path / "run.db", ("sharpe",), PARAMETERS) as table:
        told = Outcomes(
            numbers=(0,), outcomes=(Outcome.FAILED,), values=np.array([math.nan]),
            metrics=np.array([[math.nan]]),
            metric_names=("sharpe",), reasons=("it raised",), undefined=({},), extra=({},),
            durations_s=np.zeros(1), peak_memory_mb=np.zeros(1),
        )  # fmt: skip
        table.write(stage_number=1, stage="s", component="rsi", params=[{}], seeds=[1], outcomes=told)
        (row,) = text_rows(table)
        assert row[NAMES.index("outcome") : NAMES.index("sharpe") + 1] == ("failed", "it raised", "", "")


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    with made(tmp_path / "run.db") as table:
        (tmp_path / "out.csv").write_text("old")
        with pytest.raises(InputError, match="Did you mean 'sharpe'"):
            export(table, tmp_path / "out.csv", "csv", Selection(sort="sharp"))
        with pytest.raises(InputError, match="Did you mean 'csv'"):
            export(table, tmp_path / "out.csv", "cvs")  # type: ignore[arg-type]
        with pytest.raises(RunError, match="Make the folder first"):
            export(table, tmp_path / "none" / "out.csv", "csv")
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "run.db"]
