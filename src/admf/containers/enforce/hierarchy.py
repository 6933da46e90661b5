"""Where this process is among the control groups: of each controller the version and the folder, as mounted here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CONTROLLERS = ("memory", "cpu", "pids")
PROCESS = Path("/proc/self")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The group that a process is in, in one tree of control groups."""

    version: int
    """1 or 2."""
    controllers: frozenset[str]
    """Of CONTROLLERS those that the tree has at this group."""
    here: Path
    """The group's folder."""
    is_top: bool
    """Nothing is seen above it: groups beside it cannot be made."""


def places(process: Path = PROCESS) -> tuple[Place, ...]:
    """This process in every tree that has one of CONTROLLERS, version 2 first; none where there is none.

    `process` is the folder of /proc to read `cgroup` and `mountinfo` of (man 7 cgroups, man 5 proc).
    """
    try:
        groups = (process / "cgroup").read_text(encoding="utf-8").splitlines()
        mounts = (process / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found = [
        place
        for line in groups
        for mount in mounts
        if (place := _place(line.split(":", 2), mount)) and place.controllers
    ]
    once = {place.here: place for place in reversed(found)}  # a tree may be mounted twice
    return tuple(sorted(once.values(), key=lambda place: -place.version))


def _place(group: list[str], mount: str) -> Place | None:
    _, names, path = group
    fields, _, rest = mount.partition(" - ")
    root, point = (_unescaped(text) for text in fields.split()[3:5])
    kind, _, options = rest.split(maxsplit=2)
    wanted = set(names.split(",")) if names else set()
    if kind != ("cgroup" if names else "cgroup2") or not wanted <= set(options.split(",")):
        return None
    inside = PurePosixPath(path)
    if ".." in inside.parts or not inside.is_relative_to(root):  # above what is mounted here
        return None
    below = inside.relative_to(root)
    here = Path(point) / below
    if not (here / "cgroup.procs").is_file():
        return None
    has = wanted if names else words(here / "cgroup.controllers")
    return Place(
        version=1 if names else 2,
        controllers=frozenset(has) & frozenset(CONTROLLERS),
        here=here,
        is_top=not below.parts,
    )


def words(path: Path) -> set[str]:
    """The words of a small file; none where it cannot be read."""
    try:
        return set(path.read_text(encoding="utf-8").split())
    except OSError:
        return set()


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
