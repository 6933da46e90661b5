"""One study as the template shows it: figures, tables and notes, ready to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.analysis.columns import numbers_in, values_of
from admf.reports.comparison import NO_BENCHMARK, Line, benchmark_metrics, comparison
from admf.reports.curve import MOST_TRADES, equity_figure
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.figure import Figure
from admf.reports.landscape import Landscape, landscape
from admf.reports.numbers import count, is_number, metric_text, percent, value_text
from admf.reports.spread import histogram
from admf.reports.words import best_value, said, set_words

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
    params: tuple[tuple[str, str, str], ...]
    """Name, the best value, the range that was searched."""
    edges: tuple[str, ...]
    benchmark: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    equity: Figure | None
    marked: str
    landscape: Landscape
    spread: Figure | None
    top: tuple[Mapping[str, str], ...]
    top_metrics: tuple[str, ...]
    outcomes: tuple[tuple[str, str, str], ...]
    reasons: tuple[tuple[str, str, str], ...]


def study_view(facts: RunFacts, study: StudyFacts, number: int) -> StudyView:
    """The view of one study; `number` makes its anchors unique."""
    values = values_of(study.columns, "value")
    held = benchmark_metrics(study.record, facts.benchmark)
    record = study.record
    benchmark = said(facts.benchmark) if facts.benchmark != NO_BENCHMARK else ""
    equity = equity_figure(record, facts.data.timezone, benchmark) if record is not None else None
    metrics = tuple(m for m in TOP_METRICS if m in study.columns and m != facts.objective)
    return StudyView(
        anchor=f"study-{number}",
        facts=study,
        value=metric_text(facts.objective, best_value(study)),
        set_words=set_words(study),
        params=tuple(_params(study)),
        edges=tuple(_edges(study)),
        benchmark=benchmark if held else "",
        lines=tuple(comparison(study, facts.objective, held)),
        notes=tuple(_notes(study)),
        equity=equity,
        marked=_marked(study),
        landscape=landscape(study, facts.objective, facts.maximize),
        spread=histogram(values, facts.objective, facts.maximize, (benchmark, held.get(facts.objective))),
        top=tuple(_top(study, facts, metrics)),
        top_metrics=metrics,
        outcomes=tuple(_shares(study.outcomes, study.trials)),
        reasons=tuple(_shares(study.reasons, study.trials)),
    )


def _params(study: StudyFacts) -> list[tuple[str, str, str]]:
    ranges = study.space
    rows = []
    for name in study.params:
        value = study.parameter(name, study.best) if study.best is not None else None
        rows.append((name, value_text(value) if study.best is not None else "–", ranges.get(name, "")))
    return rows


def _edges(study: StudyFacts) -> list[str]:
    """Parameters whose best value is the least or greatest tried: the range may have cut off a better one."""
    found = []
    for name in study.params if study.best is not None else ():
        column, value = study.parameter(name), study.parameter(name, study.best)
        tried = np.unique(numbers_in(column if column is not None else ())[1])
        if len(tried) < 4 or not is_number(value):
            continue
        for edge, word in ((tried[0], "lowest"), (tried[-1], "highest")):
            if value == edge:
                found.append(f"{name} {value_text(value)} is the {word} value tried")
    return found


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
