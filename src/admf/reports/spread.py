"""How the values of a study are spread: a histogram with the best and the benchmark marked."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.analysis.columns import Floats
from admf.reports.figure import Figure, axis, numbers, plain
from admf.reports.numbers import metric_text

MOST_BARS = 60


def histogram(
    values: Floats, objective: str, maximize: bool, benchmark: tuple[str, float | None]
) -> Figure | None:
    """Counts of `values` (n,) in bars of equal width; None where fewer than 2 are numbers.

    The worst 1 % share the outermost bar where they lie far off, so that the rest can be seen.
    """
    held = values[np.isfinite(values)]
    if held.size < 2:
        return None
    best = float(held.max() if maximize else held.min())
    low, high = shown_range(held, maximize)
    counts, edges = np.histogram(
        np.clip(held, low, high), bins=min(MOST_BARS, max(8, int(np.sqrt(held.size)) * 2)), range=(low, high)
    )
    middles = (edges[:-1] + edges[1:]) / 2.0
    spans = [
        f"{metric_text(objective, a)} to {metric_text(objective, b)}"
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    bars = {
        "type": "bar", "x": numbers(middles), "y": counts.tolist(),
        "width": float(edges[1] - edges[0]) * 0.96,
        "marker": {"color": "--line", "line": {"width": 0}}, "customdata": spans, "name": "trials",
        "hovertemplate": "%{customdata}: %{y} trials<extra></extra>",
    }  # fmt: skip
    shapes, notes = [], []
    name, value = benchmark
    marks = [("best", best, "--best", 1.0)]
    if value is not None and low <= value <= high:
        marks.append((name, value, "--bench", 0.9))
    for text, at, color, y in marks:
        shapes.append(_upright(at, color))
        notes.append(_note(f"{plain(text)} {metric_text(objective, at)}", at, color, y, (low, high)))
    room = 1.25 * float(counts.max())  # for the words above the bars
    layout = {
        "xaxis": axis(objective), "yaxis": axis("trials", range=[0, room]), "shapes": shapes, "annotations": notes,
        "margin": {"l": 10, "r": 8, "t": 8, "b": 10}, "bargap": 0, "showlegend": False,
    }  # fmt: skip
    return {"data": [bars], "layout": layout}


def shown_range(held: Floats, maximize: bool) -> tuple[float, float]:
    """From the worst value, or the worst per cent where beyond it lies much, to the best."""
    low, high = float(held.min()), float(held.max())
    inner_low, inner_high = (float(q) for q in np.quantile(held, (0.01, 0.99)))
    if maximize and inner_low - low > 0.5 * (high - inner_low):
        low = inner_low
    if not maximize and high - inner_high > 0.5 * (inner_high - low):
        high = inner_high
    width = high - low
    pad = 0.5 * max(abs(high), 1e-9) if width <= 1e-12 * max(abs(low), abs(high)) else 0.02 * width
    return low - pad, high + pad


def _upright(at: float, color: str) -> dict[str, Any]:
    line = {"color": color, "width": 2, "dash": "dash" if color == "--bench" else "solid"}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _note(text: str, at: float, color: str, y: float, span: tuple[float, float]) -> dict[str, Any]:
    right = at > (span[0] + span[1]) / 2.0
    return {
        "text": text, "x": at, "y": y, "yref": "paper", "showarrow": False, "yanchor": "top",
        "xanchor": "right" if right else "left", "xshift": -5 if right else 5,
        "font": {"color": color, "size": 12}, "bgcolor": "--card",
    }  # fmt: skip
