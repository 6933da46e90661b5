"""What of this machine a process may use: cores, quotas and memory, from the system and its control groups."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 2**60
"""cgroup v1 writes a number near 2**63 where nothing is limited."""


def usable_cores() -> float:
    """Cores this process may use: its affinity, and the CPU quota of its control groups where that is less."""
    cores = float(affinity())
    quota = cpu_quota()
    return cores if quota is None else min(cores, quota)


def affinity() -> int:
    """How many cores this process may be scheduled on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_quota() -> float | None:
    """Cores that the control groups grant, 1.5 for one and a half; None where nothing is limited."""
    found = []
    for folder in group_folders("cpu"):
        if (text := _read(folder / "cpu.max")) and not text.startswith("max"):  # v2: quota and period
            quota, _, period = text.partition(" ")
            found.append(int(quota) / int(period or 100_000))
        granted = _read(folder / "cpu.cfs_quota_us")
        if granted and int(granted) > 0:
            found.append(int(granted) / int(_read(folder / "cpu.cfs_period_us") or 100_000))
    return min(found, default=None)


def memory_limit_mb() -> float | None:
    """Memory that the control groups grant; None where nothing is limited."""
    found = []
    for folder in group_folders("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = _read(folder / name)
            if text and text != "max" and int(text) < _UNLIMITED:
                found.append(int(text) / 2**20)
    return min(found, default=None)


def free_memory_mb() -> float:
    """Memory that is free for new processes, and no more than the control groups grant."""
    text = _read(Path("/proc/meminfo")) or ""
    free = [int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("MemAvailable:")]
    if not free:
        free = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20]
    return min([*free, *([limit] if (limit := memory_limit_mb()) is not None else [])])


def group_folders(controller: str) -> list[Path]:
    """The folders of the control groups that this process is in, and of those above them; v1 and v2."""
    folders: list[Path] = []
    for line in (_read(Path("/proc/self/cgroup")) or "").splitlines():
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        root = _CGROUPS / names if names else _CGROUPS
        if not root.is_dir() and names:  # 'cpu,cpuacct' is mounted under either name
            root = _CGROUPS / controller
        here = root / path.lstrip("/")
        folders += [
            folder for folder in (here, *here.parents) if folder.is_relative_to(root) and folder.is_dir()
        ]
    return list(dict.fromkeys(folders))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
