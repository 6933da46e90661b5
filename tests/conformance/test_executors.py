"""Every registered executor keeps the executors' contract."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from admf import registry
from admf.containers.job import Job
from admf.executors.inline import InlineExecutor
from admf.executors.local import LocalExecutor
from admf.executors.protocol import Done
from admf.model.container import ContainerSpec, Kind
from admf.testing.executor import check_executor

_IN_THE_DRIVER = {"inline"}


@pytest.mark.parametrize("name", sorted(registry.names("executors")))
def test_an_executor_keeps_the_contract(name: str) -> None:
    make = registry.load("executors", name)
    check_executor(lambda: make(workers=2), survives=name not in _IN_THE_DRIVER)


@pytest.mark.parametrize("start_method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_both_start_methods_keep_the_contract(start_method: str) -> None:
    check_executor(lambda: LocalExecutor(workers=2, start_method=start_method))


def test_the_kit_catches_an_executor_that_loses_answers() -> None:
    class Forgetful(InlineExecutor):
        def next(self) -> Done:
            return Done(ticket=0, answer=super().next().answer)

    with pytest.raises(AssertionError, match="twice"):
        check_executor(Forgetful, survives=False)


def job(name: str, argument: object = None) -> Job:
    return Job(function=f"admf.testing.jobs:{name}", argument=argument)


def test_files_of_the_working_folder_hide_no_standard_module_and_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("signal", "pickle", "socket", "fractions"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    (tmp_path / "mine_only.py").write_text("def half(x):\n    import fractions\n    return x / 2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with LocalExecutor() as executor:
        executor.submit(0, Job(function="mine_only:half", argument=3.0))
        done = executor.next()
    assert done.answer is not None, done.cause
    assert done.answer.result == 1.5


def test_what_a_job_said_last_is_in_the_cause_of_its_death() -> None:
    with LocalExecutor(workers=1) as executor:
        executor.submit(0, job("say_and_vanish", "last words"))
        assert executor.next().cause == "exit code 4: last words"


@pytest.mark.parametrize("kind", [Kind.MINIMAL, Kind.ISOLATED])
def test_nothing_that_a_job_started_outlives_its_container(kind: Kind) -> None:
    with LocalExecutor() as executor:
        executor.submit(
            0,
            Job(function="admf.testing.jobs:start_child", argument=None, container=ContainerSpec(kind=kind)),
        )
        done = executor.next()
        assert done.answer is not None
        assert not alive(done.answer.result)


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no descriptors of processes")
def test_deaths_are_noticed_without_descriptors_of_processes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(pid: int) -> int:
        raise OSError

    monkeypatch.setattr(os, "pidfd_open", missing)
    check_executor(lambda: LocalExecutor(workers=2))


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_a_closed_executor_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with LocalExecutor(workers=2) as executor:
        for ticket in range(4):
            executor.submit(ticket, job("vanish", 1) if ticket % 2 else job("echo", 1))
        for _ in range(4):
            executor.next()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
