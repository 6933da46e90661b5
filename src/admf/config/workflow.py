"""The `workflow:` list: which components are searched, in which order, by which method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from admf.config import available
from admf.config.budget import read_budget
from admf.config.components import check_name, combining, read_constraints, registered
from admf.config.config import ComponentConfig, ContainerConfig, StageComponent, StageConfig
from admf.config.containers import read_container_spec, read_containers
from admf.config.document import Path
from admf.config.graph import read_links, read_names
from admf.config.method import read_method
from admf.config.reading import Reading, label, text
from admf.config.workflow_keys import STAGE, STAGE_COMPONENT
from admf.errors import nearest
from admf.finance.simulation.parse import truth
from admf.model.space.value import shown
from admf.model.trial import ComponentSpec

_EXAMPLE = "{stage: component_optimization, method: grid}"
_EACH, _JOINT = available.STAGES
_OF_JOINT = ("combine", "constraints")
"""Keys that only a joint optimization has."""
_OF_ORIGINAL = ("containers", "workflow")
"""Keys of the original block that can be read, at the top of a config."""


@dataclass(slots=True)
class Stages:
    """The stages as they are read, and the components that joint ones make of others."""

    reading: Reading
    described: tuple[str, ...] | None
    """Components that the config describes; None: only what is not available is asked for."""
    container: ContainerConfig
    folder: str = ""
    found: list[StageConfig] = field(default_factory=list)
    joint: dict[str, ComponentConfig] = field(default_factory=dict)
    """Each by its stage's name; their parts are named, and found among the others later."""


def read_workflow(
    reading: Reading, components: Mapping[str, ComponentConfig], container: ContainerConfig, folder: str
) -> tuple[tuple[StageConfig, ...], dict[str, ComponentConfig]]:
    """The stages, and all components: those given, registered ones that a stage names, and joint ones.

    Problems are noted in `reading`. Without a workflow: one stage, every component, its whole grid. `container`
    is where trials live as far as stages and components say nothing else.
    """
    stages = Stages(reading, tuple(components), container, folder)
    if reading.get(("workflow",)) is None:
        every = tuple(StageComponent(name=name, container=container) for name in components)
        return (StageConfig(name=_EACH, kind=_EACH, components=every),), dict(components)
    _read(stages, ("workflow",))
    named = [name for stage in stages.found for name in stage.parts or (one.name for one in stage.components)]
    new = [name for name in named if name not in components and name in available.strategies()]
    every_one = {name: registered(name, folder) for name in new} | dict(components)
    for name, one in stages.joint.items():
        every_one[name] = _with_parts(one, every_one)
    return tuple(stages.found), every_one


def _with_parts(joint: ComponentConfig, every: Mapping[str, ComponentConfig]) -> ComponentConfig:
    """A joint component with the code of its parts."""
    parts = [every[name] for name in joint.parts if name in every]
    allowed = [part.allow_lookahead for part in parts if part.allow_lookahead is not None]
    spec = replace(joint.spec, of=tuple(part.spec for part in parts))
    return replace(joint, spec=spec, allow_lookahead="; ".join(dict.fromkeys(allowed)) or None)


def report_original(reading: Reading) -> None:
    """Says what of an `optimization:` block this version lacks, part by part."""
    path: Path = ("optimization",)
    says = "the block 'optimization' is not available in this version."
    hint = (
        f"Available: containers:, and a list of {' and '.join(available.STAGES)} stages under workflow:, both at"
        " the top of the config."
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
        _read(Stages(reading, None, containers.each), (*path, "workflow"))


def _read(stages: Stages, path: Path) -> None:
    """The stages of a list, one after the other."""
    raw = stages.reading.get(path)
    if not isinstance(raw, list) or not raw:
        says = f"workflow must be a list of stages, was {shown(raw)}."
        stages.reading.problem(path, says, f"Such as [{_EXAMPLE}].")
        return
    for i in range(len(raw)):
        stage = _stage(stages, (*path, i))
        if stage is not None:
            stages.found.append(stage)


def _stage(stages: Stages, path: Path) -> StageConfig | None:
    reading = stages.reading
    raw = reading.get(path)
    kind = raw.get("stage") if isinstance(raw, Mapping) else None
    if isinstance(kind, str) and kind in available.LATER_STAGES:
        reading.later((*path, "stage"), f"the stage {kind}", available.STAGES)
        return None
    if isinstance(kind, str) and kind not in available.STAGES:
        hint = nearest(kind, (*available.STAGES, *available.LATER_STAGES))
        reading.problem((*path, "stage"), f"a stage must be known, was {shown(kind)}.", hint)
        return None
    known = [key for key in STAGE if kind == _JOINT or key not in _OF_JOINT]
    given = reading.section(path, known, available.LATER_STAGE_KEYS, _EXAMPLE)
    if not isinstance(raw, Mapping):
        if raw is None:
            reading.problem(path, f"{label(path)} must be a mapping, was null.", f"Such as {_EXAMPLE}.")
        return None
    if "stage" not in given or not isinstance(kind, str):
        reading.problem(path, f"a stage must say its kind, was {shown(kind)}.", f"Such as {_EXAMPLE}.")
    name = _own_name(
        reading.take((*path, "name"), text, kind if isinstance(kind, str) else _EACH), stages.found
    )
    every = _searched(reading, path, StageComponent(name="", container=stages.container))
    links = read_links(reading, path, stages.found, every)
    stage = StageConfig(
        name=name,
        kind=kind if isinstance(kind, str) else _EACH,
        components=(),
        needs=links.needs,
        parallel=reading.take((*path, "parallel"), truth, False),
        feed=links.feed,
        when=links.when,
    )
    if kind == _JOINT:
        return _joint(stages, path, stage, every)
    return replace(stage, components=_components(stages, path, every))


def _own_name(wanted: str, found: Iterable[StageConfig]) -> str:
    """A second stage of a name is called name-2."""
    taken, name, n = {stage.name for stage in found}, wanted, 1
    while name in taken:
        n += 1
        name = f"{wanted}-{n}"
    return name


def _joint(stages: Stages, path: Path, stage: StageConfig, every: StageComponent) -> StageConfig:
    """A stage that searches several components as one, which has its name."""
    reading = stages.reading
    known = (*(stages.described or ()), *available.strategies())
    parts = stages.described or ()
    if stages.described is not None and reading.get((*path, "components")) is not None:
        parts = (
            read_names(
                reading, (*path, "components"), known, "a component of the config, or a registered one"
            )
            or ()
        )
    if stages.described is not None and len(parts) < 2:
        says = f"{stage.kind} must join at least two components, was {shown(list(parts))}."
        reading.problem((*path, "components") if "components" in reading.get(path) else path, says)
    if stages.described is not None and stage.name in known:
        says = f"a joint optimization must have a name of its own, {shown(stage.name)} is a component."
        reading.problem((*path, "name"), says, "Such as name: together.")
    if check_name(reading, stage.name, path):
        combine = reading.take((*path, "combine"), combining, "weighted_mean")
        spec = ComponentSpec(name=stage.name, of=(), combine=combine, folder=stages.folder)
        constraints = tuple(str(one) for _, one in read_constraints(reading, (*path, "constraints")))
        stages.joint[stage.name] = ComponentConfig(spec=spec, constraints=constraints, parts=parts)
    return replace(stage, components=(replace(every, name=stage.name),), parts=parts)


def _searched(reading: Reading, path: Path, above: StageComponent) -> StageComponent:
    """How components are searched: `above`, with what a stage or an entry of it says at `path`."""
    method, options = read_method(reading, (*path, "method"), above)
    budget, stop = read_budget(reading, (*path, "budget"), above.budget, above.stop)
    return replace(
        above,
        method=method,
        options=options,
        budget=budget,
        stop=stop,
        asynchronous=reading.take((*path, "asynchronous"), truth, above.asynchronous),
        container=read_container_spec(reading, (*path, "container_spec"), above.container),
    )


def _components(stages: Stages, path: Path, every: StageComponent) -> tuple[StageComponent, ...]:
    reading, described, where = stages.reading, stages.described, (*path, "components")
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
        one = _entry(reading, (*where, i), entry, every, tuple(found))
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


def _entry(
    reading: Reading, path: Path, entry: Any, every: StageComponent, before: tuple[str, ...]
) -> StageComponent | None:
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
    needs = read_names(reading, (*path, "needs"), before, "a component before it in the stage") or ()
    if "name" not in given:
        reading.problem(path, f"a stage's component must have a name, was {shown(entry)}.")
        return None
    name = reading.take((*path, "name"), text, "")
    return replace(own, name=name, needs=needs) if name else None
