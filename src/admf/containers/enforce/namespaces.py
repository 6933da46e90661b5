"""Views of the machine of one's own: shared memory that no other process sees, and no network."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from admf.containers.enforce.kernel_file import content
from admf.model.clear_away import clear_away
from admf.model.system_call import call

_FOLDER = "/dev/shm"
SHARED_MEMORY = Path(_FOLDER)
_SEGMENTS = "/proc/sysvipc/shm"
_NEW_MOUNTS, _NEW_IPC, _NEW_NETWORK = 0x20000, 0x8000000, 0x40000000
_NOSUID, _NODEV, _RECURSIVE, _SLAVE = 0x2, 0x4, 0x4000, 0x80000
_REMOVE = 0
"""IPC_RMID of man 2 shmctl."""


@dataclass(slots=True)
class _Own:
    """The file system over /dev/shm that is this process's own, by its device; None: it is the machine's."""

    device: int | None = None
    size_mb: float = 0.0


_own = _Own()


def own_shared_memory(size_mb: float) -> bool:
    """Give this process, and those it starts from now on, a /dev/shm and IPC of their own; False: nothing changed.

    Files there use at most `size_mb` (more: OSError, or SIGBUS where they are mapped). Later mounts and unmounts of
    the machine are still seen, its own are seen by nobody else; it all ends with the last process that sees it.
    """
    _own.size_mb = size_mb
    try:
        before = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _mounted(size_mb, before)
    finally:
        os.close(before)


def _mounted(size_mb: float, before: int) -> bool:
    try:
        call("unshare", _NEW_MOUNTS)
    except OSError:
        return False
    try:
        call("mount", b"none", b"/", None, _RECURSIVE | _SLAVE, None)
        size = f"size={max(1, int(size_mb * 1024))}k,mode=1777".encode()
        call("mount", b"tmpfs", os.fsencode(SHARED_MEMORY), b"tmpfs", _NOSUID | _NODEV, size)
        call("unshare", _NEW_IPC)
    except OSError:
        with contextlib.suppress(OSError):
            call("setns", before, _NEW_MOUNTS)
        return False
    _own.device = os.stat(_FOLDER).st_dev  # noqa: PTH116
    return True


def owns_shared_memory() -> bool:
    """Whether /dev/shm is this process's own, or its parent's from whom it was forked, and not the machine's."""
    return _own.device is not None and os.stat(_FOLDER).st_dev == _own.device  # noqa: PTH116 (once a trial)


def wipe_shared_memory() -> None:
    """Remove all files and segments of the own shared memory; does nothing where there is none but the machine's.

    Where a trial has unmounted it, or mounted something in it, a new one is mounted in its place. Memory that processes
    still map goes with the last of them: end them before.
    """
    if _own.device is None:
        return
    is_empty = owns_shared_memory() and _emptied()
    if not is_empty and own_shared_memory(_own.size_mb):
        return  # its segments are others too
    for line in content(_SEGMENTS).splitlines()[1:]:
        with contextlib.suppress(OSError):
            call("shmctl", int(line.split()[1]), _REMOVE, None)


def _emptied() -> bool:
    """Remove all files there; whether none is left."""
    gone = True
    for entry in os.scandir(_FOLDER):
        if entry.is_dir(follow_symlinks=False):
            gone = clear_away(entry.path) and gone
        else:
            try:
                os.unlink(entry.path)  # noqa: PTH108 (called once a trial)
            except OSError:
                gone = False
    return gone


def without_network() -> bool:
    """Take every network from this process and those it starts, the loopback too; False: nothing changed.

    Connections that are open already stay open, and so do sockets in the file system.
    """
    try:
        call("unshare", _NEW_NETWORK)
    except OSError:
        return False
    return True
