"""This machine as `admf doctor` finds it: one finding a line, measured now."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from admf import registry
from admf.cli.extras import extras
from admf.cli.limits import limits_by, resource_limits
from admf.containers.enforce.means import means
from admf.containers.job import WARM, Job
from admf.coordinator.configured_executor import LEAST_MB
from admf.executors.nursery import best_start_method
from admf.model.cache_folder import cache_folder
from admf.model.machine import affinity, cpu_quota, memory_limit_mb

OK, LIMITED, MISSING = "ok", "limited", "missing"
_LEAST_PYTHON = (3, 11)
_LITTLE_MEMORY_GB, _LITTLE_DISK_GB = 1.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about this machine, in one sentence."""

    name: str
    state: str
    """'ok', 'limited' or 'missing'."""
    says: str
    fatal: bool = False
    """Without it no run is possible."""


def examine() -> list[Finding]:
    """Everything; what cannot be measured is a finding too."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        _system,
        _cores,
        _memory,
        _disk,
        _cache,
        _kernels,
        _bytecode,
        _workers,
        _start_method,
        _executors,
    )
    findings = [_safely(look) for look in looks]
    for state, name, says in (*extras(), *limits_by(means()), *resource_limits()):
        findings.append(Finding(name=name, state=state, says=says))
    return findings


def warm_kernels() -> None:
    """Compile every kernel in a worker process and keep it; does nothing where that was done."""
    with closing(registry.load("executors", "local")(workers=1)) as pool:
        pool.submit(0, Job(function=WARM, argument=None))
        pool.next()


def _safely(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        name = look.__name__.strip("_").replace("_", " ")
        return Finding(
            name=name, state=LIMITED, says=f"cannot be measured here: {type(error).__name__}: {error}"
        )


def _python() -> Finding:
    version = f"{platform.python_implementation()} {platform.python_version()}"
    enough = sys.version_info[:2] >= _LEAST_PYTHON
    says = version if enough else f"{version}; 3.11 or newer is needed"
    return Finding(name="Python", state=OK if enough else MISSING, says=says, fatal=not enough)


def _system() -> Finding:
    name = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if platform.system() == "Linux":
        return Finding(name="system", state=OK, says=name)
    if platform.system() == "Windows":
        says = f"{name}; runs need a Unix system, such as Linux in WSL"
        return Finding(name="system", state=MISSING, says=says, fatal=True)
    return Finding(name="system", state=LIMITED, says=f"{name}; ADMF is tested on Linux only")


def _cores() -> Finding:
    usable, there, quota = affinity(), os.cpu_count() or 1, cpu_quota()
    says = f"{usable} usable of {there}; a run has as many containers at once, as far as memory goes"
    if quota is not None and quota < usable:
        says = f"{usable} usable, but a quota grants {quota:g}: a run has {max(1, int(quota))} containers at once"
        return Finding(name="cores", state=LIMITED, says=says)
    return Finding(name="cores", state=OK if usable == there else LIMITED, says=says)


def _memory() -> Finding:
    import psutil

    memory, limit = psutil.virtual_memory(), memory_limit_mb()
    free = memory.available / 2**30
    says = f"{free:.1f} GB free of {memory.total / 2**30:.1f}"
    expected = f"a container is expected to take {LEAST_MB / 1000:g} GB where memory_mb does not say"
    limited = free < _LITTLE_MEMORY_GB
    if limit is not None and limit * 2**20 < memory.total:
        says, limited = f"{says}; this process's control group grants {limit / 1024:.1f}", True
    return Finding(name="memory", state=LIMITED if limited else OK, says=f"{says}; {expected}")


def _disk() -> Finding:
    usage = shutil.disk_usage(Path.cwd())
    free = usage.free / 2**30
    says = f"{free:.1f} GB free of {usage.total / 2**30:.1f} in this folder"
    return Finding(name="disk", state=OK if free >= _LITTLE_DISK_GB else LIMITED, says=says)


def _cache() -> Finding:
    folder = cache_folder()
    why = "ADMF_CACHE" if os.environ.get("ADMF_CACHE") else "ADMF_CACHE names another"
    size = (
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
        if folder.is_dir()
        else 0.0
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        says = f"{folder} takes no files ({error.strerror}); bars and kernels are kept there. Set ADMF_CACHE"
        return Finding(name="cache", state=MISSING, says=says, fatal=True)
    return Finding(name="cache", state=OK, says=f"{folder}, {size:,.0f} MB, writable ({why})")


def _kernels() -> Finding:
    from admf.finance.compiled import CACHE
    from admf.trials.warm import is_warm

    if not CACHE:
        says = "cannot be kept on disk: every worker compiles them anew, about half a minute"
        return Finding(name="kernels", state=LIMITED, says=says)
    if is_warm():
        return Finding(name="kernels", state=OK, says="compiled and kept")
    says = "not compiled yet: the first run does it, about half a minute; `admf doctor --warm` does it now"
    return Finding(name="kernels", state=LIMITED, says=says)


def _bytecode() -> Finding:
    import numba

    import admf

    counts = []
    for package in (admf, numba):
        files = list(Path(str(package.__file__)).parent.rglob("*.py"))
        counts.append((sum(Path(cache_from_source(str(file))).is_file() for file in files), len(files)))
    (ours, all_ours), (theirs, all_theirs) = counts
    says = f"{ours:,} of {all_ours:,} files of admf, {theirs:,} of {all_theirs:,} of numba"
    if min(ours / all_ours, theirs / all_theirs) > 0.4:  # tests and rarely used parts need not be
        return Finding(name="bytecode", state=OK, says=says)
    return Finding(
        name="bytecode", state=LIMITED, says=f"{says}: workers start slower. Run python -m compileall"
    )


def _workers() -> Finding:
    if platform.system() == "Windows":
        says = "worker processes need Unix process groups"
        return Finding(name="workers", state=MISSING, says=says, fatal=True)
    says = "a keeper for each, which runs no trial itself and ends with the run; the end of one is noticed"
    if hasattr(os, "pidfd_open"):
        return Finding(name="workers", state=OK, says=f"{says} at once")
    return Finding(name="workers", state=LIMITED, says=f"{says} by looking, within 0.2 seconds")


def _start_method() -> Finding:
    auto = best_start_method()
    if auto == "fork":
        says = "auto is fork: a container is a copy of a warm process, there in milliseconds"
        return Finding(name="start method", state=OK, says=says)
    says = f"auto is {auto}: a container is a program of its own, which takes a second or more to start"
    return Finding(name="start method", state=LIMITED, says=says)


def _executors() -> Finding:
    names = registry.names("executors")
    theirs = [name for name, where in names.items() if not where.startswith("admf.")]
    says = ", ".join(names) + (f" ({', '.join(theirs)} from other packages)" if theirs else "")
    return Finding(name="executors", state=OK, says=says)
