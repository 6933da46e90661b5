"""The studies of successive halving: one on each window, from the shortest to the whole. Pure."""

from __future__ import annotations

from dataclasses import replace

from admf.errors import ConfigError, Problem
from admf.plan.plan import Fed, StudyPlan
from admf.search.halving import BUDGET, NAME, SuccessiveHalving
from admf.search.methods import find_method

LEAST_BARS = 20
"""What the shortest window must have to score."""


def is_halved(study: StudyPlan) -> bool:
    """Whether a study is to be laid out as several."""
    return study.method == NAME


def rungs_of(study: StudyPlan, where: str) -> list[StudyPlan]:
    """The studies that a study stands for, numbered from its own number on.

    `study.trials`: what its first search asks for. Constraints on results hold on the whole window only: a number
    of trades, say, cannot be asked of a part of it. ConfigError where the shortest window is too short.
    """
    options = find_method(NAME, study.options)
    assert isinstance(options, SuccessiveHalving)
    drawn = min(study.budget or BUDGET, study.trials or study.budget or BUDGET)
    scored = study.spec.stop - study.spec.start - study.spec.warmup
    shares, counts = options.shares(), options.counts(drawn)
    if scored // shares[0] < LEAST_BARS:
        says = (
            f"the shortest window of {NAME} must have {LEAST_BARS} bars at least after the warm-up, has"
            f" {scored // shares[0]} (1/{shares[0]} of {scored})."
        )
        raise ConfigError(
            Problem(where=where, says=says, hint="Use fewer rungs, a smaller eta, or more data.")
        )
    found: list[StudyPlan] = []
    for rung, (share, count) in enumerate(zip(shares, counts, strict=True)):
        number = study.number + rung
        of_part = replace(
            study.spec,
            stop=study.spec.start + study.spec.warmup + scored // share,
            objective=replace(study.spec.objective, constraints=()),
        )
        found.append(
            replace(
                study,
                number=number,
                window=study.window if share == 1 else f"{study.window}-1of{share}",
                spec=study.spec if share == 1 else of_part,
                budget=count,
                trials=count,
                after=study.after if rung == 0 else (number - 1,),
                feed=study.feed if rung == 0 else Fed(top=count, parts={"": (number - 1,)}, alone=True),
                when=study.when if rung == 0 else (),
            )
        )
    return found
