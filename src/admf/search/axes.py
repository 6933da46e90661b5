"""The columns of the unit cube: which are continuous, which have steps, which no order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf.model.space import Choice, Domain, Real, Space
from admf.search.learner import Points


@dataclass(frozen=True, slots=True)
class Axes:
    """What the parameters that vary are like, one column each.

    `sizes` (d,) are their grid points, 0 where continuous; `unordered` (d,) marks choices between values without
    an order, `even` (d,) grids whose points have bins of one width.
    """

    domains: tuple[Domain, ...]
    sizes: npt.NDArray[np.int64]
    unordered: npt.NDArray[np.bool_]
    even: npt.NDArray[np.bool_]

    @property
    def n(self) -> int:
        """How many columns."""
        return len(self.domains)

    def snapped(self, points: Points) -> Points:
        """The points in the middles of their bins; columns without bins stay."""
        moved = points.copy()
        for i in np.flatnonzero(self.sizes):
            domain = self.domains[i]
            moved[:, i] = domain.units(domain.codes(points[:, i]))
        return moved


def axes_of(space: Space) -> Axes:
    """The axes of a space's unit cube."""
    domains = tuple(parameter.domain for parameter in space.varying)
    return Axes(
        domains=domains,
        sizes=np.array([domain.size or 0 for domain in domains], dtype=np.int64),
        unordered=np.array([_unordered(domain) for domain in domains], dtype=bool),
        even=np.array([bool(domain.size) and not _by_logarithm(domain) for domain in domains], dtype=bool),
    )


def _unordered(domain: Domain) -> bool:
    return isinstance(domain, Choice) and not domain.ordinal


def _by_logarithm(domain: Domain) -> bool:
    if isinstance(domain, Choice):
        return False
    return domain.log and not (isinstance(domain, Real) and domain.num_points is not None)
