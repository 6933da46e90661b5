"""What measured: the machine, the versions, and how busy it was before."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("vectorbt", "vectorbt-rust", "backtesting", "numpy", "numba", "pandas", "polars")


def machine() -> dict[str, Any]:
    """Processor, cores, memory and system: what must be equal for absolute figures to be compared."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """Of Python, ADMF and all that it is held against; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("admf", *PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def load() -> float | None:
    """How many processes wanted a processor in the last minute, for each that there is."""
    return round(os.getloadavg()[0] / (os.cpu_count() or 1), 2) if hasattr(os, "getloadavg") else None


def _processor() -> str:
    """The processor's name where the system tells, else its architecture."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
