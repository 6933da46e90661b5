"""What a reader must know before any number: the orange banners on top of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from admf.reports.comparison import best_metrics
from admf.reports.facts import Lookahead, RunFacts, StudyFacts
from admf.reports.numbers import counted, percent

MANY_FAILURES = 0.2
"""The config's default for `max_failures`."""
FEW_TRADES = 30
OPEN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A title in a few words, and what it means for the reader."""

    title: str
    text: str


def banners(facts: RunFacts, studies: Sequence[StudyFacts]) -> list[Banner]:
    """All that apply, the run's first."""
    found = [*_of_run(facts)]
    for study in studies:
        where = f"{study.called}: " if len(studies) > 1 else ""
        found += [Banner(title=f"{where}{title}", text=text) for title, text in _of_study(study)]
    return found + [Banner(title="Warning", text=text) for text in facts.warnings]


def _of_run(facts: RunFacts) -> Iterator[Banner]:
    if facts.unfinished:
        yield Banner(title="Unfinished run", text=facts.unfinished)
    if not facts.costs.given:
        yield Banner(
            title="Costs are missing",
            text="No costs were given, so commission and slippage count as 0: every result here "
            "looks better than "
            "trading would have been. Set costs: in the config and run again.",
        )
    if str(facts.simulation.get("fill", "")) == "close":
        yield Banner(
            title="Optimistic fill",
            text="fill: close trades at the very price that the decision is made from. Next to nobody can; "
            "next_open is what can be had.",
        )
    for fact in facts.lookahead:
        if fact.found is Lookahead.ALLOWED:
            yield Banner(
                title=f"Look-ahead allowed: {fact.component}",
                text="Its signal changes when later bars are removed, so it may know the future. It "
                "ran because: "
                f"{fact.reason or 'no reason given'}. Its results cannot be trusted.",
            )
        if fact.found is Lookahead.NOT_CHECKED:
            reason = f" ({fact.reason})" if fact.reason else ""
            yield Banner(
                title=f"Look-ahead not checked: {fact.component}",
                text=f"Nothing has tested whether it uses the future{reason}.",
            )
    if facts.data.sealed is None:
        yield Banner(
            title="Nothing unseen left",
            text="The search saw all bars. No data remain that could tell skill from luck, except new ones.",
        )


def _of_study(study: StudyFacts) -> Iterator[tuple[str, str]]:
    scored = study.outcomes.get("scored", 0) if study.outcomes else study.trials
    failures = study.trials - scored
    if study.trials and failures > MANY_FAILURES * study.trials:
        share = percent(failures / study.trials)
        left = "What is left may be a biased choice; the" if scored else "The"
        yield (
            "Many failures",
            f"{share} of the trials ({failures:,} of {study.trials:,}) did not score. {left} reasons are listed "
            "below.",
        )
    ruined = study.reasons.get("ruined", 0)
    if ruined:
        yield (
            "Ruined trials",
            f"{counted(ruined, 'trial')} lost everything. The best set comes from the same family: "
            "see how close to "
            "it the ruined ones are.",
        )
    yield from _of_best(study)


def _of_best(study: StudyFacts) -> Iterator[tuple[str, str]]:
    trades = best_metrics(study).get("n_trades")
    if trades is not None and trades < FEW_TRADES:
        yield (
            "Too few trades",
            f"The best set made {counted(int(trades), 'trade')}. Fewer than {FEW_TRADES} say next to "
            "nothing: a few "
            "lucky ones decide the result.",
        )
    share = open_share(study)
    if share is not None and share >= OPEN_SHARE:
        yield (
            "An open trade dominates",
            f"{percent(share)} of the best set's result is in trades still open on the last bar: a "
            "snapshot, with no "
            "exit and no exit cost.",
        )


def open_share(study: StudyFacts) -> float | None:
    """|pnl of open trades| over that plus |pnl of closed trades|; None without trades."""
    trades = study.record.trades if study.record is not None else {}
    if not trades or "open_at_end" not in trades or not len(trades["pnl"]):
        return None
    pnl, is_open = np.asarray(trades["pnl"], dtype=np.float64), np.asarray(trades["open_at_end"], dtype=bool)
    unsettled, settled = abs(float(pnl[is_open].sum())), abs(float(pnl[~is_open].sum()))
    return unsettled / (unsettled + settled) if unsettled + settled > 0.0 else None
