"""Every registered executor keeps the executors' contract."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from admf import registry
from admf.containers.job import Job
from admf.executors.inline import InlineExecutor
from admf.executors.local import LocalExecutor
from admf.executors.protocol import Done
from admf.testing.executor import check_executor

_IN_THE_DRIVER = {"inline"}


@pytest.mark.parametrize("name", sorted(registry.names("executors")))
def test_an_executor_keeps_the_contract(name: str) -> None:
    make = registry.load("executors", name)
    check_executor(lambda: make(workers=2), survives=name not in _IN_THE_DRIVER)


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


def test_a_lost_worker_leaves_its_last_words_and_every_worker_has_its_own_log(tmp_path: Path) -> None:
    with LocalExecutor(workers=1, logs=tmp_path) as executor:
        for ticket, words in ((1, "first words"), (2, "other words")):
            executor.submit(ticket, Job(function="builtins:print", argument=words))
            executor.next()
            executor.submit(ticket, job("vanish", 4))
            assert executor.next().cause == f"exit code 4: {words}"
    logs = sorted(path.name for path in tmp_path.iterdir())
    assert logs == ["worker-0.log", "worker-1.log"]


def test_nothing_that_a_worker_started_outlives_it() -> None:
    with LocalExecutor() as executor:
        executor.submit(0, job("start_child"))
        done = executor.next()
        assert done.answer is not None
        child = done.answer.result
        assert alive(child)
    for _ in range(100):
        if not alive(child):
            return
        time.sleep(0.05)
    raise AssertionError("the worker's child lives on")


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
