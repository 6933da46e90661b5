"""Sampled trials once more, the plain way: what is fast must equal what is plain, in every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from admf.errors import AdmfError, InputError, Problem
from admf.finance.metrics.table import NAMES
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.targets import outside, values_of
from admf.model.bars import Floats
from admf.model.trial import Params
from admf.trials.source import words_of
from admf.trials.study import Study, answered, options_of, scope_of, written

EVERY = 1000
"""Proposals 0, 1000, 2000 ... are looked at: the same ones whatever the batches are."""
TOLERANCE = 1e-9
"""|a - b| <= tolerance max(1, |b|) (STATISTICS 1)."""


def sampled(numbers: Sequence[int]) -> list[int]:
    """The places of those among some proposals that are scored the plain way too."""
    places: list[int] = np.flatnonzero(np.asarray(numbers) % EVERY == 0).tolist()
    return places


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
    raise _disagreement(which, params, differs)


def must_agree_with_plain(study: Study, number: int, params: Params, seed: int) -> None:
    """Ask a user's compiled rule for one set both ways; InputError where they differ, or one alone raises."""
    found, why_not = _scored(study, lambda: (written(study, params), options_of(study, params)))
    plain, why_not_plain = _scored(study, lambda: _plainly(study, params, seed))
    if found is not None and plain is not None:
        must_agree(found, plain, study, number, params)
    elif (found is None) != (plain is None):
        failed = (
            f"compiled it fails ({why_not}), plain it"
            if found is None
            else f"plain it fails ({why_not_plain}),"
        )
        which = f"proposal {number} of '{study.spec.component.name}'"
        raise _disagreement(
            which, params, f"{failed} {'does not' if found is None else 'compiled it does not'}"
        )


def _plainly(study: Study, params: Params, seed: int) -> tuple[Floats, Simulation]:
    answer, options = answered(study, params, seed)
    return values_of(answer.signal, study.bars.close.shape).reshape(-1), options


def _scored(study: Study, ask: Callable[[], tuple[Floats, Simulation]]) -> tuple[Floats | None, str]:
    """The metrics of a signal, streamed; None and the reason where there is none."""
    with scope_of(study, 0), np.errstate():
        try:
            signal, options = ask()
        except Exception as error:
            return None, words_of(error)
    scores = study.scorer.streamed.score(signal.reshape(1, -1), options, study.spec.warmup)
    if (at := int(scores.outside[0])) >= 0:
        return None, words_of(outside(signal.reshape(study.bars.close.shape), at))
    return scores.metrics[0], ""


def _disagreement(which: str, params: Params, differs: str) -> InputError:
    hint = (
        "What is compiled must do what Python does: see that it draws no random number, takes nothing from outside"
        " that changes, and is not at the edge of a rounding; or leave the decorator away."
    )
    says = f"both ways to ask a component must agree: with {dict(params)}, {differs}."
    return InputError(Problem(says=says, where=which, hint=hint))


def _shown(value: float) -> str:
    return "undefined" if np.isnan(value) else repr(float(value))
