"""Parallel coordinates: every parameter an upright axis, every set a line across them, good ones on top."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.analysis.columns import Floats, Ints, values_of
from admf.reports.facts import StudyFacts
from admf.reports.figure import Figure, plain
from admf.reports.numbers import metric_text
from admf.reports.table import Axis, axis_of

MOST_LINES = 400
BANDS = (("worst half", 0.5, "--void", 0.6, 0.8), ("better half", 0.8, "--bench", 0.7, 0.9),
         ("best fifth", 0.95, "--line", 0.8, 1.2), ("best twentieth", 1.0, "--best", 0.95, 1.8))  # fmt: skip
"""Name, up to which share of the sets, colour, opacity, width."""
_TICKS = 6


def parallel(study: StudyFacts, objective: str, maximize: bool) -> tuple[Figure, int, int] | None:
    """The figure, how many sets it draws, and of how many; None below two parameters or three values."""
    values = values_of(study.columns, "value")
    held = np.flatnonzero(np.isfinite(values))
    axes = [axis for name in study.params if len(axis := axis_of(study, name, most=len(values) + 1)) > 1]
    if len(axes) < 2 or len(held) < 3:
        return None
    order = held[np.argsort(values[held] if maximize else -values[held], kind="stable")]
    drawn = _thinned(order)
    low, high = (float(f(values[drawn])) for f in (np.min, np.max))
    heights = [_heights(axis) for axis in axes]
    last = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    rank = {int(row): place / len(order) for place, row in enumerate(order.tolist())}
    data = [
        _band(band, [r for r in drawn.tolist() if _in(rank[int(r)], band)], heights, last) for band in BANDS
    ]
    notes = [note for x, axis in enumerate(axes) for note in _labels(x, axis, heights[x])]
    notes += [
        _note(len(axes), y, metric_text(objective, value), "left", 6)
        for y, value in ((0.0, low), (1.0, high))
    ]
    names = [*(axis.name for axis in axes), objective]
    across = {
        "range": [-0.25, len(axes) + 0.25], "tickvals": list(range(len(names))),
        "ticktext": [plain(name) for name in names], "showgrid": True, "gridcolor": "--muted",
        "zeroline": False, "side": "top", "automargin": True, "fixedrange": True,
    }  # fmt: skip
    layout = {
        "xaxis": across, "yaxis": {"range": [-0.06, 1.06], "visible": False, "fixedrange": True},
        "annotations": notes, "showlegend": True, "hovermode": False,
        "legend": {"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0},
        "margin": {"l": 20, "r": 40, "t": 10, "b": 10},
    }  # fmt: skip
    return {"data": [trace for trace in data if trace["x"]], "layout": layout}, len(drawn), len(held)


def _thinned(order: Ints) -> Ints:
    """All, or the best quarter of MOST_LINES and an even choice of the rest, worst first."""
    if len(order) <= MOST_LINES:
        return order
    top = MOST_LINES // 4
    rest = order[:-top]
    kept = rest[np.linspace(0, len(rest) - 1, MOST_LINES - top).astype(np.int64)]
    return np.concatenate([kept, order[-top:]])


def _in(rank: float, band: tuple[str, float, str, float, float]) -> bool:
    ends = [0.0, *(one[1] for one in BANDS)]
    at = ends.index(band[1])
    return ends[at - 1] <= rank < ends[at]


def _heights(axis: Axis) -> Floats:
    """Each trial's height on an axis, in [0, 1]: numbers by size where that spreads them, else by order."""
    steps = np.arange(len(axis), dtype=np.float64)
    if axis.numbers is not None and axis.numbers[-1] > axis.numbers[0]:
        size = (axis.numbers - axis.numbers[0]) / (axis.numbers[-1] - axis.numbers[0])
        if float(np.median(size)) > 0.15:
            steps = size
    spread: Floats = (steps / steps.max())[axis.codes] if steps.max() > 0 else steps[axis.codes]
    return spread


def _band(
    band: tuple[str, float, str, float, float], rows: list[int], heights: list[Floats], last: Floats
) -> dict[str, Any]:
    name, _, color, opacity, width = band
    x: list[float | None] = []
    y: list[float | None] = []
    for row in rows:
        x += [*range(len(heights) + 1), None]
        y += [*(round(float(h[row]), 4) for h in heights), round(float(last[row]), 4), None]
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "opacity": opacity,
        "line": {"color": color, "width": width}, "hoverinfo": "skip", "connectgaps": False,
    }  # fmt: skip


def _labels(x: int, axis: Axis, heights: Floats) -> list[dict[str, Any]]:
    n = len(axis)
    chosen = range(n) if n <= _TICKS else sorted({0, n // 2, n - 1})
    where = {
        int(code): float(height) for code, height in zip(axis.codes.tolist(), heights.tolist(), strict=True)
    }
    return [_note(x, where[code], axis.labels[code], "left", 4) for code in chosen if code in where]


def _note(x: int, y: float, text: str, anchor: str, shift: int) -> dict[str, Any]:
    return {
        "x": x, "y": y, "text": plain(text), "showarrow": False, "xanchor": anchor, "xshift": shift,
        "font": {"size": 11}, "bgcolor": "--card", "opacity": 0.92,
    }  # fmt: skip
