"""A built-in strategy through containers and store, warm, per core, beside vectorbt in its fastest mode."""

from __future__ import annotations

from dataclasses import replace

from measure.result import Options, Result, at_least
from peers.market import Crossovers
from peers.measuring import Case
from peers.same_work import check_backtesting, check_vectorbt, few
from peers.vectorbt_modes import fastest
from rows.cases import TEN_THOUSAND, THOUSAND, on_days, on_minutes
from rows.in_turn import Entrant, faster, in_turn

OURS = "one worker, all built-in metrics, stored"


def thousand_sets(options: Options) -> list[Result]:
    """1,000 sets on 5,000 bars: what surrounds a run shows here."""
    return _beside("sets-1k", on_days(options, THOUSAND), 30.0, options)


def ten_thousand_sets(options: Options) -> list[Result]:
    """10,000 sets on 5,000 bars."""
    return _beside("sets-10k", on_days(options, TEN_THOUSAND), 100.0, options)


def many_bars(options: Options) -> list[Result]:
    """1,000 sets on 100,000 bars."""
    return _beside("bars-100k", on_minutes(options, THOUSAND), 100.0, options)


def _beside(name: str, case: Case, limit: float, options: Options) -> list[Result]:
    apart, short = check_vectorbt(case), check_vectorbt(_both(case))
    check_backtesting(case)
    mode, tried = fastest(case)
    vectorbt = mode.words(case)
    timed = in_turn(
        {
            "long": Entrant(engine="admf", case=case, words=OURS),
            "both": Entrant(engine="admf", case=_both(case), words=OURS),
            "vectorbt": Entrant(engine="vectorbt", case=case, mode=mode.arguments, words=vectorbt),
            "vectorbt both": Entrant(
                engine="vectorbt", case=_both(case), mode=mode.arguments, words=vectorbt
            ),
            "backtesting": Entrant(engine="backtesting", case=few(case), words="backtesting.py"),
        },
        options,
    )
    work = f"{case.words} ({case.name})"
    ours, both = timed["long"], timed["both"]
    return [
        faster(
            f"{name}.long",
            f"{work}, long only, time of vectorbt",
            ours,
            timed["vectorbt"],
            at_least(limit),
            vectorbt_modes_tried_ns=tried,
            largest_difference=apart,
        ),
        faster(
            f"{name}.both",
            f"{work}, long and short, time of vectorbt",
            both,
            timed["vectorbt both"],
            None,
            largest_difference=short,
        ),
        faster(
            f"{name}.backtesting",
            f"{work}, long only, time of backtesting.py",
            ours,
            timed["backtesting"],
            None,
        ),
    ]


def _both(case: Case) -> Case:
    sets: Crossovers = replace(case.sets, both=True)
    return replace(case, sets=sets)
