"""What has to be known before the first trial: bars mapped, split, components probed, plan laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from admf.config.config import Config, FractionSplit
from admf.containers.job import PROBE, Job
from admf.data.read import read_bars
from admf.errors import AdmfError, ConfigError, DataError, InputError, Problem, RunError
from admf.executors.protocol import Executor
from admf.model.bars import Bars
from admf.model.cache_folder import cache_folder
from admf.model.mapped_bars import digest_of, write_bars
from admf.model.window import Window
from admf.plan.lay_out import extra_metrics, lay_out, simulation_json
from admf.plan.plan import Plan
from admf.plan.windows import Split, split_by_dates, split_by_share
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything a run needs before its first trial."""

    config: Config
    mined: Mined
    probes: Mapping[str, Probe]
    plan: Plan


def mine(config: Config, source: Any = None) -> Mined:
    """Read the data, cut off what stays sealed, and map the rest: workers never see a path to more."""
    try:
        bars = _read(config, source)
        split = _split(config, bars)
    except DataError as error:
        raise (config.located_data(error) if source is None else error) from None
    except ConfigError as error:
        raise (config.located(error) if source is None else error) from None
    seen = bars.until(split.mined.stop)
    # What trials map does not say where it came from: the rest is there.
    nameless = replace(seen, info=replace(seen.info, source="", notes=()))
    sealed = split.sealed
    return Mined(
        bars=seen,
        folder=_mapped(nameless),
        digest=digest_of(seen),
        split=split,
        sealed_span=(str(bars.time[sealed.start]), str(bars.time[sealed.stop - 1])) if sealed else None,
        sealed_bars=len(sealed) if sealed else 0,
    )


def _read(config: Config, source: Any) -> Bars:
    data = config.data
    return read_bars(
        data.source if source is None else source,
        timezone=data.timezone,
        timestamp=data.timestamp if source is None or data.timestamp != "close" else None,
        bars_per_year=data.bars_per_year,
        columns=data.columns,
        base=config.folder,
    )


def _split(config: Config, bars: Bars) -> Split:
    split = config.data.split
    if isinstance(split, FractionSplit):
        return split_by_share(bars, split.out_of_sample, split.embargo)
    return split_by_dates(bars, split.in_sample, split.out_of_sample)


def _mapped(bars: Bars) -> Path:
    folder = cache_folder() / "bars"
    try:
        return write_bars(bars, folder)
    except OSError as error:
        raise RunError(
            f"{folder}: the bars cannot be kept here ({error.strerror or error}). Free some space, or name another"
            " folder in ADMF_CACHE."
        ) from error


def prepare(config: Config, mined: Mined, executor: Executor) -> Prepared:
    """Probe every component in a container and lay out the plan; every problem at once, look-ahead too."""
    probes = _probe_all(config, mined, executor)
    if not all(probe.built_in for probe in probes.values()):
        executor.renew()  # no trial sees what a probed component left behind
    caught = [
        problem
        for name, probe in probes.items()
        if probe.lookahead is not None and config.components[name].allow_lookahead is None
        for problem in probe.lookahead.error().problems
    ]
    if caught:
        raise InputError(*caught)
    plan = lay_out(
        config,
        probes,
        str(mined.folder),
        Window(name="in_sample", start=mined.split.mined.start, stop=len(mined.bars)),
    )
    _check_length(config, mined, probes, plan)
    return Prepared(config=config, mined=mined, probes=probes, plan=plan)


def _probe_all(config: Config, mined: Mined, executor: Executor) -> dict[str, Probe]:
    names = list(config.components)
    for ticket, name in enumerate(names):
        part = config.components[name]
        spec = ProbeSpec(
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
        executor.submit(ticket, Job(function=PROBE, argument=spec))
    found: dict[str, Probe] = {}
    problems: list[Problem] = []
    for _ in names:
        done = executor.next()
        name = names[done.ticket]
        where = f"components.{name}"
        if done.answer is None:
            says = f"the container of '{name}' died while it was looked at: {done.cause}."
            problems += config.located_component(name, InputError(says)).problems
        elif done.answer.error is not None:
            error = done.answer.error
            wrong = error if isinstance(error, InputError) else InputError(str(error))
            problems += config.located_component(name, wrong).problems
        elif done.answer.fault:
            raise AdmfError(f"{where} could not be looked at:\n{done.answer.fault}")
        else:
            found[name] = done.answer.result
    if problems:
        raise ConfigError(*dict.fromkeys(problems))
    return {name: found[name] for name in names}


def _check_length(config: Config, mined: Mined, probes: Mapping[str, Probe], plan: Plan) -> None:
    warmup = max((study.spec.warmup for study in plan.studies), default=0)
    names = ", ".join(name for name, probe in probes.items() if probe.warmup == warmup)
    scored = len(mined.split.mined) - warmup - 1
    if scored < 2:
        says = (
            f"the data are too short: {len(mined.split.mined)} bars in sample, and the largest warm-up takes"
            f" {warmup} ({names}); at least 2 bars must be scored."
        )
        hint = "Use more data, smaller windows, or a smaller out_of_sample part."
        problem = Problem(where="data", says=says, hint=hint)
        raise config.located(InputError(problem))
