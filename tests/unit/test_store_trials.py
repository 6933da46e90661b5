"""The trial table: what is written is read, exactly, in one order, by any SQLite tool."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.errors import InputError, RunError
from admf.model.trial import Outcome, Outcomes, lost_outcome
from admf.store.cells import Kind
from admf.store.trial_table import TrialTable

METRICS = ("sharpe", "n_trades")
PARAMETERS: Mapping[str, Mapping[str, Kind]] = {
    "ma": {"fast": "int", "slow": "int", "stop": "json", "mode": "text", "x": "float", "on": "bool"},
    "rsi": {"fast": "int", "low": "float"},
    "bare": {},
}
HARD = (0.1 + 0.2, -0.0, 5e-324, -2.2250738585072009e-308, 1e308, 1.7976931348623157e308, 1 / 3, 3.0, 2.0**53)


def outcomes(numbers: Sequence[int], values: Sequence[float], **changes: Any) -> Outcomes:
    n = len(numbers)
    usual: dict[str, Any] = {
        "outcomes": (Outcome.SCORED,) * n,
        "metrics": np.array([[value, 30.0 + i] for i, value in enumerate(values)], dtype=np.float64),
        "metric_names": METRICS,
        "reasons": ("",) * n,
        "undefined": ({},) * n,
        "extra": ({},) * n,
        "durations_s": np.full(n, 0.25),
        "peak_memory_mb": np.full(n, 12.5),
    }
    return Outcomes(numbers=tuple(numbers), values=np.array(values, dtype=np.float64), **usual | changes)


def write(table: TrialTable, params: Sequence[Mapping[str, Any]], told: Outcomes, **where: Any) -> None:
    usual: dict[str, Any] = {"stage_number": 1, "stage": "search", "component": "ma", "container": "w1"}
    table.write(params=params, seeds=[7 + number for number in told.numbers], outcomes=told, **usual | where)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TrialTable]:
    with TrialTable.create(tmp_path / "run.db", METRICS, PARAMETERS) as made:
        yield made


def any_tool(table: TrialTable, sql: str) -> list[Any]:
    """What another program sees: a connection that knows nothing of ours."""
    with sqlite3.connect(table.file) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def test_the_contracts_columns_are_there_for_any_tool(table: TrialTable) -> None:
    # CONTRACT.md, Run folder: "its table `trials` has at least ..."
    names = {row[1] for row in any_tool(table, "PRAGMA table_info(trials)")}
    assert names >= {
        "trial_id",
        "stage",
        "component",
        "regime",
        "window",
        "proposal",
        "params",
        "outcome",
        "value",
        "metrics",
        "reason",
        "seed",
        "container",
        "duration_s",
        "peak_memory_mb",
    }


def test_a_row_as_any_tool_sees_it(table: TrialTable) -> None:
    one = {"fast": 5, "slow": 20, "stop": {"window": 14, "atr": 2}, "mode": 'a "b" é', "x": 0.1, "on": True}
    told = outcomes([17], [math.nan], reasons=("too few trades",), undefined=({"sharpe": "no trades"},))
    write(table, [one], told, regime="bull", path="kernel")
    (row,) = any_tool(
        table, "SELECT trial_id, params, metrics, outcome, value, reason, seed, path FROM trials"
    )
    assert row[0] == "1.ma.bull.17"
    assert json.loads(row[1]) == one
    assert json.loads(row[2]) == {"sharpe": None, "n_trades": 30.0}
    assert row[3:] == ("scored", None, "too few trades", 24, "kernel")
    assert any_tool(table, "SELECT undefined FROM trials") == [('{"sharpe":"no trades"}',)]


@pytest.mark.parametrize("hard", HARD)
def test_floats_keep_every_bit(table: TrialTable, hard: float) -> None:
    write(table, [{"x": hard}], outcomes([0], [hard]))
    row = table.row("1.ma.0")
    assert row.value is not None
    assert row.metrics["sharpe"] is not None
    assert bits(row.params["x"]) == bits(row.value) == bits(row.metrics["sharpe"]) == bits(hard)
    columns = table.columns(["x", "value", "sharpe"])
    assert [bits(column[0]) for column in columns.values()] == [bits(hard)] * 3


@pytest.mark.parametrize("plain", [0.1 + 0.2, 1 / 3, -1234.5678, 1e-7, 123456789.123, 3.0])
def test_json_of_ordinary_floats_is_exact(table: TrialTable, plain: float) -> None:
    write(table, [{"x": plain}], outcomes([0], [plain]))
    ((params, metrics),) = any_tool(table, "SELECT params, metrics FROM trials")
    assert json.loads(params) == {"x": plain}
    assert json.loads(metrics)["sharpe"] == plain


@pytest.mark.parametrize(
    "one",
    [
        {},
        {"stop": None},
        {"stop": 0.02},
        {"stop": {"atr": 2, "window": 14}},
        {"stop": "trailing"},
        {"fast": None, "mode": None, "x": None, "on": None},  # null where the kind says otherwise
        {"fast": 2**80, "x": 3, "on": 1, "mode": True},  # of another kind than declared
        {"fast": -(2**63), "slow": 2**63 - 1},
        {"mode": "nul\0 and lone \ud800"},
        {"mode": ""},
        {"on": False},
    ],
)
def test_parameters_come_back_with_their_types(table: TrialTable, one: dict[str, Any]) -> None:
    write(table, [one, {"fast": 1}], outcomes([0, 1], [0.5, 0.25]))
    back = table.row("1.ma.0").params
    assert back == one
    assert {name: type(value) for name, value in back.items()} == {name: type(v) for name, v in one.items()}
    ((params,),) = any_tool(table, "SELECT params FROM trials WHERE proposal = 0")
    assert json.loads(params) == one


def test_numpy_scalars_become_plain(table: TrialTable) -> None:
    write(table, [{"fast": np.int64(3), "x": np.float64(0.5), "on": np.True_}], outcomes([0], [1.0]))
    assert table.row("1.ma.0").params == {"fast": 3, "x": 0.5, "on": True}
    assert any_tool(table, "SELECT params FROM trials") == [('{"fast":3,"x":0.5,"on":true}',)]


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), [1, math.nan]])
def test_a_parameter_that_json_cannot_hold_is_refused(table: TrialTable, value: Any) -> None:
    with pytest.raises(InputError, match="finite number"):
        write(table, [{"x": value}], outcomes([0], [1.0]))
    assert sum(table.count().values()) == 0


def test_three_hundred_parameters_and_forty_metrics(tmp_path: Path) -> None:
    names = tuple(f"metric {i}" for i in range(40))
    kinds: tuple[Kind, ...] = ("int", "float", "json")
    with TrialTable.create(
        tmp_path / "run.db", names, {"wide": {f"p{i}": kinds[i % 3] for i in range(300)}}
    ) as wide:
        values = [3, 0.5, {"atr": 2}]
        one = {f"p{i}": values[i % 3] for i in range(300)}
        metrics = np.arange(40, dtype=np.float64)[None, :]
        write(wide, [one], outcomes([0], [1.0], metrics=metrics, metric_names=names), component="wide")
        ((params, stored),) = any_tool(wide, "SELECT params, metrics FROM trials")
        assert json.loads(params) == one == wide.row("1.wide.0").params
        assert list(json.loads(stored)) == list(names)


def test_more_columns_than_sqlite_takes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1900 different parameters"):
        TrialTable.create(tmp_path / "run.db", METRICS, {"c": {f"p{i}": "int" for i in range(2_000)}})


def test_names_that_differ_in_case_alone_are_two(tmp_path: Path) -> None:
    with TrialTable.create(
        tmp_path / "run.db", ("a", "A"), {"ma": {"n": "int", "N": "int", 'q"': "int"}}
    ) as it:
        told = outcomes([0], [1.0], metric_names=("a", "A"), metrics=np.array([[1.0, 2.0]]))
        write(it, [{"n": 1, "N": 2, 'q"': 3}], told)
        assert it.row("1.ma.0").params == {"n": 1, "N": 2, 'q"': 3}
        assert it.row("1.ma.0").metrics == {"a": 1.0, "A": 2.0}


def test_own_metrics_are_merged(table: TrialTable) -> None:
    told = outcomes([0, 1], [1.0, 2.0], extra=({"hit rate": 0.1 + 0.2, "odd": None}, {"sharpe": -9.0}))
    write(table, [{}, {}], told)
    assert table.row("1.ma.0").metrics == {
        "sharpe": 1.0,
        "n_trades": 30.0,
        "hit rate": 0.1 + 0.2,
        "odd": None,
    }
    assert table.row("1.ma.1").metrics == {"sharpe": -9.0, "n_trades": 31.0}
    ((metrics,),) = any_tool(table, "SELECT metrics FROM trials WHERE proposal = 0")
    assert json.loads(metrics) == table.row("1.ma.0").metrics
    hits = table.columns(["hit rate"], sort="hit rate")["hit rate"]
    assert hits[0] == 0.1 + 0.2
    assert np.isnan(hits[1])


def test_infinity_becomes_undefined_with_a_reason(table: TrialTable) -> None:
    told = outcomes([0], [math.inf], extra=({"own": -math.inf},))
    write(table, [{}], told)
    row = table.row("1.ma.0")
    assert row.metrics == {"sharpe": None, "n_trades": 30.0, "own": None}
    assert row.undefined == {"sharpe": "infinite", "own": "infinite"}
    assert (row.value, row.reason) == (None, "the value is infinite")


def test_metrics_come_by_name_not_by_place(table: TrialTable) -> None:
    told = outcomes([0], [1.0], metric_names=("n_trades",), metrics=np.array([[44.0]]))
    write(table, [{}], told)
    assert table.row("1.ma.0").metrics == {"sharpe": None, "n_trades": 44.0}


def test_writing_again_replaces(table: TrialTable) -> None:
    write(table, [{"fast": 1}], lost_outcome(3, Outcome.LOST, "the worker died", METRICS))
    write(table, [{"fast": 1}], outcomes([3], [1.5]))
    write(table, [{"fast": 1}], outcomes([3], [1.5]))
    row = table.row("1.ma.3")
    assert (row.outcome, row.value, row.reason) == (Outcome.SCORED, 1.5, "")
    assert table.count() == {outcome: int(outcome is Outcome.SCORED) for outcome in Outcome}


def test_two_trials_of_one_id_are_refused(tmp_path: Path) -> None:
    with TrialTable.create(tmp_path / "run.db", METRICS, {"a": {}, "a.b": {}}) as it:
        write(it, [{}], outcomes([0], [1.0]), component="a", regime="b")
        with pytest.raises(RunError, match="a trial's id must be its own"):
            write(it, [{}, {}], outcomes([1, 0], [2.0, 2.0]), component="a.b")
        assert it.columns(["trial_id", "component"]) == {"trial_id": ["1.a.b.0"], "component": ["a"]}


@pytest.mark.parametrize(
    ("params", "where", "message"),
    [
        ([{"fats": 1}], {}, "Did you mean 'fast'"),
        ([{}], {"component": "mas"}, "Did you mean 'ma'"),
        ([{}, {}], {}, "1 sets and seeds|has 2"),
    ],
)
def test_what_the_table_does_not_know_is_refused(
    table: TrialTable, params: list[dict[str, Any]], where: dict[str, Any], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        write(table, params, outcomes([0], [1.0]), **where)


def test_text_that_sqlite_cannot_hold_is_escaped(table: TrialTable) -> None:
    told = outcomes([0], [math.nan], reasons=("bad \0 \ud800 é",), details=("Traceback \0",))
    write(table, [{}], told)
    row = table.row("1.ma.0")
    assert (row.reason, row.detail) == ("bad \\x00 \\ud800 é", "Traceback \\x00")


def filled(table: TrialTable) -> None:
    write(
        table, [{"low": 0.5}] * 2, outcomes([1, 0], [0.3, 0.9]), component="rsi", stage_number=2, stage="late"
    )
    write(table, [{"fast": n} for n in (10, 2, 9)], outcomes([10, 2, 9], [0.9, math.nan, 0.1]))
    write(table, [{"fast": 1}], outcomes([1], [0.9]), regime="bear")


def test_the_order_is_by_number_not_by_writing_or_text(table: TrialTable) -> None:
    filled(table)
    assert table.columns(["trial_id"])["trial_id"] == [
        "1.ma.2", "1.ma.9", "1.ma.10", "1.ma.bear.1", "2.rsi.0", "2.rsi.1",
    ]  # fmt: skip


def test_selecting_and_sorting(table: TrialTable) -> None:
    filled(table)

    def ids(**how: Any) -> Any:
        return table.columns(["trial_id"], **how)["trial_id"]

    assert (
        ids(stage="late") == ids(stage=2) == ids(stage="2") == ids(component="rsi") == ["2.rsi.0", "2.rsi.1"]
    )
    assert ids(sort="sharpe", descending=True) == [
        "1.ma.10", "1.ma.bear.1", "2.rsi.0", "2.rsi.1", "1.ma.9", "1.ma.2",
    ]  # fmt: skip
    assert ids(sort="value", top=2) == ["1.ma.9", "2.rsi.1"]
    assert ids(sort="fast", component="ma", top=1) == ["1.ma.bear.1"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"names": ["sharp"]}, "Did you mean 'sharpe'"),
        ({"sort": "vlaue"}, "Did you mean 'value'"),
        ({"sort": "params"}, "sort by one of them"),
        ({"component": "rsj"}, "Did you mean 'rsi'"),
        ({"stage": "lat"}, "Did you mean 'late'"),
        ({"top": 0}, "at least 1"),
    ],
)
def test_wrong_selections_say_what_is_right(table: TrialTable, how: dict[str, Any], message: str) -> None:
    filled(table)
    with pytest.raises(InputError, match=message):
        table.columns(**how)


def test_columns_have_types(table: TrialTable) -> None:
    assert table.columns(["value", "proposal", "params"])["value"].dtype == np.float64
    filled(table)
    columns = table.columns(["value", "proposal", "seed", "fast", "params", "undefined"], component="ma")
    assert columns["proposal"].dtype == columns["seed"].dtype == np.int64
    assert columns["proposal"].tolist() == [2, 9, 10, 1]
    assert np.isnan(columns["value"][0])
    assert columns["fast"] == [2, 9, 10, 1]
    assert columns["params"] == [{"fast": 2}, {"fast": 9}, {"fast": 10}, {"fast": 1}]
    assert columns["undefined"] == [{}] * 4


def test_the_best_is_the_first_of_equals(table: TrialTable) -> None:
    assert table.best(maximize=True) is None
    filled(table)
    write(table, [{"fast": 3}], outcomes([3], [99.0], outcomes=(Outcome.FAILED,)))
    best, worst = table.best("ma", maximize=True), table.best("rsi", maximize=False)
    assert best is not None
    assert worst is not None
    assert (best.trial_id, worst.trial_id) == ("1.ma.10", "2.rsi.1")


def test_a_trial_that_is_not_there(table: TrialTable) -> None:
    with pytest.raises(InputError, match=r"no trial '1\.ma\.99'"):
        table.row("1.ma.99")


def test_it_can_be_opened_again(table: TrialTable) -> None:
    filled(table)
    table.sync()
    for readonly in (False, True):
        with TrialTable.open(table.file, readonly=readonly) as again:
            assert again.layout == table.layout
            assert again.columns(["trial_id", "params"]) == table.columns(["trial_id", "params"])


def test_one_run_per_file(table: TrialTable) -> None:
    with pytest.raises(RunError, match="a new run needs a new file"):
        TrialTable.create(table.file, METRICS, PARAMETERS)
