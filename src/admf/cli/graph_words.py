"""A study's place in the graph of its run, in words: for `admf check`."""

from __future__ import annotations

from admf.config.config import Condition, Stop
from admf.plan.plan import Fed, Plan, StudyPlan


def called(study: StudyPlan) -> str:
    """Its name in the plan: stage and component, and the window where it sees only a part of the bars."""
    return f"{study.stage}: {study.called}"


def place_of(plan: Plan, study: StudyPlan) -> list[tuple[str, str]]:
    """What it waits for, begins with, depends on and ends with, as far as there is anything to say."""
    lines = []
    if study.after:
        lines.append(("after", ", ".join(called(plan.studies[n]) for n in study.after)))
    if study.feed is not None:
        lines.append(("begins with", _fed(plan, study.feed)))
    lines += [("when", _condition(one)) for one in study.when]
    if study.asynchronous:
        lines.append(("asynchronous", "which sets it proposes will depend on how long trials take"))
    if study.stop:
        lines.append(("ends early", _stop(study.stop)))
    return lines


def _fed(plan: Plan, feed: Fed) -> str:
    sources = [n for numbers in feed.parts.values() for n in numbers]
    of = ", ".join(dict.fromkeys(called(plan.studies[n]) for n in sources))
    return f"the best {feed.top} of {of}" + (", and nothing else" if feed.alone else "")


def _condition(one: Condition) -> str:
    if one.skips:
        return f"{one.text}: it is skipped"
    return f"{one.text}, else it is skipped" if one.method is None else f"{one.text}: {one.method}"


def _stop(stop: Stop) -> str:
    words = []
    if stop.target is not None:
        words.append(f"at {stop.target:g}")
    if stop.no_progress is not None:
        words.append(f"after {stop.no_progress} generations without a better value")
    if stop.plateau is not None:
        words.append(f"when half of a generation lies within {stop.plateau:.1%} of the best")
    if stop.time_s is not None:
        words.append(f"after {stop.time_s:g} s")
    return ", or ".join(words)
