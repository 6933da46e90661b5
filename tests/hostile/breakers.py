"""Acts that go for what evaluates them: its libraries, its notes on the time, its folders, the processes above it."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import shutil
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import psutil

import admf
from admf.containers.page import Page
from tests.hostile.act import ALONE, FOR_EVER, Act, crashed, failed, lost, scored, timed_out

_WHILE_S = 0.7
"""Long enough for a trial to be killed many times."""
_DEEP = 1_200
"""Deeper than Python calls itself."""


def _raises(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("there is no array")


def breaks_numpy(_bars: Any) -> None:
    """After its signal is there: what scores it asks for arrays."""
    for name in ("empty", "full", "concatenate"):
        setattr(np, name, _raises)


def breaks_the_reply(_bars: Any) -> None:
    """Nothing that is sent is ever sent."""
    os.writev = lambda *_: 0


def clears_modules(_bars: Any) -> None:
    sys.modules.clear()


def _write_on_pages(row: int, began: float) -> None:
    for page in [one for one in gc.get_objects() if isinstance(one, Page)]:
        record = struct.pack("qqd", row, 2**62, began)
        with suppress(ValueError):  # that of a container before this one, which is closed
            page._memory[0:56] = bytes(8) + record + record


def begins_in_eternity(_bars: Any) -> None:
    """It tells its keeper that it has begun at a time that never comes."""
    _write_on_pages(0, math.inf)
    time.sleep(FOR_EVER)


def begins_again_and_again(_bars: Any) -> None:
    """It tells its keeper that trials begin, one after the other, that nobody asked for."""
    for row in range(1, FOR_EVER * 100):
        _write_on_pages(row, time.monotonic())
        time.sleep(0.01)


def begins_where_nobody_is(_bars: Any) -> None:
    _write_on_pages(10**9, math.nan)
    os._exit(3)


def notes_nonsense(_bars: Any) -> None:
    """An event that is none: neither can it be stored."""
    admf.scope().events.append(5)  # type: ignore[arg-type]


def notes_what_is_no_data(_bars: Any) -> None:
    scope = admf.scope()
    scope.note("usual")
    scope.events[0] = scope.events[0]._replace(data={"made": lambda: 1})


def raises_escapes(_bars: Any) -> NoReturn:
    """Words that would clear the screen of whoever reads them."""
    raise ValueError("\x1b[2J\x1b[31mred\x07 \x00 \ud800")


def raises_on_two_lines(_bars: Any) -> NoReturn:
    raise type("Two\nLines" + "!" * 10_000, (Exception,), {})("words")


def stops_its_parent(_bars: Any) -> None:
    os.kill(os.getppid(), signal.SIGSTOP)


def _above_its_parent() -> int:
    """The process that all containers of its pool descend from; never the driver."""
    fields = Path(f"/proc/{os.getppid()}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    above = int(fields[1])
    command = Path(f"/proc/{above}/cmdline").read_bytes()
    if b"admf.containers.template" not in command and b"admf.containers.supervisor" not in command:
        raise RuntimeError("above its parent is nobody who may be harmed")
    return above


def stops_the_template(_bars: Any) -> None:
    os.kill(_above_its_parent(), signal.SIGSTOP)


def kills_the_template(_bars: Any) -> None:
    """And with it every keeper and container of the pool."""
    os.kill(_above_its_parent(), signal.SIGKILL)
    time.sleep(FOR_EVER)


def kills_its_neighbours(_bars: Any) -> None:
    """The containers of the other slots, and those that take their place, for a while."""
    supervisor = psutil.Process(_above_its_parent())
    until = time.monotonic() + _WHILE_S
    while time.monotonic() < until:
        for keeper in supervisor.children():
            with suppress(psutil.Error):
                for container in keeper.children() if keeper.pid != os.getppid() else ():
                    container.kill()


def removes_all_scratch(_bars: Any) -> None:
    """Of all slots: the folder in which the slots have theirs."""
    shutil.rmtree(admf.scope().scratch.parents[1], ignore_errors=True)


def puts_a_link_there(_bars: Any) -> None:
    """In place of the slot's folder, to one that is somebody else's."""
    slot = admf.scope().scratch.parent
    slot.rename(slot.with_name(f"{slot.name}-moved"))
    slot.symlink_to(Path.home(), target_is_directory=True)


def leaves_a_deep_tree(_bars: Any) -> None:
    here = Path.cwd()
    for top in (admf.scope().scratch, Path("/dev/shm")):
        with suppress(OSError):
            os.chdir(top)
            for _ in range(_DEEP):
                Path("d").mkdir()
                os.chdir("d")
    os.chdir(here)


def mounts_in_shared_memory(_bars: Any) -> None:
    """Where it may: something in /dev/shm, which cannot be removed then."""
    libc = ctypes.CDLL(None)
    with suppress(OSError):
        Path("/dev/shm/mounted").mkdir()
        libc.mount(b"none", b"/dev/shm/mounted", b"tmpfs", 0, b"size=1m")


BREAKERS: dict[str, Act] = {
    "breaks_numpy": crashed(breaks_numpy, "it broke what evaluates it: .+", kinds=ALONE),
    "breaks_the_reply": timed_out(breaks_the_reply, kinds=ALONE),
    "clears_modules": crashed(clears_modules, "exit code 1|it broke what evaluates it: .+", kinds=ALONE),
    "begins_in_eternity": timed_out(begins_in_eternity),
    "begins_again_and_again": timed_out(begins_again_and_again, kinds=ALONE),
    "begins_where_nobody_is": crashed(begins_where_nobody_is, "exit code 3"),
    "notes_nonsense": crashed(notes_nonsense, "its answer cannot be read: TypeError: .+"),
    "notes_what_is_no_data": crashed(notes_what_is_no_data, "it broke what evaluates it: .+"),
    "raises_escapes": failed(raises_escapes, r"ValueError: \\x1b\[2J\\x1b\[31mred\\x07 \\x00 \\ud800"),
    "raises_on_two_lines": failed(raises_on_two_lines, r"Two Lines!+: words"),
    "stops_its_parent": scored(stops_its_parent),
    "stops_the_template": scored(stops_the_template),
    "kills_the_template": lost(kills_the_template),
    "kills_its_neighbours": scored(kills_its_neighbours),
    "removes_all_scratch": scored(removes_all_scratch, kinds=ALONE),
    "puts_a_link_there": scored(puts_a_link_there, kinds=ALONE),
    "leaves_a_deep_tree": scored(leaves_a_deep_tree),
    "mounts_in_shared_memory": scored(mounts_in_shared_memory),
}
