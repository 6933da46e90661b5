"""A function that stands for a study's scores between the sets that were tried, and how far it can be trusted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, Ints
from admf.analysis.inputs import Input, sample

TABLE, QUADRATIC, RADIAL = "table", "quadratic", "radial"
MOST_LEVELS = 50
"""An input with no more tried values takes each of these as often; one with more is continuous on its scale."""
MOST_HOLES = 0.2
"""A grid with a larger share of its combinations missing is not taken for one."""
FOLDS, MOST_FITTED = 5, 1_000
"""A model is fitted to no more trials than this, a seeded sample."""
SMOOTHING = (1e-3, 0.1, 3.0)
RIDGE = 1e-9
"""What keeps least squares solvable where x and x squared are the same, as between two values."""

Model = Callable[[Floats], Floats]
"""From points, shape (n, columns), to scores, shape (n,)."""
Fit = Callable[[Floats, Floats], Model | None]
"""From coordinates and scores to a model of them; None where they determine none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """`function`: points of the unit cube, one column per input, to scores.

    `held` is the share of all combinations whose own score it gives, 0 where inputs are continuous. `r2` is the
    share of the scores' variance that it predicts of sets it was not fitted to (FOLDS-fold cross-validation);
    None where nothing is predicted.
    """

    kind: str
    r2: float | None
    held: float = 0.0
    function: Model = field(repr=False)

    @property
    def trust(self) -> float:
        """The share of the variance over all combinations that it knows: what it holds, and `r2` of the rest."""
        return self.held + (1.0 - self.held) * max(self.r2 or 0.0, 0.0)


def table_of(inputs: Sequence[Input], score: Floats, *, seed: int = 0) -> Surrogate | None:
    """The scores themselves, where (nearly) every combination of the tried values has one; else None.

    Up to MOST_HOLES of the combinations may be missing, as where a constraint forbids them: what `fitted` finds
    fills them in, the mean where it finds nothing. Equal sets count by their mean. Each value is as likely as the
    others of its input.
    """
    sizes = [len(one) for one in inputs]
    cells = prod(sizes)
    if (1.0 - MOST_HOLES) * cells > len(score) or not all(one.present.all() for one in inputs):
        return None
    flat = np.ravel_multi_index(tuple(one.codes for one in inputs), sizes)
    tried = np.bincount(flat, minlength=cells)
    held = float((tried > 0).mean())
    if held < 1.0 - MOST_HOLES:
        return None
    table = np.bincount(flat, weights=score, minlength=cells) / np.maximum(tried, 1)
    r2 = None
    if held < 1.0:
        rest = fitted(inputs, score, seed=seed)
        holes = np.flatnonzero(tried == 0)
        points = (np.stack(np.unravel_index(holes, sizes), axis=1) + 0.5) / np.array(sizes)
        table[holes] = score.mean() if rest is None else rest.function(points)
        r2 = 0.0 if rest is None else rest.r2

    def look_up(points: Floats) -> Floats:
        codes = tuple(levels(points[:, i], size) for i, size in enumerate(sizes))
        return np.asarray(table[np.ravel_multi_index(codes, sizes)])

    return Surrogate(kind=TABLE, r2=r2, held=held, function=look_up)


def fitted(inputs: Sequence[Input], score: Floats, *, seed: int = 0) -> Surrogate | None:
    """What predicts best of a quadratic and of radial basis functions; None where none can be fitted.

    All inputs are present in all n trials. Numbers are coordinates in [0, 1]; the k values of a choice are the
    corners of a simplex, each at the distance 1 from the others. It never leaves the range of the scores, as a
    cubic would beyond the tried sets. The same cross-validation chooses and gives `r2`, which is a little kind
    for that.

    Source: SciPy's RBFInterpolator, linear and cubic, smoothed.
    """
    chosen = sample(len(score), MOST_FITTED, seed)
    inputs, score = [one.of(chosen) for one in inputs], score[chosen]
    spots = np.hstack([_corners(one)[one.codes] for one in inputs])
    lowest, highest = float(score.min()), float(score.max())
    if lowest == highest:
        return None
    mean, spread = float(score.mean()), float(score.std())
    wanted = (score - mean) / spread
    fold = np.random.default_rng(seed).permutation(len(score)) % FOLDS
    best: tuple[float, str, Fit] | None = None
    for kind, fit in _fits():
        r2 = _r2(fit, spots, wanted, fold)
        if r2 is not None and (best is None or r2 > best[0]):
            best = r2, kind, fit
    model = best[2](spots, wanted) if best is not None else None
    if best is None or model is None:
        return None

    def predict(points: Floats) -> Floats:
        at = np.hstack([_coordinates(one, points[:, i]) for i, one in enumerate(inputs)])
        return np.clip(mean + spread * model(at), lowest, highest)

    return Surrogate(kind=best[1], r2=best[0], function=predict)


def levels(u: Floats, size: int) -> Ints:
    """Which of `size` equal parts of [0, 1] each number lies in."""
    return np.minimum((u * size).astype(np.int64), size - 1)


def _coordinates(one: Input, u: Floats) -> Floats:
    """Coordinates of an input's values at numbers in [0, 1], shape (n, c)."""
    if one.ordered and len(one) > MOST_LEVELS:
        return u[:, None]
    return np.asarray(_corners(one)[levels(u, len(one))])


def _corners(one: Input) -> Floats:
    """Coordinates of an input's tried values, shape (k, 1) for numbers, (k, k - 1) for a choice."""
    if one.ordered:
        return one.unit[:, None]
    k = len(one)
    U, s, _ = np.linalg.svd((np.eye(k) - 1.0 / k) / np.sqrt(2.0))
    return np.asarray((U * s)[:, : k - 1])


def _fits() -> list[tuple[str, Fit]]:
    radial = [
        (RADIAL, partial(_radial, kernel, smoothing))
        for kernel in ("linear", "cubic")
        for smoothing in SMOOTHING
    ]
    return [(QUADRATIC, _quadratic), *radial]


def _r2(fit: Fit, spots: Floats, wanted: Floats, fold: Ints) -> float | None:
    """1 - (squared errors of prediction) / (squared distances from the mean); None where a fold has no model."""
    errors = np.empty(len(wanted))
    for out in range(FOLDS):
        held = fold != out
        model = fit(spots[held], wanted[held])
        if model is None:
            return None
        errors[~held] = model(spots[~held]) - wanted[~held]
    r2 = 1.0 - float((errors**2).sum() / ((wanted - wanted.mean()) ** 2).sum())
    return r2 if np.isfinite(r2) else None


def _quadratic(spots: Floats, wanted: Floats) -> Model | None:
    """Least squares over 1, x_i and x_i x_j; None below two trials for each of these."""
    terms = _terms(spots)
    if len(terms) < 2 * terms.shape[1]:
        return None
    gram = terms.T @ terms
    weights = np.linalg.solve(gram + RIDGE * np.trace(gram) * np.eye(len(gram)), terms.T @ wanted)
    return lambda points: np.asarray(_terms(points) @ weights)


def _terms(x: Floats) -> Floats:
    i, j = np.triu_indices(x.shape[1])
    return np.hstack([np.ones((len(x), 1)), x, x[:, i] * x[:, j]])


def _radial(kernel: str, smoothing: float, spots: Floats, wanted: Floats) -> Model | None:
    from scipy.interpolate import RBFInterpolator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a matrix that is nearly singular is judged by what it predicts
        try:
            model: Any = RBFInterpolator(spots, wanted, kernel=kernel, smoothing=smoothing)
        except (np.linalg.LinAlgError, ValueError):  # too few trials, or all on one line
            return None
    return lambda points: np.asarray(model(points))
