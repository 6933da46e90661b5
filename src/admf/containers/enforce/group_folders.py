"""The folders of a control group: made where processes may really be put, written to, removed."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from admf.containers.enforce.hierarchy import CONTROLLERS, Place, words

LIMIT_OF = {
    (1, "memory"): "memory.limit_in_bytes",
    (2, "memory"): "memory.max",
    (1, "cpu"): "cpu.shares",
    (2, "cpu"): "cpu.weight",
    (1, "pids"): "pids.max",
    (2, "pids"): "pids.max",
}
"""The file that limits a controller, by the version of its tree."""
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Part:
    """The folder of a group in the tree of one controller, and the group its maker was in."""

    version: int
    folder: Path
    home: Path


def made_v1(place: Place, wanted: frozenset[str], called: str) -> dict[str, Part]:
    """Below the own group; by controller, without those that cannot be limited."""
    folder = place.here / called
    return _usable(1, wanted, folder, place.here) if wanted and _created(folder) else {}


def made_v2(place: Place, wanted: frozenset[str], called: str) -> dict[str, Part]:
    """Beside the own group where controllers are given there; else below, where the kernel lets it."""
    if not wanted:
        return {}
    if not place.is_top:
        beside = wanted & words(place.here.parent / "cgroup.subtree_control")
        if beside and (made := _tried_v2(place.here.parent, beside, called, place.here)):
            return made
    missing = wanted - words(place.here / "cgroup.subtree_control")
    given = []
    for controller in CONTROLLERS:
        if controller in missing:
            with contextlib.suppress(OSError):
                write(place.here / "cgroup.subtree_control", f"+{controller}")
                given.append(controller)
    made = _tried_v2(place.here, wanted & words(place.here / "cgroup.subtree_control"), called, place.here)
    if not made:
        for controller in given:
            with contextlib.suppress(OSError):
                write(place.here / "cgroup.subtree_control", f"-{controller}")
    return made


def _tried_v2(parent: Path, wanted: set[str] | frozenset[str], called: str, home: Path) -> dict[str, Part]:
    # To move a process, the group above both must be writable (man 7 cgroups, delegation).
    if not wanted or not os.access(parent / "cgroup.procs", os.W_OK) or not _created(parent / called):
        return {}
    if words(parent / called / "cgroup.type") - {
        "domain"
    }:  # 'threaded', 'domain invalid': takes no processes
        removed(parent / called, tries=1)
        return {}
    return _usable(2, wanted, parent / called, home)


def _usable(version: int, wanted: set[str] | frozenset[str], folder: Path, home: Path) -> dict[str, Part]:
    works = [
        name
        for name in CONTROLLERS
        if name in wanted and os.access(folder / LIMIT_OF[version, name], os.W_OK)
    ]
    if not works:
        removed(folder, tries=1)
    return {name: Part(version=version, folder=folder, home=home) for name in works}


def _created(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return True


def removed(folder: Path, tries: int) -> bool:
    """A group stays busy for a moment after its last process has ended."""
    for again in range(tries):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            if again + 1 < tries:
                time.sleep(_PAUSE_S)
            continue
        return True
    return False


def write(path: Path, value: int | str) -> None:
    """Write one value to a file of a group; OSError where the kernel refuses it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)  # never creates a file
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)
