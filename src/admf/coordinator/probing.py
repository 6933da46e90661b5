"""Ask containers about the components before the first trial: none of their code runs in the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from admf import registry
from admf.config.config import Config
from admf.containers.job import CORNER, PROBE, WHOLE, Job
from admf.errors import ConfigError, InputError, Problem
from admf.executors.protocol import Done, Executor
from admf.model.bars import Bars
from admf.model.container import ContainerSpec, Kind
from admf.model.space import Space
from admf.model.trial import ComponentSpec
from admf.model.words import last_line
from admf.plan.joint import joined_space
from admf.plan.lay_out import extra_metrics, simulation_json
from admf.plan.windows import Split
from admf.trials.probe import MOST_SETS, Probe, ProbeSpec
from admf.trials.warmup import MOST_CORNERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """The bars that trials may see, mapped on disk, and what is known of those they may not."""

    bars: Bars = field(repr=False)
    folder: Path
    digest: str
    split: Split
    sealed_span: tuple[str, str] | None
    """First and last time of the sealed part; None where nothing is."""
    sealed_bars: int


def probe_all(config: Config, mined: Mined, executor: Executor) -> dict[str, Probe]:
    """What is found out about every component of the config; ConfigError with all that does not hold.

    Own code first answers to the whole history in one container, then to cut ones in another: the answers are
    compared, and neither can be seen from the other. No container that trials will use has seen them.
    """
    single = {name: _spec(config, mined, name) for name, part in config.components.items() if not part.parts}
    found = _probed(config, executor, single)
    joint = {
        name: replace(_spec(config, mined, name), raw_space=_joined(config, name, part.parts, found))
        for name, part in config.components.items()
        if part.parts
    }
    return {**found, **(_probed(config, executor, joint) if joint else {})}


def _joined(config: Config, name: str, parts: Sequence[str], found: Mapping[str, Probe]) -> Space:
    try:
        return joined_space(name, {part: found[part].space for part in parts})
    except ConfigError as error:
        raise config.located_component(name, error) from None


def _probed(config: Config, executor: Executor, specs: dict[str, ProbeSpec]) -> dict[str, Probe]:
    names = list(specs)
    own = {name: s for name, s in specs.items() if not is_built_in(s.component)}
    whole = _Asked()
    if own and executor.renews:
        executor.renew()  # one that was kept warm may have seen anything
        whole = _ask(config, executor, WHOLE, own)
        _ask_again(config, executor, whole, specs)
        if whole.tainted:
            executor.renew()
    specs = {
        name: replace(spec, whole=whole.found.get(name))
        for name, spec in specs.items()
        if name not in whole.problems
    }
    probed = _ask(config, executor, PROBE, specs)
    for name in [name for name in probed.died if name in own]:
        _leave_corners_out(config, executor, probed, name, specs[name])
    if own and probed.tainted:
        executor.renew()
    if problems := [p for name in names for a in (whole, probed) for p in a.problems.get(name, ())]:
        raise ConfigError(*dict.fromkeys(problems))
    return {name: probed.found[name] for name in names}


def _ask_again(config: Config, executor: Executor, whole: _Asked, specs: dict[str, ProbeSpec]) -> None:
    """Ask those whose container died set by set: one that ends its container is left out of the check, no more."""
    for name in whole.died:
        single = [replace(specs[name], sets=(i,)) for i in range(MOST_SETS)]
        living = _one_by_one(config, executor, WHOLE, name, single)
        specs[name] = replace(specs[name], sets=tuple(living))
        whole.found[name] = tuple(answer for answers in living.values() for answer in answers)
        del whole.problems[name]


def _leave_corners_out(
    config: Config, executor: Executor, probed: _Asked, name: str, spec: ProbeSpec
) -> None:
    """Probe one whose container died once more, without the corners of its space that end their containers."""
    single = [replace(spec, corners=(i,)) for i in range(MOST_CORNERS)]
    living = _one_by_one(config, executor, CORNER, name, single)
    again = _ask(config, executor, PROBE, {name: replace(spec, corners=tuple(living))})
    del probed.problems[name]
    probed.tainted = probed.tainted or again.tainted
    probed.problems |= again.problems
    probed.found |= again.found


def _one_by_one(
    config: Config, executor: Executor, function: str, name: str, specs: Sequence[ProbeSpec]
) -> dict[int, Any]:
    """What `function` says of each, by its place; without those that ended their container."""
    answers = [_ask(config, executor, function, {name: spec}) for spec in specs]
    return {i: asked.found[name] for i, asked in enumerate(answers) if name in asked.found}


def _spec(config: Config, mined: Mined, name: str) -> ProbeSpec:
    part = config.components[name]
    return ProbeSpec(
        component=part.spec,
        raw_space=part.raw_space,
        constraints=part.constraints,
        bars=str(mined.folder),
        start=mined.split.mined.start,
        stop=len(mined.bars),
        simulation=simulation_json(config),
        objective=config.objective,
        extra_metrics=extra_metrics(config),
        seed=config.seed,
    )


def is_built_in(spec: ComponentSpec) -> bool:
    """Whether all code of a component is ours."""
    if spec.of is not None:
        return all(map(is_built_in, spec.of))
    return registry.names("strategies").get(spec.use or "", "").startswith("admf.")


@dataclass(slots=True)
class _Asked:
    """What containers said of some components, what does not hold, and whether one that lives on saw their code."""

    found: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Sequence[Problem]] = field(default_factory=dict)
    tainted: bool = False
    died: list[str] = field(default_factory=list)
    """Those whose container ended instead of answering."""


def _ask(config: Config, executor: Executor, function: str, specs: Mapping[str, ProbeSpec]) -> _Asked:
    """What `function` says of each spec."""
    names, asked, limits = list(specs), _Asked(), config.containers.each.limits
    for ticket, spec in enumerate(specs.values()):
        kind = Kind.MINIMAL if is_built_in(spec.component) else Kind.ISOLATED  # our own code leaves nothing
        executor.submit(
            ticket, Job(function=function, argument=spec, container=ContainerSpec(kind=kind, limits=limits))
        )
    for _ in names:
        done = executor.next()
        name = names[done.ticket]
        if done.answer is None or done.answer.fault:
            asked.died.append(name)
        if problems := _problems(config, name, done):
            asked.problems[name] = problems
        elif done.answer is not None:
            asked.found[name] = done.answer.result
        asked.tainted = asked.tainted or (done.answer is not None and not done.answer.apart)
    return asked


def _problems(config: Config, name: str, done: Done) -> Sequence[Problem]:
    if done.answer is None:
        died = InputError(f"the container of '{name}' died while it was looked at: {done.cause}.")
        return config.located_component(name, died).problems
    if done.answer.fault:
        broken = InputError(
            Problem(
                says=f"'{name}' could not be looked at: {last_line(done.answer.fault)}",
                hint="What it does to its process when it is imported or asked may be why.",
            )
        )
        return config.located_component(name, broken).problems
    if done.answer.error is None:
        return []
    error = done.answer.error
    return config.located_component(
        name, error if isinstance(error, InputError) else InputError(str(error))
    ).problems
