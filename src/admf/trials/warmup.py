"""How many bars a study's parameter sets need before they are ready: one number for all its trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import ComponentError, Problem, SpaceError
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import with_options
from admf.finance.simulation.rules import warmup_of
from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.model.space.expression import Expression, parse
from admf.trials.answer import OPTION, own_params, simulation_params
from admf.trials.component import Component

_ENUMERATED = 20_000
_CORNERS = 4_096
MOST_CORNERS = 8
"""Corners of a space at which a component is asked for what its indicators need."""


def declared_warmup(component: Component, space: Space) -> int | None:
    """The largest value of the component's own `warmup` over the space; None where it does not say."""
    if component.warmup is None:
        return None
    if isinstance(component.warmup, int):
        return max(component.warmup, 0)
    try:
        expression = parse(component.warmup)
        expression.check_names({*component.defaults, *space.names})
    except SpaceError as error:
        where = f"components.{component.name}.warmup"
        raise ComponentError(
            *(Problem(where=where, says=f"warmup: {p.says}", hint=p.hint) for p in error.problems)
        ) from None
    return max((_largest(component, expression, sets) for sets in _spread(space)), default=0)


def _largest(component: Component, expression: Expression, sets: ParamSets) -> int:
    columns = {name: _column(sets, name, component.defaults.get(name)) for name in expression.names}
    if any(column.dtype.kind not in "iuf" for column in columns.values()):
        return max(declared_for(component, params) for params in sets)
    bars = expression.numbers(columns, len(sets))
    if np.isnan(bars).any():
        return declared_for(component, sets[int(np.isnan(bars).argmax())])  # raises, with the set
    return max(int(np.ceil(bars.max())), 0)


def _column(sets: ParamSets, name: str, default: Any) -> NDArray[Any]:
    column = sets.columns.get(name)
    if column is None:
        return np.array([default] * len(sets))
    if column.options is None and column.there is None:
        return column.values
    return np.array([params.get(name, default) for params in sets])


def declared_for(component: Component, params: Mapping[str, Any]) -> int:
    """The component's own `warmup` for one parameter set; 0 where it does not say."""
    if component.warmup is None or isinstance(component.warmup, int):
        return max(component.warmup or 0, 0)
    value = parse(component.warmup).evaluate({**component.defaults, **params})
    if isinstance(value, bool) or not isinstance(value, int | float):
        says = f"warmup '{component.warmup}' must be a number of bars, is {value!r} for {dict(params)}."
        raise ComponentError(Problem(where=component.where, says=says))
    return max(int(np.ceil(value)), 0)


def guessed_warmup(component: Component, space: Space) -> int:
    """The largest integer parameter over the space: what is used where nothing says better."""
    return max(guessed_for(component, params) for sets in _corners(space) for params in sets)


def guessed_for(component: Component, params: Mapping[str, Any]) -> int:
    """The largest integer parameter of one set."""
    values = own_params({**component.defaults, **params}).values()
    return max((v for v in values if isinstance(v, int) and not isinstance(v, bool)), default=0)


def simulation_warmup(base: Simulation, space: Space) -> int:
    """The longest ATR or volatility window of the simulation options in the space."""
    searched = [name for name in space.names if name.startswith(OPTION)]
    if not searched:
        return warmup_of(base)
    options = (simulation_params(params) for sets in _spread(space) for params in sets)
    return max(warmup_of(with_options(base, one)) for one in options)


def recorded_over(
    space: Space, record: Callable[[Mapping[str, Any]], int | None], which: Sequence[int] | None = None
) -> int | None:
    """The largest warm-up that `record(params)` finds at corners of the space; None where it finds none.

    `which` of the first MOST_CORNERS; None: all of these.
    """
    corners = islice(chain.from_iterable(_corners(space)), MOST_CORNERS)
    found = [
        bars
        for number, params in enumerate(corners)
        if (which is None or number in which) and (bars := record(own_params(params))) is not None
    ]
    return max(found, default=None)


def _spread(space: Space) -> Iterator[ParamSets]:
    """Every set of a small space; the corners and a thousand seeded sets of a large one."""
    if space.size is not None and space.size <= _ENUMERATED:
        yield from space.grid_chunks()
        return
    yield from _corners(space)
    yield space.from_unit(np.random.default_rng(0).random((1_000, space.dimensions)))


def _corners(space: Space) -> Iterator[ParamSets]:
    """Sets with every varying parameter at one of its ends, all-high first."""
    d = space.dimensions
    if d == 0:
        yield space.from_unit(np.zeros((1, 0)))
        return
    highest = np.ones((1, d))
    one_low = 1.0 - np.eye(d)
    ends = [highest, np.zeros((1, d)), one_low, np.eye(d)]
    if 2**d <= _CORNERS:
        ends.append(((np.arange(2**d)[:, None] >> np.arange(d)) & 1).astype(np.float64))
    yield space.from_unit(np.vstack(ends))
