"""Several objectives: every set and the front, its knee, and the choice that a reader makes on the page."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, Ints
from admf.analysis.objectives import Objectives, objective_values, trial_front
from admf.analysis.pareto import Front
from admf.finance.metrics.table import Unit
from admf.parameters.parameter_set import FORM, origin
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.figure import Figure, axis, halo, numbers, plain
from admf.reports.front_words import knee_text, side, size_text, values_text, volume_text
from admf.reports.look import set_text, trial_at
from admf.reports.numbers import NULL, UNITS, metric_text, value_text

MOST_DRAWN = 3000
"""Sets beside the front that are drawn; of more an even choice."""
MOST_ROWS = 500
"""Sets of the front that are in the table and the picture, the most alone of them where there are more."""
MOST_PAIRS = 6
_FAR, _MUCH_WIDER = 0.02, 1.4
_KNEE = (
    "It lies farthest from the straight way between the ends of the front: beyond it, a little of one objective costs"
    " much of another."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontRow:
    """A row of the table: the place among the choices, the trial, and cells as text with what they are sorted by."""

    choice: int
    trial: str
    knee: bool
    cells: tuple[tuple[str, float | str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParetoView:
    """What the template needs. `choices` are columns, a place for each set that is drawn; `first` is chosen at first.

    `command` exports a choice where '@trial' is its id ('': the run has no folder that lasts); `document` is the
    text of a parameter set in which '@trial', '@seed', '@parameters' and '@value0' ... stand for those of a choice.
    """

    words: tuple[str, ...]
    figures: tuple[tuple[str, Figure], ...]
    heads: tuple[tuple[str, bool], ...]
    """The table's columns: names, and whether they hold numbers."""
    rows: tuple[FrontRow, ...]
    left_out: int
    outside: bool
    """Whether a picture leaves out, at first, what lies far off."""
    drawn: int
    of: int
    choices: Mapping[str, Sequence[Any]]
    first: int
    knee: int | None
    pairs: tuple[tuple[int, int], ...]
    """Which objectives each figure is about."""
    command: str
    document: str


def pareto_view(facts: RunFacts, study: StudyFacts) -> ParetoView | None:
    """The section of one study; None where one objective is sought, or nothing has a value."""
    front = trial_front(study.columns, facts.several) if facts.several else None
    if front is None:
        return None
    values, shown = objective_values(study.columns, facts.several), _shown(front)
    drawn = np.concatenate([shown, _others(values, front)])
    knee = drawn.tolist().index(front.knee) if front.knee is not None else None
    figures = tuple(_figures(facts.several, study, front, values, drawn, len(shown)))
    return ParetoView(
        words=tuple(_words(facts, study, front, values)),
        figures=figures,
        outside=_outside(figures),
        heads=(*((name, True) for name, _ in facts.several), *((name, False) for name in study.params)),
        rows=tuple(_row(facts, study, front, values, i, row) for i, row in enumerate(shown.tolist())),
        left_out=len(front.rows) - len(shown),
        drawn=len(drawn),
        of=front.of,
        choices=_choices(facts, study, values, drawn),
        first=0 if knee is None else knee,
        knee=knee,
        pairs=tuple(_pairs(facts.several)),
        command=f"admf params export {shlex.quote(facts.folder)} @trial" if facts.folder else "",
        document=_document(facts, study),
    )


def _shown(front: Front) -> Ints:
    """The rows of the front that are shown, in its order."""
    most_alone = np.sort(np.argsort(-front.crowding, kind="stable")[:MOST_ROWS])
    keep = set(front.rows[most_alone].tolist()) | {front.knee}
    return np.array([row for row in front.rows.tolist() if row in keep], dtype=np.int64)


def _others(values: Floats, front: Front) -> Ints:
    """An even choice of the sets that have all objectives and are not on the front."""
    held = np.flatnonzero(np.isfinite(values).all(axis=1))
    rows = held[~np.isin(held, front.rows)]
    every = np.linspace(0, len(rows) - 1, min(len(rows), MOST_DRAWN)).round().astype(np.int64)
    return rows[every] if len(rows) else np.empty(0, dtype=np.int64)


def _words(facts: RunFacts, study: StudyFacts, front: Front, values: Floats) -> list[str]:
    objectives = facts.several
    knee = front.knee
    params = _set(study, knee) if knee is not None else None
    at = values[knee].tolist() if knee is not None else ()
    signs = [1.0 if better else -1.0 for _, better in objectives]
    worst = values_text(objectives, (front.worst * signs).tolist())
    known = knee_text(objectives, trial_at(study, knee) if knee is not None else None, at, params)
    volume = volume_text(front)
    reference = f" (reference point: the worst of every objective, {worst})" if front.share else ""
    return [
        f"{size_text(objectives, front)}: for each of them, no other set is at least as good in all and better in one.",
        f"{volume[:1].upper()}{volume[1:]}{reference}.",
        f"{known[:1].upper()}{known[1:]}." + (f" {_KNEE}" if knee is not None else ""),
        f"All else on this page, the best set and the plateau too, is about the first objective, {facts.objective}.",
    ]


def _figures(
    objectives: Objectives, study: StudyFacts, front: Front, values: Floats, drawn: Ints, on_front: int
) -> list[tuple[str, Figure]]:
    """A scatter for each pair of objectives, the first ones where there are many."""
    names = [name for name, _ in objectives]
    hovers = [_hover(objectives, study, values, row) for row in drawn.tolist()]
    made = []
    for i, j in _pairs(objectives):
        points = values[drawn][:, [i, j]]
        traces = [
            _dots("other sets", points[on_front:], range(on_front, len(drawn)), hovers[on_front:], _OTHERS),
            _stairs(objectives[i][1], objectives[j][1], points[:on_front]) if len(objectives) == 2 else None,
            _dots("front", points[:on_front], range(on_front), hovers[:on_front], _FRONT),
        ]
        if front.knee is not None:
            mark = _knee((float(values[front.knee, i]), float(values[front.knee, j])))
            traces += [{**halo(mark), "showlegend": False}, mark]
        traces.append(_CHOSEN)
        layout = {
            "margin": {"l": 64, "r": 14, "t": 34, "b": 50}, "hovermode": "closest",
            "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
            "xaxis": _axis(objectives[i], _range(points[:, 0], on_front)),
            "yaxis": _axis(objectives[j], _range(points[:, 1], on_front)),
        }  # fmt: skip
        made.append((f"{names[i]} and {names[j]}", {"data": [t for t in traces if t], "layout": layout}))
    return made


def _pairs(objectives: Objectives) -> list[tuple[int, int]]:
    return list(combinations(range(len(objectives)), 2))[:MOST_PAIRS]


_OTHERS: dict[str, Any] = {"size": 5, "color": "--muted", "opacity": 0.5}
_FRONT: dict[str, Any] = {"size": 9, "color": "--line", "line": {"width": 1.5, "color": "--card"}}
_CHOSEN: dict[str, Any] = {
    "type": "scatter", "mode": "markers", "x": [], "y": [], "name": "chosen", "hoverinfo": "skip",
    "marker": {"symbol": "circle-open", "size": 26, "color": "--plateau", "line": {"width": 3, "color": "--plateau"}},
}  # fmt: skip


def _dots(
    name: str, points: Floats, places: range, hovers: Sequence[str], marker: Mapping[str, Any]
) -> dict[str, Any]:
    """Points that say which choice they are."""
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": numbers(points[:, 0]), "y": numbers(points[:, 1]),
        "customdata": list(places), "text": list(hovers), "hovertemplate": "%{text}<extra></extra>",
        "marker": dict(marker),
    }  # fmt: skip


def _stairs(more_right: bool, more_up: bool, points: Floats) -> dict[str, Any]:
    """The edge of what the front dominates, from its one end to the other."""
    signed = points * [1.0 if more_right else -1.0, 1.0 if more_up else -1.0]
    ordered = points[np.lexsort((-signed[:, 1], signed[:, 0]))]
    corners = np.repeat(ordered, 2, axis=0)[:-1]
    corners[1::2, 1] = ordered[1:, 1]  # from each point to the height of the next, then to it
    return {
        "type": "scatter", "mode": "lines", "x": numbers(corners[:, 0]), "y": numbers(corners[:, 1]),
        "line": {"color": "--line", "width": 1.5}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _knee(place: tuple[float, float]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": [place[0]], "y": [place[1]], "name": "knee", "hoverinfo": "skip",
        "marker": {
            "symbol": "diamond-open", "size": 15, "color": "--best", "line": {"width": 3, "color": "--best"},
        },
    }  # fmt: skip


def _range(reached: Floats, on_front: int) -> tuple[float, float] | None:
    """What of an axis is shown at first: all of the front, and of the others all but the few that lie far off."""
    low, high = float(reached.min()), float(reached.max())
    near = np.append(reached[:on_front], np.quantile(reached, [_FAR, 1 - _FAR]))
    least, most = float(near.min()), float(near.max())
    if not most > least or high - low < _MUCH_WIDER * (most - least):
        return None
    edge = 0.06 * (most - least)
    return least - edge, most + edge


def _outside(figures: Sequence[tuple[str, Figure]]) -> bool:
    """Whether some picture does not show all of its points."""
    return any("range" in figure["layout"][name] for _, figure in figures for name in ("xaxis", "yaxis"))


def _axis(objective: tuple[str, bool], shown: tuple[float, float] | None) -> dict[str, Any]:
    """An axis that says which way is better; the title of a y axis is turned, and its arrow with it."""
    name, better = objective
    percent = UNITS.get(name) in (Unit.FRACTION, Unit.PROBABILITY)
    title = f"{name}   {'→' if better else '←'} {side(better)}"
    form = {"tickformat": ".0%"} if percent else {}
    return axis(title, zeroline=False, **form, **({"range": list(shown)} if shown else {}))


def _hover(objectives: Objectives, study: StudyFacts, values: Floats, row: int) -> str:
    lines = [trial_at(study, row), values_text(objectives, values[row].tolist()), set_text(_set(study, row))]
    return "<br>".join(map(plain, lines))


def _row(facts: RunFacts, study: StudyFacts, front: Front, values: Floats, choice: int, row: int) -> FrontRow:
    pairs = zip(facts.several, values[row].tolist(), strict=True)
    reached = [(metric_text(name, value), value) for (name, _), value in pairs]
    params = _set(study, row)
    given = [
        (value_text(params[name]) if name in params else NULL, _key(params.get(name)))
        for name in study.params
    ]
    return FrontRow(
        choice=choice,
        trial=trial_at(study, row),
        knee=row == front.knee,
        cells=(*reached, *given),
    )


def _key(value: Any) -> float | str:
    """What a parameter is sorted by."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if number else "" if value is None else value_text(value)


def _set(study: StudyFacts, row: int) -> dict[str, Any]:
    """The parameters of a trial; what is absent from its set is left out."""
    columns = {name: study.parameter(name) for name in study.params}
    found = {name: column[row] for name, column in columns.items() if column is not None}
    return {n: v.item() if hasattr(v, "item") else v for n, v in found.items() if v is not None}


def _choices(facts: RunFacts, study: StudyFacts, values: Floats, drawn: Ints) -> dict[str, list[Any]]:
    """Columns over the sets that are drawn; numbers that must be exact are texts."""
    rows = drawn.tolist()
    seeds = study.columns.get("seed")
    sets = [_set(study, row) for row in rows]
    return {
        "trial": [trial_at(study, row) for row in rows],
        "set": [set_text(one) for one in sets],
        "parameters": [json.dumps(one, ensure_ascii=False) for one in sets],
        "seed": [str(seeds[row]) if seeds is not None else "null" for row in rows],
        "at": values[drawn].tolist(),
        "value": [[repr(one) for one in values[row].tolist()] for row in rows],
        "objectives": [values_text(facts.several, values[row].tolist()) for row in rows],
    }


def _document(facts: RunFacts, study: StudyFacts) -> str:
    """As `admf params export` writes it, but of the metrics only the objectives, which the page has."""
    named = [(name, better, f"@value{i}") for i, (name, better) in enumerate(facts.several)]
    document = {
        "admf_parameter_set": FORM,
        "component": study.component,
        "parameters": "@parameters",
        "feasible": True,
        "objectives": [
            {"metric": name, "direction": "maximize" if better else "minimize", "value": value}
            for name, better, value in named
        ],
        "metrics": {name: value for name, _, value in named},
        "from": origin(facts.name, "@trial", study.stage, "@seed", facts.provenance),
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
