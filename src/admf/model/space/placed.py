"""Sets back into a block: what codes stand for the values of sets that are in the space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from admf.model.space.block import Block, normalised
from admf.model.space.domain import Choice, Codes, Domain, Integer, Real
from admf.model.space.space import Space
from admf.model.space.value import freeze, identity


def placed(space: Space, sets: Sequence[Mapping[str, object]]) -> Block:
    """The block of n sets, in order; each must be in the space (`Space.contains`)."""
    codes = {
        i: _codes(parameter.domain, [one.get(parameter.name, _ABSENT) for one in sets])
        for i, parameter in enumerate(space.parameters)
    }
    return normalised(space.rules, Block(len(sets), codes, {}))


_ABSENT = object()


def _codes(domain: Domain, values: Sequence[Any]) -> Codes:
    """One code per value, 0 where the parameter is absent."""
    there = [i for i, value in enumerate(values) if value is not _ABSENT]
    endless = isinstance(domain, Real) and domain.size is None
    codes: Codes = np.zeros(len(values), np.float64 if endless else np.int64)
    if there:
        codes[there] = _found(domain, [values[i] for i in there])
    return codes


def _found(domain: Domain, values: Sequence[Any]) -> Codes:
    if isinstance(domain, Choice):
        places = {identity(option): place for place, option in enumerate(domain.options)}
        return np.array([places[identity(freeze(value))] for value in values])
    if isinstance(domain, Integer):
        return np.array([(int(value) - domain.low) // domain.step for value in values])
    numbers = np.array(values, np.float64)
    if domain.size is None:
        return numbers + 0.0
    if domain.size == 1:
        return np.zeros(len(values), np.int64)
    if domain.step is not None:
        return np.rint((numbers - domain.low) / domain.step).astype(np.int64)
    return np.searchsorted(domain.values(np.arange(domain.size)), numbers)
