"""Where cores are idle, a container is forked while the one before it ends: that changes no promise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import psutil
import pytest

from admf.containers.job import Job
from admf.executors import local
from admf.executors.local import LocalExecutor
from admf.model.container import ContainerSpec, Kind, Limits
from admf.model.trial import Outcome
from admf.testing.container import Trials, check_container, some_bars

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only there the children of a process are told"
)

ISOLATED, MINIMAL = ContainerSpec(kind=Kind.ISOLATED), ContainerSpec(kind=Kind.MINIMAL)
MANY, ONE = 64.0, 1.0
"""Cores."""


@pytest.fixture(params=[MANY, ONE], ids=["idle cores", "none idle"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(local, "usable_cores", lambda: request.param)
    return float(request.param)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trials]:
    monkeypatch.setattr(local, "usable_cores", lambda: MANY)
    with some_bars() as study, LocalExecutor(workers=1, start_method="fork") as executor:
        yield Trials(executor, study, ISOLATED)


@pytest.mark.parametrize("trials", [1, 4])
def test_containers_conform(cores: float, trials: int) -> None:
    spec = replace(ISOLATED, trials=trials)
    check_container(lambda: LocalExecutor(workers=1, start_method="fork"), spec)


def is_template(process: psutil.Process) -> bool:
    try:
        return "template" in " ".join(process.cmdline())
    except psutil.Error:  # it has ended
        return False


def waiting() -> list[psutil.Process]:
    """The children of the only keeper of the pool that was started last: other tests may have pools of their own."""
    started = filter(is_template, psutil.Process().children())
    (keeper,) = max(started, key=psutil.Process.create_time).children()
    return list(keeper.children())


def scored(run: Trials, n: int = 4) -> None:
    found = run([(i, "") for i in range(n)])
    assert [found[i]["outcome"] for i in range(n)] == [Outcome.SCORED] * n


def test_one_waits_for_the_next_batch_and_is_used(run: Trials) -> None:
    scored(run)
    (first,) = waiting()
    scored(run, 1)
    assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
    assert len(waiting()) == 1


def test_none_waits_where_every_core_has_its_worker(cores: float) -> None:
    with some_bars() as study, LocalExecutor(workers=1, start_method="fork") as executor:
        scored(Trials(executor, study, ISOLATED))
        assert len(waiting()) == (cores == MANY)


def killed(process: psutil.Process) -> None:
    process.kill()


def stopped_and_killed(process: psutil.Process) -> None:
    process.suspend()
    process.kill()


@pytest.mark.parametrize("harm", [killed, stopped_and_killed])
def test_one_that_is_killed_while_it_waits_costs_nothing(
    run: Trials, harm: Callable[[psutil.Process], None]
) -> None:
    for _ in range(3):
        scored(run)
        harm(waiting()[0])
        time.sleep(0.05)
    scored(run)


def test_it_goes_where_it_is_not_like_the_next(run: Trials) -> None:
    scored(run)
    (first,) = waiting()
    scored(Trials(run.executor, run.study, replace(ISOLATED, limits=Limits(processes=7))))
    (second,) = waiting()
    assert second.pid != first.pid
    run.executor.submit(10**6, Job(function="admf.testing.jobs:echo", argument=1, container=MINIMAL))
    assert run.executor.next().answer is not None
    (shared,) = waiting()
    assert shared.pid != second.pid
    assert not second.is_running()


def test_it_ends_with_its_pool(run: Trials) -> None:
    scored(run)
    (first,) = waiting()
    run.executor.close()
    assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
