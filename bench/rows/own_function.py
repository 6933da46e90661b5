"""A user's plain NumPy function, in a file of his own, beside vectorbt and backtesting.py on the same work."""

from __future__ import annotations

from measure.result import Options, Result, at_least
from peers.same_work import check_backtesting, check_component, check_vectorbt, few
from peers.vectorbt_modes import fastest
from rows.cases import THOUSAND, on_days, on_minutes
from rows.in_turn import Entrant, faster, in_turn

COMPONENT = "strategies.crossover:crossover"
VECTORBT, BACKTESTING = 10.0, 200.0


def function(options: Options) -> list[Result]:
    """The same crossovers, 1,000 of them, on days and on minutes."""
    results = []
    cases = {"sets-1k": on_days(options, THOUSAND), "bars-100k": on_minutes(options, THOUSAND)}
    for name, case in list(cases.items())[: options.size(len(cases), 1)]:
        for check in (check_vectorbt, check_backtesting):
            check(case)
        check_component(case, COMPONENT)
        mode, _ = fastest(case)
        timed = in_turn(
            {
                "ours": Entrant(
                    engine="admf", case=case, mode={"component": COMPONENT}, words="one worker, stored"
                ),
                "vectorbt": Entrant(
                    engine="vectorbt", case=case, mode=mode.arguments, words=mode.words(case)
                ),
                "backtesting": Entrant(engine="backtesting", case=few(case), words="backtesting.py"),
            },
            options,
        )
        for peer, limit in (("vectorbt", VECTORBT), ("backtesting", BACKTESTING)):
            what = f"{case.words} ({case.name}), a user's NumPy function, time of {peer}"
            results.append(
                faster(f"function.{name}.{peer}", what, timed["ours"], timed[peer], at_least(limit))
            )
    return results
