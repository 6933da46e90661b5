"""The conformance kit of containers: `check_container(make, spec)`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from admf.containers.job import EVALUATE, Job
from admf.executors.protocol import Executor
from admf.model.bars import BarInfo, Bars
from admf.model.container import ContainerSpec, Kind, Limit, exceeded
from admf.model.mapped_bars import write_bars
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, Outcome, Outcomes, StudySpec

_TIMEOUT_S, _OUTPUT_MB = 2.0, 0.25
_GOOD = 6

Trial = tuple[int, str]
"""A parameter set of `admf.testing.trials:trial`: n, and what it does ('': nothing but its signal)."""


def check_container(make: Callable[[], Executor], spec: ContainerSpec) -> None:
    """Raise AssertionError where trials in containers of `spec` do not have what every trial is promised.

    `make` gives a new executor. Its containers must be able to import `admf.testing`. `timeout_s` and `output_mb` of
    `spec` are replaced by small ones.
    """
    limits = replace(spec.limits, timeout_s=_TIMEOUT_S, output_mb=_OUTPUT_MB)
    spec = replace(spec, limits=limits)
    with some_bars() as study, closing(make()) as executor:
        run = Trials(executor, study, spec)
        for check in (_seeds, _outputs, _scratch, _read_only, _leaks, _ends):
            check(run)


@dataclass(slots=True)
class Trials:
    """Asks for trials, as a coordinator does."""

    executor: Executor
    study: StudySpec
    spec: ContainerSpec
    tickets: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def __call__(
        self, trials: Sequence[Trial], numbers: Sequence[int] | None = None
    ) -> dict[int, dict[str, Any]]:
        """Each trial's row by its number, which is its seed too; what is handed back is sent again."""
        numbers = tuple(numbers if numbers is not None else range(len(trials)))
        batch = Batch(
            study=self.study,
            numbers=numbers,
            params=tuple({"n": n, "act": act} for n, act in trials),
            seeds=np.array(numbers),
        )
        waiting = [(batch, self.spec)]
        found: dict[int, dict[str, Any]] = {}
        while waiting:
            piece, spec = waiting.pop(0)
            self.executor.submit(next(self.tickets), Job(function=EVALUATE, argument=piece, container=spec))
            done = self.executor.next()
            assert done.answer is not None, f"a batch was lost, with its keeper: {done.cause}"
            assert done.answer.error is None, f"a batch was refused: {done.answer.error}"
            assert not done.answer.fault, f"a container failed outside of its trials: {done.answer.fault}"
            for first, stop, alone in done.answer.left:
                own = replace(self.spec, kind=Kind.ISOLATED, trials=1) if alone else self.spec
                waiting.append((_between(piece, first, stop), own))
            rows = _rows(done.answer.result) if done.answer.result is not None else {}
            assert not found.keys() & rows.keys(), "a trial has one outcome"
            found |= rows
        assert sorted(found) == sorted(numbers), (
            f"each trial has an outcome: {sorted(found)} of {sorted(numbers)}"
        )
        return found


def _between(batch: Batch, first: int, stop: int) -> Batch:
    rows = [row for row, number in enumerate(batch.numbers) if first <= number < stop]
    return replace(
        batch,
        numbers=tuple(batch.numbers[row] for row in rows),
        params=tuple(batch.params[row] for row in rows),
        seeds=batch.seeds[rows],
    )


def _rows(outcomes: Outcomes) -> dict[int, dict[str, Any]]:
    return {
        number: {
            "outcome": outcomes.outcomes[row],
            "reason": outcomes.reasons[row],
            "bits": (outcomes.values[row].tobytes(), outcomes.metrics[row].tobytes()),
            "output": outcomes.outputs[row],
            "events": [(event.kind, dict(event.data)) for event in outcomes.events[row]],
        }
        for row, number in enumerate(outcomes.numbers)
    }


def _seeds(run: Trials) -> None:
    trials = [(n, "draw") for n in range(_GOOD)]
    first, again = run(trials), run(trials)
    drawn = {number: row["events"] for number, row in first.items()}
    assert all(len(events) == 1 for events in drawn.values()), f"what a trial notes comes back: {drawn}"
    assert drawn == {number: row["events"] for number, row in again.items()}, "a seed gives the same draws"
    assert len({str(events) for events in drawn.values()}) == _GOOD, "each trial has draws of its own"
    late = run(trials[_GOOD // 2 :], range(_GOOD // 2, _GOOD))
    assert all(row["events"] == drawn[n] for n, row in late.items()), "draws do not depend on what ran before"


def _outputs(run: Trials) -> None:
    found = run([(n, "speak" if n % 2 else "") for n in range(_GOOD)])
    for n, row in found.items():
        said = row["output"].split("\n")
        words = ("printed", "complained", "logged", "written") if n % 2 else ()
        wanted = sorted([*(f"{word} {n};" for word in words), ""])
        assert sorted(said) == wanted, f"what trial {n} said is its own, and whole: {said}, not {wanted}"


def _scratch(run: Trials) -> None:
    found = run([(n, "scratch") for n in range(_GOOD)])
    for n, row in found.items():
        ((_, noted),) = row["events"]
        assert noted["found"] == [], f"the scratch folder of trial {n} is not empty: {noted['found']}"
    for n, row in found.items():
        folder = Path(row["events"][0][1]["folder"])
        assert not (folder / f"left-by-{n}").exists(), (
            f"what trial {n} left in its scratch folder is still there"
        )


def _read_only(run: Trials) -> None:
    found = run([(n, "write_bars") for n in range(2)])
    for row in found.values():
        assert row["outcome"] is Outcome.SCORED, f"{row['outcome']}: {row['reason']}"
        assert row["events"] == [], f"what trials share can be changed: {row['events']}"


def _leaks(run: Trials) -> None:
    if run.spec.kind is not Kind.ISOLATED or run.spec.trials > 1:
        return
    for row in run([(n, "leave") for n in range(_GOOD)]).values():
        assert row["events"] == [("left", {"seen": []})], (
            f"an isolated trial sees another one: {row['events']}"
        )


def _ends(run: Trials) -> None:
    """A trial that ends badly ends itself only: the others have the same bits as without it."""
    alone = run([(n, "") for n in range(_GOOD)])
    for n, row in alone.items():
        assert row["outcome"] is Outcome.SCORED, f"trial {n}: {row['outcome']}, {row['reason']}"
    limits = run.spec.limits
    bad = {
        "exit_now": (Outcome.CRASHED, "exit code 3"),
        "exit_politely": (Outcome.FAILED, "SystemExit: 5"),
        "stumble": (Outcome.FAILED, "ZeroDivisionError: over 2"),
        "hang": (Outcome.KILLED, exceeded(Limit.TIME, limits)),
        "flood": (Outcome.KILLED, exceeded(Limit.OUTPUT, limits)),
    }
    for act, (outcome, reason) in bad.items():
        found = run([(n, act if n == 2 else "") for n in range(_GOOD)])
        culprit = found.pop(2)
        assert (culprit["outcome"], culprit["reason"]) == (outcome, reason), (
            f"{act} must be {outcome.value} for '{reason}', and was {culprit['outcome']} for '{culprit['reason']}'"
        )
        for n, row in found.items():
            assert row["bits"] == alone[n]["bits"], (
                f"trial {n} is not what it was without '{act}': {row['reason']}"
            )
            assert row["outcome"] is Outcome.SCORED, f"trial {n} has '{act}' of another one: {row['reason']}"


@contextmanager
def some_bars() -> Iterator[StudySpec]:
    """A study of the kit's own trial, for as long as the block lasts."""
    count = 400
    close = 100.0 + 10.0 * np.sin(np.arange(count) / 7.0) + np.arange(count) / 50.0
    time = np.datetime64("2010-01-01", "ns") + np.timedelta64(1, "D") * np.arange(1, count + 1)
    bars = Bars(
        time=time,
        columns={"open": close, "high": close * 1.01, "low": close * 0.99, "close": close},
        session=time.astype("datetime64[D]").astype(np.int64),
        info=BarInfo(symbols=("X",), bars_per_year=252.0, bar_ns=86_400 * 10**9),
    )
    with tempfile.TemporaryDirectory(prefix="admf-kit-") as folder:
        yield StudySpec(
            component=ComponentSpec(name="trial", use="admf.testing.trials:trial"),
            bars=str(write_bars(bars, Path(folder) / "bars")),
            start=0,
            stop=count,
            warmup=0,
            simulation="{}",
            objective=ObjectiveSpec(metric="sharpe"),
        )
