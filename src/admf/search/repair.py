"""Points that break a constraint are moved to where it holds: toward a set that is allowed."""

from __future__ import annotations

import numpy as np

from admf.model.space import Space
from admf.model.space.block import Block
from admf.search.learner import Points

_STEPS = (0.25, 0.5, 0.75, 0.9)
"""Shares of the way to the anchor that are tried, shortest first; then the anchor itself."""


class Repair:
    """Moves what is not allowed toward the nearest of some allowed points; `moved` counts.

    On a line between the two there may be other parts that are not allowed: each step is checked, and the anchor,
    the end of the line, is allowed for certain.
    """

    def __init__(self, space: Space, anchors: Points) -> None:
        self._space, self._anchors, self.moved = space, anchors, 0

    def __call__(self, points: Points) -> tuple[Points, Block]:
        """The points, all allowed, and their sets."""
        block = self._space.block_from_unit(points)
        bad = np.flatnonzero(~self._space.allowed(block)) if self._space.constraints else np.zeros(0, int)
        if not len(bad):
            return points, block
        self.moved += len(bad)
        points = points.copy()
        start, end = points[bad], self._nearest(points[bad])
        points[bad] = end
        left = np.arange(len(bad))
        for step in _STEPS:
            tried = np.clip(start[left] + step * (end[left] - start[left]), 0.0, 1.0)
            holds = self._space.allowed(self._space.block_from_unit(tried))
            points[bad[left[holds]]] = tried[holds]
            left = left[~holds]
            if not len(left):
                break
        return points, self._space.block_from_unit(points)

    def _nearest(self, points: Points) -> Points:
        apart = ((points[:, None, :] - self._anchors[None, :, :]) ** 2).sum(axis=2)
        nearest: Points = self._anchors[apart.argmin(axis=1)]
        return nearest
