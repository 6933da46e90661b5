"""Whatever part of a pool dies, jobs come back and nothing is left: no process, no folder, no control group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from admf.containers.job import Job
from admf.executors.local import LocalExecutor
from admf.model.container import ContainerSpec, Kind

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="templates, groups and orphans are those of Linux"
)

_GROUPS = Path("/sys/fs/cgroup")
_PATIENCE_S = 30.0


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """All that a pool writes is below it; with all that lives below the test gone in the end."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(psutil.Process().children())
    yield tmp_path
    for process in set(psutil.Process().children()) - before:
        process.kill()


def job(name: str, argument: object = None, kind: Kind = Kind.ISOLATED) -> Job:
    return Job(function=f"admf.testing.jobs:{name}", argument=argument, container=ContainerSpec(kind=kind))


def until(holds: Callable[[], object], why: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < end, why
        time.sleep(0.02)


def none(of: Callable[[], list[Any]]) -> None:
    """Wait until there is nothing of it."""
    end = time.monotonic() + _PATIENCE_S
    while there := of():
        assert time.monotonic() < end, f"still there: {there}"
        time.sleep(0.05)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    def lives(process: psutil.Process) -> bool:
        try:
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False

    return [process for process in processes if lives(process)]


class Family:
    """The processes of a pool whose slots are all busy: the template, its keepers, their containers."""

    def __init__(self, driver: psutil.Process, known: set[psutil.Process], slots: int) -> None:
        self.driver, self.known, self.slots = driver, known, slots
        until(self._complete, "the pool's processes are not all there")

    def _complete(self) -> bool:
        try:
            (self.template,) = [p for p in self.driver.children() if p not in self.known and living([p])]
            self.keepers = living(self.template.children())
            self.containers = [c for keeper in self.keepers for c in living(keeper.children())]
        except (ValueError, psutil.Error):
            return False
        return len(self.keepers) == len(self.containers) == self.slots

    def everyone(self) -> list[psutil.Process]:
        return [self.template, *self.keepers, *self.containers]

    def left(self) -> list[str]:
        """What is there of it, in words."""
        owned = tuple(f"admf-{keeper.pid}-" for keeper in self.keepers)
        groups = [
            f"{folder}/{name}"
            for folder, names, _ in os.walk(_GROUPS)  # which does not mind those that vanish meanwhile
            for name in names
            if name.startswith(owned)
        ]
        return [*map(str, living(self.everyone())), *groups]


def family(slots: int, known: set[psutil.Process]) -> Family:
    return Family(psutil.Process(), known, slots)


def nothing_is_left(family: Family, temporary: Path) -> None:
    def left() -> list[str]:
        return [*family.left(), *map(str, temporary.glob("admf-*"))]

    none(left)


@pytest.mark.parametrize("kind", [Kind.MINIMAL, Kind.ISOLATED])
def test_jobs_of_a_template_that_is_killed_come_back_lost_and_later_ones_are_answered(
    temporary: Path, kind: Kind
) -> None:
    known = set(psutil.Process().children())
    with LocalExecutor(workers=2, start_method="fork") as executor:
        for ticket in range(2):
            executor.submit(ticket, job("nap", 600.0, kind))
        first = family(2, known)
        first.template.kill()
        lost = [executor.next() for _ in range(2)]
        assert {done.ticket for done in lost} == {0, 1}
        assert all(done.answer is None and done.cause for done in lost)
        none(lambda: living(first.everyone()))
        for ticket in range(2, 6):
            executor.submit(ticket, job("echo", ticket, kind))
        later = [executor.next() for _ in range(4)]
        assert {done.ticket: done.answer and done.answer.result for done in later} == {
            n: n for n in range(2, 6)
        }
    nothing_is_left(first, temporary)


@pytest.mark.parametrize("kind", [Kind.MINIMAL, Kind.ISOLATED])
def test_a_keeper_that_is_killed_costs_its_own_job_only(temporary: Path, kind: Kind) -> None:
    known = set(psutil.Process().children())
    go = temporary / "go"
    with LocalExecutor(workers=2, start_method="fork") as executor:
        executor.submit(0, job("nap", 600.0, kind))
        one = family(1, known)
        executor.submit(1, job("wait_for", str(go), kind))
        both = family(2, known)
        one.keepers[0].send_signal(signal.SIGKILL)
        lost = executor.next()
        assert (lost.ticket, lost.answer, lost.cause) == (0, None, "SIGKILL")
        until(
            lambda: not one.keepers[0].is_running() and not living(one.containers),
            "its container ends with it",
        )
        go.touch()
        executor.submit(2, job("echo", "later", kind))
        later = {done.ticket: done.answer for done in (executor.next(), executor.next())}
        assert all(later.values())
        assert set(later) == {1, 2}
    nothing_is_left(both, temporary)


def test_nothing_is_left_of_a_pool_that_is_closed_while_it_works(temporary: Path) -> None:
    known = set(psutil.Process().children())
    with LocalExecutor(workers=2, start_method="fork") as executor:
        executor.submit(0, job("start_child_and_nap", 600.0, Kind.MINIMAL))
        executor.submit(1, job("nap", 600.0))
        until(lambda: len(list(temporary.glob("admf-pool-*/*"))) >= 2, "the slots have folders")
        until(lambda: len(psutil.Process().children(recursive=True)) > 5, "the child of a job has started")
        everyone = [p for p in psutil.Process().children(recursive=True) if p not in known]
    none(lambda: living(everyone))
    assert list(temporary.glob("admf-*")) == []


_DRIVER = """
from admf.containers.job import Job
from admf.executors.local import LocalExecutor
executor = LocalExecutor(workers=2, start_method="{start_method}")
for ticket in range(2):
    executor.submit(ticket, Job(function="admf.testing.jobs:nap", argument=600.0))
executor.next()
"""


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_nothing_is_left_of_a_driver_that_is_killed(temporary: Path, start_method: str) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-c", _DRIVER.format(start_method=start_method)],
        env=dict(os.environ),
        cwd=temporary,
    )
    try:
        found = Family(psutil.Process(driver.pid), set(), 2)
    finally:
        driver.kill()
        driver.wait()
    nothing_is_left(found, temporary)


def test_a_container_that_dies_while_it_is_idle_costs_nothing(temporary: Path) -> None:
    known = set(psutil.Process().children())
    with LocalExecutor(workers=1, start_method="fork") as executor:
        executor.submit(0, job("echo", "before", Kind.MINIMAL))
        assert executor.next().answer is not None
        pool = family(1, known)
        pool.containers[0].kill()
        until(lambda: not living(pool.containers), "it is dead")
        executor.submit(1, job("echo", "after", Kind.MINIMAL))
        answer = executor.next().answer
        assert answer is not None
        assert answer.result == "after"
    nothing_is_left(pool, temporary)


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
@pytest.mark.parametrize("kind", [Kind.MINIMAL, Kind.ISOLATED])
@pytest.mark.parametrize("part", ["container", "keeper", "template"])
def test_what_a_job_started_ends_with_whatever_is_killed(
    temporary: Path, start_method: str, kind: Kind, part: str
) -> None:
    known = set(psutil.Process().children())
    with LocalExecutor(workers=1, start_method=start_method) as executor:
        executor.submit(0, job("start_child_and_nap", 600.0, kind))
        pool = family(1, known)
        until(lambda: pool.containers[0].children(), "the child of a job has started")
        started = pool.containers[0].children()
        {"container": pool.containers[0], "keeper": pool.keepers[0], "template": pool.template}[part].kill()
        assert executor.next().answer is None
        executor.submit(1, job("echo", "later", kind))
        later = executor.next().answer
        assert later is not None
        assert later.result == "later"
        none(lambda: living(started))
    nothing_is_left(pool, temporary)


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_what_a_job_started_ends_with_a_driver_that_is_killed(temporary: Path, start_method: str) -> None:
    says = _DRIVER.format(start_method=start_method).replace(":nap", ":start_child_and_nap")
    driver = subprocess.Popen([sys.executable, "-c", says], env=dict(os.environ), cwd=temporary)
    try:
        found = Family(psutil.Process(driver.pid), set(), 2)
        until(lambda: all(one.children() for one in found.containers), "the children of jobs have started")
        started = [child for one in found.containers for child in one.children()]
    finally:
        driver.kill()
        driver.wait()
    none(lambda: living(started))
    nothing_is_left(found, temporary)


def test_no_job_goes_to_a_keeper_whose_template_has_died(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is dying itself, and the job would be lost with it."""
    with LocalExecutor(workers=1, start_method="fork") as executor:
        executor.submit(0, job("remember", "before", Kind.MINIMAL))
        assert executor.next().answer is not None
        monkeypatch.setattr(executor._ready(), "supervises", lambda _: False)
        executor.submit(1, job("recall", None, Kind.MINIMAL))
        answer = executor.next().answer
        assert answer is not None
        assert answer.result == [], "another container"
    none(lambda: list(temporary.glob("admf-*")))
