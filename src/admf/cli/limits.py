"""What the system lets a process limit: control groups, resource limits, landlock. ADMF uses none of them yet."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from admf.cli.extras import Line
from admf.model.machine import group_folders

_CONTROLLERS = {
    "memory": "a trial's memory",
    "cpu": "shares of the cores",
    "pids": "how many processes a trial has",
}
_NOT_YET = "not used yet"
_LANDLOCK_CREATE_RULESET, _VERSION = 444, 1
"""Number of the system call on every architecture of Linux, and the flag that asks for its version."""
_FEW_FILES = 256


def control_groups() -> Iterator[Line]:
    """Whether this process may make control groups of its own, for each controller; tried by making one."""
    if sys.platform != "linux":
        yield "missing", "control groups", f"Linux has them; {_NOT_YET}"
        return
    for controller, what in _CONTROLLERS.items():
        name = f"cgroup {controller}"
        folders = [folder for folder in group_folders(controller) if _has(folder, controller)]
        if not folders:
            yield "missing", name, f"no control group has it here; {what}: {_NOT_YET}"
            continue
        kind = "v2" if (folders[0] / "cgroup.controllers").is_file() else "v1"
        if _can_make(folders[0]):
            yield "ok", name, f"{kind}, writable: could limit {what}; {_NOT_YET}"
        else:
            yield "limited", name, f"{kind}, not writable for this user: cannot limit {what}; {_NOT_YET}"


def _has(folder: Path, controller: str) -> bool:
    try:
        controllers = folder / "cgroup.controllers"
        if controllers.is_file():
            return controller in controllers.read_text(encoding="utf-8").split()
        return (folder / "cgroup.procs").is_file()  # of v1, where every controller has a tree of its own
    except OSError:
        return False


def _can_make(folder: Path) -> bool:
    group = folder / f"admf-doctor-{os.getpid()}"
    try:
        group.mkdir()
        group.rmdir()
    except OSError:
        return False
    return True


def resource_limits() -> Iterator[Line]:
    """The limits that this process has, and whether trials could be given some."""
    try:
        import resource
    except ImportError:
        yield "missing", "resource limits", f"Unix has them; {_NOT_YET}"
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = files != resource.RLIM_INFINITY and files < _FEW_FILES
    set_here = [
        f"{words} {value / 2**20:,.0f} MB"
        for name, words in (("RLIMIT_AS", "address space"), ("RLIMIT_DATA", "data"))
        if (value := resource.getrlimit(getattr(resource, name))[0]) != resource.RLIM_INFINITY
    ]
    says = f"open files {'unlimited' if files == resource.RLIM_INFINITY else f'{files:,}'}"
    says += f"; limited for this process: {', '.join(set_here)}" if set_here else "; memory not limited"
    yield "limited" if few or set_here else "ok", "resource limits", f"{says}; limits of a trial: {_NOT_YET}"


def landlock() -> Line:
    """Whether the kernel lets a process give up access to files (Linux 5.13 and later)."""
    if sys.platform != "linux":
        return "missing", "landlock", f"Linux has it; {_NOT_YET}"
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    if version > 0:
        return "ok", "landlock", f"version {version}: could keep trials from files; {_NOT_YET}"
    why = os.strerror(ctypes.get_errno()).lower()
    return "missing", "landlock", f"the kernel does not offer it ({why}); {_NOT_YET}"
