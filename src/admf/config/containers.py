"""The `containers:` block and each `container_spec:`: where trials live, and what they may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from admf.config import available
from admf.config.config import ContainerConfig, ContainersConfig
from admf.config.container_keys import CONTAINER_SPEC, CONTAINERS, LEAST_FILES, RESOURCE_LIMITS, WRITES
from admf.config.document import Path
from admf.config.reading import Reading
from admf.errors import ConfigError, Problem
from admf.finance.simulation.parse import number, one_of, refusal, truth, whole
from admf.model.container import Kind, Limits

_PLACE = ("containers",)
_LIMITS = "resource_limits"


def read_containers(reading: Reading, path: Path = _PLACE) -> ContainersConfig:
    """What holds for all stages; problems are noted in `reading`."""
    reading.section(path, CONTAINERS, beside=RESOURCE_LIMITS, example="{type: isolated, pool_size: 4}")
    raw = reading.get(path)
    for name in raw if isinstance(raw, Mapping) else ():
        if name in RESOURCE_LIMITS:
            says = f"'{name}' must stand under {_LIMITS} here."
            hint = f"Such as containers: {{{_LIMITS}: {{memory_mb: 512}}}}."
            reading.problem((*path, name), says, hint, key=True)
    reading.section((*path, _LIMITS), RESOURCE_LIMITS, example="{memory_mb: 512, timeout_s: 60}")
    each = _container(reading, path, (*path, _LIMITS), ContainerConfig())
    return ContainersConfig(
        pool_size=reading.take((*path, "pool_size"), _at_least_one, None),
        each=replace(each, recycle=reading.take((*path, "recycle"), _at_least_one, None)),
    )


def read_container_spec(reading: Reading, path: Path, above: ContainerConfig) -> ContainerConfig:
    """A stage's or a component's container: `above`, key by key replaced by what is given at `path`."""
    reading.section(path, CONTAINER_SPEC, example="{type: isolated, memory_mb: 512}")
    return _container(reading, path, path, above)


def written_containers(containers: ContainersConfig) -> dict[str, Any]:
    """The block as a config writes it, every key in it."""
    flat = _written(containers.each)
    return {
        "type": flat["type"],
        "pool_size": containers.pool_size,
        _LIMITS: {name: flat[name] for name in RESOURCE_LIMITS},
        "trials": flat["trials"],
        "recycle": containers.each.recycle,
        "network": flat["network"],
        "write": flat["write"],
    }


def written_container_spec(container: ContainerConfig, above: ContainerConfig) -> dict[str, Any]:
    """What a `container_spec:` must say for `container` to come of what is `above` it."""
    before = _written(above)
    return {name: value for name, value in _written(container).items() if value != before[name]}


def _written(container: ContainerConfig) -> dict[str, Any]:
    limits = container.limits
    values = {name: getattr(limits, name) for name in CONTAINER_SPEC if hasattr(limits, name)}
    if limits.memory_mb is None:
        values["memory_mb"] = "auto"
    return {"type": container.kind.value if container.kind else None, **values, "trials": container.trials}


def _container(reading: Reading, path: Path, limits: Path, above: ContainerConfig) -> ContainerConfig:
    """`above` with what is given at `path`, and the limits at a path of their own."""
    found = _limits(reading, limits, {name: _LIMIT_READERS[name] for name in RESOURCE_LIMITS}, above.limits)
    return replace(
        above,
        kind=reading.take((*path, "type"), _kind, above.kind),
        limits=_limits(reading, path, _HARDENING_READERS, found),
        trials=reading.take((*path, "trials"), _at_least_one, above.trials),
    )


def _limits(
    reading: Reading, path: Path, readers: Mapping[str, Callable[[object], Any]], above: Limits
) -> Limits:
    given = {
        name: reading.take((*path, name), check, getattr(above, name)) for name, check in readers.items()
    }
    raw = reading.get(path)
    if "timeout_s" in readers and isinstance(raw, Mapping) and raw.get("timeout_s", 0) is None:
        given["timeout_s"] = None  # null is a value here: no limit
    return replace(above, **given)


def _kind(value: object) -> Kind:
    if value in available.LATER_KINDS:
        says = f"{value} is not available in this version."
        raise ConfigError(Problem(says=says, hint=f"Available: {', '.join(available.KINDS)}."))
    return one_of(value, {name: Kind(name) for name in available.KINDS})


def _at_least_one(value: object) -> int:
    return whole(value, 1)


def _above_zero(value: object) -> float:
    return number(value, "a number above 0", lambda x: x > 0)


def _timeout(value: object) -> float:
    if value == float("inf"):
        raise refusal("a number above 0", value, "Write null: no limit.")
    return _above_zero(value)


def _memory(value: object) -> float | None:
    return None if value == "auto" else number(value, "auto or a number above 0", lambda x: x > 0)


_LIMIT_READERS: Mapping[str, Callable[[object], Any]] = {
    "memory_mb": _memory,
    "cpu_shares": _above_zero,
    "timeout_s": _timeout,
    "result_mb": _above_zero,
    "output_mb": _above_zero,
    "open_files": lambda value: whole(value, LEAST_FILES),
    "processes": _at_least_one,
}
_HARDENING_READERS: Mapping[str, Callable[[object], Any]] = {
    "network": truth,
    "write": lambda value: one_of(value, {name: name for name in WRITES}),
}
