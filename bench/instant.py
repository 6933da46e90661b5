"""Simulated instant outcomes through coordinator and store: what surrounds a trial costs; prints one line per size.

python bench/instant.py [--trials 100000 1000000] [--no-store]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import deque
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory

import numpy as np

from admf.containers.job import Answer, Job
from admf.coordinator.drive import drive
from admf.coordinator.record import StoredBooks, parameter_kinds
from admf.executors.protocol import Done
from admf.model.container import ContainerSpec, Kind
from admf.model.same import Same
from admf.model.space import parse_space
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, Outcome, Outcomes, StudySpec
from admf.plan.plan import Plan, StudyPlan
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable
from admf.trials.objective import METRIC_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What `trials` outcomes took, in microseconds each, and the peak memory of a process that did nothing else."""

    trials: int
    wall_us: float
    cpu_us: float
    peak_mb: float


class Instant:
    """An Executor of one slot whose trials end as soon as they are submitted, each worth its number."""

    slots, renews = 1, False

    def __init__(self) -> None:
        self._ended: deque[Done] = deque()

    def submit(self, ticket: int, job: Job) -> None:
        """Answer at once."""
        self._ended.append(Done(ticket=ticket, answer=Answer(result=_outcomes(job.argument))))

    def next(self) -> Done:
        """The answer that has waited longest."""
        return self._ended.popleft()

    def renew(self) -> None:
        """There is nothing to replace."""

    def close(self) -> None:
        """There is nothing to end."""


def _outcomes(batch: Batch) -> Outcomes:
    n = len(batch)
    values = np.arange(batch.numbers[0], batch.numbers[0] + n, dtype=np.float64)
    return Outcomes(
        numbers=batch.numbers,
        outcomes=Same(Outcome.SCORED, n),
        values=values,
        metrics=np.tile(values[:, None], (1, len(METRIC_NAMES))),
        metric_names=METRIC_NAMES,
        reasons=Same("", n),
        undefined=Same({}, n),
        extra=Same({}, n),
        durations_s=np.full(n, 5e-6),
        peak_memory_mb=np.full(n, 100.0),
        details=Same("", n),
        outputs=Same("", n),
        events=Same((), n),
    )


def plan_of(trials: int) -> Plan:
    """A grid of two parameters with `trials` sets."""
    study = StudyPlan(
        number=0,
        stage_number=1,
        stage="instant",
        method="grid",
        budget=None,
        generation=None,
        trials=trials,
        maximize=True,
        space=parse_space({"fast": range(1000), "slow": range(trials // 1000)}),
        spec=StudySpec(
            component=ComponentSpec(name="instant", use="ma_crossover"),
            bars="",
            start=0,
            stop=0,
            warmup=0,
            simulation="{}",
            objective=ObjectiveSpec(),
        ),
        seed=0,
        container=ContainerSpec(kind=Kind.MINIMAL),
    )
    return Plan(studies=(study,))


class Forgetful(StoredBooks):
    """Books that drop what is recorded."""

    def record(self, *_: object) -> None:
        """Nothing."""


def measure(trials: int, *, store: bool = True) -> Measured:
    """Drive `trials` instant outcomes in this process; without `store`, what is recorded is dropped."""
    plan = plan_of(trials)
    with (
        TemporaryDirectory() as folder,
        TrialTable.create(Path(folder) / "run.db", METRIC_NAMES, parameter_kinds(plan)) as table,
        ExitStack() as stack,
    ):
        log = stack.enter_context(RunLog.open(Path(folder) / "run.db"))
        books = (StoredBooks if store else Forgetful)(table=table, log=log, whole=nullcontext)
        began, cpu = time.perf_counter(), time.process_time()
        drive(plan, Instant(), books, METRIC_NAMES)
        took, worked = time.perf_counter() - began, time.process_time() - cpu
        ended = table.count()[Outcome.SCORED]
        assert ended == (trials if store else 0), f"{ended} of {trials} are stored"
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 2**10
    return Measured(trials=trials, wall_us=took / trials * 1e6, cpu_us=worked / trials * 1e6, peak_mb=peak)


def measured_apart(trials: int, *, store: bool = True) -> Measured:
    """`measure` in a process of its own: the peak of its memory is then its own."""
    more = [] if store else ["--no-store"]
    done = subprocess.run(
        [sys.executable, __file__, "--apart", "--trials", str(trials), *more],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    wall, cpu, peak = map(float, done.stdout.split())
    return Measured(trials=trials, wall_us=wall, cpu_us=cpu, peak_mb=peak)


def main() -> int:
    """Measure each size in a process of its own, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[100_000, 1_000_000], help="thousands")
    parser.add_argument("--no-store", action="store_true", help="without the trial table")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for trials in options.trials:
        if options.apart:
            one = measure(trials, store=not options.no_store)
            print(one.wall_us, one.cpu_us, one.peak_mb)
            continue
        one = measured_apart(trials, store=not options.no_store)
        print(
            f"{one.trials:>9,} trials: {one.wall_us:.2f} us of wall, {one.cpu_us:.2f} us of CPU each "
            f"({1e6 / one.wall_us:,.0f} a second), peak {one.peak_mb:.0f} MB",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
