"""A set that was proposed before is replaced by a new one beside it, one step along one axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from admf.model.space import Space
from admf.model.space.block import Block, joined
from admf.search.axes import Axes
from admf.search.learner import Points

_TRIES = 8
_NEAR = 2
"""The most steps along an axis."""


class Beside:
    """Looks for allowed, new sets next to known ones; `moved` counts those found."""

    def __init__(self, space: Space, axes: Axes, generator: np.random.Generator) -> None:
        self._space, self._axes, self._generator = space, axes, generator
        self.moved = 0

    def __call__(
        self, points: Points, block: Block, keys: list[bytes], rows: list[int], known: Mapping[bytes, object]
    ) -> tuple[Points, Block, list[bytes]]:
        """The round with as many of `rows` as possible replaced."""
        candidates = self._steps(np.repeat(points[rows], _TRIES, axis=0))
        beside = self._space.block_from_unit(candidates)
        allowed = self._space.allowed(beside)
        beside_keys = self._space.keys(beside)
        taken, order = set(keys), np.arange(block.n)
        keys = list(keys)
        for place, row in enumerate(rows):
            for i in range(place * _TRIES, (place + 1) * _TRIES):
                key = beside_keys[i]
                if allowed[i] and key not in known and key not in taken:
                    taken.add(key)
                    keys[row], order[row] = key, block.n + i
                    self.moved += 1
                    break
        both = np.concatenate([points, candidates])
        return both[order], joined([block, beside]).take(order), keys

    def _steps(self, points: Points) -> Points:
        """Each point with one coordinate moved: one or two grid points, a percent or so, another choice."""
        axes, generator, n = self._axes, self._generator, len(points)
        axis = generator.integers(0, axes.n, n)
        sizes, each = axes.sizes[axis], np.arange(n)
        by = generator.integers(1, _NEAR + 1, n) * generator.choice([-1.0, 1.0], n)
        width = np.where(sizes > 0, 1.0 / np.maximum(sizes, 1), 0.01)
        moved = points[each, axis] + by * width
        moved = np.where(axes.unordered[axis], generator.random(n), moved)
        points[each, axis] = np.clip(moved, 0.0, 1.0)
        return points
