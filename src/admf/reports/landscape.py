"""The objective over the parameters: a heatmap per pair, or a line for a single one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import values_of
from admf.analysis.plateau import Plateau
from admf.reports.cells import Cells, cells_of, color_range
from admf.reports.facts import StudyFacts
from admf.reports.figure import Figure, axis, best_mark, halo, numbers, plain, plateau_mark
from admf.reports.line import line_figure
from admf.reports.table import Axis, axis_of, best_row, importance

Floats = NDArray[np.float64]

MOST_PAIRS = 6
MOST_LINE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landscape:
    """Figures with their titles, and how many pairs of parameters there are in all."""

    figures: tuple[tuple[str, Figure], ...] = ()
    pairs: int = 0
    others: bool = False
    """Whether a cell holds several sets, so that it has a median and a best."""
    binned: bool = False
    grey: bool = False
    blank: bool = False
    clipped: bool = False
    robust: bool = False
    """Whether cells show robust scores too, and the plateau is marked."""


def landscape(study: StudyFacts, objective: str, maximize: bool, plateau: Plateau | None = None) -> Landscape:
    """What the values of a study look like over its parameters; no figures where nothing has a value."""
    values = values_of(study.columns, "value")
    if not np.isfinite(values).any() or not study.params:
        return Landscape()
    axes = [axis_of(study, name) for name in study.params]
    axes = [one for one in axes if len(one) > 1] or axes[:1]
    if len(axes) == 1:
        wide = axis_of(study, axes[0].name, most=len(values) + 1)
        line = line_figure(wide, values, objective, study, maximize, plateau)
        return Landscape(figures=((axes[0].name, line),), robust=plateau is not None)
    pairs = [(x, y, cells_of(x, y, values, maximize)) for x, y in chosen_pairs(axes, values)]
    spans = {
        "median": color_range([cells.median for _, _, cells in pairs], maximize),
        "best": color_range([cells.best for _, _, cells in pairs], maximize),
    }
    firm = [] if plateau is None else [cells_of(x, y, plateau.scores, maximize).best for x, y, _ in pairs]
    firm_span = color_range(firm, maximize) if firm else (0.0, 0.0)
    row = best_row(study)
    figures = []
    for number, (x, y, cells) in enumerate(pairs):
        figure = heatmap(x, y, cells, spans, plain(objective), maximize)
        if firm:
            shown = {"z": _rows(firm[number]), "zmin": firm_span[0], "zmax": firm_span[1]}
            figure["choices"]["robust"] = shown
        if row is not None:
            mark = best_mark(_place(x, y, row), objective)
            figure["data"] += [halo(mark), mark]
        if plateau is not None and plateau.row != row:
            mark = plateau_mark(_place(x, y, plateau.row), objective)
            figure["data"] += [halo(mark), mark]
        figures.append((f"{x.name} × {y.name}", figure))
    tried = [cells.tried for _, _, cells in pairs]
    held = [np.isfinite(cells.best) for _, _, cells in pairs]
    return Landscape(
        figures=tuple(figures),
        pairs=len(axes) * (len(axes) - 1) // 2,
        others=any((t > 1).any() for t in tried),
        binned=any(one.binned for pair in pairs for one in pair[:2]),
        grey=any(((t > 0) & ~h).any() for t, h in zip(tried, held, strict=True)),
        blank=any((t == 0).any() for t in tried),
        clipped=any(_beyond(cells, *spans["median"]) for _, _, cells in pairs),
        robust=bool(firm),
    )


def _place(x: Axis, y: Axis, row: int) -> tuple[str, str]:
    return plain(x.labels[int(x.codes[row])]), plain(y.labels[int(y.codes[row])])


def chosen_pairs(axes: list[Axis], values: Floats) -> list[tuple[Axis, Axis]]:
    """At most MOST_PAIRS pairs: all, or those among the parameters that move the value most."""
    most = next(k for k in range(len(axes), 1, -1) if k * (k - 1) // 2 <= MOST_PAIRS)
    ranked = sorted(range(len(axes)), key=lambda i: (-importance(axes[i].codes, values), i))
    kept = sorted(ranked[:most])
    return [(axes[i], axes[j]) for i, j in combinations(kept, 2)]


def heatmap(
    x: Axis, y: Axis, cells: Cells, spans: Mapping[str, tuple[float, float]], objective: str, maximize: bool
) -> Figure:
    """Values as colours, yellow being better; grey where tried without a value.

    `spans` are the least and greatest colour of the medians and of the bests.
    """
    names = f"{plain(x.name)} %{{x}}<br>{plain(y.name)} %{{y}}<br>"
    labels = {"x": [plain(text) for text in x.labels], "y": [plain(text) for text in y.labels]}
    shared = {"type": "heatmap", **labels, "xgap": 1, "ygap": 1}
    colored = {
        **shared, "z": None, "customdata": cells.tried.tolist(),
        "colorscale": "Viridis", "reversescale": not maximize, "hoverongaps": False,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": {"size": 10}},
        "hovertemplate": f"{names}{objective} %{{z:.4~g}}<br>%{{customdata}} tried<extra></extra>",
    }  # fmt: skip
    void = np.where((cells.tried > 0) & ~np.isfinite(cells.best), 0.0, np.nan)
    grey = {
        **shared, "z": _rows(void), "colorscale": [[0, "--void"], [1, "--void"]], "showscale": False,
        "hovertemplate": f"{names}no value: infeasible or failed<extra></extra>", "hoverongaps": False,
    }  # fmt: skip
    layout = {
        "xaxis": axis(x.name, **_categories(labels["x"]), nticks=12),
        "yaxis": axis(y.name, **_categories(labels["y"]), nticks=16),
        "margin": {"l": 10, "r": 6, "t": 8, "b": 10},
        "showlegend": False,
    }
    choices = {
        name: {"z": _rows(shown), "zmin": spans[name][0], "zmax": spans[name][1]}
        for name, shown in (("median", cells.median), ("best", cells.best))
    }
    return {"data": [colored, grey], "layout": layout, "choices": choices, "rows": len(y)}


def _categories(labels: list[str]) -> dict[str, Any]:
    """An axis of cells: in their order, and no longer than they are (marks at an edge would lengthen it)."""
    ends = [-0.5, len(labels) - 0.5]
    return {"type": "category", "categoryorder": "array", "categoryarray": labels, "range": ends}


def _rows(values: Floats) -> list[list[float | None]]:
    return [numbers(row) for row in values.tolist()]


def _beyond(cells: Cells, low: float, high: float) -> bool:
    return bool((cells.median < low).any() or (cells.median > high).any())
