"""What holds a trial to its limits here, by which means, and what is fallen back to; limits of this process itself."""

from __future__ import annotations

from collections.abc import Iterator

from admf.cli.extras import Line
from admf.containers.enforce.means import Means

_FEW_FILES = 256
_NO_GROUP = "no control group that this user may write"


def limits_by(found: Means) -> Iterator[Line]:
    """A line for each limit of a trial: by which means it is held here, and how far they go."""
    yield _memory(found)
    yield _cpu(found)
    yield _processes(found)
    yield _network(found)
    yield _write(found)
    yield _shared_memory(found)


def _memory(found: Means) -> Line:
    name, by = "limit memory", f"memory_mb by {found.memory}"
    if "cgroup" in found.memory:
        return "ok", name, f"{by}: private, mapped and shared memory of all processes of a trial"
    if found.can("memory"):
        says = "private memory of each process only, not what is mapped shared or lies in /dev/shm"
        return "limited", name, f"{by}: {says}; {_NO_GROUP}"
    return "missing", name, f"memory_mb is not enforced: {_NO_GROUP}, and RLIMIT_DATA stops nothing"


def _cpu(found: Means) -> Line:
    name, by = "limit cpu", f"cpu_shares by {found.cpu}"
    if "cgroup" in found.cpu:
        return "ok", name, f"{by}: shares of the cores, exact under load"
    if found.can("cpu"):
        return "limited", name, f"{by}: about the shares asked for, of each process by itself; {_NO_GROUP}"
    return "missing", name, f"cpu_shares is not enforced: {_NO_GROUP}, and no nice"


def _processes(found: Means) -> Line:
    name = "limit processes"
    if found.can("processes"):
        return "ok", name, f"processes by {found.processes}: processes and threads of a trial at once"
    return "missing", name, f"processes is not enforced: {_NO_GROUP}"


def _network(found: Means) -> Line:
    name, by = "limit network", f"network: false by a {found.network}"
    if "namespace" in found.network:
        return "ok", name, f"{by}: none at all, the loopback neither"
    if found.can("network"):
        return "limited", name, f"{by.replace(' a ', ' ')}: UDP stays open; no namespace for this user"
    return "missing", name, "network: false is not enforced: no namespace for this user, and no landlock 4"


def _write(found: Means) -> Line:
    name = "limit write"
    if found.can("write"):
        return "ok", name, f"write: scratch by {found.write}: files are changed below the trial's folder only"
    return "missing", name, "write: scratch is not enforced: the kernel offers no landlock"


def _shared_memory(found: Means) -> Line:
    name = "shared memory"
    if found.can("shared_memory"):
        return "ok", name, f"a /dev/shm for each slot by a {found.shared_memory}, wiped when a container ends"
    return "limited", name, "/dev/shm is the machine's, and what a trial leaves there stays"


def resource_limits() -> Iterator[Line]:
    """The limits that this process has, which trials inherit."""
    try:
        import resource
    except ImportError:
        yield "missing", "resource limits", "Unix has them: open files of a trial are not limited"
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = files != resource.RLIM_INFINITY and files < _FEW_FILES
    set_here = [
        f"{words} {value / 2**20:,.0f} MB"
        for name, words in (("RLIMIT_AS", "address space"), ("RLIMIT_DATA", "data"))
        if (value := resource.getrlimit(getattr(resource, name))[0]) != resource.RLIM_INFINITY
    ]
    says = f"open files {'unlimited' if files == resource.RLIM_INFINITY else f'{files:,}'}"
    says += f"; limited for this process: {', '.join(set_here)}" if set_here else "; memory not limited"
    says += "; a trial has as much, and its open_files at most"
    yield "limited" if few or set_here else "ok", "resource limits", says
