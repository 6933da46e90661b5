"""Rights that a process gives up for good: writing outside some folders, and TCP (landlock, no privilege needed)."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from admf.containers.enforce.namespaces import SHARED_MEMORY, owns_shared_memory
from admf.model.system_call import call

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every architecture."""
_ASK_VERSION = 1
_NO_NEW_PRIVILEGES = 38
_PATH_BENEATH = 1
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_CHANGE_FOLDER = 0b1_1111_1111 << 4
"""Remove files and folders; make files, folders, devices, sockets, pipes, links (linux/landlock.h, bits 4 to 12)."""
_TCP = 0b11
"""Bind and connect."""
_TCP_SINCE, _REFER_SINCE, _TRUNCATE_SINCE = 4, 2, 3
DEVICES = tuple(Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx"))
"""Writing to them stays free."""


def version() -> int:
    """What the kernel's landlock can, by its number; 0 where there is none."""
    try:
        return call("syscall", _CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def write_only_below(folders: Iterable[Path | str]) -> bool:
    """Let this thread, and what it starts, change files below `folders` and write to DEVICES only.

    /dev/shm is added where it is the process's own: locks of multiprocessing live there. Reading and executing stay
    free; descriptors that are open already are not touched. Cannot be undone. A folder that is missing is left out.
    False: nothing changed.
    """
    kernel = version()
    if kernel < 1:
        return False
    rights = _WRITE_FILE | _CHANGE_FOLDER
    rights |= _REFER if kernel >= _REFER_SINCE else 0
    rights |= _TRUNCATE if kernel >= _TRUNCATE_SINCE else 0
    try:
        ruleset = _made(struct.pack("=Q", rights))
    except OSError:
        return False
    try:
        own = (SHARED_MEMORY,) if owns_shared_memory() else ()
        for path in (*DEVICES, *own, *folders):
            _allow(ruleset, path, rights)
        _restrict(ruleset)
    except OSError:
        return False
    finally:
        os.close(ruleset)
    return True


def without_tcp() -> bool:
    """Keep this thread, and what it starts, from binding and connecting TCP; UDP stays free. False: nothing changed."""
    if version() < _TCP_SINCE:
        return False
    try:
        ruleset = _made(struct.pack("=QQ", 0, _TCP))
    except OSError:
        return False
    try:
        _restrict(ruleset)
    except OSError:
        return False
    finally:
        os.close(ruleset)
    return True


def _made(attributes: bytes) -> int:
    return call("syscall", _CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))


def _allow(ruleset: int, path: Path | str, rights: int) -> None:
    """OSError where the kernel refuses the rule; a path that is missing is no rule."""
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _WRITE_FILE | _TRUNCATE
        rule = struct.pack("=Qi", rights, beneath)
        call("syscall", _ADD, ruleset, _PATH_BENEATH, rule, ctypes.c_uint32(0))
    finally:
        os.close(beneath)


def _restrict(ruleset: int) -> None:
    call("prctl", _NO_NEW_PRIVILEGES, *(ctypes.c_ulong(number) for number in (1, 0, 0, 0)))
    call("syscall", _RESTRICT, ruleset, ctypes.c_uint32(0))
