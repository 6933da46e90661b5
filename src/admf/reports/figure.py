"""Figures as plain data for plotly.js: colours are names of CSS variables, which the page fills in."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from typing import Any

Figure = dict[str, Any]
"""`data` and `layout` as plotly.js takes them. `log`: the y axis can be logarithmic. `choices`: name ->
what it changes in the first trace, for the buttons above the chart. `rows`: how many rows of cells it has."""


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis in the page's colours."""
    return {
        "title": {"text": plain(title), "standoff": 6}, "automargin": True, "gridcolor": "--grid",
        "linecolor": "--grid", "zerolinecolor": "--grid", "tickcolor": "--grid", **more,
    }  # fmt: skip


def plain(text: object) -> str:
    """A user's text for a chart: plotly reads some HTML and %{...} in texts, and this leaves it none."""
    return html.escape(str(text), quote=False).replace("{", "&#123;")


def numbers(values: Iterable[float]) -> list[float | None]:
    """Numbers as JSON has them: six significant digits, null for NaN and infinity."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values]


def best_mark(place: tuple[Any, Any], objective: str) -> dict[str, Any]:
    """The ring around the best, at a place of the x and y axes."""
    return {
        "type": "scatter", "mode": "markers", "x": [place[0]], "y": [place[1]], "name": "best",
        "marker": {
            "symbol": "circle-open", "size": 13, "color": "--best",
            "line": {"width": 3, "color": "--best"},
        },
        "hovertemplate": f"the best {plain(objective)}<extra></extra>",
    }  # fmt: skip


def plateau_mark(place: tuple[Any, Any], objective: str) -> dict[str, Any]:
    """The square around the plateau's centre."""
    return {
        "type": "scatter", "mode": "markers", "x": [place[0]], "y": [place[1]], "name": "plateau",
        "marker": {
            "symbol": "square-open", "size": 19, "color": "--plateau",
            "line": {"width": 3, "color": "--plateau"},
        },
        "hovertemplate": f"the centre of the plateau of {plain(objective)}<extra></extra>",
    }  # fmt: skip


def halo(mark: Figure) -> Figure:
    """The same mark wider and in the page's own colour, to lie below it: it is seen on any colour then."""
    marker = mark["marker"]
    line = {"width": marker["line"]["width"] + 4, "color": "--card"}
    below = {**marker, "color": "--card", "line": line}
    return {**mark, "marker": below, "hoverinfo": "skip", "hovertemplate": None, "name": ""}
