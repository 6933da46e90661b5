"""Parameter sets as cells: arrays where a parameter's values are numbers of its kind, else a cell per value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.errors import RunError, nearest
from admf.model.param_sets import Column, ParamSets
from admf.model.trial import Params
from admf.store.batch_cells import NULLS, CellColumn, Coded, Numbers, coded
from admf.store.cells import Kind, encode
from admf.store.schema import Layout


def parameter_cells(layout: Layout, component: str, params: Sequence[Params]) -> dict[str, CellColumn]:
    """The parameter columns of the whole table, by their names in it; NULL where a set is without the parameter.

    Raises RunError for a component or parameter that is none of the table's, InputError for a value that
    cannot be kept.
    """
    if component not in layout.components:
        raise RunError(
            f"'{component}' must be a component of this run. {nearest(component, layout.components)}"
        )
    own, given = layout.components[component], ParamSets.of(params).columns
    unknown = given.keys() - own.keys()
    if unknown:
        name = min(unknown)
        raise RunError(f"'{name}' must be a parameter of component '{component}'. {nearest(name, own)}")
    cells: dict[str, CellColumn] = {one.column: NULLS for one in layout.parameters}
    for name, column in given.items():
        cells[own[name].column] = _cells(column, own[name].kind)
    return cells


def _cells(column: Column, kind: Kind) -> CellColumn:
    values, absent = column.values, None if column.there is None else ~column.there
    if column.options is None and _as_stored(values, absent, kind):
        return Numbers(values.view(np.int8) if values.dtype == bool else values, absent)
    if column.options is None:
        cells = coded(encode(_there(values, column.there).tolist(), kind))
    else:
        used, places = np.unique(_there(values, column.there), return_inverse=True)
        cells = Coded(tuple(encode([column.options[place] for place in used.tolist()], kind)), places)
    return cells if absent is None else _spread(cells, ~absent)


def _as_stored(values: NDArray[np.generic], absent: NDArray[np.bool_] | None, kind: Kind) -> bool:
    """Whether cells of this kind are the numbers themselves."""
    if kind == "json" or (values.dtype == bool) != (kind == "bool"):
        return False
    if values.dtype != np.float64:
        return values.dtype in (np.int64, np.bool_)
    finite = np.isfinite(values)
    return bool(finite.all() if absent is None else (finite | absent).all())


def _there(values: NDArray[np.generic], there: NDArray[np.bool_] | None) -> NDArray[np.generic]:
    return values if there is None else values[there]


def _spread(cells: Coded, there: NDArray[np.bool_]) -> Coded:
    """The cells of the sets that have the parameter, NULL in the others."""
    codes = np.full(len(there), len(cells.cells))
    codes[there] = 0 if cells.codes is None else cells.codes
    return Coded((*cells.cells, None), codes)
