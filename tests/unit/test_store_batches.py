"""Batches of many rows: which way they go into the file, what they replace, and what they are called."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.errors import RunError
from admf.model.param_sets import Column, ParamSets
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes
from admf.store.records import varint, varints
from admf.store.trial_table import TrialTable

METRICS = ("sharpe", "n_trades")


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TrialTable]:
    kinds: Any = {"ma": {"fast": "int", "slow": "float"}, "a.ma": {"fast": "int"}}
    with TrialTable.create(tmp_path / "run.db", METRICS, kinds) as made:
        yield made


def write(table: TrialTable, first: int, n: int, **changes: Any) -> None:
    numbers = np.arange(first, first + n)
    usual: dict[str, Any] = {
        "outcomes": Same(Outcome.SCORED, n), "reasons": Same("", n), "undefined": Same({}, n),
        "extra": Same({}, n), "outputs": Same("", n), "events": Same((), n), "values": numbers / 7,
        "metrics": np.column_stack([numbers / 3, numbers]),
    }  # fmt: skip
    where: dict[str, Any] = {"stage_number": 1, "stage": "s", "component": "ma", "container": "minimal"}
    where |= {name: changes.pop(name) for name in list(changes) if name not in usual}
    sets = ParamSets(n, {"fast": Column(numbers)})
    table.write(
        params=sets, seeds=numbers * 10, **where,
        outcomes=Outcomes(
            numbers=tuple(numbers.tolist()), metric_names=METRICS, durations_s=np.ones(n),
            peak_memory_mb=np.ones(n), **usual | changes,
        ),
    )  # fmt: skip


def laid_beside(table: TrialTable) -> int:
    """Rows of the last batch that came as pages; 0 where none did."""
    names = [name for _, name, _ in table.connection.execute("PRAGMA database_list")]
    if "incoming" not in names:
        return 0
    (n,) = table.connection.execute("SELECT count(*) FROM incoming.typed_trials").fetchone()
    return int(n)


@pytest.mark.parametrize("n", [64, 219, 512, 4_096, 20_000])
def test_plain_batches_come_as_pages(table: TrialTable, n: int) -> None:
    write(table, 5, n)
    assert laid_beside(table) == n
    columns = table.columns(["proposal", "value", "sharpe", "fast", "seed", "trial_id"])
    assert columns["proposal"].tolist() == columns["fast"] == list(range(5, n + 5))
    assert np.array_equal(columns["value"], np.arange(5, n + 5) / 7)
    assert np.array_equal(columns["sharpe"], np.arange(5, n + 5) / 3)
    assert np.array_equal(columns["seed"], np.arange(5, n + 5) * 10)
    assert columns["trial_id"][-1] == f"1.ma.{n + 4}"
    assert table.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_few_rows_and_rows_of_many_kinds_are_bound(table: TrialTable) -> None:
    write(table, 0, 10)
    write(table, 10, 200, reasons=tuple(f"why {i}" for i in range(200)))
    assert laid_beside(table) == 0
    assert table.columns(["reason"])["reason"][10:12] == ["why 0", "why 1"]


def test_rows_that_differ_in_what_is_missing_come_as_pages(table: TrialTable) -> None:
    reasons = tuple("" if i % 3 else "too few trades" for i in range(200))
    metrics = np.where(np.arange(400).reshape(200, 2) % 5, 1.5, np.nan)
    write(table, 0, 200, reasons=reasons, metrics=metrics)
    assert laid_beside(table) == 200
    assert table.columns(["reason"])["reason"] == [reason or None for reason in reasons]
    both = table.columns(["sharpe", "n_trades"])
    assert np.array_equal(np.column_stack(list(both.values())), metrics, equal_nan=True)


def test_a_batch_that_is_partly_there_replaces_that_part(table: TrialTable) -> None:
    write(table, 100, 100, outcomes=Same(Outcome.LOST, 100), outputs=("said",) * 100)
    assert table.log("1.ma.150").output == "said"
    write(table, 0, 300)
    assert table.count()[Outcome.SCORED] == sum(table.count().values()) == 300
    assert table.log("1.ma.150").output == ""
    assert table.columns(["fast"])["fast"] == list(range(300))


def test_where_each_batch_ran_is_kept(table: TrialTable) -> None:
    write(table, 0, 100)
    write(table, 100, 100, container="isolated", path="plain")
    assert [table.row(f"1.ma.{n}").container for n in (99, 100)] == ["minimal", "isolated"]
    assert [table.row(f"1.ma.{n}").path for n in (99, 100)] == ["", "plain"]
    sql = "SELECT container, path, count(*) FROM trials GROUP BY container, path ORDER BY container"
    assert table.connection.execute(sql).fetchall() == [("isolated", "plain", 100), ("minimal", None, 100)]


def test_names_of_trials(table: TrialTable) -> None:
    write(table, 0, 100)
    write(table, 50, 100, component="a.ma")
    write(table, 7, 1, regime="bull")
    assert table.named("1.ma.3") == ["1.ma.3"]
    assert table.named("3") == ["1.ma.3"]
    assert table.named("ma.60") == ["1.a.ma.60", "1.ma.60"]
    assert table.named("a.60") == table.named("03") == table.named("-1") == table.named("best") == []
    assert table.named("7") == ["1.ma.7", "1.ma.bull.7"]
    assert table.named("149") == ["1.a.ma.149"]
    assert table.named("150") == table.named("9" * 5_000) == table.named("1.ma.") == []


def test_a_run_of_an_older_layout_is_refused_with_what_to_do(table: TrialTable) -> None:
    table.close()
    with sqlite3.connect(table.file) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    for use in (TrialTable.open, lambda path: TrialTable.ready(path, METRICS, {})):
        with pytest.raises(
            RunError, match=r"must be 2, is 1: an older ADMF .* run it again: admf run .*config\.yaml"
        ):
            use(table.file)


@pytest.mark.parametrize("number", [0, 127, 128, 16_383, 16_384, 2**40, 2**42 - 1, 2**42, 2**55])
def test_varints(number: int) -> None:
    # https://www.sqlite.org/fileformat2.html: seven bits a byte, the high bit where more follow
    read = 0
    for byte in varint(number):
        read = read << 7 | byte & 0x7F
    assert read == number
    assert [byte >> 7 for byte in varint(number)] == [1] * (len(varint(number)) - 1) + [0]
    assert varints(np.array([number])).tobytes() == varint(number)


def test_a_proposal_beyond_the_key_is_refused(table: TrialTable) -> None:
    with pytest.raises(RunError, match="must be 0 to 1099511627775"):
        write(table, 2**40, 1)
