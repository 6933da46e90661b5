"""By what this machine holds a trial to each of its limits, in words; found by trying, in copies of this process."""

from __future__ import annotations

import functools
import mmap
import os
import socket
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from admf.containers.enforce import landlock, namespaces, rlimits
from admf.containers.enforce.groups import Group
from admf.model.container import Limits

NOTHING = "nothing"
_TRIED_MB = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What limits what, such as 'cgroup v1', 'nice' or 'landlock 7'; 'nothing' where this machine has no means."""

    memory: str = NOTHING
    cpu: str = NOTHING
    processes: str = NOTHING
    network: str = NOTHING
    """What keeps a trial from it, when asked."""
    write: str = NOTHING
    """What keeps a trial from writing anywhere else, when asked."""
    shared_memory: str = NOTHING
    """What gives a slot a /dev/shm of its own."""

    def can(self, what: str) -> bool:
        """Whether anything limits it; `what` is a field's name."""
        return bool(getattr(self, what) != NOTHING)


@functools.cache
def means() -> Means:
    """The means of this machine for this user; tried once in a process, which takes some 0.1 seconds."""
    return find()


def find() -> Means:
    """Try everything anew. Nothing of this process changes: it is all tried in copies of it that end."""
    groups = dict(part.split("=") for part in _said_by_copy(_groups).split())
    words = {name: f"cgroup v{version}" for name, version in groups.items()}
    memory = [words["memory"]] if "memory" in words else []
    memory += ["RLIMIT_DATA"] if _said_by_copy(_data) else []
    return Means(
        memory=" and ".join(memory) or NOTHING,
        cpu=words.get("cpu") or _said_by_copy(_nice) or NOTHING,
        processes=words.get("pids", NOTHING),
        network=_said_by_copy(_namespace) or _said_by_copy(_no_tcp) or NOTHING,
        write=_said_by_copy(_write) or NOTHING,
        shared_memory=_said_by_copy(_shared_memory) or NOTHING,
    )


def _groups() -> str:
    group = Group.make("means")
    try:
        group.join()
        limited = group.limit(Limits(), memory_mb=1024)
        return " ".join(f"{name}={part.version}" for name, part in group.parts.items() if name in limited)
    finally:
        group.close()


def _data() -> str:
    if "memory" not in rlimits.limit_self(Limits(), memory_mb=_TRIED_MB):
        return ""
    try:
        mmap.mmap(
            -1, 2 * _TRIED_MB * 2**20, flags=mmap.MAP_PRIVATE
        ).close()  # new pages: freed ones are free to take
    except OSError:
        return "RLIMIT_DATA"
    return ""


def _nice() -> str:
    return "nice" if rlimits.nice_of(1.0, largest=2.0) else ""


def _namespace() -> str:
    return "network namespace" if _cuts(namespaces.without_network) else ""


def _no_tcp() -> str:
    return f"landlock {landlock.version()} (TCP only)" if _cuts(landlock.without_tcp) else ""


def _cuts(cut: Callable[[], bool]) -> bool:
    with socket.create_server(("127.0.0.1", 0)) as server:
        if not cut():
            return False
        with socket.socket() as client:  # made now: an older one stays in the network it was made in
            client.settimeout(1)
            return client.connect_ex(server.getsockname()) != 0


def _write() -> str:
    aside = Path(tempfile.gettempdir(), f"admf-{os.getpid()}-means")
    if not landlock.write_only_below(()):
        return ""
    try:
        aside.touch()
    except PermissionError:
        return f"landlock {landlock.version()}"
    aside.unlink()
    return ""


def _shared_memory() -> str:
    before = namespaces.SHARED_MEMORY.stat().st_dev
    if namespaces.own_shared_memory(1) and namespaces.SHARED_MEMORY.stat().st_dev != before:
        return "mount namespace"
    return ""


def _said_by_copy(ask: Callable[[], str]) -> str:
    """What a forked copy of this process says; nothing where it cannot be forked, fails or dies."""
    if not hasattr(os, "fork"):
        return ""
    reader, writer = os.pipe()
    try:
        child = _forked()
    except OSError:
        os.close(reader)
        os.close(writer)
        return ""
    if child == 0:
        try:
            os.write(writer, ask().encode())
        finally:
            os._exit(0)  # whatever it raised: nothing was said
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def _forked() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: the copy takes none of their locks
        return os.fork()
