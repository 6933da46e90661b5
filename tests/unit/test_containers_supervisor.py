"""Where nobody adopts what loses its parent, as Linux lets us, a keeper's descendants end with it all the same."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from admf.containers import supervisor
from admf.containers.remains import MARK
from admf.containers.supervisor import Supervisor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that copy themselves")

STUBBORN = """\
import os, time
for _ in range(2):
    if os.fork() == 0:
        os.setsid()  # a group of its own: killing the keeper's does not reach it
        if os.fork() == 0:
            time.sleep(300)
        os._exit(0)
for _ in range(2):
    os.waitpid(-1, 0)
print("ready", flush=True)
{then}
"""


def started(mark: str, then: str) -> subprocess.Popen[str]:
    """A keeper that has let go of two processes."""
    keeper = subprocess.Popen(
        [sys.executable, "-c", STUBBORN.format(then=then)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, MARK: mark},
        start_new_session=True,
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "ready\n"
    keeper.stdout.close()
    return keeper


def marked(mark: str) -> list[psutil.Process]:
    return [one for one in psutil.process_iter() if one.pid != os.getpid() and mark in _mark_of(one)]


def _mark_of(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARK, ""))
    except psutil.Error:
        return ""


@pytest.mark.parametrize(("then", "code"), [("time.sleep(300)", -9), ("", 0)])
def test_what_a_keeper_let_go_of_ends_with_it_and_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, code: int
) -> None:
    monkeypatch.setattr(supervisor, "_FAREWELL_S", 1.0)
    monkeypatch.setattr(supervisor, "children", list)  # those of this process are other tests'
    folder = str(tmp_path)
    one, other = started(f"{folder}#1", then), started(f"{folder}#11", "time.sleep(300)")
    keepers = {one.pid: f"{folder}#1", other.pid: f"{folder}#11"}
    driver = socket.socket()
    theirs = Supervisor(driver=driver, folder=folder, adopts=False, keepers=keepers)
    try:
        assert len(marked(f"{folder}#11")) == 3
        assert theirs._end(one.pid) == code
        left = {process.pid for process in marked(folder)}
        assert left == {process.pid for process in marked(f"{folder}#11")}
        assert len(left) == 3
        assert theirs._end(other.pid) == -9
        assert marked(folder) == []
    finally:
        driver.close()
        one.returncode = other.returncode = 0  # waited for by the supervisor
        for process in marked(folder):
            process.kill()
