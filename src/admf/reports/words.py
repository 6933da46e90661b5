"""The first screen in plain words: what was tried, what was best, should I believe it, what do I do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admf.reports.checks import Check, checks, headline, listed
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.look import Look, best_study, best_value, look, plateau_params, set_text, set_words
from admf.reports.numbers import count, counted, metric_text, percent, said
from admf.reports.steps import Step, next_steps
from admf.reports.yardstick import yardstick


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answers of the first screen. `best` is empty and `checks` too where no trial has a value."""

    headline: str
    under: str
    tried: tuple[str, ...]
    best_value: str
    best: tuple[str, ...]
    checks: tuple[Check, ...]
    next_steps: tuple[Step, ...]


def verdict(facts: RunFacts, studies: Sequence[StudyFacts], looks: Sequence[Look] | None = None) -> Verdict:
    """What this version can honestly say about a run; `looks` (one per study) where they were made before."""
    looks = [look(facts, study) for study in studies] if looks is None else looks
    chosen = best_study(studies, facts.maximize)
    best = next((one for one in looks if one.study is chosen), None) if chosen is not None else None
    found = checks(facts, studies, best) if best is not None else ()
    return Verdict(
        headline=_without(studies) if best is None else headline(found),
        under="" if best is None else "Every number here is from the bars that the set was chosen on.",
        tried=tuple(_tried(facts, studies)),
        best_value=metric_text(facts.objective, best_value(best.study)) if best is not None else "",
        best=tuple(_best(facts, best, len(studies))) if best is not None else (),
        checks=found,
        next_steps=next_steps(facts, studies, best),
    )


def _without(studies: Sequence[StudyFacts]) -> str:
    trials = sum(study.trials for study in studies)
    return f"No result: none of {counted(trials, 'trial')} has a value." if trials else "No trials were run."


def _tried(facts: RunFacts, studies: Sequence[StudyFacts]) -> list[str]:
    return [_searched(facts, studies), _counts(studies), _cost_words(facts)]


def _searched(facts: RunFacts, studies: Sequence[StudyFacts]) -> str:
    parts = [f"{s.called} ({s.method}, {counted(s.trials, 'trial')})" for s in studies]
    data = facts.data
    symbols = ", ".join(data.symbols[:5]) + (
        f" and {len(data.symbols) - 5} more" if len(data.symbols) > 5 else ""
    )
    way = "highest" if facts.maximize else "lowest"
    limits = f" (with {listed(facts.objective_constraints)})" if facts.objective_constraints else ""
    return (
        f"The {way} {facts.objective}{limits} of {listed(parts) or 'no component'} on "
        f"{counted(data.mined.bars, 'bar')} of {symbols}, {data.mined.first} to {data.mined.last}."
    )


def _counts(studies: Sequence[StudyFacts]) -> str:
    trials = sum(study.trials for study in studies)
    infeasible = sum(study.infeasible for study in studies)
    scored = sum(study.outcomes.get("scored", 0) if study.outcomes else study.trials for study in studies)
    notes = [
        f"{count(number)} {what}"
        for number, what in ((trials - scored, "failed"), (infeasible, "infeasible"))
        if number
    ]
    return f"{counted(trials, 'parameter set')}{f' ({listed(notes)})' if notes else ''}."


def _cost_words(facts: RunFacts) -> str:
    costs = facts.costs
    if not costs.given:
        return "Costs: none were given, counted as 0."
    words = f"Costs: {percent(costs.commission)} commission and {percent(costs.slippage)} slippage per side"
    rates = [
        f"{what} {percent(rate)} a year"
        for what, rate in (("borrowing", costs.borrow_rate), ("cash", costs.cash_rate))
        if rate
    ]
    return f"{', '.join([words, *rates])}."


def _best(facts: RunFacts, best: Look, studies: int) -> list[str]:
    among = ", the best of all components" if studies > 1 else ""
    return [f"{best.study.called} with {set_words(best.study)}{among}.", *_plateau(facts, best)]


def _plateau(facts: RunFacts, best: Look) -> list[str]:
    flat = best.plateau
    if flat is None or len(flat.neighbours) < 3:
        return []
    if not best.firm:
        return ["No set has neighbours that hold up: there is no plateau."]
    if best.on_top:
        return ["It is itself the centre of the best plateau."]
    value, robust = (metric_text(facts.objective, number) for number in (flat.value, flat.robust))
    return [
        f"The centre of the best plateau is {set_text(plateau_params(best))}: {facts.objective} {value}, "
        f"and three in four of its neighbours reach {robust}."
    ]


def benchmark_name(facts: RunFacts) -> str:
    """The benchmark as words; '' for none."""
    return "" if facts.benchmark == "none" else said(facts.benchmark)


def yardstick_words(facts: RunFacts, studies: Sequence[StudyFacts]) -> str:
    """How the yardstick of luck is made, and what makes it too strict or too mild; '' where there is none."""
    stick = yardstick(studies) if facts.objective == "sharpe" else None
    if stick is None or stick.expected <= 0.0:
        return ""
    spread, times, expected = (
        metric_text("sharpe", number)
        for number in (stick.spread, stick.expected / stick.spread, stick.expected)
    )
    draws = f"the best of {count(stick.trials)} independent draws exceeds their mean by"
    return (
        f"The yardstick of luck, {expected}: the spread of the Sharpe ratios of all trials, {spread}, times what "
        f"{draws}, {times} (Bailey and López de Prado 2014). Sets that resemble each other make it too strict, "
        "and so do sets that lose by their very make."
    )
