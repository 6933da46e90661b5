"""What trials are worth to a search: objectives, larger is better, and by how much constraints are broken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.model.bars import Floats
from admf.model.space.expression import Expression, parse
from admf.model.space.tree import Compare, Every, Literal, Negative, Node
from admf.model.trial import ObjectiveSpec

_LEAST = 1e-12
"""Of a constraint that is broken by nothing, such as 'sharpe > 1' by 1."""
_ORDERED = {"<": -1.0, "<=": -1.0, ">": 1.0, ">=": 1.0}
"""Which sign the difference of left and right side must have."""

Columns = Mapping[str, Floats]
"""Metrics by name, each (n,), NaN: undefined."""


@dataclass(frozen=True, slots=True)
class Worth:
    """How the value and the metrics of trials become what a search is told.

    `signs` are one per objective, 1 where more is better, -1 where less is; the first objective is the stored value,
    the `others` are metrics. `columns` are the metrics that have to be known besides the value.
    """

    signs: tuple[float, ...]
    others: tuple[str, ...]
    constraints: tuple[Expression, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The metrics that are looked at, each once."""
        return tuple(dict.fromkeys([*self.others, *(n for one in self.constraints for n in one.names)]))

    def values(self, first: Floats, columns: Columns) -> Floats:
        """The objectives, shape (n, K), signed so that larger is better; a row of NaN: the trial has no value.

        `first` (n,) are the stored values: NaN where the trial is infeasible or any objective is undefined.
        """
        every: Floats = np.column_stack([first, *(columns[name] for name in self.others)])
        every *= np.array(self.signs)
        every[~np.isfinite(every).all(axis=1)] = np.nan
        every += 0.0  # the store knows no -0.0, and a resumed search is told the same bits
        return every

    def violations(self, scored: NDArray[np.bool_], columns: Columns) -> Floats:
        """By how much constraints are broken, shape (n,): 0 where all hold, summed over those that do not.

        A comparison such as 'n_trades >= 30' is broken by the distance to its bound over max(1, |bound|); what is
        no comparison, and a comparison with a metric that is undefined, by 1. Infinite where a trial did not
        score (`scored` (n,)): it has no metrics.
        """
        total = np.zeros(len(scored))
        for constraint in self.constraints:
            total += _broken(constraint.tree, constraint.names, columns, len(scored))
        total[~scored] = np.inf
        return total


def worth_of(spec: ObjectiveSpec, *, maximize: bool) -> Worth:
    """The worth of trials under an objective; `maximize`: the direction of the stored value."""
    beyond = spec.several[1:]
    sides = (maximize, *(better for _, better in beyond))
    return Worth(
        signs=tuple(1.0 if better else -1.0 for better in sides),
        others=tuple(name for name, _ in beyond),
        constraints=tuple(map(parse, spec.constraints)),
    )


def _broken(tree: Node, names: tuple[str, ...], columns: Columns, n: int) -> Floats:
    """By how much a part of a constraint does not hold, shape (n,); 0 where it does."""
    match tree:
        case Every(operands=operands):
            total = np.zeros(n)
            for one in operands:
                total += _broken(one, names, columns, n)
            return total
        case Compare(operator=op, left=left, right=right) if op in _ORDERED or op == "==":
            x, y = _numbers(left, names, columns, n), _numbers(right, names, columns, n)
            missing = np.abs(x - y) if op == "==" else _ORDERED[op] * (y - x)
            scale = np.maximum(1.0, np.abs(x if _is_number(left) else y))
            amount = missing / scale
        case _:
            amount = np.ones(n)
    amount = np.where(np.isfinite(amount), np.maximum(amount, _LEAST), 1.0)
    return np.where(_holds(tree, names, columns, n), 0.0, amount)


def _holds(tree: Node, names: tuple[str, ...], columns: Columns, n: int) -> NDArray[np.bool_]:
    known = {name: columns[name] for name in names}
    holds = Expression(text="", tree=tree, names=names).columns(known)
    return np.asarray(np.broadcast_to(holds, n))


def _numbers(node: Node, names: tuple[str, ...], columns: Columns, n: int) -> Floats:
    return Expression(text="", tree=node, names=names).numbers(columns, n)


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) or (isinstance(node, Negative) and _is_number(node.operand))
