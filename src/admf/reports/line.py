"""The objective over a single parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.analysis.columns import Floats
from admf.analysis.plateau import Plateau
from admf.reports.cells import cells_of
from admf.reports.curve import keep_extremes
from admf.reports.facts import StudyFacts
from admf.reports.figure import Figure, axis, best_mark, numbers, plain, plateau_mark
from admf.reports.table import Axis, best_row

MOST_LINE = 2_000


def line_figure(
    one: Axis,
    values: Floats,
    objective: str,
    study: StudyFacts,
    maximize: bool,
    plateau: Plateau | None = None,
) -> Figure:
    """Value over a single parameter; trials without a value are grey crosses at the lower edge."""
    x: list[Any] = numbers(one.numbers) if one.numbers is not None else [plain(text) for text in one.labels]
    line = Axis(name=one.name, labels=("",), codes=np.zeros_like(one.codes), numbers=None)
    top = cells_of(one, line, values, maximize)
    best = top.best[0]
    kept = range(len(x)) if len(x) <= MOST_LINE else _thinned(best)
    missing = [i for i in kept if not np.isfinite(best[i])]
    style = {"line": {"color": "--line", "width": 1.5}, "marker": {"color": "--line", "size": 6}}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "name": plain(objective),
            "mode": "lines+markers" if len(kept) <= 200 else "lines",
            "x": [x[i] for i in kept], "y": numbers(best[list(kept)]), "connectgaps": False, **style,
            "hovertemplate": f"{plain(one.name)} %{{x}}<br>%{{y:.4~g}}<extra></extra>",
        }
    ]  # fmt: skip
    if missing:
        floor = float(np.nanmin(best))
        data.append(
            {
                "type": "scatter", "mode": "markers", "name": "no value", "x": [x[i] for i in missing],
                "y": [floor] * len(missing), "marker": {"symbol": "x-thin", "size": 8,
                "line": {"width": 2, "color": "--muted"}},
                "hovertemplate": f"{plain(one.name)} %{{x}}: no value<extra></extra>",
            }
        )  # fmt: skip
    row = best_row(study)
    if plateau is not None and plateau.row != row:
        code = int(one.codes[plateau.row])
        data.append(plateau_mark((x[code], float(best[code])), objective))
    if row is not None:
        code = int(one.codes[row])
        data.append(best_mark((x[code], float(best[code])), objective))
    kind = {} if one.numbers is not None else {"type": "category", "categoryarray": x}
    layout = {
        "xaxis": axis(one.name, **kind),
        "yaxis": axis(objective),
        "margin": {"l": 10, "r": 8, "t": 8, "b": 10},
        "showlegend": False,
    }
    return {"data": data, "layout": layout}


def _thinned(best: Floats) -> list[int]:
    held = np.flatnonzero(np.isfinite(best))
    kept: list[int] = held[keep_extremes([best[held]], MOST_LINE)].tolist()
    return kept
