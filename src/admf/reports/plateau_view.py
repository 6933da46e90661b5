"""The plateau's section: what it is, and the best set and its centre side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admf.analysis.plateau import GRID
from admf.reports.facts import RunFacts
from admf.reports.look import Look, plateau_params, set_text, set_words, trial_at
from admf.reports.numbers import NULL, count, metric_text, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateauView:
    """`rows`: what, of the best set, of the centre. `same`: they are one set, and there is one column."""

    words: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    same: bool


def plateau_view(facts: RunFacts, found: Look) -> PlateauView | None:
    """The section's content; None where there is no plateau to speak of."""
    flat, study = found.plateau, found.study
    if flat is None or len(study.columns.get("value", ())) < 3:
        return None
    name, worst = facts.objective, "lowest" if facts.maximize else "highest"
    if flat.rule == GRID:
        who = (
            "Neighbours are the sets one step away in one numeric parameter or several, with all else equal."
        )
    else:
        k = len(flat.neighbours) - 1
        who = f"Neighbours are the {k} nearest sets in the space of the parameters, categories equal."
    how = (
        f"{who} The robust score of a set is what three in four of them and itself reach (the 0.25 quantile); "
        f"what was not tried, failed or is infeasible counts as the {worst} value of all. "
        "The plateau's centre is the set with the best robust score: a lone peak does not win there."
    )
    rows = [
        ("Set", set_words(study), set_text(plateau_params(found))),
        (name, metric_text(name, flat.best_value), metric_text(name, flat.value)),
        ("Robust score", metric_text(name, flat.best_robust), metric_text(name, flat.robust)),
        ("Lead over the median that the neighbours keep", _share(flat.best_standing), _share(flat.standing)),
        ("Neighbours without a value", count(flat.best_missing), count(flat.missing)),
        ("Trial", trial_at(study, flat.best_row), trial_at(study, flat.row)),
    ]
    return PlateauView(words=(_result(found), how), rows=tuple(rows), same=found.on_top)


def _result(found: Look) -> str:
    flat = found.plateau
    assert flat is not None, "a view is made of a plateau"
    if not found.firm:
        return "There is no plateau: around no set do three in four of the neighbours beat the median set."
    if found.on_top:
        text = "The best set is itself the centre of the plateau."
    else:
        text = f"The centre of the plateau is {set_text(plateau_params(found))}."
    if flat.ratio is None:
        return text
    return f"{text} Its robust score is {percent(flat.ratio)} of the best value."


def _share(standing: float | None) -> str:
    """None of it where the neighbours are no better than the median."""
    return NULL if standing is None else percent(min(max(standing, 0.0), 1.0))


def plateau_metrics(found: Look, names: tuple[str, ...]) -> Mapping[str, str]:
    """The metrics of the plateau's centre as texts, from the trial table."""
    flat, columns = found.plateau, found.study.columns
    if flat is None or found.on_top:
        return {}
    return {name: metric_text(name, _number(columns[name][flat.row])) for name in names if name in columns}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) or hasattr(value, "item") else None
