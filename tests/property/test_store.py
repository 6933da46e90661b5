"""Laws of the trial table: what is written comes back, bit for bit, whatever the order and the batches."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.model.trial import Outcome, Outcomes
from admf.store.cells import KINDS, Kind, decode, encode
from admf.store.export import write_csv
from admf.store.trial_table import TrialTable

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text(st.characters(), max_size=8)
VALUES = SCALARS | st.dictionaries(st.text(max_size=4), SCALARS, max_size=3)
NAMES = ("a", "A", "b c", "value")
PARAMETERS: dict[str, dict[str, Kind]] = {
    "one": {"a": "int", "A": "float", "b c": "text"},
    "two": {"a": "json", "value": "bool", "b c": "text"},
}


@st.composite
def trials(draw: st.DrawFn) -> tuple[str, int, dict[str, Any], float, dict[str, float | None]]:
    component = draw(st.sampled_from(sorted(PARAMETERS)))
    own = draw(st.sets(st.sampled_from(sorted(PARAMETERS[component]))))
    params = {name: draw(VALUES) for name in sorted(own)}
    number = draw(st.integers(0, 200))
    extra = draw(st.dictionaries(st.sampled_from(("own", "seed")), st.none() | FLOATS, max_size=2))
    return component, number, params, draw(FLOATS), extra


TABLES = st.lists(trials(), max_size=12, unique_by=lambda one: one[:2])


def same(left: Any, right: Any) -> bool:
    """Equal values of equal types, floats to the last bit."""
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)


def write(table: TrialTable, batch: Sequence[tuple[str, int, dict[str, Any], float, Any]]) -> None:
    n = len(batch)
    values = np.array([value for *_, value, _ in batch])
    told = Outcomes(
        numbers=tuple(number for _, number, *_ in batch), outcomes=(Outcome.SCORED,) * n, values=values,
        metrics=np.column_stack([values, -values]), metric_names=("m", "M"), reasons=("",) * n,
        undefined=({},) * n, extra=tuple(extra for *_, extra in batch), durations_s=np.zeros(n),
        peak_memory_mb=np.full(n, 0.0),
    )  # fmt: skip
    params = [params for _, _, params, _, _ in batch]
    seeds = [number for _, number, *_ in batch]
    table.write(stage_number=1, stage="s", component=batch[0][0], params=params, seeds=seeds, outcomes=told)


def exported(table: TrialTable) -> str:
    file = io.StringIO(newline="")
    write_csv(table, file)
    return file.getvalue()


@given(st.lists(VALUES, min_size=1, max_size=6), st.sampled_from(KINDS))
def test_a_cell_gives_back_its_value(values: list[Any], kind: Kind) -> None:
    cells = encode(values, kind)
    assert all(cell is not None for cell in cells)  # NULL is for what is absent
    assert all(same(decode(cell, kind), value) for cell, value in zip(cells, values, strict=True))


@given(TABLES)
@settings(max_examples=40, deadline=None)
def test_what_is_written_comes_back(rows: list[tuple[str, int, dict[str, Any], float, Any]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        TrialTable.create(Path(folder) / "run.db", ("m", "M"), PARAMETERS) as table,
    ):
        for row in rows:
            write(table, [row])
        for component, number, params, value, extra in rows:
            back = table.row(f"1.{component}.{number}")
            assert same(back.params, params)
            assert same(back.value, value)
            assert same(back.metrics, {"m": value, "M": -value, **extra})
        seen = table.connection.execute("SELECT component, proposal, params, metrics FROM trials").fetchall()
        told = {(component, number): (params, extra) for component, number, params, _, extra in rows}
        for component, number, params_text, metrics_text in seen:
            params, extra = told[component, number]
            assert json.loads(params_text).keys() == params.keys()
            assert json.loads(metrics_text).keys() == {"m", "M", *extra}


@given(TABLES, st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_neither_order_nor_batches_nor_repeats_change_an_export(
    rows: list[tuple[str, int, dict[str, Any], float, Any]], random: Any, size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with TrialTable.create(Path(folder) / "a.db", ("m", "M"), PARAMETERS) as table:
            for row in rows:
                write(table, [row])
            straight = exported(table)
        with TrialTable.create(Path(folder) / "b.db", ("m", "M"), PARAMETERS) as table:
            mixed = rows + rows[: len(rows) // 2]
            random.shuffle(mixed)
            for component in PARAMETERS:
                own = [row for row in mixed if row[0] == component]
                for first in range(0, len(own), size):
                    write(table, own[first : first + size])
            assert exported(table) == straight
