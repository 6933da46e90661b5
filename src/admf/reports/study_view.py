"""One study as the template shows it: figures, tables and notes, ready to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.analysis.columns import values_of
from admf.finance.metrics.table import NAMES
from admf.reports.calendar_returns import Returns, calendar_returns
from admf.reports.checks import Check, checks
from admf.reports.comparison import Line, comparison
from admf.reports.cost_words import cost_figure, cost_rows, cost_words
from admf.reports.curve import MOST_TRADES, equity_figure
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.figure import Figure
from admf.reports.landscape import Landscape, landscape
from admf.reports.look import Look, best_study, best_value, plateau_params, set_words
from admf.reports.neighbourhood import Near, Strip, nearest_sets, strips
from admf.reports.numbers import NULL, count, metric_text, percent, value_text
from admf.reports.parallel import parallel
from admf.reports.pareto_view import ParetoView, pareto_view
from admf.reports.plateau_view import PlateauView, plateau_metrics, plateau_view
from admf.reports.spread import histogram
from admf.reports.what_matters import WhatMatters, what_matters
from admf.reports.words import benchmark_name

TOP = 20
MOST_REASONS = 20
TOP_METRICS = ("total_return", "sharpe", "max_drawdown", "n_trades")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyView:
    """What the template needs; every text is plain, and escaped where it is printed."""

    anchor: str
    facts: StudyFacts
    value: str
    set_words: str
    first: bool
    """Whether it is the one that the first screen is about."""
    params: tuple[tuple[str, str, str, str, str], ...]
    """Name, the best value, the plateau's, the range that was searched, and at which end of it the best is."""
    centre: bool
    """Whether the plateau's centre is another set than the best, and has a column of its own."""
    checks: tuple[Check, ...]
    benchmark: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    strips: tuple[Strip, ...]
    near: tuple[Near, ...]
    matters: WhatMatters | None
    landscape: Landscape
    plateau: PlateauView | None
    front: ParetoView | None
    equity: Figure | None
    marked: str
    calendar: Returns | None
    costs: Figure | None
    cost_words: str
    cost_rows: tuple[tuple[str, ...], ...]
    spread: Figure | None
    parallel: tuple[Figure, int, int] | None
    top: tuple[Mapping[str, str], ...]
    top_metrics: tuple[str, ...]
    outcomes: tuple[tuple[str, str, str], ...]
    reasons: tuple[tuple[str, str, str], ...]


def study_view(facts: RunFacts, studies: Sequence[StudyFacts], found: Look, number: int) -> StudyView:
    """The view of one study; `number` makes its anchors unique."""
    study, held = found.study, found.held
    values = values_of(study.columns, "value")
    record, costs = study.record, study.costs
    benchmark = benchmark_name(facts)
    known = costs if costs is not None and not costs.reason else None
    metrics = tuple(m for m in TOP_METRICS if m in study.columns and m != facts.objective)
    centre = dict(plateau_metrics(found, tuple(NAMES)))
    steps = strips(facts, study)
    return StudyView(
        anchor=f"study-{number}",
        facts=study,
        value=metric_text(facts.objective, best_value(study)),
        set_words=set_words(study),
        first=best_study(studies, facts.maximize) is study,
        params=tuple(_params(found)),
        centre=bool(centre),
        checks=checks(facts, studies, found),
        benchmark=benchmark if held else "",
        lines=tuple(comparison(study, facts.objective, held, centre | _objective(facts, found))),
        notes=tuple(_notes(study)),
        strips=steps,
        near=() if steps else nearest_sets(facts, found),
        matters=what_matters(facts, study),
        landscape=landscape(study, facts.objective, facts.maximize, found.plateau),
        plateau=plateau_view(facts, found),
        front=pareto_view(facts, study),
        equity=equity_figure(record, facts.data.timezone, benchmark) if record is not None else None,
        marked=_marked(study),
        calendar=calendar_returns(record, facts.data.timezone),
        costs=cost_figure(known, benchmark) if known is not None else None,
        cost_words=cost_words(known, facts) if known is not None else _without_costs(study),
        cost_rows=tuple(cost_rows(known)) if known is not None else (),
        spread=histogram(values, facts.objective, facts.maximize, (benchmark, held.get(facts.objective))),
        parallel=parallel(study, facts.objective, facts.maximize),
        top=tuple(_top(study, facts, metrics)),
        top_metrics=metrics,
        outcomes=tuple(_shares(study.outcomes, study.trials)),
        reasons=tuple(_shares(study.reasons, study.trials)),
    )


def _objective(facts: RunFacts, found: Look) -> dict[str, str]:
    """The objective of the plateau's centre, where it is no column of its own."""
    flat = found.plateau
    return {} if flat is None else {facts.objective: metric_text(facts.objective, flat.value)}


def _without_costs(study: StudyFacts) -> str:
    """Why nothing is known of other costs."""
    if study.costs is not None:
        return f"Nothing to find out: {study.costs.reason}."
    return ""


def _params(found: Look) -> list[tuple[str, str, str, str, str]]:
    study, centre = found.study, plateau_params(found)
    edges = dict(found.edges)
    rows = []
    for name in study.params:
        best = study.best is not None
        value = study.parameter(name, study.best) if best else None
        shown, range_ = value_text(value) if best else NULL, study.space.get(name, "")
        rows.append((name, shown, value_text(centre.get(name)), range_, edges.get(name, "")))
    return rows


def _notes(study: StudyFacts) -> list[str]:
    record = study.record
    if record is None:
        return []
    known, notes = record.facts, []
    paid = [(n, float(known[n])) for n in ("commission", "slippage", "borrow") if known.get(n)]
    if paid:
        notes.append("Paid: " + ", ".join(f"{name} {value:,.0f}" for name, value in paid) + ".")
    if known.get("max_gross"):
        notes.append(f"Largest gross exposure: {percent(float(known['max_gross']))} of equity.")
    if known.get("disallowed"):
        notes.append(f"{count(int(known['disallowed']))} targets were on a side that the direction forbids.")
    if known.get("ruined"):
        notes.append("It lost everything.")
    return notes


def _marked(study: StudyFacts) -> str:
    trades = study.record.trades if study.record is not None else {}
    number = len(trades["pnl"]) if trades else 0
    if number > MOST_TRADES:
        return f"Entries and exits: the {MOST_TRADES} trades of {number:,} with the largest profit or loss."
    return ""


def _top(study: StudyFacts, facts: RunFacts, metrics: tuple[str, ...]) -> list[dict[str, str]]:
    values = values_of(study.columns, "value")
    held = np.flatnonzero(np.isfinite(values))
    order = held[np.argsort(-values[held] if facts.maximize else values[held], kind="stable")][:TOP]
    columns = {name: values_of(study.columns, name) for name in metrics}
    ids: Any = study.columns.get("trial_id", study.columns.get("proposal", range(len(values))))
    params = {name: study.parameter(name) for name in study.params}
    rows = []
    for i in order.tolist():
        shown = [
            f"{name} {value_text(column[i])}"
            for name, column in params.items()
            if column is not None and column[i] is not None
        ]
        row = {"id": str(ids[i]), "set": ", ".join(shown) or "–"}
        row["value"] = metric_text(facts.objective, float(values[i]))
        rows.append(row | {name: metric_text(name, float(column[i])) for name, column in columns.items()})
    return rows


def _shares(counts: Mapping[str, int], total: int) -> list[tuple[str, str, str]]:
    """Rows of text, number and share, most first; what is beyond MOST_REASONS is summed."""
    ranked = sorted(
        ((text, n) for text, n in counts.items() if n and text), key=lambda pair: (-pair[1], pair[0])
    )
    kept, rest = ranked[:MOST_REASONS], ranked[MOST_REASONS:]
    if rest:
        kept.append((f"{len(rest)} other reasons", sum(n for _, n in rest)))
    return [(text, count(n), percent(n / total) if total else "–") for text, n in kept]
