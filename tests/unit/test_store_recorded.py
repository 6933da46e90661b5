"""What is recorded of a study, read along as it is proposed again: what is missing, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from admf.errors import InputError
from admf.model.trial import Outcome, Outcomes
from admf.store.recorded import Recorded, _between
from admf.store.trial_table import TrialTable

KINDS: dict[str, Any] = {"ma": {"fast": "int", "stop": "json", "share": "float"}, "rsi": {"fast": "int"}}


def params(n: int) -> dict[str, Any]:
    stop = [None, 0.02, {"atr": 2}][n % 3]
    return {"fast": n, "stop": stop, **({"share": n / 7} if n % 2 else {})}  # a conditional parameter


def seed(n: int) -> int:
    return 1_000 + n


def seeds(*span: int) -> NDArray[np.int64]:
    return np.array([seed(n) for n in range(*span)], np.int64)


def write(table: TrialTable, numbers: list[int], stage_number: int = 1) -> None:
    n = len(numbers)
    told = Outcomes(
        numbers=tuple(numbers), outcomes=(Outcome.SCORED,) * n,
        values=np.array([np.nan if one % 5 == 0 else one / 3 for one in numbers]),
        metrics=np.ones((n, 1)), metric_names=("sharpe",), reasons=("",) * n, undefined=({},) * n,
        extra=({},) * n, durations_s=np.ones(n), peak_memory_mb=np.full(n, 1.0),
    )  # fmt: skip
    sets = [params(one) for one in numbers]
    table.write(
        stage_number=stage_number, stage=f"s{stage_number}", component="ma", params=sets,
        seeds=list(map(seed, numbers)), outcomes=told,
    )  # fmt: skip


def of(table: TrialTable, stage_number: int = 1) -> Recorded:
    return Recorded(table=table, stage_number=stage_number, component="ma", regime="all", window="in_sample")


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TrialTable]:
    with TrialTable.create(tmp_path / "run.db", ("sharpe",), KINDS) as made:
        yield made


def test_an_empty_table_misses_everything(table: TrialTable) -> None:
    found = of(table).take(0, [params(n) for n in range(4)], seeds(4))
    assert len(found.values) == 0
    assert found.missing == ((0, 4),)


def test_generations_in_order_with_holes_and_a_torn_end(
    table: TrialTable,
) -> None:
    write(table, [9, 0, 1, 3, 4, 5, 6, 7, 2])
    write(table, [0, 1], stage_number=2)
    record = of(table)
    whole = record.take(0, [params(n) for n in range(4)], seeds(4))
    assert whole.missing == ()
    assert list(whole.numbers) == [0, 1, 2, 3]
    assert np.isnan(whole.values[0])
    assert whole.values[3] == 1.0
    torn = record.take(4, [params(n) for n in range(4, 12)], seeds(4, 12))
    assert list(torn.numbers) == [4, 5, 6, 7, 9]
    assert torn.missing == ((8, 9), (10, 12))
    assert record.take(12, [params(n) for n in range(12, 14)], seeds(12, 14)).missing == ((12, 14),)
    assert len(record.take(14, [], []).values) == 0


@pytest.mark.parametrize(
    ("number", "change"), [(2, {"fast": 7}), (1, {"share": 0.5}), (3, {"share": None}), (4, {"stop": 0.03})]
)
def test_another_proposal_than_the_recorded_one_names_both(
    table: TrialTable, number: int, change: dict[str, Any]
) -> None:
    write(table, list(range(6)))
    proposals = [params(n) for n in range(6)]
    proposals[number] = {
        k: v for k, v in (proposals[number] | change).items() if v is not None or k != "share"
    }
    with pytest.raises(InputError) as raised:
        of(table).take(0, proposals, seeds(6))
    said = str(raised.value)
    assert f"1.ma.{number}" in said
    assert str({k: v for k, v in params(number).items() if v is not None}) in said.replace(
        "'stop': None, ", ""
    )
    assert str(proposals[number]) in said


def test_another_seed_and_too_many_records_are_named(table: TrialTable) -> None:
    write(table, list(range(6)))
    with pytest.raises(InputError, match=r"1\.ma\.3: .*seed 1003; .* with seed 7"):
        of(table).take(0, [params(n) for n in range(6)], [7 if n == 3 else seed(n) for n in range(6)])
    record = of(table)
    record.take(0, [params(n) for n in range(4)], seeds(4))
    with pytest.raises(InputError, match=r"1\.ma\.4: .*the search proposes no more"):
        record.take(4, [], [])


@settings(max_examples=100)
@given(st.sets(st.integers(3, 20)), st.integers(0, 5))
def test_missing_stretches_and_numbers_make_up_the_whole(there: set[int], more: int) -> None:
    stretches = _between(sorted(there), 3, 21 + more)
    missing = [n for first, stop in stretches for n in range(first, stop)]
    assert sorted([*missing, *there]) == list(range(3, 21 + more))
    assert all(first < stop for first, stop in stretches)
