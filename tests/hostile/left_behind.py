"""What a run leaves on the machine: processes, files, shared memory, control groups, mounts."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.chaos.session import Session

_PATIENCE_S = 60.0
_SHARED, _GROUPS, _MOUNTS = Path("/dev/shm"), Path("/sys/fs/cgroup"), Path("/proc/self/mounts")
_SEGMENTS = Path("/proc/sysvipc/shm")


@dataclass(frozen=True, slots=True)
class Before:
    """The machine before a run; `temp` is the run's own folder for temporary files."""

    temp: Path
    groups: frozenset[str]
    mounts: frozenset[str]
    segments: frozenset[str]

    @classmethod
    def now(cls, temp: Path) -> Before:
        """As it is."""
        return cls(temp, _groups(), _mounts(), _segments())

    def left_behind(self, session: Session) -> list[str]:
        """What is there some time after the run has ended, in words; [] is as it should be."""
        left = [f"process {process.pid}: {process.status()}" for process in session.left_behind(_PATIENCE_S)]
        until = time.monotonic() + _PATIENCE_S
        while (things := self._things(session.mark)) and time.monotonic() < until:
            time.sleep(0.2)
        _clear_away(session)
        return left + things

    def _things(self, mark: str) -> list[str]:
        found = [f"temporary file {path.relative_to(self.temp)}" for path in sorted(self.temp.rglob("*"))]
        if _SHARED.is_dir():
            found += [f"shared memory {path.name}" for path in sorted(_SHARED.iterdir()) if mark in path.name]
        found += [f"segment {segment}" for segment in sorted(_segments() - self.segments)]
        found += [f"control group {name}" for name in sorted(_groups() - self.groups)]
        ours = ("/dev/shm", str(self.temp.parent))  # others mount elsewhere
        return found + [f"mount {name}" for name in sorted(_mounts() - self.mounts) if name.startswith(ours)]


def _clear_away(session: Session) -> None:
    """What was found is found once: it is not to be in the way of other runs."""
    for process in session.others():
        with suppress(psutil.Error):
            process.kill()
    for path in _SHARED.glob(f"*{session.mark}*"):
        path.unlink(missing_ok=True)


def _groups() -> frozenset[str]:
    """Control groups of ours that nobody lives in: those of other runs have their keepers."""
    found = [
        Path(folder, name)
        for folder, names, _ in os.walk(_GROUPS)  # which does not mind those that vanish meanwhile
        for name in names
        if name.startswith("admf-")
    ]
    return frozenset(str(group) for group in found if _is_deserted(group))


def _is_deserted(group: Path) -> bool:
    try:
        return not (group / "cgroup.procs").read_text().strip()
    except OSError:  # it is gone
        return False


def _segments() -> frozenset[str]:
    """Shared memory of System V, by its number."""
    try:
        return frozenset(line.split()[1] for line in _SEGMENTS.read_text().splitlines()[1:])
    except OSError:
        return frozenset()


def _mounts() -> frozenset[str]:
    try:
        return frozenset(line.split()[1] for line in _MOUNTS.read_text().splitlines())
    except OSError:
        return frozenset()
