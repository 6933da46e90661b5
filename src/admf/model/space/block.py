"""Many parameter sets at once, one array of codes per parameter: which exist, which are allowed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from admf.model.param_sets import ParamSets
from admf.model.space.domain import Codes
from admf.model.space.expression import Column, Expression, Mask
from admf.model.space.rules import Rules


class Block(NamedTuple):
    """n sets: by parameter its codes (a domain's), and where it is active.

    Without an entry in `codes` it is not decided yet, without one in `active` it always exists. The code of
    an inactive parameter is 0.
    """

    n: int
    codes: dict[int, Codes]
    active: dict[int, Mask]

    def take(self, rows: npt.NDArray[Any] | slice) -> Block:
        """The sets at `rows`: a mask, indices, or a slice."""
        codes = {i: code[rows] for i, code in self.codes.items()}
        active = {i: mask[rows] for i, mask in self.active.items()}
        n = len(range(self.n)[rows]) if isinstance(rows, slice) else len(np.arange(self.n)[rows])
        return Block(n, codes, active)


def joined(blocks: list[Block]) -> Block:
    """Several blocks with the same parameters as one, in order."""
    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    return Block(
        sum(block.n for block in blocks),
        {i: np.concatenate([block.codes[i] for block in blocks]) for i in first.codes},
        {i: np.concatenate([block.active[i] for block in blocks]) for i in first.active},
    )


def activated(rules: Rules, block: Block, parameters: tuple[int, ...]) -> Block:
    """The block with the activity of `parameters`, in this order; what they read must have been decided."""
    active = dict(block.active)
    for i in parameters:
        condition = rules.condition(i)
        if condition is not None:
            true, known = _truth(rules, condition, Block(block.n, block.codes, active))
            active[i] = true & known
    return Block(block.n, block.codes, active)


def normalised(rules: Rules, block: Block) -> Block:
    """The block with all activity decided, and inactive codes at 0, so that equal sets are equal."""
    block = activated(rules, block, rules.conditional)
    codes = {i: np.where(block.active[i], c, 0) if i in block.active else c for i, c in block.codes.items()}
    return Block(block.n, codes, block.active)


def allowed(rules: Rules, constraint: Expression, block: Block) -> Mask:
    """Where a constraint holds; one without an answer because a parameter is absent does not apply."""
    true, known = _truth(rules, constraint, block)
    absent = np.zeros(block.n, dtype=bool)
    for name in constraint.names:
        mask = block.active.get(rules.position[name])
        if mask is not None:
            absent |= ~mask
    return (true & known) | (~known & absent)


def all_allowed(rules: Rules, block: Block) -> Mask:
    """Where all constraints hold."""
    keep = np.ones(block.n, dtype=bool)
    for constraint in rules.constraints:
        keep &= allowed(rules, constraint, block)
    return keep


def _truth(rules: Rules, expression: Expression, block: Block) -> tuple[Mask, Mask]:
    columns: dict[str, Column] = {}
    for name in expression.names:
        i = rules.position[name]
        columns[name] = rules.parameters[i].domain.column(block.codes[i], block.active.get(i))
    return expression.truth(columns, block.n)


def rows_of(rules: Rules, block: Block) -> ParamSets:
    """The sets, parameters in the order declared; what is inactive is not there."""
    return ParamSets(
        block.n,
        {
            parameter.name: parameter.domain.held(block.codes[i], block.active.get(i))
            for i, parameter in enumerate(rules.parameters)
        },
    )


def keys_of(rules: Rules, block: Block) -> list[bytes]:
    """One key per set of a normalised block; equal for equal sets only."""
    if not rules.parameters:
        return [b""] * block.n
    wide = np.empty((block.n, 2 * len(rules.parameters)), dtype=np.int64)
    for i in range(len(rules.parameters)):
        codes = block.codes[i]
        wide[:, 2 * i] = (codes + 0.0).view(np.int64) if codes.dtype.kind == "f" else codes
        wide[:, 2 * i + 1] = block.active.get(i, True)
    width = wide.shape[1] * wide.itemsize
    keys: list[bytes] = wide.view(np.dtype((np.void, width))).ravel().tolist()  # type: ignore[assignment]
    return keys
