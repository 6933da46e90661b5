"""The facts that a report is made of: what is known before the first trial, and what the trials add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from math import isnan
from typing import Any

import numpy as np

from admf.analysis.inputs import CATEGORICAL, LINEAR, LOG, ORDINAL
from admf.coordinator.prepare import Prepared
from admf.model.space import Choice, Domain
from admf.model.trial import Outcome
from admf.model.window import WHOLE
from admf.plan.plan import ASYNCHRONOUS, StudyPlan
from admf.plan.windows import first_and_last
from admf.reports.facts import CostFacts, DataFacts, Lookahead, LookaheadFact, RunFacts, Span, StudyFacts
from admf.reports.numbers import value_text
from admf.store.export import deterministic_columns
from admf.store.trial_table import StoredTrial, TrialTable
from admf.trials.cost_sensitivity import CostRecord
from admf.trials.objective import RUINED
from admf.trials.replay_trial import TrialRecord

_COSTS = ("commission", "slippage", "borrow_rate", "cash_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOutline:
    """What is known of a study before its first trial, as far as a report says it. `trials` None: unknown."""

    stage: str
    component: str
    method: str
    maximize: bool
    params: tuple[str, ...]
    space: Mapping[str, str]
    scales: Mapping[str, str]
    constraints: tuple[str, ...]
    warmup: int
    warmup_from: str
    trials: int | None


def run_facts(prepared: Prepared) -> RunFacts:
    """The facts of the run as a whole, as far as they are known before its first trial."""
    config, mined = prepared.config, prepared.mined
    options = dict(config.simulation_options)
    window = mined.split.mined
    first, last = first_and_last(mined.bars.time[window.start : window.stop])
    some = next(iter(prepared.probes.values()))
    return RunFacts(
        name=config.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        admf_version=_version(),
        data=DataFacts(
            source=mined.bars.info.source,
            symbols=mined.bars.symbols,
            mined=Span(bars=len(window), first=_day(first), last=_day(last)),
            sealed=Span(
                bars=mined.sealed_bars, first=_day(mined.sealed_span[0]), last=_day(mined.sealed_span[1])
            )
            if mined.sealed_span
            else None,
            embargo=mined.split.embargo,
            bars_per_year=mined.bars.bars_per_year,
            timezone=mined.bars.info.timezone,
            digest=mined.digest,
        ),
        costs=CostFacts(given=config.costs_given, **{name: float(options.pop(name, 0.0)) for name in _COSTS}),
        objective=some.objective,
        maximize=some.maximize,
        several=config.objective.several,
        objective_constraints=config.objective.constraints,
        benchmark=config.benchmark or "none",
        simulation=options,
        lookahead=tuple(_lookahead(prepared, name) for name in prepared.probes),
        warnings=tuple(_warnings(prepared)),
        config_text=config.text,
        config_file=str(config.path) if config.path is not None else "",
    )


def outline(study: StudyPlan, prepared: Prepared) -> StudyOutline:
    """What is known of a study before its first trial."""
    parameters = study.space.parameters
    return StudyOutline(
        stage=study.stage,
        component=study.component,
        method=study.method,
        maximize=study.maximize,
        params=study.space.names,
        space={p.name: _domain(p.domain) for p in parameters},
        scales={p.name: scale_of(p.domain) for p in parameters},
        constraints=tuple(map(str, study.space.constraints)),
        warmup=study.spec.warmup,
        warmup_from=prepared.probes[study.component].warmup_from,
        trials=study.trials,
    )


def study_facts(
    study: StudyOutline,
    table: TrialTable,
    best: StoredTrial | None,
    record: TrialRecord | None,
    costs: CostRecord | None,
) -> StudyFacts:
    """The facts of one study, from its outline, its trials, and a closer look at the best of them."""
    columns = deterministic_columns(table, stage=study.stage, component=study.component, window=WHOLE)
    infeasible = [
        why for how, why, value in zip(columns["outcome"], columns["reason"], columns["value"], strict=True)
        if how == Outcome.SCORED.value and _missing(value)
    ]  # fmt: skip
    return StudyFacts(
        component=study.component,
        method=study.method,
        stage=study.stage,
        trials=len(columns["trial_id"]),
        params=study.params,
        columns=columns,
        space=study.space,
        scales=study.scales,
        constraints=study.constraints,
        outcomes=dict(Counter(columns["outcome"])),
        reasons=_reasons(columns["reason"]),
        infeasible=len(infeasible),
        warmup=study.warmup,
        warmup_from=study.warmup_from,
        best=_row(columns, best) if best is not None else None,
        record=record,
        costs=costs,
    )


def _reasons(given: list[str | None]) -> dict[str, int]:
    """The most frequent reasons, and ruin however rare it was."""
    counts = Counter(why for why in given if why)
    return dict(counts.most_common(20)) | ({RUINED: counts[RUINED]} if RUINED in counts else {})


def _row(columns: dict[str, Any], best: StoredTrial) -> dict[str, Any]:
    at = columns["trial_id"].index(best.trial_id)
    return {name: column[at] for name, column in columns.items()}


def scale_of(domain: Domain) -> str:
    """How a parameter's values lie, as analysis/inputs.py says it."""
    if isinstance(domain, Choice):
        return ORDINAL if domain.numeric or domain.ordinal else CATEGORICAL
    return LOG if domain.log else LINEAR


def _domain(domain: Any) -> str:
    values = domain.rows(domain.codes(np.linspace(0.0, 1.0, min(domain.size or 2, 8))))
    low, high = values[0], values[-1]
    span = f"{value_text(low)} to {value_text(high)}"
    if domain.size is None:
        return span
    if domain.size <= len(values):
        return ", ".join(map(value_text, values))
    return f"{span}, {domain.size} values"


def _lookahead(prepared: Prepared, name: str) -> LookaheadFact:
    probe, allowed = prepared.probes[name], prepared.config.components[name].allow_lookahead
    if not probe.lookahead_checked:
        reason = probe.left_out_words or "it returns metrics, not a signal"
        return LookaheadFact(component=name, found=Lookahead.NOT_CHECKED, reason=reason)
    if probe.lookahead is not None:
        return LookaheadFact(component=name, found=Lookahead.ALLOWED, reason=allowed or "")
    return LookaheadFact(component=name, found=Lookahead.NONE_FOUND)


def _warnings(prepared: Prepared) -> list[str]:
    plan, guessed = (
        prepared.plan,
        [name for name, probe in prepared.probes.items() if probe.warmup_from == "guessed"],
    )
    return [
        *prepared.mined.bars.info.notes,
        *(f"{n}: look-ahead was {p.left_out_words}." for n, p in prepared.probes.items() if p.left_out),
        *(
            f"{name}: its warm-up is guessed from its largest integer parameter; set `warmup:`."
            for name in guessed
        ),
        *(f"{study.stage}, {study.called}: {ASYNCHRONOUS}." for study in plan.studies if study.asynchronous),
    ]


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _day(stamp: str) -> str:
    """A stamp (UTC) for a person: the date alone at midnight."""
    day, _, time = stamp[:16].replace("T", " ").partition(" ")
    return day if time in ("", "00:00") else f"{day} {time} UTC"


@lru_cache(maxsize=1)
def _version() -> str:
    return version("admf")  # from a file of the installation, each time
