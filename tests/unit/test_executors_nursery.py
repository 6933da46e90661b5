"""The nursery and its supervisor, when the system refuses, the driver hears nothing of ends, or a trial stops it."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection

import psutil
import pytest

from admf.containers.keeper import Slot
from admf.containers.supervisor import START
from admf.errors import RunError
from admf.executors import nursery
from admf.executors.nursery import Nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left is looked up as Linux has it")


@pytest.fixture
def started() -> Iterator[tuple[Nursery, psutil.Process]]:
    """A nursery with its supervisor."""
    known = set(psutil.Process().children())
    made = Nursery(forks=False)
    try:
        made.prepare()
        (supervisor,) = set(psutil.Process().children()) - known
        yield made, supervisor
    finally:
        made.close()


def keeper_of(made: Nursery) -> int:
    """One that has been told what its slot is, and leaves again."""
    ours, theirs = socket.socketpair()
    slot = Slot(name="slot", folder=made.folder, memory_mb=500.0, forks=False)
    with theirs, closing(Connection(ours.detach())) as connection:
        pid = made.start(theirs)
        connection.send_bytes(pickle.dumps(slot))
    return pid


def test_what_the_system_refuses_is_tried_again_and_ends_nobody(
    started: tuple[Nursery, psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, supervisor = started
    first, answers = keeper_of(made), [-11, -11]
    monkeypatch.setattr(nursery, "_PAUSE_S", 0.01)
    asked = made._ask
    monkeypatch.setattr(made, "_ask", lambda *words: answers.pop() if answers else asked(*words))
    second = keeper_of(made)
    assert answers == []
    assert {first, second} <= {one.pid for one in supervisor.children()}
    monkeypatch.setattr(nursery, "_REFUSED_S", 0.05)
    monkeypatch.setattr(made, "_ask", lambda *_: -11)
    with pytest.raises(RunError, match="this system refuses: Resource temporarily unavailable"):
        keeper_of(made)
    assert made.supervises(first)


def test_a_supervisor_says_so_where_it_cannot_start_one(started: tuple[Nursery, psutil.Process]) -> None:
    """Here for want of descriptors."""
    made, supervisor = started
    keeper_of(made)
    soft, hard = supervisor.rlimit(psutil.RLIMIT_NOFILE)
    supervisor.rlimit(psutil.RLIMIT_NOFILE, (4, hard))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert made._ask((START, 0), [theirs.fileno()]) < 0
    supervisor.rlimit(psutil.RLIMIT_NOFILE, (soft, hard))
    assert made.supervises(keeper_of(made))


def test_what_is_left_of_a_killed_supervisor_ends_also_where_nobody_hears_of_ends() -> None:
    """SIGCHLD ignored, as `nohup`-like parents hand it down: then a wait says that all was well."""
    says = """
import signal, sys, time
import psutil
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from admf.containers.job import Job
from admf.executors.local import LocalExecutor
executor = LocalExecutor(workers=1, start_method="fork")
executor.submit(0, Job(function="admf.testing.jobs:start_child_and_nap", argument=600.0))
me = psutil.Process()
while not any(one.name() == "sleep" for one in me.children(recursive=True)):
    time.sleep(0.05)
(sleep,) = [one for one in me.children(recursive=True) if one.name() == "sleep"]
me.children()[0].kill()
assert executor.next().answer is None
executor.close()
sys.exit(3 if sleep.is_running() and sleep.status() != "zombie" else 0)
"""
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_supervisor_that_is_stopped_again_and_again_answers(
    started: tuple[Nursery, psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, supervisor = started
    keeper_of(made)
    monkeypatch.setattr(nursery, "_PATIENCE_S", 10.0)  # then it would be replaced
    assert made._socket is not None
    made._socket.settimeout(0.05)
    wake, stops = made.wake, [1] * 5

    def woken_and_stopped() -> None:
        wake()
        if stops:
            stops.pop()
            os.kill(supervisor.pid, signal.SIGSTOP)

    monkeypatch.setattr(made, "wake", woken_and_stopped)
    assert keeper_of(made) in [one.pid for one in supervisor.children()]
    assert len(stops) < 5
