"""Ask containers about the components before the first trial: none of their code runs in the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from admf import registry
from admf.config.config import Config
from admf.containers.job import PROBE, WHOLE, Job
from admf.errors import AdmfError, ConfigError, InputError, Problem
from admf.executors.protocol import Done, Executor
from admf.model.bars import Bars
from admf.model.trial import ComponentSpec
from admf.plan.lay_out import extra_metrics, simulation_json
from admf.plan.windows import Split
from admf.trials.probe import Probe, ProbeSpec


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
    specs = {name: _spec(config, mined, name) for name in config.components}
    own = [name for name in specs if not _is_built_in(config.components[name].spec)]
    if own and executor.renews:
        executor.renew()  # one that was kept warm may have seen anything
        answers, tainted = _ask(config, executor, WHOLE, {name: specs[name] for name in own})
        specs |= {name: replace(specs[name], whole=whole) for name, whole in answers.items()}
        if tainted:
            executor.renew()
    probes, tainted = _ask(config, executor, PROBE, specs)
    if own and tainted:
        executor.renew()
    return probes


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


def _is_built_in(spec: ComponentSpec) -> bool:
    """Whether all code of a component is ours."""
    if spec.of is not None:
        return all(map(_is_built_in, spec.of))
    return registry.names("strategies").get(spec.use or "", "").startswith("admf.")


def _ask(
    config: Config, executor: Executor, function: str, specs: Mapping[str, ProbeSpec]
) -> tuple[dict[str, Any], bool]:
    """What `function` says of each spec, and whether some container has seen a component's code."""
    names = list(specs)
    for ticket, name in enumerate(names):
        executor.submit(ticket, Job(function=function, argument=specs[name], apart=True))
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    tainted = False
    for _ in names:
        done = executor.next()
        name = names[done.ticket]
        if (wrong := _problems(config, name, done)) or done.answer is None:
            problems += wrong
        else:
            found[name] = done.answer.result
            tainted = tainted or not done.answer.apart
    if problems:
        raise ConfigError(*dict.fromkeys(problems))
    return {name: found[name] for name in names}, tainted


def _problems(config: Config, name: str, done: Done) -> Sequence[Problem]:
    where = f"components.{name}"
    if done.answer is None:
        return [Problem(where=where, says=f"its container died while it was looked at: {done.cause}.")]
    if isinstance(done.answer.error, InputError):
        return config.located(done.answer.error).problems
    if done.answer.error is not None:
        return [Problem(where=where, says=str(done.answer.error))]
    if done.answer.fault:
        raise AdmfError(f"{where} could not be looked at:\n{done.answer.fault}")
    return []
