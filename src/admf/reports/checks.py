"""Should I believe it? What speaks for a study's best set and what against it, one check each, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from admf.reports.banners import FEW_TRADES
from admf.reports.comparison import best_metrics
from admf.reports.cost_words import cost_words
from admf.reports.facts import Lookahead, RunFacts, StudyFacts
from admf.reports.look import FALLS, STANDS, Look, best_value
from admf.reports.numbers import count, counted, metric_text, percent, said, value_text
from admf.reports.yardstick import yardstick

MANY_TRADES = 100


class Mark(Enum):
    """Which way a check points."""

    FOR = "for"
    UNSURE = "unsure"
    AGAINST = "against"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check; `because` is its reason inside a sentence, where it is one."""

    mark: Mark
    title: str
    text: str
    because: str = ""


def checks(facts: RunFacts, studies: Sequence[StudyFacts], found: Look) -> tuple[Check, ...]:
    """All checks of one study's best set; none where no trial has a value."""
    if found.study.best is None:
        return ()
    every = (
        _neighbours(facts, found), _edge(found), _luck(facts, studies, found.study), _benchmark(facts, found),
        _trades(found.study), _costs(facts, found.study), _lookahead(facts, found.study), _unseen(facts),
    )  # fmt: skip
    return tuple(check for check in every if check is not None)


def headline(found: Sequence[Check]) -> str:
    """The answer in one sentence."""
    against = [check.because for check in found if check.mark is Mark.AGAINST and check.because]
    doubts = [check.because for check in found if check.mark is Mark.UNSURE and check.because]
    if against:
        return f"Do not believe it yet: {listed(against)}."
    if doubts:
        return f"A candidate with doubts: {listed(doubts)}."
    return "A candidate: nothing here speaks against it, and nothing unseen has tested it."


def listed(parts: Sequence[str]) -> str:
    """'a, b and c'."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _neighbours(facts: RunFacts, found: Look) -> Check | None:
    flat = found.plateau
    if flat is None:
        return None
    around = len(flat.best_neighbours) - 1
    alone = around < 1 or around + flat.best_missing < 2
    if alone or flat.best_standing is None:
        few = "Too few neighbouring sets were tried to tell a plateau from a spike."
        alike = "All sets do alike: there is neither plateau nor spike."
        return Check(mark=Mark.OPEN, title="Its neighbours", text=few if alone else alike)
    kept = percent(max(flat.best_standing, 0.0))
    reach, median = (metric_text(facts.objective, value) for value in (flat.best_robust, flat.median))
    near = counted(around, "neighbour")
    most = f"three in four of its {near}" if around > 3 else f"its {near}"
    mark, text, because = Mark.UNSURE, "", ""
    if flat.best_standing >= STANDS:
        mark = Mark.FOR
        text = f"A plateau: {most} reach {reach} or better; the median set has {median}."
    elif 4 * flat.best_missing >= len(flat.best_neighbours) + flat.best_missing:
        because = "nobody knows how it goes on beside it"
        worst = "lowest" if facts.maximize else "highest"
        missing = counted(flat.best_missing, "set")
        one = flat.best_missing == 1
        without = (
            "was not tried or has no value, and counts"
            if one
            else "were not tried or have no value, and count"
        )
        text = f"Unknown: {missing} around it {without} as the {worst}."
    elif flat.best_standing < FALLS:
        mark, because = Mark.AGAINST, "the best set is a spike among worse neighbours"
        text = f"A spike: one in four of its {near} is at {reach} or worse; the median set has {median}."
    else:
        because = "its neighbours keep little of its lead"
        text = f"A slope: {most} reach {reach}, {kept} of its lead over the median set."
    return Check(mark=mark, title="Its neighbours", text=text, because=because)


def _edge(found: Look) -> Check | None:
    if not found.edges:
        return None
    best = found.study.best
    named = [
        f"{p} {value_text(found.study.parameter(p, best))} is the {end} value tried" for p, end in found.edges
    ]
    hope = "a wider range may hold something better, or show that this was chance"
    return Check(
        mark=Mark.UNSURE, title="Edge of the search", text=f"{listed(named)}: {hope}.",
        because="it lies at the edge of the search",
    )  # fmt: skip


def _luck(facts: RunFacts, studies: Sequence[StudyFacts], study: StudyFacts) -> Check | None:
    title, value = "Luck of many tries", best_value(study)
    trials = sum(one.trials for one in studies)
    if trials < 2 or value is None:
        return None
    stick = yardstick(studies) if facts.objective == "sharpe" else None
    if stick is None or stick.expected <= 0.0:
        why = "the values are too alike for a yardstick"
        if facts.objective != "sharpe":
            why = f"there is no yardstick for {facts.objective} here"
        text = f"The best of {count(trials)} tries looks better than it is; {why}."
        return Check(mark=Mark.OPEN, title=title, text=text)
    expected, own = (metric_text("sharpe", number) for number in (stick.expected, value))
    tries = (
        f"by the spread of these trials the best of {count(stick.trials)} tries without any skill would show a "
        f"sharpe of about {expected}"
    )
    if value > stick.expected:
        text = f"Above luck: {tries}; this is {own}. That is no proof either."
        return Check(mark=Mark.FOR, title=title, text=text)
    return Check(
        mark=Mark.AGAINST, title=title, because="luck alone would show as much",
        text=f"Not above luck: {tries}; this is {own}.",
    )  # fmt: skip


def _benchmark(facts: RunFacts, found: Look) -> Check | None:
    if not found.held:
        return None
    name, mine = said(facts.benchmark), best_metrics(found.study)
    pairs, won = [], []
    for metric in dict.fromkeys((facts.objective, "total_return")):
        own, theirs = mine.get(metric), found.held.get(metric)
        if own is None or theirs is None:
            continue
        larger = facts.maximize if metric == facts.objective else True
        won.append(own > theirs if larger else own < theirs)
        pairs.append(f"{said(metric)} {metric_text(metric, own)} against {metric_text(metric, theirs)}")
    if not won:
        return None
    shown = f"{listed(pairs)}, costs counted for it and not for holding"
    title = f"Against {name}"
    if all(won):
        return Check(mark=Mark.FOR, title=title, text=f"Better: {shown}.")
    if not won[0]:
        return Check(
            mark=Mark.AGAINST, title=title, text=f"Not better: {shown}.", because=f"it does not beat {name}"
        )
    return Check(
        mark=Mark.UNSURE, title=title, text=f"Divided: {shown}.", because=f"it earns less than {name}"
    )


def _trades(study: StudyFacts) -> Check | None:
    number = best_metrics(study).get("n_trades")
    if number is None:
        return None
    many, share = counted(int(number), "trade"), _of_three(study)
    text, because = f"{many}.{_said_of_three(share)}", ""
    if number < FEW_TRADES:
        mark, because = Mark.AGAINST, f"{many} say next to nothing"
    elif number < MANY_TRADES:
        mark, because = Mark.UNSURE, f"it rests on {many}"
    elif share is not None and share >= 1.0:
        mark, because = Mark.UNSURE, "three trades made all of its profit"
    else:
        mark = Mark.FOR
    return Check(mark=mark, title="Number of trades", text=text, because=because)


def _of_three(study: StudyFacts) -> float | None:
    """The three best trades' profit as a share of all; infinity where all together lost; None if they are few."""
    trades = study.record.trades if study.record is not None else {}
    if not trades or len(trades["pnl"]) < 6:
        return None
    pnl = np.nan_to_num(np.asarray(trades["pnl"], dtype=np.float64))
    total, top = float(pnl.sum()), float(np.sort(pnl)[-3:].sum())
    return top / total if total > 0.0 else np.inf


def _said_of_three(share: float | None) -> str:
    if share is None:
        return ""
    if share >= 1.0:
        return " Together they lost." if share == np.inf else " Without the three best there is no profit."
    return f" The three best made {percent(share)} of the profit."


def _costs(facts: RunFacts, study: StudyFacts) -> Check | None:
    found = study.costs
    if found is None or found.reason:
        return None
    text = cost_words(found, facts)
    dies, given = found.zero.cost, found.given
    if dies is None and not found.total_return[0] > 0.0:
        return Check(mark=Mark.AGAINST, title="Costs", text=text, because="it loses even without costs")
    if given and dies is not None and dies <= given:
        return Check(
            mark=Mark.AGAINST, title="Costs", text=text, because="its edge does not survive the costs"
        )
    if not facts.costs.given:
        return Check(mark=Mark.UNSURE, title="Costs", text=text, because="no costs were given")
    if dies is not None and dies < 2.0 * given:
        return Check(mark=Mark.UNSURE, title="Costs", text=text, because="twice the costs would end it")
    return Check(mark=Mark.FOR, title="Costs", text=text)


def _lookahead(facts: RunFacts, study: StudyFacts) -> Check | None:
    for fact in facts.lookahead:
        if fact.component != study.component:
            continue
        if fact.found is Lookahead.NONE_FOUND:
            return Check(mark=Mark.FOR, title="Look-ahead", text="Checked on cut histories, none found.")
        if fact.found is Lookahead.NOT_CHECKED:
            return Check(
                mark=Mark.OPEN,
                title="Look-ahead",
                text=f"Not checked: {fact.reason or 'nothing has tested it'}.",
            )
        return Check(
            mark=Mark.AGAINST, title="Look-ahead", because="it may look into the future",
            text="Found, and allowed by the config: it may know the future.",
        )  # fmt: skip
    return None


def _unseen(facts: RunFacts) -> Check:
    sealed = facts.data.sealed
    if sealed is None:
        return Check(
            mark=Mark.UNSURE, title="Unseen bars", because="nothing unseen is left to test it on",
            text="None: the search saw all bars. Only new ones can tell skill from luck.",
        )  # fmt: skip
    span = f"{counted(sealed.bars, 'bar')}, {sealed.first} to {sealed.last}"
    gap = f", after {counted(facts.data.embargo, 'bar')} left out between" if facts.data.embargo else ""
    text = f"{span}{gap}, are still sealed: no number on this page says anything about them."
    return Check(mark=Mark.OPEN, title="Unseen bars", text=text)


def rows(found: Sequence[Check]) -> Iterator[tuple[str, str, str, str]]:
    """Mark, what it says aloud, title, text."""
    aloud = {
        Mark.FOR: "speaks for it",
        Mark.UNSURE: "doubtful",
        Mark.AGAINST: "speaks against it",
        Mark.OPEN: "open",
    }
    for check in found:
        yield check.mark.value, aloud[check.mark], check.title, check.text
