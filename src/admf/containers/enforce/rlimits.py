"""The limits that a container sets itself: data, open files, no core; first to die, and nice where no group weighs."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from pathlib import Path

from admf.containers.enforce.kernel_file import content, tell
from admf.model.container import Limits

if sys.platform != "win32":
    import resource

_MB = 2**20
_SPARED, _SPARED_MB, _SPARED_MOST = 0.03, 4.0, 0.25
"""Left to what a group counts and RLIMIT_DATA does not: copies of inherited pages, page tables, stacks, files."""
_STEP = 1.25
"""What one step of nice is worth (man 7 sched)."""
_MOST_URGENT, _LEAST_URGENT = -20, 19
_AUTOGROUP = Path("/proc/self/autogroup")


def limit_self(limits: Limits, memory_mb: float) -> frozenset[str]:
    """Let this process have `memory_mb` more private memory than now, its open files, and no core file.

    Memory beyond it raises MemoryError. That counts private memory of this process only, and comes a little below
    `memory_mb` (3 percent, 4 MB at least), so that it comes before a control group with the same limit kills.
    Nothing can be raised again without a privilege. Gives what is limited now: of 'memory' and 'files'.
    """
    if sys.platform == "win32":
        return frozenset()
    done = set()
    data = private_bytes()
    if data is not None and _lower(resource.RLIMIT_DATA, data + _granted(memory_mb)):
        done.add("memory")
    if _lower(resource.RLIMIT_NOFILE, limits.open_files):
        done.add("files")
    _lower(resource.RLIMIT_CORE, 0)
    return frozenset(done)


def private_bytes() -> int | None:
    """What of this process RLIMIT_DATA counts: VmData; None where the system does not tell (man 5 proc)."""
    try:
        status = content("/proc/self/status")
    except OSError:
        return None
    _, found, after = status.partition(b"\nVmData:")
    return int(after.split(maxsplit=1)[0]) * 1024 if found else None


def _granted(memory_mb: float) -> int:
    spared = min(max(_SPARED * memory_mb, _SPARED_MB), _SPARED_MOST * memory_mb)
    return int((memory_mb - spared) * _MB)


def _lower(which: int, value: int) -> bool:
    """Never above what is allowed now."""
    hard = resource.getrlimit(which)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(which, (allowed, allowed))
    except (OSError, ValueError):
        return False
    return True


def oom_first() -> bool:
    """When memory ends, this process and what it starts die before any other; needs no privilege."""
    try:
        tell("/proc/self/oom_score_adj", b"1000")
    except OSError:
        return False
    return True


def nice_of(cpu_shares: float, largest: float = 1.0) -> bool:
    """Weigh this process by nice, for want of a control group; whether it could.

    `largest` is the share that stays at nice 0. More than that needs a privilege, so without one it is to be the
    largest of all there are. Where the system groups processes by session (man 7 sched, autogroup), nice counts
    inside a session only, and a number of the session between sessions: call it after setsid, it sets both.
    """
    steps = steps_of(cpu_shares, largest)
    try:
        if steps != os.nice(0):
            os.nice(steps - os.nice(0))
    except (OSError, AttributeError):  # Windows has none
        return False
    if sys.platform == "linux" and os.getsid(0) == os.getpid():  # the session is nobody else's
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_bytes(str(steps).encode())
    return True


def steps_of(cpu_shares: float, largest: float = 1.0) -> int:
    """The nice value, -20 to 19, that weighs like `cpu_shares` next to `largest` at 0."""
    return min(_LEAST_URGENT, max(_MOST_URGENT, round(math.log(largest / cpu_shares, _STEP))))
