"""How points of the unit cube breed: parents, crossover, mutation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from admf.search.axes import Axes
from admf.search.learner import Points

Ranks = npt.NDArray[np.float64]
"""One number per point; larger is better."""

_WIDEST, _NARROWEST = 0.3, 0.002
"""Standard deviations of a mutation, as shares of an axis: drawn between, even in the logarithm."""


def tournament(ranks: Ranks, n: int, size: int, generator: np.random.Generator) -> npt.NDArray[np.intp]:
    """n winners: of `size` points drawn with replacement the best, the first drawn where they are equal."""
    drawn = generator.integers(0, len(ranks), (n, size))
    best = ranks[drawn].argmax(axis=1)
    winners: npt.NDArray[np.intp] = drawn[np.arange(n), best]
    return winners


def crossed(mothers: Points, fathers: Points, axes: Axes, generator: np.random.Generator) -> Points:
    """Children: each coordinate from the mother, the father, or a little beyond or between the two.

    Blend crossover (BLX-0.5: Eshelman and Schaffer, 1993) for half of the ordered coordinates, uniform crossover for
    the others: blending alone would draw a population together, swapping alone never finds a value between.
    """
    shape = mothers.shape
    swapped = np.where(generator.random(shape) < 0.5, mothers, fathers)
    blended = mothers + generator.uniform(-0.5, 1.5, shape) * (fathers - mothers)
    blends = (generator.random(shape) < 0.5) & ~axes.unordered
    return np.where(blends, _reflected(blended), swapped)


def mutated(points: Points, axes: Axes, rate: float, generator: np.random.Generator) -> Points:
    """Each coordinate changed with probability `rate`, one of each point for certain.

    An ordered coordinate moves by a normal step, at least one grid point wide; its scale is drawn anew each time, so
    that a population both jumps and settles. An unordered one is drawn anew.
    """
    n, d = points.shape
    changes = generator.random((n, d)) < rate
    changes[np.arange(n), generator.integers(0, d, n)] = True
    scale = np.exp(generator.uniform(np.log(_NARROWEST), np.log(_WIDEST), (n, 1)))
    step = scale * generator.standard_normal((n, d))
    bin_ = np.where(axes.sizes > 0, 1.0 / np.maximum(axes.sizes, 1), 0.0)
    step = np.sign(step) * np.maximum(np.abs(step), bin_)
    moved = _reflected(points + step)
    back = np.abs(moved - points) < bin_ / 2  # thrown back into its own bin, as from the end of a grid
    moved = np.where(back, np.where(points + bin_ < 1.0, points + bin_, points - bin_), moved)
    anew = generator.random((n, d))
    moved = np.where(axes.unordered, anew, moved)
    return np.where(changes, moved, points)


def _reflected(points: Points) -> Points:
    """Back into the cube, as off a mirror: cutting would heap points up at its faces."""
    inside = np.abs(points) % 2.0
    return np.where(inside > 1.0, 2.0 - inside, inside)
