"""Where the edge dies: the break-even costs in words, as a figure, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admf.reports.facts import RunFacts
from admf.reports.figure import Figure, axis, numbers
from admf.reports.numbers import metric_text, percent, ratio, said

if TYPE_CHECKING:
    from admf.trials.cost_sensitivity import BreakEven, CostRecord


def cost_words(found: CostRecord, facts: RunFacts) -> str:
    """One or two sentences: at which cost per side nothing is left, and at which holding is better."""
    words = _sentence("The edge dies", found.zero, found)
    if found.hold_return is None:
        return words
    if found.hold.cost is not None:
        return f"{words} From {percent(found.hold.cost)} on, {said(facts.benchmark)} earns more."
    if found.hold.says == "not even at no cost":
        return f"{words} {said(facts.benchmark).capitalize()} earns more at any cost."
    return words


def _sentence(what: str, at: BreakEven, found: CostRecord) -> str:
    if at.cost is None:
        if at.says == "not even at no cost":
            return "There is no edge: it loses even without costs."
        return f"{what} at no cost up to 10 % per side."
    if not found.given:
        return f"{what} at {percent(at.cost)} per side; no costs were given."
    return f"{what} at {percent(at.cost)} per side, {at.cost / found.given:.2g} times the {percent(found.given)} given."


def cost_figure(found: CostRecord, benchmark: str) -> Figure | None:
    """Total return over the cost per side, in percent; None where there is nothing to draw."""
    if not len(found.costs):
        return None
    x = numbers(100.0 * found.costs)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": "best set", "x": x,
            "y": numbers(found.total_return), "line": {"color": "--line", "width": 2},
            "marker": {"size": 6, "color": "--line"},
            "hovertemplate": "%{x:.4~g} % per side: %{y:.1%}<extra></extra>",
        }
    ]  # fmt: skip
    shapes, notes = [_level(0.0, "--ink", "solid")], []
    if benchmark and found.hold_return is not None:
        shapes.append(_level(found.hold_return, "--bench", "dash"))
        notes.append(_word(f"{benchmark} {percent(found.hold_return)}", 1.0, found.hold_return, "--bench"))
    for text, cost, color, y in (
        ("given", found.given or None, "--bench", 1.0),
        ("edge dies", found.zero.cost, "--best", 0.86),
    ):
        if cost is not None:
            shapes.append(_upright(100.0 * cost, color))
            notes.append(
                _flag(f"{text} {percent(cost)}", 100.0 * cost, color, y, right=cost > 0.6 * found.costs[-1])
            )
    layout = {
        "xaxis": axis("cost per side, %", rangemode="tozero"),
        "yaxis": axis("total return", tickformat=".0%"),
        "shapes": shapes, "annotations": notes, "showlegend": False,
        "margin": {"l": 10, "r": 8, "t": 8, "b": 10},
    }  # fmt: skip
    return {"data": data, "layout": layout}


def cost_rows(found: CostRecord) -> list[tuple[str, ...]]:
    """Cost, times the given, total return, objective, trades: one row per rung."""
    rows = []
    for cost, total, value, trades in zip(
        found.costs.tolist(),
        found.total_return.tolist(),
        found.value.tolist(),
        found.n_trades.tolist(),
        strict=True,
    ):
        times = f"{ratio(cost / found.given)} ×" if found.given else ""
        named = ("total_return", total), (found.objective, value), ("n_trades", trades)
        texts = [metric_text(name, number) for name, number in named]
        rows.append((percent(cost), times, *texts))
    return rows


def _level(y: float, color: str, dash: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.2, "dash": dash}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y, "line": line}


def _upright(x: float, color: str) -> dict[str, Any]:
    line = {"color": color, "width": 1.6, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _word(text: str, x: float, y: float, color: str) -> dict[str, Any]:
    return {
        "text": text, "x": x, "xref": "paper", "y": y, "xanchor": "right", "yanchor": "bottom",
        "showarrow": False, "font": {"color": color, "size": 12},
    }  # fmt: skip


def _flag(text: str, x: float, color: str, y: float, *, right: bool) -> dict[str, Any]:
    return {
        "text": text, "x": x, "y": y, "yref": "paper", "showarrow": False, "yanchor": "top",
        "xanchor": "right" if right else "left", "xshift": -5 if right else 5,
        "font": {"color": color, "size": 12}, "bgcolor": "--card",
    }  # fmt: skip
