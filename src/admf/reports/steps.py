"""What to do next: a few steps in plain words, each with the command that does it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.look import Look, plateau_params, set_text, trial_at
from admf.reports.numbers import metric_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step; `command` '' where there is none to type."""

    text: str
    command: str = ""


def next_steps(facts: RunFacts, studies: Sequence[StudyFacts], best: Look | None) -> tuple[Step, ...]:
    """The steps that follow from what was found; the run's own where it has any."""
    if facts.next_steps:
        return tuple(Step(text=text) for text in facts.next_steps)
    if best is None:
        return tuple(_without_result(facts, studies))
    return tuple(_after(facts, best))


def _without_result(facts: RunFacts, studies: Sequence[StudyFacts]) -> Iterator[Step]:
    if facts.unfinished:
        yield Step(text="Let the run come to its end.", command=_of_run(facts, "resume"))
    yield Step(
        text="Read why the trials have no value, below, and correct the component, its ranges or the constraints.",
        command=_of_run(facts, "trials", "--top 20"),
    )
    broken = next((one for study in studies if (one := _broken(study))), "")
    if broken:
        yield Step(text="See what one of them raised, with its line.", command=_of_run(facts, "show", broken))


def _broken(study: StudyFacts) -> str:
    outcomes = [getattr(outcome, "value", outcome) for outcome in study.columns.get("outcome", ())]
    return next((trial_at(study, i) for i, outcome in enumerate(outcomes) if outcome != "scored"), "")


def _after(facts: RunFacts, best: Look) -> Iterator[Step]:
    study = best.study
    name = (
        trial_at(study, best.plateau.best_row)
        if best.plateau is not None
        else str((study.best or {}).get("trial_id", ""))
    )
    if facts.unfinished:
        yield Step(text="Let the run come to its end.", command=_of_run(facts, "resume"))
    if not facts.costs.given:
        costs = " --set costs.commission=0.0005 --set costs.slippage=0.0002"
        yield Step(
            text="Set the costs that you would pay, and run again. Many edges die there.",
            command=_again(facts, costs),
        )
    if best.edges:
        wider = " and ".join(
            f"{p} {'below' if word == 'lowest' else 'above'} what was tried" for p, word in best.edges
        )
        yield Step(text=f"Widen the space ({wider}) and run again.", command=_again(facts, ""))
    if facts.several:
        yield Step(
            text=f"Choose from the front, below: the best set is the best in {facts.objective} alone.",
            command=_of_run(facts, "trials", "--front") or "study.front()",
        )
    if best.plateau is not None and best.firm and not best.on_top:
        value = metric_text(facts.objective, best.plateau.value)
        around = f"three in four of its neighbours reach {metric_text(facts.objective, best.plateau.robust)}"
        centre = f"{set_text(plateau_params(best))} ({facts.objective} {value})"
        yield Step(
            text=f"Look at the centre of the plateau, {centre}, before the best value: {around}.",
            command=_of_run(facts, "show", trial_at(study, best.plateau.row)) or "study.plateau()",
        )
    yield Step(
        text="Read the trades of the best set: would you have made them, and could you?",
        command=_of_run(facts, "trades", name) or "study.trades",
    )
    if facts.folder and not facts.unfinished:
        yield Step(
            text="See that its numbers come out again, bit for bit.",
            command=_of_run(facts, "show", f"{name} --rerun"),
        )
    yield _about_unseen(facts)


def _about_unseen(facts: RunFacts) -> Step:
    if facts.data.sealed is None:
        return Step(
            text="Wait for new bars, or run again with a part held back, before any money follows this."
        )
    return Step(
        text="Write down which set you expect to hold up and at which value, before the sealed bars are opened. "
        "They can be opened for the first time only once."
    )


def _of_run(facts: RunFacts, command: str, more: str = "") -> str:
    return f"admf {command} {shlex.quote(facts.folder)} {more}".rstrip() if facts.folder else ""


def _again(facts: RunFacts, more: str) -> str:
    return f"admf run {shlex.quote(facts.config_file)}{more}" if facts.config_file else ""
