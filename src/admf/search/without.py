"""A method's proposals without sets that are known already: these it is answered from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from admf.model.param_sets import Column, ParamSets
from admf.model.space.value import freeze, identity
from admf.search.protocol import Floats, Results, SearchMethod, Told

Places = npt.NDArray[np.intp]


class Without:
    """Asks a method and leaves out the sets of `known`, whose `values` and `violations` it tells it itself.

    The method's proposals are numbered from 0, whatever was proposed before it. `answered` counts what was left out.
    """

    def __init__(self, method: SearchMethod, known: ParamSets, values: Floats, violations: Floats) -> None:
        self._method, self._known = method, known
        self._values, self._violations = values, violations
        self._parts: list[tuple[Sequence[Any], Places]] = []
        """Asked and not told yet: proposals, and where each is in `known`; -1: nowhere."""
        self._told = self.answered = 0

    def ask(self, n: int) -> Sequence[Any]:
        """Up to n new proposals; none: the method must be told first, or is at its end."""
        found: list[Sequence[Any]] = []
        while (wanted := n - sum(map(len, found))) > 0:
            room = self._method.generation - sum(len(places) for _, places in self._parts)
            asked = self._method.ask(min(wanted, room)) if room > 0 else ()
            if len(asked):
                found.append(self._new(asked))
            elif self._parts and not any((places < 0).any() for _, places in self._parts):
                self.tell(())  # all of the generation was known
            else:
                break
        return found[0] if len(found) == 1 else list(chain.from_iterable(found))

    def _new(self, asked: Sequence[Any]) -> Sequence[Any]:
        sets = ParamSets.of(asked)
        places = places_in(sets, self._known)
        self._parts.append((asked, places))
        new = places < 0
        self.answered += len(new) - int(new.sum())
        return asked if new.all() else sets.take(new)

    def tell(self, results: Sequence[Told]) -> None:
        """What became of the new proposals, in order; the method hears of all that it proposed."""
        parts = [asked for asked, _ in self._parts]
        params = parts[0] if len(parts) == 1 else list(chain.from_iterable(parts))
        places = np.concatenate([places for _, places in self._parts])
        whole = Results.late(self._told, params, lambda: self._merged(places, results))
        self._parts, self._told = [], self._told + len(places)
        self._method.tell(whole)

    def _merged(self, places: Places, results: Sequence[Told]) -> tuple[Floats, Floats]:
        new, (values, violations) = places < 0, columns_of(results)
        width = max(values.shape[1], self._values.shape[1])
        merged = np.empty((len(places), width)), np.empty(len(places))
        merged[0][new], merged[1][new] = widened(values, width), violations
        merged[0][~new] = widened(self._values, width)[places[~new]]
        merged[1][~new] = self._violations[places[~new]]
        return merged


def columns_of(results: Sequence[Told]) -> tuple[Floats, Floats]:
    """Values (n, K) and violations (n,) of results; K is 1 where none of them has values."""
    if isinstance(results, Results):
        return results.values, results.violations
    width = next((len(one.values) for one in results if one.values is not None), 1)
    missing = (np.nan,) * width
    values = np.array([missing if one.values is None else one.values for one in results], np.float64)
    return values.reshape(-1, width), np.array([one.violation for one in results], np.float64)


def widened(values: Floats, width: int) -> Floats:
    """(n, width): rows of which none has values get as many columns as there are objectives."""
    return values if values.shape[1] == width else np.full((len(values), width), np.nan)


def places_in(sets: ParamSets, known: ParamSets) -> Places:
    """Which of `known` each set is, shape (n,); -1: none."""
    places = np.full(len(sets), -1, np.intp)
    for place, one in enumerate(known):
        if one.keys() <= sets.columns.keys():
            same = np.ones(len(sets), np.bool_)
            for name, column in sets.columns.items():
                same &= _equal(column, one, name)
            places[same] = place
    return places


def _equal(column: Column, one: Mapping[str, Any], name: str) -> npt.NDArray[np.bool_]:
    there = np.ones(len(column.values), np.bool_) if column.there is None else column.there
    if name not in one:
        return ~there
    wanted = identity(freeze(one[name]))
    if column.options is not None:
        hits = np.array([identity(freeze(option)) == wanted for option in column.options], np.bool_)
        return np.asarray(there & hits[column.values])
    kind = "bool" if column.values.dtype.kind == "b" else "number"
    return np.asarray(there & (column.values == one[name])) if wanted[0] == kind else np.zeros_like(there)
