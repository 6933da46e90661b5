"""The control group of a slot: made over all controllers that work here, joined, limited, asked, removed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from admf.containers.enforce.gauges import Gauges
from admf.containers.enforce.group_folders import LIMIT_OF, Part, made_v1, made_v2, removed, write
from admf.containers.enforce.hierarchy import PROCESS, places, words
from admf.model.container import Limits

_ENDED = ("Z", "X")
"""States of processes that have ended (man 5 proc)."""
_NAME = re.compile(r"admf-(\d+)-.+")
_TRIES, _PAUSE_S = 25, 0.02
_SHARE_V1, _SHARE_V2 = (1024, 2, 2**18), (100, 1, 10_000)
"""The number of an equal share, and the range that the kernel takes."""


@dataclass(slots=True)
class Group:
    """A control group with what it can limit; where nothing can be made it limits nothing, and says so by `has`."""

    parts: dict[str, Part]
    gauges: Gauges

    @staticmethod
    def make(name: str, *, owner: int | None = None, process: Path = PROCESS) -> Group:
        """Make `admf-<owner>-<name>`; below the group this process is in, or beside it in version 2.

        `owner` is the process whose end makes the group stale, this one by default. `process` as in `places`.
        """
        called = f"admf-{os.getpid() if owner is None else owner}-{name}"
        parts: dict[str, Part] = {}
        for place in places(process):
            wanted = place.controllers - parts.keys()
            made = made_v2(place, wanted, called) if place.version == 2 else made_v1(place, wanted, called)
            parts |= made
        memory, pids = parts.get("memory"), parts.get("pids")
        gauges = Gauges.of(
            memory=(memory.version, memory.folder) if memory else None, pids=pids.folder if pids else None
        )
        return Group(parts=parts, gauges=gauges)

    @property
    def has(self) -> frozenset[str]:
        """Of 'memory', 'cpu' and 'pids' what it can limit."""
        return frozenset(self.parts)

    def join(self, pid: int | None = None) -> None:
        """Put a process into it, this one by default; those it starts later are in it too. OSError: not allowed."""
        for folder in self._folders():
            write(folder / "cgroup.procs", 0 if pid is None else pid)

    def limit(self, limits: Limits, memory_mb: float) -> frozenset[str]:
        """Set memory to `memory_mb` beyond what is used now, shares of the cores, processes beside the keeper.

        Gives what is limited now, of `has`; fewer where the kernel refused.
        """
        done = set()
        for controller, part in self.parts.items():
            file = part.folder / LIMIT_OF[part.version, controller]
            try:
                if controller == "memory":
                    self._limit_memory(part, file, self.gauges.used() + int(memory_mb * 2**20))
                elif controller == "cpu":
                    write(file, _share(limits.cpu_shares, *(_SHARE_V1 if part.version == 1 else _SHARE_V2)))
                else:
                    write(file, limits.processes + 1)
            except OSError:
                continue
            done.add(controller)
        return frozenset(done)

    def begin(self) -> None:
        """Count from now: the peak of memory starts at what is used now, kills and refusals at none."""
        self.gauges.begin()

    def peak_mb(self) -> float | None:
        """Most memory since `begin` beyond what was used then; None where the kernel does not tell."""
        return self.gauges.peak_mb()

    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the group for want of memory since `begin`."""
        return self.gauges.out_of_memory()

    def refused_processes(self) -> bool:
        """Whether a process or thread was refused since `begin`, being one too many."""
        return self.gauges.refused_processes()

    def others(self) -> list[int]:
        """Processes in it, other than the one that asks."""
        folders = self._folders()
        # Opened anew each time: version 1 answers from a list of its own for a while where a file is kept open.
        inside = words(folders[0] / "cgroup.procs") if folders else set()
        return sorted(int(pid) for pid in inside if int(pid) != os.getpid())

    def close(self) -> bool:
        """Leave it where this process is in it, and remove it; whether it is gone. May be called again."""
        self.gauges.close()
        for part in self.parts.values():
            with contextlib.suppress(OSError):
                if str(os.getpid()) in words(part.folder / "cgroup.procs"):
                    write(part.home / "cgroup.procs", 0)
        gone = [removed(folder, _TRIES) for folder in self._folders()]
        return all(gone)

    def _folders(self) -> list[Path]:
        return list(dict.fromkeys(part.folder for part in self.parts.values()))

    def _limit_memory(self, part: Part, file: Path, number: int) -> None:
        swap = part.folder / ("memory.memsw.limit_in_bytes" if part.version == 1 else "memory.swap.max")
        if part.version == 2:
            write(file, number)
            with contextlib.suppress(OSError):  # a kernel without swap has no such file
                write(swap, 0)
            return
        if not swap.is_file():
            _write_patiently(file, number)
            return
        try:  # memory and swap together are never below memory: the order depends on whether it grows
            _write_patiently(file, number)
            _write_patiently(swap, number)
        except OSError:
            _write_patiently(swap, number)
            _write_patiently(file, number)


def _share(cpu_shares: float, equal: int, least: int, most: int) -> int:
    return min(most, max(least, round(equal * cpu_shares)))


def _write_patiently(path: Path, value: int) -> None:
    """Version 1 refuses a limit below what is used; what is cached is given back while it is asked again."""
    for again in range(_TRIES):
        try:
            write(path, value)
            return
        except OSError as error:
            if error.errno != errno.EBUSY or again + 1 == _TRIES:
                raise
        time.sleep(_PAUSE_S)


def remove_stale(process: Path = PROCESS) -> int:
    """Remove groups whose owner has ended and that hold no process; gives how many folders went."""
    gone = 0
    for place in places(process):
        above = [] if place.is_top else [place.here.parent]
        for folder in (found for parent in (place.here, *above) for found in parent.glob("admf-*")):
            named = _NAME.fullmatch(folder.name)
            if named and not _lives(int(named[1])) and not words(folder / "cgroup.procs"):
                gone += removed(folder, tries=1)
    return gone


def _lives(pid: int) -> bool:
    """Whether a process may still do something: one that has ended and was not waited for yet does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (ProcessLookupError, FileNotFoundError):
        return False
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] not in _ENDED
