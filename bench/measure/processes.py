"""Processes from outside: CPU seconds and memory of a process with all its children, and commands that are run once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

HOW = "PSS" if Path("/proc/self/smaps_rollup").exists() else "RSS"
"""PSS: pages that several processes share count once in their sum. Elsewhere than on Linux, RSS: each time."""
EVERY_S = 0.02


def cpu_seconds(pid: int | None = None) -> float:
    """CPU seconds of a process (None: this one) and its children, those that have ended included."""
    used = 0.0
    for process in _family(psutil.Process(pid)):
        try:
            times = process.cpu_times()
            used += _own_cpu(process.pid, times) + getattr(times, "children_user", 0.0)
            used += getattr(times, "children_system", 0.0)
        except psutil.NoSuchProcess:  # it has ended meanwhile: its parent has its time now
            continue
    return used


def _own_cpu(pid: int, times: Any) -> float:
    """To the nanosecond where the system has a clock for each process, else in ticks of 10 ms."""
    if sys.platform == "linux":
        try:
            return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
        except OSError:
            pass
    return float(times.user + times.system)


def memory_mb(pids: Sequence[int]) -> float:
    """What these processes hold together, see HOW; those that have ended hold nothing."""
    total = 0
    for pid in pids:
        try:
            if HOW == "RSS":
                total += psutil.Process(pid).memory_info().rss
                continue
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except (OSError, psutil.NoSuchProcess):
            continue
    return total / 2**20


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Peak:
    """The most memory that a process and its children held together while this was open, looked at 50 times a second.

    Looking takes time: nothing that is timed is looked at.
    """

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            self.mb = max(self.mb, memory_mb([process.pid for process in _family(self._process)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ended well: wall and CPU seconds, its children's included; memory where it was asked for."""

    seconds: float
    cpu_s: float
    peak_mb: float
    output: str

    @property
    def waited(self) -> float:
        """Wall over CPU time."""
        return self.seconds / max(self.cpu_s, 1e-9)


def command(
    words: Sequence[str], *, folder: Path, more: Mapping[str, str] | None = None, memory: bool = False
) -> Ran:
    """Run a command in `folder`, to its end; RuntimeError with what it said where that is not 0."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            words, cwd=folder, env={**os.environ, **(more or {})}, stdout=said, stderr=subprocess.STDOUT
        )
        if memory:
            with Peak(process.pid) as peak:
                cpu_s = _ended(process)
        else:
            peak, cpu_s = None, _ended(process)
        seconds = time.perf_counter() - began
        said.seek(0)
        output = said.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with code {process.returncode}:\n{output[-2000:]}")
    return Ran(seconds=seconds, cpu_s=cpu_s, peak_mb=peak.mb if peak else 0.0, output=output)


def _ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end of a process; the CPU seconds of it and of all that it waited for."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def admf(*words: str) -> list[str]:
    """The command `admf` of this Python, as words."""
    return [sys.executable, "-c", "from admf.cli.app import main; main()", *words]
