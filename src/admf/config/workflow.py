"""The `workflow:` list: which components are searched, in which order, by which method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from admf.config import available
from admf.config.config import ContainerConfig, StageComponent, StageConfig
from admf.config.containers import read_container_spec, read_containers
from admf.config.document import Path
from admf.config.method import read_method
from admf.config.reading import Reading, label, text
from admf.config.workflow_keys import STAGE, STAGE_COMPONENT
from admf.errors import nearest
from admf.finance.simulation.parse import whole
from admf.model.space.value import shown

_EXAMPLE = "{stage: component_optimization, method: grid}"
_KIND = "component_optimization"
_OF_ORIGINAL = ("containers", "workflow")
"""Keys of the original block that can be read, at the top of a config."""


def read_workflow(
    reading: Reading, components: Iterable[str], container: ContainerConfig
) -> tuple[StageConfig, ...]:
    """The stages; `components` are those the config describes, registered ones may be named too.

    Problems are noted in `reading`. Without a workflow: one stage, every component, its whole grid. `container`
    is where trials live as far as stages and components say nothing else.
    """
    described = tuple(components)
    raw = reading.get(("workflow",))
    if raw is None:
        every = tuple(StageComponent(name=name, container=container) for name in described)
        return (StageConfig(name=_KIND, kind=_KIND, components=every),)
    return tuple(_named(_stages(reading, ("workflow",), described, container)))


def report_original(reading: Reading) -> None:
    """Says what of an `optimization:` block this version lacks, part by part."""
    path: Path = ("optimization",)
    says = "the block 'optimization' is not available in this version."
    hint = (
        "Available: containers:, and a list of component_optimization stages under workflow:, both at the top"
        " of the config."
    )
    reading.problem(path, says, hint, key=True)
    block = reading.get(path)
    if not isinstance(block, Mapping):
        return
    for key in block:
        if key not in _OF_ORIGINAL:
            reading.later((*path, key), f"'{key}'", _OF_ORIGINAL, key=True)
    containers = read_containers(reading, (*path, "containers"))
    if block.get("workflow") is not None:
        _stages(reading, (*path, "workflow"), None, containers.each)


def _stages(
    reading: Reading, path: Path, described: tuple[str, ...] | None, container: ContainerConfig
) -> list[StageConfig]:
    """The stages of a list; `described` None: only what is not available is asked for."""
    raw = reading.get(path)
    if not isinstance(raw, list) or not raw:
        reading.problem(
            path, f"workflow must be a list of stages, was {shown(raw)}.", f"Such as [{_EXAMPLE}]."
        )
        return []
    stages = [_stage(reading, (*path, i), described, container) for i in range(len(raw))]
    return [stage for stage in stages if stage is not None]


def _stage(
    reading: Reading, path: Path, described: tuple[str, ...] | None, container: ContainerConfig
) -> StageConfig | None:
    raw = reading.get(path)
    kind = raw.get("stage") if isinstance(raw, Mapping) else None
    if isinstance(kind, str) and kind in available.LATER_STAGES:
        reading.later((*path, "stage"), f"the stage {kind}", available.STAGES)
        return None
    if isinstance(kind, str) and kind not in available.STAGES:
        hint = nearest(kind, (*available.STAGES, *available.LATER_STAGES))
        reading.problem((*path, "stage"), f"a stage must be known, was {shown(kind)}.", hint)
        return None
    given = reading.section(path, STAGE, available.LATER_STAGE_KEYS, _EXAMPLE)
    if not isinstance(raw, Mapping):
        if raw is None:
            reading.problem(path, f"{label(path)} must be a mapping, was null.", f"Such as {_EXAMPLE}.")
        return None
    if "stage" not in given or not isinstance(kind, str):
        reading.problem(path, f"a stage must say its kind, was {shown(kind)}.", f"Such as {_EXAMPLE}.")
    every = _searched(reading, path, StageComponent(name="", container=container))
    name = reading.take((*path, "name"), text, _KIND)
    return StageConfig(name=name, kind=_KIND, components=_components(reading, path, described, every))


def _searched(reading: Reading, path: Path, above: StageComponent) -> StageComponent:
    """How components are searched: `above`, with what a stage or an entry of it says at `path`."""
    method, options = read_method(reading, (*path, "method"), above)
    return replace(
        above,
        method=method,
        options=options,
        budget=reading.take((*path, "budget"), _budget, above.budget),
        container=read_container_spec(reading, (*path, "container_spec"), above.container),
    )


def _components(
    reading: Reading, path: Path, described: tuple[str, ...] | None, every: StageComponent
) -> tuple[StageComponent, ...]:
    where: Path = (*path, "components")
    raw = reading.get(where)
    if raw is None:
        return tuple(replace(every, name=name) for name in described or ())
    if not isinstance(raw, list) or not raw:
        keys = ", ".join(STAGE_COMPONENT)
        says = f"components must be a list of names, or of {{{keys}}}, was {shown(raw)}."
        reading.problem(where, says, "Leave it out for all components.")
        return ()
    found: dict[str, StageComponent] = {}
    for i, entry in enumerate(raw):
        one = _entry(reading, (*where, i), entry, every)
        if one is None:
            continue
        known = (*(described or ()), *available.strategies())
        if described is not None and one.name not in known:
            says = f"a stage's component must be under components: or registered, was {shown(one.name)}."
            reading.problem((*where, i), says, nearest(one.name, known))
        if one.name in found:
            reading.problem((*where, i), f"a component must be in a stage once, {shown(one.name)} is twice.")
        found[one.name] = one
    return tuple(found.values())


def _entry(reading: Reading, path: Path, entry: Any, every: StageComponent) -> StageComponent | None:
    if isinstance(entry, str):
        return replace(every, name=entry.strip())
    if entry is None:
        reading.problem(path, "a stage's component must have a name, was null.")
        return None
    given = reading.section(
        path,
        STAGE_COMPONENT,
        available.LATER_STAGE_KEYS,
        "{name: rsi, method: random, budget: 100}",
    )
    if not isinstance(entry, Mapping):
        return None
    own = _searched(reading, path, every)
    if "name" not in given:
        reading.problem(path, f"a stage's component must have a name, was {shown(entry)}.")
        return None
    name = reading.take((*path, "name"), text, "")
    return replace(own, name=name) if name else None


def _budget(value: object) -> int:
    return whole(value, 1)


def _named(stages: list[StageConfig]) -> Iterable[StageConfig]:
    """The stages with names of their own: a second one of a name is called name-2."""
    taken: set[str] = set()
    for stage in stages:
        name, n = stage.name, 1
        while name in taken:
            n += 1
            name = f"{stage.name}-{n}"
        taken.add(name)
        yield StageConfig(name=name, kind=stage.kind, components=stage.components)
