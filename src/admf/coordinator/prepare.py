"""What has to be known before the first trial: bars mapped, split, components probed, plan laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from admf.config.config import Config, FractionSplit
from admf.coordinator.probing import Mined, probe_all
from admf.data.read import read_bars
from admf.errors import ConfigError, DataError, InputError, Problem, RunError
from admf.executors.protocol import Executor
from admf.model.bars import Bars
from admf.model.cache_folder import cache_folder
from admf.model.mapped_bars import digest_of, write_bars
from admf.model.window import WHOLE, Window
from admf.plan.lay_out import lay_out
from admf.plan.plan import Plan
from admf.plan.windows import Split, split_by_dates, split_by_share
from admf.trials.probe import Probe


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
    probes = probe_all(config, mined, executor)
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
        Window(name=WHOLE, start=mined.split.mined.start, stop=len(mined.bars)),
    )
    _check_length(config, mined, probes, plan)
    return Prepared(config=config, mined=mined, probes=probes, plan=plan)


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
