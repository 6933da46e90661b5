"""The front of several objectives in words, for commands and for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from admf.analysis.objectives import Objectives
from admf.analysis.pareto import MOST_EXACT, Front
from admf.reports.look import set_text
from admf.reports.numbers import count, counted, metric_text, percent, ratio


def side(better: bool) -> str:
    """Which side of a metric is better."""
    return "more is better" if better else "less is better"


def objectives_text(objectives: Objectives) -> str:
    """'sharpe (more is better) and max_drawdown (less is better)'."""
    return _and([f"{name} ({side(better)})" for name, better in objectives])


def values_text(objectives: Objectives, values: Sequence[float]) -> str:
    """'sharpe 0.32, max_drawdown 24.5 %'."""
    named = zip(objectives, values, strict=True)
    return ", ".join(f"{name} {metric_text(name, value)}" for (name, _), value in named)


def size_text(objectives: Objectives, front: Front) -> str:
    """How many of how many sets are on the front."""
    size = len(front.rows)
    return (
        f"{count(size)} of {counted(front.of, 'set')} {'is' if size == 1 else 'are'} on the front of"
        f" {objectives_text(objectives)}"
    )


def volume_text(front: Front) -> str:
    """The hypervolume, and its part of the box from the worst to the best."""
    if front.hypervolume is None:
        return f"hypervolume: not computed for more than {MOST_EXACT} objectives"
    share = f", {percent(front.share)} of the box from worst to best" if front.share is not None else ""
    return f"hypervolume {ratio(front.hypervolume)}{share}"


def knee_text(
    objectives: Objectives, knee: str | None, values: Sequence[float], params: Mapping[str, Any] | None
) -> str:
    """The knee: which trial, its objectives, its parameters."""
    if knee is None:
        return "no knee: no set stands out from the straight way between the ends of the front"
    return f"knee {knee}: {values_text(objectives, values)} with {set_text(params or {})}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
