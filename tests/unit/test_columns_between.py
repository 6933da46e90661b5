"""Columns from the search to the store: results that are looked at late, outcomes that are joined, rows that differ."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from admf.containers.job import Answer, Job
from admf.coordinator.books import Progress
from admf.coordinator.drive import drive
from admf.errors import AdmfError
from admf.executors.protocol import Done
from admf.model.mostly import Mostly
from admf.model.param_sets import Column, ParamSets
from admf.model.same import Same
from admf.model.seeds import seed_of
from admf.model.space import parse_space
from admf.model.trial import (
    ComponentSpec,
    ObjectiveSpec,
    Outcome,
    Outcomes,
    StudySpec,
    joined,
    lost_outcome,
    reordered,
)
from admf.plan.plan import Plan, StudyPlan
from admf.search import grid
from admf.search.in_order import InOrder
from admf.search.protocol import Results, Told
from admf.store.recorded import Found


def scored(numbers: range, values: Any) -> Outcomes:
    n = len(numbers)
    one = lost_outcome(0, Outcome.SCORED, "", ("sharpe",))
    columns: dict[str, Any] = {"outcomes": Same(Outcome.SCORED, n), "reasons": Same("", n)}
    columns |= {name: Same({}, n) for name in ("undefined", "extra")}
    columns |= {"details": Same("", n), "outputs": Same("", n), "events": Same((), n)}
    columns |= {name: np.zeros(n) for name in ("durations_s", "peak_memory_mb")}
    return replace(one, numbers=numbers, values=np.array(values, float), metrics=np.zeros((n, 1)), **columns)


def test_results_are_those_told_one_by_one() -> None:
    sets = ParamSets.of([{"a": n} for n in range(4)])
    results = Results(10, sets, np.array([[0.5], [np.nan], [-1.0], [2.0]]))
    wanted = [
        Told(number=10 + n, params={"a": n}, values=value)
        for n, value in enumerate([(0.5,), None, (-1.0,), (2.0,)])
    ]
    assert list(results) == wanted
    assert results[-1] == wanted[-1]
    assert list(results[1:3]) == wanted[1:3]


def test_results_of_others_are_refused_even_as_columns() -> None:
    method = grid.make(parse_space({"a": range(5)}))
    asked, values = method.ask(3), np.zeros((3, 1))
    with pytest.raises(AdmfError, match="number 0 was due, number 1 came"):
        method.tell(Results(1, asked, values))
    with pytest.raises(AdmfError, match="all 3 proposals"):
        method.tell(Results(0, asked[:2], values[:2]))
    with pytest.raises(AdmfError, match="parameters of result 1"):
        method.tell(Results(0, asked.take(np.array([0, 2, 1])), values))
    method.tell(Results(0, asked, values))
    with pytest.raises(AdmfError, match="nothing waits"):
        method.tell(Results(0, asked, values))


def test_a_mapping_belongs_to_the_set_that_was_given_it() -> None:
    sets = ParamSets(2, {"stop": Column(np.zeros(2, np.int64), ({"atr": {"n": 2}},))})
    for one in sets:
        assert one == {"stop": {"atr": {"n": 2}}}
        one["stop"]["atr"]["n"] = 7


def test_a_part_does_not_carry_what_none_of_it_has() -> None:
    sets = ParamSets.of([{"name": f"n{n}"} for n in range(1000)])
    part = sets[500:510]
    assert list(part) == list(sets)[500:510]
    assert len(part.columns["name"].options or ()) == 10


def test_what_is_said_once_is_joined_as_once() -> None:
    whole = joined([scored(range(3), [1, 2, 3]), scored(range(3, 5), [4, 5])])
    assert isinstance(whole.reasons, Same)
    assert list(whole.numbers) == [0, 1, 2, 3, 4]
    assert whole.values.tolist() == [1, 2, 3, 4, 5]
    odd = lost_outcome(5, Outcome.LOST, "gone", ("sharpe",))
    mixed = joined([whole, odd])
    assert mixed.reasons == ("",) * 5 + ("gone",)
    back = reordered(mixed, [5, 0])
    assert back.reasons == ("gone", "")
    assert back.values[1] == 1.0


def test_rows_that_differ_are_kept_apart_from_those_that_do_not() -> None:
    column = Mostly("", 3)
    assert isinstance(column.column(), Same)
    column[1] = "x"
    assert (column[0], column[1], column.column()) == ("", "x", ("", "x", ""))
    shared = {"cagr": "why"}
    same = Mostly[dict[str, str]]({}, 2, {0: shared, 1: shared})
    assert same.column() == Same(shared, 2)


VALUES = [1.0, np.nan, 3.0, np.inf, 3.0, -np.inf, 2.0]


class _Answers:
    """An executor that answers the slice submitted last first, with the values of its proposals."""

    slots, renews = 2, False

    def __init__(self) -> None:
        self.ended: deque[Done] = deque()

    def prepare(self) -> None:
        """Nothing."""

    def submit(self, ticket: int, job: Job) -> None:
        numbers = job.argument.numbers
        result = scored(numbers, [VALUES[n] for n in numbers])
        self.ended.append(Done(ticket=ticket, answer=Answer(result=result)))

    def next(self) -> Done:
        return self.ended.pop()

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Recorded:
    """The first two proposals are in the store."""

    def take(self, first: int, proposals: ParamSets, seeds: Any) -> Found:
        stop = first + len(proposals)
        assert seeds.tolist() == [seed_of(3, "s", "c", "all", "in_sample", n) for n in range(first, stop)]
        here = [n for n in (0, 1) if first <= n < stop]
        missing = ((max(first, 2), stop),) if stop > max(first, 2) else ()
        values = np.array([VALUES[n] for n in here])
        return Found(numbers=here, values=values, missing=missing, scored=np.ones(len(here), np.bool_))


@pytest.mark.parametrize(("maximize", "best"), [(True, (3.0, 2)), (False, (1.0, 0))])
@pytest.mark.parametrize("generation", [1, 3, 7])
def test_the_driver_tells_its_search_what_ended_and_who_watches_the_best(
    monkeypatch: pytest.MonkeyPatch, maximize: bool, best: tuple[float, int], generation: int
) -> None:
    told: list[Told] = []
    monkeypatch.setattr(InOrder, "tell", lambda _, results: told.extend(results))
    study = StudyPlan(
        number=0, stage_number=1, stage="s", method="grid", budget=None, generation=generation, trials=7,
        maximize=maximize, space=parse_space({"a": range(7)}), seed=0, run_seed=3,
        spec=StudySpec(
            component=ComponentSpec(name="c", use="ma_crossover"), bars="", start=0, stop=0, warmup=0,
            simulation="{}", objective=ObjectiveSpec(),
        ),
    )  # fmt: skip
    kept: dict[int, int] = {}
    seen: list[Progress] = []

    def record(_: StudyPlan, params: ParamSets, seeds: Any, outcomes: Outcomes, /) -> None:
        assert [one["a"] for one in params] == list(outcomes.numbers)
        kept.update(zip(outcomes.numbers, seeds.tolist(), strict=True))

    books = SimpleNamespace(
        record=record,
        recall=lambda _: _Recorded(),
        begun=lambda *_: None,
        over=lambda *_: None,
        top=lambda *_: (),
    )
    drive(Plan(studies=(study,)), _Answers(), books, ("sharpe",), seen.append)
    assert kept == {n: seed_of(3, "s", "c", "all", "in_sample", n) for n in range(2, 7)}
    sign = 1.0 if maximize else -1.0
    assert [one.number for one in told] == list(range(7))
    assert [one.params["a"] for one in told] == list(range(7))
    assert [one.values for one in told] == [(sign * v,) if np.isfinite(v) else None for v in VALUES]
    assert (seen[-1].best, seen[-1].ended, seen[-1].recorded) == (best[0], 7, 2)
    where = dict(seen[-1].best_params or {})["a"]
    assert VALUES[where] == best[0]
    if generation == 1:  # they end in order: the first of equals is the best
        assert where == best[1]
