"""The first screen in plain words: what was run, what came out, how far to trust it, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admf.reports.comparison import benchmark_metrics
from admf.reports.facts import Lookahead, RunFacts, StudyFacts
from admf.reports.numbers import count, counted, metric_text, value_text
from admf.reports.yardstick import Yardstick, yardstick


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One headline, and paragraphs with a short label each."""

    headline: str
    points: tuple[tuple[str, str], ...]
    next_steps: tuple[str, ...]


def said(name: str) -> str:
    """A registered name as words: 'buy_and_hold' is 'buy and hold'."""
    return name.replace("_", " ")


def what_was_run(facts: RunFacts, studies: Sequence[StudyFacts]) -> str:
    """One sentence: components, data, dates, trials, objective."""
    parts = [f"{s.component} ({s.method}, {counted(s.trials, 'trial')})" for s in studies]
    data = facts.data
    symbols = ", ".join(data.symbols[:5]) + (
        f" and {len(data.symbols) - 5} more" if len(data.symbols) > 5 else ""
    )
    way = "highest" if facts.maximize else "lowest"
    limits = f" (with {' and '.join(facts.objective_constraints)})" if facts.objective_constraints else ""
    return (
        f"The search looked for the {way} {facts.objective}{limits} of {_listed(parts) or 'no component'} on "
        f"{counted(data.mined.bars, 'bar')} of {symbols}, {data.mined.first} to {data.mined.last}."
    )


def verdict(facts: RunFacts, studies: Sequence[StudyFacts]) -> Verdict:
    """What this version can honestly say about a run."""
    best = best_study(studies, facts.maximize)
    held = benchmark_metrics(best.record, facts.benchmark) if best is not None else {}
    points = []
    if best is not None:
        points.append(("Best set", _best_words(facts, best, len(studies))))
        if held:
            points.append(("Against " + said(facts.benchmark), _against(facts, best, held)))
    points.append(("Tried", _tried(facts, studies, best)))
    points.append(("Still sealed", _sealed(facts)))
    steps = facts.next_steps or tuple(_next_steps(facts, studies, best))
    return Verdict(headline=_headline(facts, studies, best, held), points=tuple(points), next_steps=steps)


def best_study(studies: Sequence[StudyFacts], maximize: bool) -> StudyFacts | None:
    """The study with the best value, the first of equals; None where no trial has one."""
    found = [(value, study) for study in studies if (value := best_value(study)) is not None]
    if not found:
        return None
    values = [value for value, _ in found]
    return found[values.index(max(values) if maximize else min(values))][1]


def best_value(study: StudyFacts) -> float | None:
    """The value of a study's best trial."""
    value = None if study.best is None else study.best.get("value")
    return None if value is None or value != value else float(value)


def set_words(study: StudyFacts) -> str:
    """The best parameter set as 'fast 20, slow 100'; what is absent from the set is left out."""
    named = [(name, study.parameter(name, study.best)) for name in study.params]
    shown = [f"{name} {value_text(value)}" for name, value in named if value is not None]
    return ", ".join(shown) or "no parameters"


def _headline(
    facts: RunFacts, studies: Sequence[StudyFacts], best: StudyFacts | None, held: Mapping[str, float | None]
) -> str:
    if best is None:
        trials = sum(study.trials for study in studies)
        return (
            f"No result: none of {counted(trials, 'trial')} has a value." if trials else "No trials were run."
        )
    if any(fact.found is Lookahead.ALLOWED and fact.component == best.component for fact in facts.lookahead):
        return "Not to be trusted: the best component may look into the future."
    mine, theirs = best_value(best), held.get(facts.objective)
    if mine is not None and theirs is not None:
        better = mine > theirs if facts.maximize else mine < theirs
        beats = f"{'beats' if better else 'does not beat'} {said(facts.benchmark)} by {facts.objective}"
        return f"The best set {beats}, on the bars it was chosen on. Nothing else is known yet."
    return "A candidate, chosen and measured on the same bars. Nothing else is known yet."


def _best_words(facts: RunFacts, best: StudyFacts, studies: int) -> str:
    value = metric_text(facts.objective, best_value(best))
    among = " It is the best of all components." if studies > 1 else ""
    return f"{best.component} with {set_words(best)}: {facts.objective} {value}.{among}"


def _against(facts: RunFacts, best: StudyFacts, held: Mapping[str, float | None]) -> str:
    names = dict.fromkeys((facts.objective, "total_return", "max_drawdown"))
    mine = best.record.metrics if best.record is not None else {}
    pairs = [
        f"{said(name)} {metric_text(name, mine.get(name))} against {metric_text(name, held[name])}"
        for name in names
        if held.get(name) is not None
    ]
    words = _listed(pairs)
    return f"{words[:1].upper()}{words[1:]}, on the same bars. Holding pays no costs here."


def _tried(facts: RunFacts, studies: Sequence[StudyFacts], best: StudyFacts | None) -> str:
    trials = sum(study.trials for study in studies)
    infeasible = sum(study.infeasible for study in studies)
    scored = sum(study.outcomes.get("scored", 0) if study.outcomes else study.trials for study in studies)
    words = f"{counted(trials, 'parameter set')}"
    notes = [
        f"{count(number)} {what}"
        for number, what in ((trials - scored, "failed"), (infeasible, "infeasible"))
        if number
    ]
    words += f" ({', '.join(notes)})." if notes else "."
    if trials > 1 and best is not None:
        words += (
            f" The best of {count(trials)} tries looks better than it is, because it was picked "
            "for looking good."
        )
    stick = yardstick(studies) if facts.objective == "sharpe" and best is not None else None
    return words + (_yardstick_words(stick, best) if stick is not None and best is not None else "")


def _yardstick_words(stick: Yardstick, best: StudyFacts) -> str:
    value = best_value(best)
    if value is None or stick.expected <= 0.0:
        return ""
    above = (
        "The best set is above that, which is no proof either."
        if value > stick.expected
        else "The best set is not above that: it shows no skill."
    )
    return (
        f" The best of {count(stick.trials)} trials without any skill would be expected to show a "
        "sharpe of about "
        f"{metric_text('sharpe', stick.expected)} (these trials' spread "
        f"{metric_text('sharpe', stick.spread)} times "
        f"the expected maximum of so many independent draws; Bailey and López de Prado 2014). {above}"
    )


def _sealed(facts: RunFacts) -> str:
    sealed = facts.data.sealed
    if sealed is None:
        return "Nothing: the search saw all bars, and nothing unseen is left to test on."
    embargo = f", after {counted(facts.data.embargo, 'bar')} left out between" if facts.data.embargo else ""
    return (
        f"{counted(sealed.bars, 'bar')}, {sealed.first} to {sealed.last}{embargo}. No trial has seen "
        "them, and nothing "
        "has been tested on them yet: no number on this page says anything about them."
    )


def _next_steps(facts: RunFacts, studies: Sequence[StudyFacts], best: StudyFacts | None) -> list[str]:
    if best is None:
        return [
            "Read why the trials have no value, below, and correct the component, its ranges or the "
            "constraints."
        ]
    steps = []
    if not facts.costs.given:
        steps.append("Set the costs that you would pay, and run again. Many edges die there.")
    if any(len(study.params) for study in studies):
        steps.append(
            "Look at the map of the parameters: a set that will last lies among neighbours that do "
            "nearly as well. A "
            "lone peak is luck more often than not."
        )
    steps.append("Look at the trades of the best set: would you have made them, and could you?")
    if facts.data.sealed is None:
        steps.append("Wait for new bars, or run again with a part held back, before any money follows this.")
    else:
        steps.append(
            "Write down which set you expect to hold up and at which value, before the sealed bars "
            "are opened. They "
            "can be opened for the first time only once."
        )
    return steps


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
