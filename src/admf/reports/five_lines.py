"""The verdict of a run in five lines of plain words: best, plateau, costs, look-ahead, what is still sealed."""

from __future__ import annotations

from collections.abc import Sequence

from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.numbers import counted
from admf.reports.words import verdict

_TITLES = {
    "Plateau": "Its neighbours",
    "Costs": "Costs",
    "Look-ahead": "Look-ahead",
    "Sealed": "Unseen bars",
}
_SILENT = {
    "Plateau": "there is one set only, so nothing around it can be compared.",
    "Costs": "where the edge dies cannot be told: there is no signal that could be traded at other costs.",
    "Look-ahead": "not checked.",
    "Sealed": "nothing: every bar was searched, and nothing unseen is left to test on.",
}


def five_lines(facts: RunFacts, studies: Sequence[StudyFacts]) -> list[str]:
    """Five lines, each with its subject first; fewer where no trial has a value."""
    found = verdict(facts, studies)
    said = {check.title: check.text for check in found.checks}
    if not found.best:
        return [f"Best: none. {found.headline}"]
    tried = counted(sum(study.trials for study in studies), "set")
    best = f"Best: {facts.objective} {found.best_value}, {found.best[0].rstrip('.')}, of {tried} tried."
    if "Luck of many tries" in said:
        best += f" {said['Luck of many tries']}"
    lines = [best]
    for subject, title in _TITLES.items():
        text = said.get(title, _SILENT[subject])
        if subject == "Plateau":
            text = " ".join([text, *found.best[1:]])
        lines.append(f"{subject}: {text.replace('on this page', 'here')}")
    return lines
