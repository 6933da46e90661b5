"""What a control group counted since a trial began: its peak of memory, kills for want of memory, refused processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_ENOUGH = 4096
_MB = 2**20
_USAGE = {1: "memory.usage_in_bytes", 2: "memory.current"}
_PEAK = {1: "memory.max_usage_in_bytes", 2: "memory.peak"}
_KILLS = {1: "memory.oom_control", 2: "memory.events"}


@dataclass(slots=True)
class Gauges:
    """Open files of one group, read in place: asked twice a trial, opening them anew would cost the most."""

    usage: int | None = None
    peak: int | None = None
    kills: int | None = None
    refused: int | None = None
    _begun: tuple[int, int, int] = (0, 0, 0)
    """Bytes used, processes killed and processes refused, when it began."""
    _resets: bool = False

    @staticmethod
    def of(memory: tuple[int, Path] | None, pids: Path | None) -> Gauges:
        """Of a group's memory folder with its version, and of its pids folder; None for what it has not."""
        made = Gauges()
        if memory is not None:
            version, folder = memory
            made.usage = _open(folder / _USAGE[version], os.O_RDONLY)
            made.peak = _open(folder / _PEAK[version], os.O_RDWR)
            made.kills = _open(folder / _KILLS[version], os.O_RDONLY)
        if pids is not None:
            made.refused = _open(pids / "pids.events", os.O_RDONLY)
        return made

    def begin(self) -> None:
        """Count from now; the peak starts at what is used now."""
        self._resets = self._reset()
        self._begun = self.used(), _counter(self.kills, b"oom_kill"), _counter(self.refused, b"max")

    def used(self) -> int:
        """Bytes charged to the group now; 0 where it has no memory controller."""
        return _number(self.usage)

    def peak_mb(self) -> float | None:
        """Most memory since the beginning, beyond what was used then; None where the kernel does not tell."""
        return max(0, _number(self.peak) - self._begun[0]) / _MB if self._resets else None

    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the group for want of memory since the beginning."""
        return _counter(self.kills, b"oom_kill") > self._begun[1]

    def refused_processes(self) -> bool:
        """Whether a process or thread was not started since the beginning, being one too many."""
        return _counter(self.refused, b"max") > self._begun[2]

    def close(self) -> None:
        """Let go of the files; all counts are 0 from then on."""
        for descriptor in (self.usage, self.peak, self.kills, self.refused):
            if descriptor is not None:
                os.close(descriptor)
        self.usage = self.peak = self.kills = self.refused = None
        self._resets = False

    def _reset(self) -> bool:
        """Version 1: for everybody; version 2, since Linux 6.12: for this open file."""
        try:
            return self.peak is not None and os.pwrite(self.peak, b"0", 0) > 0
        except OSError:
            return False


def _open(path: Path, how: int) -> int | None:
    try:
        return os.open(path, how | os.O_CLOEXEC)
    except OSError:
        return None


def _number(descriptor: int | None) -> int:
    return 0 if descriptor is None else int(os.pread(descriptor, _ENOUGH, 0))


def _counter(descriptor: int | None, name: bytes) -> int:
    """The number after `name` in lines of names and numbers; 0 where there is none."""
    if descriptor is None:
        return 0
    parts = os.pread(descriptor, _ENOUGH, 0).split()
    return int(parts[parts.index(name) + 1]) if name in parts else 0
