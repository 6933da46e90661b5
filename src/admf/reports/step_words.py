"""What one step from a set costs, in single sentences."""

from __future__ import annotations

from admf.analysis.neighbours import OTHER, Step, Steps
from admf.reports.numbers import metric_text, said, value_text

NOT_TRIED, NO_VALUE = "not tried", "no value"


def step_sentence(objective: str, step: Step, *, maximize: bool) -> str:
    """One step in one sentence: 'fast: one step up, to 25, costs 0.120 sharpe, 0.83 of the spread of all scores.'"""
    at = value_text(step.at)
    way = (
        f"{step.parameter}: {at} instead"
        if step.step == OTHER
        else f"{step.parameter}: one step {step.step}, to {at},"
    )
    if step.row is None:
        return f"{way} was not tried with all else equal."
    if step.loss is None:
        return f"{way} has no value."
    return f"{way} {_cost_words(objective, step, maximize)}."


def _cost_words(objective: str, step: Step, maximize: bool) -> str:
    """'costs 0.120 sharpe, 0.83 of the spread of all scores', of a step with a score."""
    loss, name = step.loss or 0.0, said(objective)
    if loss == 0.0:
        return "changes nothing"
    size = metric_text(objective, abs(loss))
    if maximize:
        words = f"{'costs' if loss > 0.0 else 'gains'} {size} {name}"
    else:
        words = f"{'raises' if loss > 0.0 else 'lowers'} {name} by {size}"
    return (
        words
        if step.relative is None
        else f"{words}, {share_text(abs(step.relative))} of the spread of all scores"
    )


def end_sentence(parameter: str, step: str) -> str:
    """Of a direction in which the tried values end."""
    return f"{parameter}: one step {step} is beyond all values that were tried."


def worst_sentence(objective: str, found: Steps, *, maximize: bool) -> str:
    """The step that costs most, in a sentence; '' where none costs anything."""
    if found.worst is None:
        return ""
    return f"the largest drop is that of {step_sentence(objective, found.worst, maximize=maximize)}"


def share_text(relative: float) -> str:
    """A loss in units of the spread: two digits are enough."""
    return f"{relative:.2g}" if relative < 10.0 else f"{relative:,.0f}"


def change_text(objective: str, change: float) -> str:
    """A change of the objective with its sign: '−0.120', '+0.030', '0'."""
    text = metric_text(objective, change)
    return f"+{text}" if change > 0.0 else text
