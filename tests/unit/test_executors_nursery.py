"""A started keeper that does not leave when it is asked to ends with all that descends from it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import psutil
import pytest

from admf.executors import nursery
from admf.executors.nursery import SpawnNursery

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that copy themselves")

STUBBORN = """\
import os, time
from admf.containers.parent import adopt_orphans
adopt_orphans()
for _ in range(2):
    if os.fork() == 0:
        os.setsid()  # a group of its own: killing the keeper's does not reach it
        if os.fork() == 0:
            time.sleep(300)
        os._exit(0)
for _ in range(2):
    os.waitpid(-1, 0)
print("ready", flush=True)
time.sleep(300)
"""


def test_what_a_stubborn_keeper_started_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_FAREWELL_S", 0.05)
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    monkeypatch.setattr(nursery, "_program", lambda *_: process)
    spawned = SpawnNursery()
    with socket.socket() as theirs:
        pid = spawned.start(theirs)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    left = psutil.Process(pid).children(recursive=True)
    assert len(left) == 2
    assert spawned.end(pid) == "SIGKILL"
    _, alive = psutil.wait_procs(left, timeout=5)
    for one in alive:
        one.kill()
    assert alive == []
    spawned.close()
