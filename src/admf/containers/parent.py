"""What binds a process to the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
_PATIENCE_S = 10.0
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
if _libc is not None:
    _libc.prctl  # noqa: B018  (found now: a container, which is forked, would find it anew)


def end_with_parent(parent: int) -> None:
    """This process is killed when `parent`, which started it, ends (Linux); at once where that has ended already."""
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> bool:
    """What descends from this process and loses its parent becomes its child (Linux); whether it is so."""
    return _prctl(_CHILD_SUBREAPER, 1)


def children() -> list[int]:
    """The processes whose parent this one is; empty where the system does not tell.

    None is missed: the kernel's list loses an entry only when it is waited for, which nobody but this process does;
    what an ended one leaves is on it before that one can be waited for.
    """
    return _children("self")


def kill_all(found: Callable[[], Iterable[int]]) -> None:
    """Kill what is found and all that descends from it.

    It is stopped first, until nothing more is found: of what forks and forks, others would take the places of the dead.
    """
    stopped, until = set[int](), monotonic() + _PATIENCE_S
    while (fresh := {*_with_descendants(found())} - stopped) and monotonic() < until:
        _signal(fresh, signal.SIGSTOP)
        stopped |= fresh
    _signal(stopped, signal.SIGKILL)


def _with_descendants(of: Iterable[int]) -> list[int]:
    found = list(of)
    for pid in found:  # which grows meanwhile
        found += _children(pid)
    return found


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _children(of: int | str) -> list[int]:
    try:
        listed = [path.read_text() for path in Path(f"/proc/{of}/task").glob("*/children")]
    except OSError:
        return []
    return [int(pid) for text in listed for pid in text.split()]


def has_children() -> bool:
    """Whether this process is the parent of any, ended ones included; False where the system does not tell."""
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def tells_children() -> bool:
    """Whether the system tells which processes `children` are."""
    return Path(f"/proc/self/task/{os.getpid()}/children").exists()


def threads() -> int:
    """How many threads this process has, as the system sees it; 1 where it does not tell."""
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return 1


def _prctl(option: int, value: int) -> bool:
    return _libc is not None and _libc.prctl(option, value, 0, 0, 0) == 0
