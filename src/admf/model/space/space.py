"""The parameters' ranges and their constraints: its size, its grid, and the sets in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError, nearest
from admf.model.param_sets import ParamSets
from admf.model.space import odometer
from admf.model.space.block import Block, all_allowed, joined, keys_of, normalised, rows_of
from admf.model.space.expression import UNKNOWN, Expression, parse
from admf.model.space.parameter import Parameter
from admf.model.space.rules import Rules, rules_of
from admf.model.space.value import Params, freeze

COUNT_LIMIT = 10_000_000
"""`Space.count` looks at no more candidates than this, which takes about two seconds."""


@dataclass(frozen=True, slots=True)
class Space:
    """Parameters and constraints over them. Raises SpaceError with every problem at once: names given twice,
    unknown names in a condition or constraint, conditions that depend on themselves.

    A set of the space gives every active parameter a value of its domain, and satisfies all constraints.
    A constraint that has no answer (null against a number, a division by zero) is not satisfied, unless a
    parameter in it is inactive: then it does not apply.
    """

    parameters: tuple[Parameter, ...]
    constraints: tuple[Expression, ...] = ()
    rules: Rules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "constraints", tuple(parse(one) for one in self.constraints))
        object.__setattr__(self, "rules", rules_of(self.parameters, self.constraints))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in the order declared."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def size(self) -> int | None:
        """Grid points before conditions and constraints; None where a parameter is continuous."""
        sizes = [size for parameter in self.parameters if (size := parameter.domain.size) is not None]
        return math.prod(sizes) if len(sizes) == len(self.parameters) else None

    @property
    def dimensions(self) -> int:
        """How many parameters can vary: columns of the unit cube."""
        return len(self._varying())

    @property
    def varying(self) -> tuple[Parameter, ...]:
        """The parameters that can vary, one for each column of the unit cube."""
        return tuple(self.parameters[i] for i in self._varying())

    def _varying(self) -> list[int]:
        return [i for i, parameter in enumerate(self.parameters) if parameter.domain.size != 1]

    def count(self, limit: int = COUNT_LIMIT) -> int | None:
        """Distinct sets that satisfy the constraints.

        None where the space is continuous, or where telling takes looking at more than `limit` candidates.
        Parameters that no expression reads cost nothing.
        """
        return None if self.size is None else odometer.count(self.rules, limit)

    def grid_blocks(self, start: int = 0, *, ordered: bool = True) -> Iterator[Block]:
        """The grid as blocks of codes; see `grid`. Not `ordered`: the same sets, in the order that finds them
        fastest. Raises SpaceError where a parameter is continuous."""
        endless = [parameter.name for parameter in self.parameters if parameter.domain.size is None]
        if endless:
            raise SpaceError(
                *(
                    Problem(
                        says="a grid needs points, the parameter is continuous.",
                        where=name,
                        hint="Give it a step or num_points, or use the method random.",
                    )
                    for name in endless
                )
            )
        return odometer.blocks(self.rules, start, ordered=ordered)

    def grid_chunks(self, size: int = 4096, start: int = 0) -> Iterator[ParamSets]:
        """The grid from its `start`-th set on, `size` sets at a time, the last time fewer."""
        waiting: list[Block] = []
        for block in self.grid_blocks(start):
            waiting.append(block)
            if sum(one.n for one in waiting) < size:
                continue
            whole = joined(waiting)
            cut = whole.n - whole.n % size
            for first in range(0, cut, size):
                yield self.rows(whole.take(slice(first, first + size)))
            waiting = [whole.take(slice(cut, None))] if cut < whole.n else []
        if waiting:
            yield self.rows(joined(waiting))

    def grid(self, start: int = 0) -> Iterator[Params]:
        """Every distinct set that satisfies the constraints, once, the last parameter fastest; lazily."""
        for chunk in self.grid_chunks(start=start):
            yield from chunk

    def rows(self, block: Block) -> ParamSets:
        """The sets of a block, without inactive parameters."""
        return rows_of(self.rules, block)

    def keys(self, block: Block) -> list[bytes]:
        """A key per set of a block; two sets are equal where their keys are."""
        return keys_of(self.rules, block)

    def block_from_unit(self, u: npt.NDArray[np.float64]) -> Block:
        """Points of the unit cube, shape (n, dimensions), as codes; see `from_unit`."""
        cube = np.asarray(u, dtype=np.float64)
        varying = self._varying()
        if cube.ndim != 2 or cube.shape[1] != len(varying):
            raise SpaceError(f"points must have shape (n, {len(varying)}), have {cube.shape}.")
        if not ((cube >= 0) & (cube <= 1)).all():
            raise SpaceError("points must lie in the unit cube [0, 1].")
        codes = {i: np.zeros(len(cube), dtype=np.int64) for i in range(len(self.parameters))}
        for column, i in enumerate(varying):
            codes[i] = self.parameters[i].domain.codes(cube[:, column])
        return normalised(self.rules, Block(len(cube), codes, {}))

    def units(self, block: Block) -> npt.NDArray[np.float64]:
        """Points of the unit cube, shape (n, dimensions), that `block_from_unit` takes to the sets of a block."""
        columns = [self.parameters[i].domain.units(block.codes[i]) for i in self._varying()]
        return np.stack(columns, axis=1) if columns else np.zeros((block.n, 0))

    def from_unit(self, u: npt.NDArray[np.float64]) -> ParamSets:
        """The sets at points of the unit cube, shape (n, dimensions); fixed parameters have no column.

        Grid points and choices get bins of equal width, log scales are even in the logarithm. Constraints are
        not applied: filter with `contains`.
        """
        return self.rows(self.block_from_unit(u))

    def allowed(self, block: Block) -> npt.NDArray[np.bool_]:
        """Where a block's sets satisfy all constraints; shape (n,)."""
        return all_allowed(self.rules, block)

    def objections(self, params: Mapping[str, object]) -> list[Problem]:
        """Why a set is not in the space, one problem each; empty where it is."""
        problems = [
            Problem(
                says="the parameter is not in the space.",
                where=str(name),
                hint=nearest(str(name), self.names),
            )
            for name in params
            if name not in self.rules.position
        ]
        problems += [
            Problem(says=problem.says, where=str(name))
            for name, value in params.items()
            for problem in _value_problems(value)
        ]
        if problems:
            return problems
        active = self._active(params)
        for parameter in self.parameters:
            problems += self._objection(parameter, params, active)
        absent = set(self.names) - active
        for constraint in () if problems else self.constraints:
            if not constraint.holds(params) and not self._does_not_apply(constraint, params, absent):
                problems.append(Problem(says=f"the constraint '{constraint}' must hold."))
        return problems

    def contains(self, params: Mapping[str, object]) -> bool:
        """Whether a set is in the space; `objections` says why not."""
        return not self.objections(params)

    def _active(self, params: Mapping[str, object]) -> set[str]:
        active = {parameter.name for parameter in self.parameters if parameter.when is None}
        for i in self.rules.conditional:
            condition = self.rules.condition(i)
            known = {name: params[name] for name in params if name in active}
            if condition is not None and condition.holds(known):
                active.add(self.parameters[i].name)
        return active

    def _objection(
        self, parameter: Parameter, params: Mapping[str, object], active: set[str]
    ) -> Iterable[Problem]:
        name = parameter.name
        if name in active and name not in params:
            yield Problem(says="the parameter must be given, is missing.", where=name)
        elif name not in active and name in params:
            yield Problem(says=f"the parameter exists only when {parameter.when}.", where=name)
        elif name in params and (reason := parameter.domain.objection(params[name])):
            yield Problem(says=f"the value {reason}.", where=name)

    def _does_not_apply(self, constraint: Expression, params: Mapping[str, object], absent: set[str]) -> bool:
        return bool(absent & set(constraint.names)) and constraint.evaluate(params) is UNKNOWN


def _value_problems(value: object) -> tuple[Problem, ...]:
    try:
        freeze(value)
    except SpaceError as error:
        return error.problems
    return ()
