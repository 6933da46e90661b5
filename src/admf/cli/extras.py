"""Optional extras: which are installed, what each brings, and how to install the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec

_BRINGS = {
    "indicators": "TA-Lib for strategies of your own",
    "bench": "the comparison with other backtesters",
    "dev": "the tools for working on ADMF itself",
}
_EXTRA = re.compile(r"""extra\s*==\s*['"](?P<extra>[\w-]+)['"]""")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Line = tuple[str, str, str]
"""State, name, sentence."""


def extras() -> Iterator[Line]:
    """A line for each extra of the installed ADMF, and one for Ray."""
    try:
        required = distribution("admf").requires or []
    except PackageNotFoundError:
        yield "limited", "extras", "admf is not installed as a package: pip install . in its folder"
        required = []
    packages: dict[str, list[str]] = {}
    for line in required:
        if (extra := _EXTRA.search(line)) and (name := _NAME.match(line)):
            packages.setdefault(extra["extra"], []).append(name[0])
    for extra_name, names in sorted(packages.items()):
        yield _line(extra_name, names)
    if find_spec("ray") is None:
        yield "missing", "Ray", "not installed, and not used yet: trials run on this machine only"
    else:
        yield (
            "limited",
            "Ray",
            f"{version('ray')} is installed, and not used yet: trials run on this machine only",
        )


def _line(extra: str, names: list[str]) -> Line:
    brings = _BRINGS.get(extra, ", ".join(names))
    lacking = [name for name in names if not _installed(name)]
    if not lacking:
        return "ok", f"extra {extra}", f"installed: {brings}"
    says = f"brings {brings}; lacks {', '.join(lacking)}. Install it: pip install 'admf[{extra}]'"
    return "missing", f"extra {extra}", says


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False
