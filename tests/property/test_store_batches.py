"""Laws of batches: rows handed to SQLite as pages are the rows that binding cell by cell writes, to the bit."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.model.param_sets import Column, ParamSets
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes
from admf.store import insert, records
from admf.store.cells import Kind
from admf.store.own_metrics import OwnMetrics, undefined_cells
from admf.store.trial_table import TrialTable

KINDS: dict[str, Kind] = {
    "int": "int", "big": "int", "float": "float", "bool": "bool", "text": "text", "json": "json", "absent": "float",
}  # fmt: skip
METRICS = ("sharpe", "n_trades", "hit")
HARD = np.array([-0.0, 0.0, 5e-324, -2.2250738585072009e-308, 1.7976931348623157e308, 0.1 + 0.2, 3.0])
EDGES = [-(2**63), -(2**31) - 1, -(2**31), -129, -128, -1, 0, 1, 127, 128, 32_767, 32_768, 2**31, 2**63 - 1]
OPTIONS: dict[str, tuple[Any, ...]] = {
    "text": ("a", "", "é\0", None),
    "json": (None, 0.02, -0.0, {"at": [1, 2.5], "atr": 2}, "trailing", True, 2**80),
    "big": (2**80, -(2**63), 7),
}


@st.composite
def columns(draw: st.DrawFn, n: int, rng: np.random.Generator) -> dict[str, Column]:
    """Some of the parameters, each conditional or not."""
    found: dict[str, Column] = {}
    for name in draw(st.sets(st.sampled_from(sorted(KINDS)))):
        there = rng.random(n) < 0.5 if draw(st.booleans()) else None
        if name in OPTIONS:
            options = OPTIONS[name]
            few = options[: draw(st.integers(1, len(options)))]
            found[name] = Column(rng.integers(0, len(few), n), few, there)
        elif name == "int":
            edges = draw(st.lists(st.sampled_from(EDGES), min_size=1, max_size=4))
            found[name] = Column(rng.choice(np.array(edges), n), None, there)
        else:
            values = rng.choice(HARD, n) if name in ("float", "absent") else rng.random(n) < 0.5
            found[name] = Column(values, None, there)
    return found


@st.composite
def batches(draw: st.DrawFn) -> tuple[ParamSets, np.ndarray[Any, Any], Outcomes]:
    n = draw(st.sampled_from([1, 63, 64, 65, 200, 700]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    metrics = rng.choice(HARD, (n, len(METRICS)))
    values = rng.choice(HARD, n)
    if draw(st.booleans()):
        metrics[rng.random(n) < 0.3, 1:] = np.nan
        metrics[rng.random(n) < 0.3, 0] = draw(st.sampled_from([np.inf, -np.inf]))
        values[rng.random(n) < 0.3] = draw(st.sampled_from([np.nan, np.inf]))
    mixed, said = draw(st.booleans()), draw(st.booleans())
    why: list[dict[str, str]] = [{}, {"n_trades": "none"}, {"sharpe": "no variance"}]
    own: list[dict[str, float | None]] = [
        {},
        {"own": 0.1 + 0.2, "hit": 7.5},
        {"own": math.inf, "other": None},
    ]
    first = draw(st.sampled_from([0, 1, 2**35]))
    outcomes = [(Outcome.SCORED, Outcome.FAILED)[i] for i in rng.integers(0, 2, n)]
    told: dict[str, Any] = {
        "numbers": tuple(range(first, first + n)), "values": values, "metrics": metrics, "metric_names": METRICS,
        "outcomes": tuple(outcomes) if mixed else Same(Outcome.SCORED, n),
        "reasons": tuple(rng.choice(["", "too few trades", "é" * 300], n).tolist()) if mixed else Same("", n),
        "undefined": tuple(why[i] for i in rng.integers(0, 3, n)) if said else Same({}, n),
        "extra": tuple(own[i] for i in rng.integers(0, 3, n)) if said else Same(own[first % 3], n),
        "durations_s": rng.random(n), "peak_memory_mb": np.round(rng.random(n)),
        "details": Same("Traceback " * draw(st.sampled_from([0, 1, 5_000])), n),
    }  # fmt: skip
    return ParamSets(n, draw(columns(n, rng))), rng.integers(0, 2**63 - 1, n), Outcomes(**told)


Rows = list[tuple[Any, ...]]


def written(batch: tuple[ParamSets, Any, Outcomes], study: int) -> tuple[Rows, Rows, list[Any]]:
    """Types and values of the rows as stored, the view's rows, and the parameters as they are read."""
    params, seeds, told = batch
    with (
        tempfile.TemporaryDirectory() as folder,
        TrialTable.create(Path(folder) / "run.db", METRICS, {"ma": KINDS, "rsi": KINDS}) as table,
    ):
        for stage in range(study):  # so that keys need another width
            table.write(
                stage_number=stage,
                stage=f"s{stage}",
                component="ma",
                params=params,
                seeds=seeds,
                outcomes=told,
            )
        assert table.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        cells = table.connection.execute("SELECT * FROM typed_trials ORDER BY trial").fetchall()
        return (
            [tuple((type(cell), repr(cell)) for cell in row) for row in cells],
            table.connection.execute("SELECT * FROM trials ORDER BY stage_number, proposal").fetchall(),
            table.columns(["params"], stage=0)["params"],
        )


@contextmanager
def changed(module: Any, **values: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(module, name, value)
        yield


@given(batches(), st.sampled_from([1, 5]))
@settings(max_examples=30, deadline=None)
def test_pages_hold_what_binding_writes(batch: tuple[ParamSets, Any, Outcomes], study: int) -> None:
    with changed(insert, _FEW=1), changed(records, _ROWS_A_KIND=1):
        as_pages = written(batch, study)
    with changed(insert, _FEW=10**9):
        bound = written(batch, study)
    assert as_pages == bound
    # repr tells types apart, and -0.0 from 0.0
    assert [repr(sorted(one.items())) for one in as_pages[2]] == [repr(sorted(p.items())) for p in batch[0]]


@given(batches())
@settings(max_examples=15, deadline=None)
def test_columns_and_dicts_are_stored_alike(batch: tuple[ParamSets, Any, Outcomes]) -> None:
    params, seeds, told = batch
    plain: Any = list(map(dict, params))
    for left, right in zip(written(batch, 1), written((plain, seeds.tolist(), told), 1), strict=True):
        assert list(map(repr, left)) == list(map(repr, right))


_NAMES = st.sampled_from(["own", 'a "quoted" é', "z", "sharpe", "hit"])
_OWN = st.floats(width=64) | st.none() | st.sampled_from([0.0, -0.0, 5e-324, 0.1 + 0.2])


@given(
    st.lists(_NAMES, unique=True, max_size=3).flatmap(
        lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, _OWN)), min_size=1, max_size=20)
    )
)
@settings(max_examples=200, deadline=None)
def test_own_metrics_in_columns_are_those_row_by_row(own: list[dict[str, float | None]]) -> None:
    rows = slice(0, len(own))
    in_columns, one_by_one = OwnMetrics.of(ParamSets.of(own), METRICS), OwnMetrics.of(own, METRICS)
    assert in_columns.cells().listed(rows) == one_by_one.cells().listed(rows)
    assert in_columns.names == one_by_one.names
    metrics = np.zeros((len(own), len(METRICS)))
    assert repr(in_columns.merged(metrics)) == repr(one_by_one.merged(metrics))
    finite = np.zeros((len(own), len(METRICS)), np.bool_)
    undefined = [
        undefined_cells(Same({}, len(own)), finite, METRICS, each).listed(rows)
        for each in (in_columns, one_by_one)
    ]
    assert undefined[0] == undefined[1]
