"""Where a run's numbers come from: versions, hashes of config, data and code, and the machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil

from admf.errors import RunError
from admf.store.files import write_text

SCHEMA = 1
_NOTHING: Mapping[str, str] = MappingProxyType({})

PACKAGES = (
    "numpy", "numba", "llvmlite", "scipy", "polars", "pandas", "arch", "optuna", "cmaes", "hmmlearn", "ray",
    "TA-Lib",
)  # fmt: skip
"""Packages whose version can change a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """The bars of a run; `digest` is that of model/mapped_bars.py, `first` and `last` are dates as text."""

    source: str
    digest: str
    symbols: tuple[str, ...]
    first: str
    last: str
    bars: int


def provenance(
    config_text: str,
    data: DataSource,
    components: Mapping[str, str],
    packages: Sequence[str] = PACKAGES,
    created: str | None = None,
    enforced: Mapping[str, str] = _NOTHING,
) -> dict[str, Any]:
    """The content of `provenance.json`; `components` maps each component to the hash of its source.

    `identity` is a hash of `inputs`, which are equal in runs that must give equal numbers; `data`, `machine`
    and `created` (UTC; now where None) describe, and are no part of it. `enforced` says by what means containers
    are held to each of their limits here, as `machine.enforced`.
    """
    inputs = {
        "config": _hash(config_text.replace("\r\n", "\n").encode()),
        "data": data.digest,
        "code": {"admf": code_hash(), "components": dict(sorted(components.items()))},
        "versions": versions(packages),
    }
    return {
        "schema": SCHEMA,
        "identity": _hash(json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()),
        "inputs": inputs,
        "data": {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(data).items()
        },
        "machine": machine() | {"enforced": dict(sorted(enforced.items()))},
        "created": created or datetime.now(UTC).isoformat(timespec="seconds"),
    }


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between the inputs of two provenances, one line each; empty where identities are equal.

    >>> changes({"inputs": {"data": "a"}}, {"inputs": {"data": "b"}})
    ['data was a, is b']
    """
    old, new = _flat(before["inputs"]), _flat(now["inputs"])
    return [
        f"{name} was {_short(old.get(name))}, is {_short(new.get(name))}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def write_provenance(path: Path, content: Mapping[str, Any]) -> None:
    """Writes `provenance.json`, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_provenance(path: Path) -> dict[str, Any]:
    """What was written at `path`. Raises RunError where it is missing, damaged, or newer than this ADMF."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content["schema"]
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(
            f"{path}: a run must have its provenance, this one cannot be read. Restore it from a backup."
        ) from None
    if schema != SCHEMA:
        raise RunError(f"{path}: its schema must be {SCHEMA}, is {schema}. Use the ADMF that made this run.")
    return dict(content)


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str | None]:
    """Versions of Python, ADMF and packages; None for what is not installed."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: _version(name) for name in ("admf", *packages)},
    }


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@cache
def code_hash(folder: Path = Path(__file__).parents[1]) -> str:
    """SHA-256 over the names and contents of all Python files below a folder; by default, ADMF itself."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    sha = hashlib.sha256()
    for name in names:
        content = (folder / name).read_bytes().replace(b"\r\n", b"\n")
        sha.update(json.dumps([name, len(content)]).encode() + content)
    return sha.hexdigest()


@cache
def machine() -> dict[str, Any]:
    """What this process runs on; no host or user name."""
    return {
        "cpu": _cpu(),
        "architecture": platform.machine(),
        "cores": psutil.cpu_count(logical=False),
        "threads": psutil.cpu_count(),
        "usable_threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "os": f"{platform.system()} {platform.release()}",  # platform() would start a process to ask
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.machine()  # platform.processor() would start a process to ask


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _flat(tree: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in tree.items():
        leaves |= (
            _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else {f"{before}{name}": value}
        )
    return leaves


def _short(value: Any) -> str:
    if value is None:
        return "not there"
    text = str(value)
    return text[:12] if len(text) == 64 else text
