"""Sampled trials once more, the plain way: what is fast must equal what is plain, in every run."""

from __future__ import annotations

import numpy as np

from admf.errors import AdmfError, InputError, Problem
from admf.finance.metrics.table import NAMES
from admf.model.bars import Floats
from admf.model.trial import Params
from admf.trials.study import Study

EVERY = 1000
"""Proposals 0, 1000, 2000 ... are looked at: the same ones whatever the batches are."""
TOLERANCE = 1e-9
"""|a - b| <= tolerance max(1, |b|) (STATISTICS 1)."""


def is_sampled(number: int) -> bool:
    """Whether the trial of this proposal is scored the plain way too."""
    return number % EVERY == 0


def difference(found: Floats, plain: Floats) -> str:
    """The first metric (M,) in which two ways of scoring a trial differ, and how; '' where none does."""
    apart = np.abs(found - plain) > TOLERANCE * np.maximum(1.0, np.abs(plain))
    for i in np.flatnonzero(apart | (np.isnan(found) != np.isnan(plain))):
        return f"{NAMES[i]} is {_shown(found[i])} one way and {_shown(plain[i])} the plain way"
    return ""


def must_agree(found: Floats, plain: Floats, study: Study, number: int, params: Params | None = None) -> None:
    """Raise where two ways of scoring differ: InputError where one is a user's (then with `params`), else AdmfError."""
    differs = difference(found, plain)
    if not differs:
        return
    which = f"proposal {number} of '{study.spec.component.name}'"
    if params is None or study.component.built_in:
        raise AdmfError(
            f"two ways of scoring {which} must agree: {differs}. This is a fault of ADMF; report it."
        )
    hint = "Let the function for many sets give, for each, what the function for one gives."
    raise InputError(
        Problem(
            says=f"both ways to ask a component must agree: with {dict(params)}, {differs}.",
            where=which,
            hint=hint,
        )
    )


def _shown(value: float) -> str:
    return "undefined" if np.isnan(value) else repr(float(value))
