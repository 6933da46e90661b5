"""What trials printed and noted: kept with them, replaced with them, harmless whatever it holds."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.errors import RunError
from admf.model.trial import Outcome, Outcomes, ScopeEvent
from admf.store.cells import Kind, clean
from admf.store.trial_table import TrialLog, TrialTable

METRICS = ("sharpe",)
PARAMETERS: Mapping[str, Mapping[str, Kind]] = {"ma": {"fast": "int"}, "rsi": {"fast": "int"}}
SILENT = TrialLog()


def write(
    table: TrialTable,
    outputs: Sequence[str],
    events: Sequence[tuple[ScopeEvent, ...]] | None = None,
    first: int = 0,
    **where: Any,
) -> None:
    """A batch of trials that said this."""
    n = len(outputs)
    told = Outcomes(
        numbers=tuple(range(first, first + n)),
        outcomes=(Outcome.SCORED,) * n,
        values=np.ones(n),
        metrics=np.ones((n, 1)),
        metric_names=METRICS,
        reasons=("",) * n,
        undefined=({},) * n,
        extra=({},) * n,
        durations_s=np.ones(n),
        peak_memory_mb=np.ones(n),
        outputs=tuple(outputs),
        events=tuple(events) if events is not None else ((),) * n,
    )
    usual: dict[str, Any] = {"stage_number": 1, "stage": "search", "component": "ma"}
    table.write(params=[{"fast": i} for i in range(n)], seeds=list(range(n)), outcomes=told, **usual | where)


def rows(table: TrialTable) -> list[tuple[Any, ...]]:
    return table.connection.execute("SELECT trial_id, output, events FROM logs ORDER BY trial_id").fetchall()


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TrialTable]:
    with TrialTable.create(tmp_path / "run.db", METRICS, PARAMETERS) as made:
        yield made


def test_only_trials_that_said_something_have_a_row(table: TrialTable) -> None:
    noted = (ScopeEvent(0.25, "window", {"bars": 20, "why": ["a", None, 1.5]}), ScopeEvent(0.5, "end", {}))
    write(table, ["", "hello\nworld\n", "", ""], [(), (), noted, ()])
    assert [row[0] for row in rows(table)] == ["1.ma.1", "1.ma.2"]
    assert table.log("1.ma.0") == SILENT
    assert table.log("1.ma.1") == TrialLog(output="hello\nworld\n")
    assert table.log("1.ma.2") == TrialLog(events=noted)
    assert table.log("1.ma.99") == SILENT


def test_any_tool_reads_them(table: TrialTable) -> None:
    write(table, ["said"], [(ScopeEvent(0.25, "window", {"bars": 20}),)])
    sql = (
        "SELECT t.trial_id, l.output, e.value ->> 1, e.value ->> '$[2].bars'"
        " FROM trials t JOIN logs l USING (trial_id), json_each(l.events) e"
    )
    with sqlite3.connect(table.file) as other:
        assert other.execute(sql).fetchall() == [("1.ma.0", "said", "window", 20)]
    other.close()


def test_a_trial_that_is_replaced_loses_what_it_had_said(table: TrialTable) -> None:
    write(table, ["first", "second", "third"])
    write(table, ["", "other"])
    assert [row[:2] for row in rows(table)] == [("1.ma.1", "other"), ("1.ma.2", "third")]
    write(table, ["", "", ""])
    assert rows(table) == []


def test_a_batch_that_is_refused_keeps_no_log(table: TrialTable) -> None:
    write(table, ["kept"], component="ma", regime="rsi")
    before = rows(table)
    with pytest.raises(RunError, match="must be its own"):  # 1.ma.rsi.0: a regime's, and now a window's
        write(table, ["not kept"], component="ma", window="rsi")
    assert rows(table) == before


HARD = [
    float("nan"),
    {"deep": float("inf")},
    {1: "a", "b": 2, None: 3},
    {1, 2},
    object(),
    "\ud800 \0 \x1b[31m",
    10**400,
]


@pytest.mark.parametrize("value", HARD, ids=range(len(HARD)))
def test_no_event_stops_a_run(table: TrialTable, value: Any) -> None:
    # What a trial notes is its own affair: the driver that stores it must not end of it.
    fine = ScopeEvent(0.1, "fine", {"x": 1})
    write(table, ["a\0b\ud800"], [(fine, ScopeEvent(0.2, "hard", {"x": value, "beside": 7}))])
    found = table.log("1.ma.0")
    assert found.output == "a\\x00b\\ud800"
    assert found.events[0] == fine
    at_s, kind, data = found.events[1]
    assert (at_s, kind, set(data), data["beside"]) == (0.2, "hard", {"x", "beside"}, 7)
    json.loads(rows(table)[0][2])


def test_nested_beyond_what_json_writes(table: TrialTable) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    write(table, [""], [(ScopeEvent(0.2, "deep", {"x": deep}),)])
    assert table.log("1.ma.0").events[0].kind == "deep"


TEXTS = st.text(max_size=30)
EVENTS = st.lists(
    st.builds(
        ScopeEvent,
        st.floats(0, 1e6),
        TEXTS,
        st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.floats() | TEXTS),
    ),
    max_size=3,
).map(tuple)
SAID = st.lists(st.tuples(TEXTS, EVENTS), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(before=SAID, said=SAID)
def test_logs_written_twice_are_as_written_once(
    before: list[tuple[str, tuple[ScopeEvent, ...]]], said: list[tuple[str, tuple[ScopeEvent, ...]]]
) -> None:
    def written(batches: Sequence[list[tuple[str, tuple[ScopeEvent, ...]]]]) -> list[tuple[Any, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            made = TrialTable.create(Path(folder) / "run.db", METRICS, PARAMETERS)
            with made as table:
                for batch in batches:
                    write(table, [output for output, _ in batch], [events for _, events in batch])
                found = rows(table)
                for number, (output, _) in enumerate(batches[-1]):
                    assert table.log(f"1.ma.{number}").output == clean(output)
                return found

    assert written([said, said]) == written([said])
    longest = said + [("", ())] * (len(before) - len(said))
    assert written([before, longest]) == written([longest])
