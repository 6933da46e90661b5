"""A config that was checked: what is known about its run before it starts, and the words for it."""

from __future__ import annotations

import shutil
import time
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from admf import registry
from admf.cli.graph_words import called, place_of
from admf.cli.speak import step
from admf.config.config import Config
from admf.containers.job import WARM, Job
from admf.coordinator.configured_executor import workers_of
from admf.coordinator.prepare import Prepared, mine, prepare
from admf.coordinator.probing import Mined
from admf.coordinator.rehearse import TimeUpError, estimated, rehearse, time_limit
from admf.errors import InputError, Problem
from admf.model.space import Choice, Domain, Integer, Space
from admf.plan.estimate import Estimate, Rehearsal, duration_text, estimate_line
from admf.plan.plan import StudyPlan
from admf.plan.windows import first_and_last
from admf.trials.probe import Probe
from admf.trials.warm import is_warm

_VALUES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `admf check` found out."""

    prepared: Prepared
    rehearsals: tuple[Rehearsal, ...]
    estimate: Estimate
    free_disk_mb: float


def check(config: Config, limit_s: float) -> Checked:
    """Everything about a run of `config` that can be known before it; InputError with every problem."""
    import psutil

    started = time.monotonic()
    with step("Reading the data."):
        mined = mine(config)
    workers = 1 if config.execution.executor == "inline" else workers_of(config)
    # With several components one at least is left for what comes after a trial that does not end.
    pool = registry.load("executors", "local")(workers=min(max(workers, 2), len(config.components)))
    with closing(pool):  # whatever the config's executor: nothing of the user's runs in this process
        compiling = "First run of this version here: compiling its kernels, about half a minute."
        pool.submit(0, Job(function=WARM, argument=None))
        with nullcontext() if is_warm() else step(compiling):
            pool.next()  # the time it takes to be there is not the components'
        with step("Looking for look-ahead."):
            prepared = _prepared(config, mined, pool, limit_s)
        before_s = time.monotonic() - started
        with step("Timing a few trials."):
            rehearsals = rehearse(prepared.plan, pool, limit_s=limit_s)
    free = shutil.disk_usage(Path.cwd()).free / 1e6
    return Checked(
        prepared=prepared,
        rehearsals=rehearsals,
        estimate=estimated(prepared.plan, rehearsals, workers=workers, before_s=before_s),
        free_disk_mb=min(free, psutil.disk_usage(str(mined.folder)).free / 1e6),
    )


def _prepared(config: Config, mined: Mined, pool: Any, limit_s: float) -> Prepared:
    try:
        with time_limit(limit_s):
            return prepare(config, mined, pool)
    except TimeUpError:
        names = ", ".join(config.components)
        says = f"the look-ahead check must end within {limit_s:g} seconds, and did not ({names})."
        hint = "Is there an endless loop? Else give more time: --limit 600."
        raise InputError(Problem(where="components", says=says, hint=hint)) from None


def sections(checked: Checked) -> list[tuple[str, list[tuple[str, str]]]]:
    """What was found, for a person."""
    prepared = checked.prepared
    found = [("windows", _windows(prepared.mined))]
    found += [
        (
            called(study),
            [*place_of(prepared.plan, study), *_study(study, prepared.probes[study.component])],
        )
        for study in prepared.plan.studies
    ]
    found += [("scoring", _scoring(prepared)), ("cost of the run", _cost(checked))]
    return found


def _windows(mined: Mined) -> list[tuple[str, str]]:
    window, split = mined.split.mined, mined.split
    first, last = first_and_last(mined.bars.time[window.start : window.stop])
    lines = [
        ("source", f"{mined.bars.info.source}: {', '.join(mined.bars.symbols)}"),
        ("mined", f"{len(window):,} bars, {_day(first)} to {_day(last)}"),
    ]
    if mined.sealed_span is None:
        return [*lines, ("remark", "nothing is held out: nothing unseen will be left to test on")]
    lines.append(("embargo", f"{split.embargo:,} bars between, in neither part"))
    begin, end = mined.sealed_span
    return [*lines, ("sealed", f"{mined.sealed_bars:,} bars, {_day(begin)} to {_day(end)}")]


def _study(study: StudyPlan, probe: Probe) -> list[tuple[str, str]]:
    trials = "an open number of" if study.trials is None else f"{study.trials:,}"
    lines = [
        ("method", f"{study.method}: {trials} trials"),
        ("space", _space(study.space)),
        *(
            (p.name, _domain(p.domain) + (f", when {p.when}" if p.when else ""))
            for p in study.space.parameters
        ),
    ]
    if study.space.constraints:
        lines.append(("constraints", "; ".join(map(str, study.space.constraints))))
    own = "" if probe.warmup == study.spec.warmup else f"; its own need is {probe.warmup:,}"
    lines.append(("warm-up", f"{study.spec.warmup:,} bars ({probe.warmup_from}{own})"))
    if probe.warmup_from == "guessed":
        says = "the warm-up is the largest integer parameter, a guess: say `warmup:` of the component"
        lines.append(("remark", says))
    if probe.lookahead is not None:
        lines.append(("remark", f"LOOK-AHEAD, allowed by the config: {probe.lookahead.error()}"))
    elif not probe.lookahead_checked:
        lines.append(("remark", f"look-ahead not checked: {probe.left_out_words or 'it gives no signal'}"))
    else:
        lines.append(("look-ahead", "none found"))
    if probe.lookahead_checked and probe.left_out:
        lines.append(("remark", f"look-ahead {probe.left_out_words}"))
    return lines


def _scoring(prepared: Prepared) -> list[tuple[str, str]]:
    config = prepared.config
    some = next(iter(prepared.probes.values()))
    several = config.objective.several or ((some.objective, some.maximize),)
    sought = ", ".join(f"{'maximize' if better else 'minimize'} {name}" for name, better in several)
    options = dict(config.simulation_options)
    lines = [("objectives" if config.objective.several else "objective", sought)]
    if config.objective.constraints:
        lines.append(("must hold", "; ".join(config.objective.constraints)))
    lines.append(("benchmark", config.benchmark or "none"))
    if config.costs_given:
        costs = (f"{name} {options[name]:g}" for name in ("commission", "slippage") if name in options)
        lines.append(("costs", ", ".join(costs)))
    else:
        lines.append(
            ("remark", "no costs are given: results are before costs. Set `costs:` (0 is allowed, and said)")
        )
    return lines


def _cost(checked: Checked) -> list[tuple[str, str]]:
    found, lines = checked.estimate, []
    total = "an open number" if found.trials is None else f"{found.trials:,}"
    lines.append(("trials", total))
    lines.append(("estimate", estimate_line(found)))
    lines.append(("how", _how(checked)))
    for one in checked.rehearsals:
        if one.trial_s is None:
            lines.append(("remark", f"{one.component} could not be timed: {one.reason}"))
        elif one.failed:
            lines.append(
                (
                    "remark",
                    f"{one.component}: {one.failed} of {one.trials} rehearsed trials failed: {one.reason}",
                )
            )
    if found.disk_mb is not None and found.disk_mb > checked.free_disk_mb:
        lines.append(("remark", f"only {checked.free_disk_mb:,.0f} MB of disk are free"))
    return lines


def _how(checked: Checked) -> str:
    timed = [
        f"{one.trials} of {one.component} at {_short(one.trial_s)}"
        for one in checked.rehearsals
        if one.trial_s is not None
    ]
    if not timed:
        return "no trial could be timed"
    return f"timed now, told to no search, kept nowhere: {'; '.join(timed)} each"


def _short(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else duration_text(seconds)


def _space(space: Space) -> str:
    if space.size is None:
        return f"{len(space.names)} parameters, continuous"
    allowed = space.count()
    sets = f"{space.size:,} sets"
    if not space.constraints or allowed is None:
        return sets
    return f"{allowed:,} of {sets} after constraints"


def _domain(domain: Domain) -> str:
    if isinstance(domain, Choice):
        texts = [str(value) for value in domain.options]
        return ", ".join(texts[:_VALUES]) + (f" ... ({len(texts):,} values)" if len(texts) > _VALUES else "")
    step = f" by {domain.step:g}" if domain.step else ""
    scale = ", logarithmic" if domain.log else ""
    kind = "whole numbers " if isinstance(domain, Integer) else ""
    return f"{kind}{domain.low:g} to {domain.high:g}{step}{scale}"


def _day(time: str) -> str:
    """A time without what says nothing: nanoseconds, midnight."""
    text = time.partition(".")[0].replace("T", " ")
    return text.removesuffix(" 00:00:00").removesuffix(":00")


def document(checked: Checked) -> dict[str, Any]:
    """What was found, for a program."""
    prepared, mined = checked.prepared, checked.prepared.mined
    first, last = first_and_last(mined.bars.time[mined.split.mined.start : mined.split.mined.stop])
    return {
        "name": prepared.config.name,
        "source": mined.bars.info.source,
        "symbols": list(mined.bars.symbols),
        "mined": {"bars": len(mined.split.mined), "first": first, "last": last},
        "embargo": mined.split.embargo,
        "sealed": {"bars": mined.sealed_bars, "span": mined.sealed_span},
        "costs_given": prepared.config.costs_given,
        "studies": [
            _study_document(study, prepared.probes[study.component]) for study in prepared.plan.studies
        ],
        "rehearsals": [asdict(one) for one in checked.rehearsals],
        "estimate": asdict(checked.estimate),
    }


def _study_document(study: StudyPlan, probe: Probe) -> dict[str, Any]:
    return {
        "stage": study.stage,
        "component": study.component,
        "window": study.window,
        "after": list(study.after),
        "method": study.method,
        "trials": study.trials,
        "space": {p.name: _domain(p.domain) for p in study.space.parameters},
        "size": study.space.size,
        "constraints": [str(one) for one in study.space.constraints],
        "warmup": study.spec.warmup,
        "warmup_from": probe.warmup_from,
        "objective": probe.objective,
        "maximize": study.maximize,
        **({"objectives": list(study.spec.objective.several)} if study.spec.objective.several else {}),
        "lookahead": None if probe.lookahead is None else str(probe.lookahead.error()),
        "lookahead_checked": probe.lookahead_checked,
    }
