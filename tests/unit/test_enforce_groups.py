"""Control groups of this machine: memory of every kind is stopped, shares of a core hold, processes are counted."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from admf.containers.enforce import namespaces
from admf.containers.enforce.groups import Group, remove_stale
from admf.containers.enforce.rlimits import nice_of, oom_first
from admf.model.container import Limits
from tests import forked

MB = 2**20


def made(needs: str) -> Group:
    group = Group.make(f"test-{needs}-{time.monotonic_ns()}")
    if needs not in group.has:
        group.close()
        pytest.skip(f"this machine lets this user make no control group for {needs}")
    return group


@pytest.fixture
def slot() -> Iterator[Group]:
    group = made("memory")
    yield group
    folders = [part.folder for part in group.parts.values()]
    assert group.close()
    assert not any(folder.exists() for folder in folders)


def as_keeper(group: Group, container: Callable[[], object], memory_mb: float) -> tuple[object, bool, float]:
    """What becomes of a container, whether memory ran out, its peak; asked in a copy that keeps the slot."""

    def keep() -> tuple[object, bool, float | None]:
        group.join()
        assert namespaces.own_shared_memory(2 * memory_mb)
        group.limit(Limits(), memory_mb)
        group.begin()
        became = forked.result(lambda: (oom_first(), container())[1])
        namespaces.wipe_shared_memory()
        return became, group.out_of_memory(), group.peak_mb()

    kept = forked.result(keep)
    assert isinstance(kept, tuple), kept
    assert kept[2] is not None
    return kept


def private(size: int) -> str:
    held = [bytearray(b"x" * MB) for _ in range(size)]
    return f"{len(held)} MB"


def mapped(size: int) -> str:
    area = mmap.mmap(-1, size * MB)  # shared: RLIMIT_DATA does not count it
    for at in range(0, size * MB, mmap.PAGESIZE):
        area[at] = 1
    return f"{size} MB"


def in_dev_shm(size: int) -> str:
    with Path("/dev/shm/big").open("wb") as file:
        for _ in range(size):
            file.write(b"x" * MB)
    return f"{size} MB"


@pytest.mark.parametrize("fill", [private, mapped, in_dev_shm])
def test_memory_beyond_300_mb_is_stopped_and_below_it_is_not(
    slot: Group, fill: Callable[[int], object]
) -> None:
    became, out, peak = as_keeper(slot, partial(fill, 400), 300)
    assert (became, out) == (-signal.SIGKILL, True)
    assert 280 < peak < 301
    became, out, peak = as_keeper(slot, partial(fill, 200), 300)
    assert (became, out) == ("200 MB", False)
    assert 195 < peak < 230


def test_begin_starts_the_peak_anew(slot: Group) -> None:
    def keep() -> tuple[float | None, float | None]:
        slot.join()
        slot.begin()
        forked.result(partial(private, 100))
        first = slot.peak_mb()
        slot.begin()
        return first, slot.peak_mb()

    first, second = forked.result(keep)
    assert 95 < first < 130
    assert second < 10


def test_the_limit_of_memory_grows_and_shrinks(slot: Group) -> None:
    part = slot.parts["memory"]
    name = "memory.limit_in_bytes" if part.version == 1 else "memory.max"
    for memory_mb in (300, 600, 200):
        assert "memory" in slot.limit(Limits(), memory_mb)
        written = int((part.folder / name).read_text()) / MB
        assert memory_mb <= written < memory_mb + 5


def test_a_fork_bomb_stays_within_its_processes() -> None:
    group = made("pids")
    group.limit(Limits(processes=8), 300)
    group.begin()
    assert not group.refused_processes()

    def bomb() -> int:
        group.join()
        for started in range(100):
            try:
                if os.fork() == 0:
                    os.closerange(3, 256)  # among them what the test reads from
                    time.sleep(600)
                    os._exit(0)
            except BlockingIOError:
                return started
        return 100

    try:
        assert forked.result(bomb) == 8  # nine of them at once: with the keeper, eight are the trial's
        assert group.refused_processes()
        assert len(group.others()) == 8
        group.begin()
        assert not group.refused_processes()
    finally:
        for pid in group.others():
            os.kill(pid, signal.SIGKILL)
        assert group.close()


def test_cpu_shares_hold_under_load() -> None:
    groups = [made("cpu"), made("cpu")]
    try:
        for group, shares in zip(groups, (4.0, 1.0), strict=True):
            group.limit(Limits(cpu_shares=shares), 300)
        assert 2.5 < ratio(groups[0].join, groups[1].join) < 6
    finally:
        assert [group.close() for group in groups] == [True, True]


def test_nice_holds_roughly_where_there_is_no_group() -> None:
    def weighing(shares: float) -> Callable[[], None]:
        def weigh() -> None:
            os.setsid()
            assert nice_of(shares, largest=4.0)

        return weigh

    assert 2.5 < ratio(weighing(4.0), weighing(1.0)) < 6


def ratio(first: Callable[[], object], second: Callable[[], object]) -> float:
    """CPU time that two busy processes had of one core, as first by second."""
    core = min(os.sched_getaffinity(0))
    gate, open_gate = os.pipe()

    def burn(prepare: Callable[[], object]) -> None:
        prepare()
        os.sched_setaffinity(0, {core})
        os.close(open_gate)
        os.read(gate, 1)  # ends when the test closes its side
        while True:
            pass

    children = [forked.start(partial(burn, prepare)) for prepare in (first, second)]
    try:
        while any(_prepares(pid) for pid, _ in children):
            time.sleep(0.01)
        before = [_cpu_ns(pid) for pid, _ in children]
        os.close(open_gate)
        had = [0, 0]
        while sum(had) < 1_500_000_000:
            time.sleep(0.05)
            had = [_cpu_ns(pid) - was for (pid, _), was in zip(children, before, strict=True)]
        return had[0] / max(1, had[1])
    finally:
        os.close(gate)
        for pid, reader in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(reader)


def _cpu_ns(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def _prepares(pid: int) -> bool:
    """Whether it has not come to its core yet; where there is one core only, that cannot be seen."""
    return len(os.sched_getaffinity(pid)) > 1 and len(os.sched_getaffinity(0)) > 1


def test_closing_leaves_the_group_and_removes_it() -> None:
    group = made("memory")
    folders = [part.folder for part in group.parts.values()]

    def keep() -> list[bool]:
        group.join()
        inside = [str(os.getpid()) in (folder / "cgroup.procs").read_text().split() for folder in folders]
        return [all(inside), group.others() == [], group.close(), group.close()]

    assert forked.result(keep) == [True] * 4
    assert not any(folder.exists() for folder in folders)
    assert group.close()
    assert group.peak_mb() is None


def test_a_group_whose_owner_has_ended_is_removed_and_no_other() -> None:
    owner = subprocess.Popen(["sleep", "600"])  # until all is set up: other pools clear away too
    stale, busy, living = (Group.make(f"stale-{n}", owner=(owner.pid, owner.pid, None)[n]) for n in range(3))
    gate, open_gate = os.pipe()

    def stay() -> None:
        busy.join()
        os.close(open_gate)
        os.read(gate, 1)

    inside, reader = forked.start(stay)
    try:
        if not stale.has:
            pytest.skip("this machine lets this user make no control group")
        while not all((part.folder / "cgroup.procs").read_text() for part in busy.parts.values()):
            time.sleep(0.01)
        owner.kill()
        owner.wait()
        remove_stale()
        assert not any(part.folder.exists() for part in stale.parts.values())
        assert all(part.folder.exists() for group in (busy, living) for part in group.parts.values())
    finally:
        owner.kill()
        owner.wait()
        os.close(open_gate)
        os.waitpid(inside, 0)
        os.close(reader)
        os.close(gate)
        assert [group.close() for group in (stale, busy, living)] == [True] * 3
