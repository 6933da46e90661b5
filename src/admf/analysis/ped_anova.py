"""PED-ANOVA: which parameters decide whether a set is among the best, by Optuna's evaluator; and what chance says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats
from admf.analysis.inputs import ORDINAL, Input, sample
from admf.analysis.why_none import Why

FEWEST, MOST = 20, 1_000
"""Of fewer scored trials it says nothing, our own convention; of more it sees a seeded sample."""
QUANTILE = 0.1
"""The best tenth, Optuna's own default: what is asked is which parameters decide who is in it."""
FEWEST_TOP = 5
"""Optuna: 'it is preferable to include at least 5 trials' among the best; fewer trials have a larger quantile."""
SHUFFLES = 19
"""How often scores are shuffled among the sets: that any parameter lies above all of them without a reason has a
chance of one in twenty."""
_STEPS = 50
"""Optuna looks at numbers on so many steps at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """PED-ANOVA of the parameters that vary; `share` by name, empty where `why` says that there is none."""

    why: Why | None = None
    share: Mapping[str, float]
    chance: tuple[str, ...] = ()
    """Parameters whose share is no larger than shuffled scores give."""
    quantile: float
    trials: int
    """How many scored trials it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """`share`: each input's part of all importance, summing to 1; None where no input tells the best apart.

    `above_chance` says for which it is larger than with scores that were shuffled among the sets.
    """

    quantile: float
    share: tuple[float, ...] | None
    above_chance: tuple[bool, ...]


def ranked(inputs: Sequence[Input], score: Floats, seed: int) -> Ranked:
    """PED-ANOVA of inputs that vary, over scored trials; `score` (n,) is finite, larger being better."""
    chosen = sample(len(score), MOST, seed)
    inputs, score = [one.of(chosen) for one in inputs], score[chosen]
    quantile, n = quantile_of(len(score)), len(score)
    if n < FEWEST:
        return Ranked(why=Why.FEW, share={}, quantile=quantile, trials=n)
    if top(score, quantile) > n / 2:
        return Ranked(why=Why.TIED, share={}, quantile=quantile, trials=n)
    found = ped_anova(inputs, score, seed=seed)
    if found.share is None or not any(found.above_chance):
        return Ranked(why=Why.NO_SIGN, share={}, quantile=quantile, trials=n)
    names = [one.name for one in inputs]
    return Ranked(
        share=dict(zip(names, found.share, strict=True)),
        chance=tuple(name for name, above in zip(names, found.above_chance, strict=True) if not above),
        quantile=quantile,
        trials=n,
    )


def quantile_of(n: int) -> float:
    """Which part of n trials are the best: a tenth, or as much as holds FEWEST_TOP."""
    return max(QUANTILE, min(1.0, FEWEST_TOP / n)) if n else 1.0


def top(score: Floats, quantile: float) -> int:
    """How many of the scores (larger being better) are among the best; equals of the last are."""
    cutoff = np.sort(-score)[math.ceil(quantile * len(score)) - 1]
    return int((-score <= cutoff).sum())


def ped_anova(inputs: Sequence[Input], score: Floats, *, seed: int = 0) -> Shares:
    """The shares of n trials' inputs in who is best; `score` (n,) is finite, larger being better.

    Numbers with even steps are looked at on these, others on 50 steps of their scale, choices as they are. An
    input that is absent in some trials counts by those that have it, weighted by how many of the best do
    (Conditional PED-ANOVA).

    Source: Watanabe, Bansal and Hutter 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
    Arbitrary Subspaces"; Optuna's PedAnovaImportanceEvaluator, measured against all trials of the study.
    """
    import optuna

    from admf.search.optuna_sampler import quiet

    quantile, names = quantile_of(len(score)), [f"x{i}" for i in range(len(inputs))]
    with quiet(optuna):
        study = optuna.create_study()
        study.add_trials(_trials(optuna, inputs, len(score)))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=quantile)

        def raw(loss: Floats) -> Floats:
            found = evaluator.evaluate(study, names, target=lambda trial: loss[trial.number])
            return np.array([found[name] for name in names])

        own = raw(-score)
        rng = np.random.default_rng(seed)
        shuffled = [raw(-rng.permutation(score)) for _ in range(SHUFFLES)]
    total = float(own.sum())
    return Shares(
        quantile=quantile,
        share=tuple((own / total).tolist()) if total > 0.0 else None,
        above_chance=tuple(_above(np.array([own, *shuffled])).tolist()),
    )


def _above(found: Floats) -> NDArray[np.bool_]:
    """Which numbers of the first row stand out more, on their column's own scale, than any of any other row.

    The first row is scaled with the others, so that without a reason each row is as likely to hold the highest.
    Source: the maxT permutation test (Westfall and Young 1993), which allows for looking at many parameters.
    """
    spread = found.std(axis=0)
    z = (found - found.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    return np.asarray(z[0] > z[1:].max())


def _trials(optuna: Any, inputs: Sequence[Input], n: int) -> list[Any]:
    """The trials as Optuna knows them, without values: these are handed over as its `target`."""
    axes = [_axis(optuna, one) for one in inputs]
    named = [
        (f"x{i}", kind, places, one.present)
        for i, (one, (kind, places)) in enumerate(zip(inputs, axes, strict=True))
    ]
    return [
        optuna.trial.create_trial(
            params={name: places[row] for name, _, places, there in named if there[row]},
            distributions={name: kind for name, kind, _, there in named if there[row]},
            value=0.0,
        )
        for row in range(n)
    ]


def _axis(optuna: Any, one: Input) -> tuple[Any, list[Any]]:
    """How Optuna sees an input, and each trial's place in it; an absent one's is of no account."""
    kinds = optuna.distributions
    if not one.ordered:
        return kinds.CategoricalDistribution(tuple(range(len(one)))), one.codes.tolist()
    steps = steps_of(one)
    if steps is None:
        return kinds.FloatDistribution(0.0, 1.0), one.unit[one.codes].tolist()
    return kinds.IntDistribution(0, int(steps.max())), steps[one.codes].tolist()


def steps_of(one: Input) -> Any:
    """The tried values as whole steps from the first, shape (k,); None where there are no even steps, or too many."""
    if one.scale == ORDINAL:
        steps = np.arange(len(one))
    else:
        finest = float(np.diff(one.unit).min(initial=1.0))
        if finest < 0.5 / _STEPS:
            return None
        exact = one.unit / finest
        steps = np.rint(exact).astype(np.int64)
        if not np.allclose(exact, steps, atol=1e-6):
            return None
    return steps if steps.max() < _STEPS else None
