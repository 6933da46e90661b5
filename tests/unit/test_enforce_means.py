"""The means of this machine: found without a trace, honest for a user without privileges, said by `admf doctor`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from admf.cli.limits import limits_by
from admf.containers.enforce import namespaces
from admf.containers.enforce.groups import Group
from admf.containers.enforce.landlock import version
from admf.containers.enforce.means import Means, find, means
from admf.containers.parent import children
from admf.model.container import Limits
from tests import forked


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_finding_them_changes_nothing_here() -> None:
    def state() -> list[object]:
        status = Path("/proc/self/status").read_text().splitlines()
        kept = [line for line in status if line.startswith(("NoNewPrivs", "Seccomp", "CapEff"))]
        ours = [Path("/proc/self/ns", name).readlink() for name in ("mnt", "ipc", "net")]
        limits = Path("/proc/self/limits").read_text()
        return [kept, ours, limits, Path("/proc/self/cgroup").read_text(), os.nice(0)]

    before, descriptors, there = state(), open_files(), children()  # an earlier test may have left some
    assert find() == means()
    assert state() == before
    assert open_files() == descriptors
    assert children() == there


def test_memory_that_was_freed_before_deceives_nobody() -> None:
    def with_a_hole() -> bool:
        blocks = [bytearray(100_000) for _ in range(2_000)]
        pinned = bytearray(100_000)  # above them: what is freed below it stays with the process
        blocks.clear()
        return find() == means() and len(pinned) > 0

    assert forked.result(with_a_hole)


def test_they_say_what_the_mechanisms_do() -> None:
    group = Group.make("test-means")
    try:
        assert means().can("processes") == ("pids" in group.has)
        assert ("cgroup" in means().memory) == ("memory" in group.has)
    finally:
        assert group.close()
    assert means().can("write") == (version() > 0)
    assert means().can("shared_memory") == forked.result(lambda: namespaces.own_shared_memory(1))


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_a_user_without_privileges_has_fewer_and_nothing_fails() -> None:
    def as_nobody() -> tuple[Means, bool, bool, frozenset[str], bool]:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        group = Group.make("test-nobody")
        group.join()
        limited = group.limit(Limits(), 300)
        group.begin()
        namespaces.wipe_shared_memory()
        return find(), namespaces.own_shared_memory(1), namespaces.without_network(), limited, group.close()

    found, *could = forked.result(as_nobody)
    assert could == [False, False, frozenset(), True]
    assert (found.memory, found.cpu, found.processes, found.shared_memory) == (
        "RLIMIT_DATA",
        "nice",
        "nothing",
        "nothing",
    )
    assert found.write == means().write


def test_where_processes_cannot_be_copied_nothing_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert find() == Means()
    assert not Means().can("memory")
    assert "admf.containers.enforce.means" in sys.modules


STRONG = Means(
    memory="cgroup v1 and RLIMIT_DATA",
    cpu="cgroup v1",
    processes="cgroup v1",
    network="network namespace",
    write="landlock 7",
    shared_memory="mount namespace",
)
WEAK = Means(memory="RLIMIT_DATA", cpu="nice", network="landlock 7 (TCP only)", write="landlock 7")


def test_doctor_says_each_means_and_what_it_falls_back_to() -> None:
    strong = {name: (state, says) for state, name, says in limits_by(STRONG)}
    assert {state for state, _ in strong.values()} == {"ok"}
    assert "memory_mb by cgroup v1 and RLIMIT_DATA" in strong["limit memory"][1]
    weak = {name: (state, says) for state, name, says in limits_by(WEAK)}
    assert [state for state, _ in weak.values()] == [
        "limited",
        "limited",
        "missing",
        "limited",
        "ok",
        "limited",
    ]
    assert "private memory of each process only" in weak["limit memory"][1]
    assert "cpu_shares by nice" in weak["limit cpu"][1]
    assert weak["limit network"][1].startswith("network: false by landlock 7 (TCP only): UDP stays open")
    none = {name: (state, says) for state, name, says in limits_by(Means())}
    assert [state for state, _ in none.values()] == ["missing"] * 5 + ["limited"]
    assert all("not enforced" in says for state, says in none.values() if state == "missing")
