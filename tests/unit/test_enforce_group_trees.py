"""Control groups in trees made of plain files: version 2, both versions at once, none; this machine may have either."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf.containers.enforce.groups import Group
from admf.containers.enforce.hierarchy import places
from admf.model.container import Limits

MB = 2**20
V2 = {  # what limits is empty: a plain file keeps what is behind what is written
    "cgroup.type": "domain\n",
    "cgroup.procs": "",
    "memory.current": f"{50 * MB}\n",
    "memory.peak": f"{60 * MB}\n",
    "memory.max": "",
    "memory.swap.max": "",
    "memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n",
    "cpu.weight": "",
    "pids.max": "",
    "pids.events": "max 3\n",
}


def folder(path: Path, files: dict[str, str]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text)
    return path


def process(tmp_path: Path, cgroup: str, *mounts: str) -> Path:
    """A folder like /proc/self."""
    return folder(tmp_path / "proc", {"cgroup": cgroup, "mountinfo": "".join(f"{m}\n" for m in mounts)})


def mount(point: Path, kind: str, options: str = "rw", root: str = "/") -> str:
    return f"31 23 0:28 {root} {point} rw,nosuid shared:9 - {kind} {kind} {options}"


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A process in /user/scope of version 2, beside which a group named x of owner 1 would have all controllers."""
    all_three = {"cgroup.controllers": "cpu memory pids\n", "cgroup.procs": ""}
    folder(tmp_path / "cg/user", {**all_three, "cgroup.subtree_control": "cpu memory pids\n"})
    folder(tmp_path / "cg/user/scope", {**all_three, "cgroup.subtree_control": ""})
    folder(tmp_path / "cg/user/admf-1-x", V2)
    return process(tmp_path, "0::/user/scope\n", mount(tmp_path / "cg", "cgroup2"))


def test_version_2_is_made_beside_and_limited(user: Path, tmp_path: Path) -> None:
    group = Group.make("x", owner=1, process=user)
    made = tmp_path / "cg/user/admf-1-x"
    assert group.has == {"memory", "cpu", "pids"}
    assert {part.folder for part in group.parts.values()} == {made}
    assert group.limit(Limits(cpu_shares=0.5, processes=10), 300) == group.has
    assert int((made / "memory.max").read_text()) == 350 * MB
    assert (made / "memory.swap.max").read_text() == "0"
    assert (made / "cpu.weight").read_text() == "50"
    assert (made / "pids.max").read_text() == "11"
    group.join(42)
    assert group.others() == [42]


def test_version_2_counts_since_it_began(user: Path, tmp_path: Path) -> None:
    group, made = Group.make("x", owner=1, process=user), tmp_path / "cg/user/admf-1-x"
    assert group.peak_mb() is None
    group.begin()
    assert not group.out_of_memory()
    assert not group.refused_processes()
    (made / "memory.peak").write_text(f"{90 * MB}\n")
    (made / "memory.events").write_text(V2["memory.events"].replace("oom_kill 1", "oom_kill 2"))
    (made / "pids.events").write_text("max 4\n")
    assert group.peak_mb() == 40
    assert group.out_of_memory()
    assert group.refused_processes()
    group.begin()
    assert not group.out_of_memory()
    assert not group.refused_processes()


def test_version_2_before_peaks_could_be_reset_has_none(user: Path, tmp_path: Path) -> None:
    (tmp_path / "cg/user/admf-1-x/memory.peak").unlink()
    group = Group.make("x", owner=1, process=user)
    group.begin()
    assert group.peak_mb() is None


@pytest.mark.parametrize("kind", ["threaded", "domain invalid"])
def test_a_folder_that_takes_no_processes_is_not_used(user: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "cg/user/admf-1-x/cgroup.type").write_text(f"{kind}\n")
    assert Group.make("x", owner=1, process=user).has == frozenset()


def test_what_is_given_to_no_group_below_is_not_had(user: Path, tmp_path: Path) -> None:
    (tmp_path / "cg/user/cgroup.subtree_control").write_text("pids\n")
    assert Group.make("x", owner=1, process=user).has == {"pids"}


def test_at_the_top_the_group_is_made_below(tmp_path: Path) -> None:
    given = {"cgroup.controllers": "memory pids\n", "cgroup.subtree_control": "memory pids\n"}
    top = folder(tmp_path / "cg", {"cgroup.procs": "", **given})
    made = folder(top / "admf-1-x", V2)
    group = Group.make("x", owner=1, process=process(tmp_path, "0::/\n", mount(top, "cgroup2")))
    assert {name: part.folder for name, part in group.parts.items()} == {"memory": made, "pids": made}


def test_version_1_fills_what_version_2_lacks(tmp_path: Path) -> None:
    files = {"cgroup.controllers": "pids\n", "cgroup.subtree_control": "pids\n", "cgroup.procs": ""}
    two = folder(tmp_path / "unified", files)
    folder(two / "admf-1-x", V2)
    one = folder(tmp_path / "cpu,cpuacct", {"cgroup.procs": ""})
    shares = folder(one / "admf-1-x", {"cpu.shares": "1024\n"}) / "cpu.shares"
    mounts = mount(two, "cgroup2"), mount(one, "cgroup", "rw,cpu,cpuacct")
    group = Group.make("x", owner=1, process=process(tmp_path, "4:cpu,cpuacct:/\n0::/\n", *mounts))
    assert {name: part.version for name, part in group.parts.items()} == {"pids": 2, "cpu": 1}
    group.limit(Limits(cpu_shares=4), 300)
    assert shares.read_text().strip() == "4096"


def test_a_group_is_found_where_its_tree_is_mounted(tmp_path: Path) -> None:
    point = folder(tmp_path / "with space", {"cgroup.procs": ""})
    folder(point / "inner", {"cgroup.procs": ""})
    folder(tmp_path / "other", {"cgroup.procs": ""})  # beside the mount: not the group that is named so
    escaped = Path(str(point).replace(" ", r"\040"))
    here = process(
        tmp_path, "4:memory:/docker/abc/inner\n", mount(escaped, "cgroup", "rw,memory", "/docker/abc")
    )
    (place,) = places(here)
    assert (place.here, place.version, set(place.controllers)) == (point / "inner", 1, {"memory"})
    (here / "cgroup").write_text("4:memory:/docker/abc/../other\n3:pids:/docker/abc\n2:memory:/elsewhere\n")
    assert places(here) == ()


def test_without_control_groups_nothing_is_limited_and_nothing_fails(tmp_path: Path) -> None:
    group = Group.make("x", process=tmp_path / "nowhere")
    assert group.has == group.limit(Limits(), 300) == frozenset()
    group.join()
    group.begin()
    assert (group.peak_mb(), group.out_of_memory(), group.refused_processes()) == (None, False, False)
    assert group.others() == []
    assert group.close()
