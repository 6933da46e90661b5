"""The metrics of the best trial beside those of the benchmark on the same bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admf.finance.metrics.table import NAMES
from admf.reports.facts import StudyFacts
from admf.reports.numbers import DESCRIPTIONS, NULL, metric_text

if TYPE_CHECKING:
    from admf.trials.replay_trial import TrialRecord

NO_BENCHMARK = "none"
KEY = (
    "sharpe", "total_return", "cagr", "volatility", "max_drawdown", "sortino", "calmar", "n_trades",
    "win_rate", "profit_factor", "exposure", "turnover", "costs", "final_equity",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table: a metric, what it means, its value and the benchmark's; a title explains a '–'."""

    name: str
    meaning: str
    value: str
    why: str
    benchmark: str
    benchmark_why: str
    key: bool
    plateau: str = ""
    """Of the centre of the plateau, where that is another set."""


def benchmark_metrics(record: TrialRecord | None, benchmark: str) -> dict[str, float | None]:
    """The comparable metrics of buy and hold over the scored bars; empty where there is no benchmark."""
    return {} if benchmark == NO_BENCHMARK or record is None else dict(record.held)


def best_metrics(study: StudyFacts) -> dict[str, float | None]:
    """The metrics of the best trial: from its replay, or from its row."""
    if study.record is not None:
        return dict(study.record.metrics)
    if study.best is None:
        return {}
    names = [name for name in NAMES if name in study.best]
    return {name: _number(study.best[name]) for name in names}


def comparison(
    study: StudyFacts,
    objective: str,
    held: Mapping[str, float | None],
    centre: Mapping[str, str] | None = None,
) -> list[Line]:
    """The objective first, then the key metrics, then the rest; the component's own metrics are key ones."""
    metrics = best_metrics(study)
    undefined = study.record.undefined if study.record is not None else {}
    own = [name for name in metrics if name not in NAMES]
    names = [objective, *own, *KEY, *NAMES]
    order = [name for name in dict.fromkeys(names) if name in metrics]
    if own:  # a component that measures itself leaves the usual metrics undefined
        order = [name for name in order if metrics[name] is not None or name in (objective, *own)]
    lines = []
    for name in order:
        value = metrics[name]
        lines.append(
            Line(
                name=name,
                meaning=DESCRIPTIONS.get(name, "a metric of the component's own"),
                value=metric_text(name, value),
                why="" if value is not None else undefined.get(name, "undefined for this trial"),
                benchmark=metric_text(name, held.get(name)) if held else NULL,
                benchmark_why=""
                if held.get(name) is not None
                else "not comparable: there are no trades in it",
                key=name in (objective, *own, *KEY),
                plateau=(centre or {}).get(name, NULL),
            )
        )
    return lines


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
