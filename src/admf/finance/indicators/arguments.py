"""What indicators accept: windows, numbers, and series of one or several columns."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.errors import ComponentError, Problem
from admf.finance.indicators.memo import current

Floats = NDArray[np.float64]
_FLOAT64 = np.dtype(np.float64)


def whole_window(window: object, *, of: str, name: str = "window", least: int = 1) -> int:
    """The window as an int of at least `least`; 20.0 is 20, but a bool is no number of bars."""
    if type(window) is int and window >= least:
        return window
    number = _number(window)
    if number.is_integer() and number >= least:
        return int(number)
    raise ComponentError(
        Problem(
            where=of,
            says=f"{name} must be a whole number of bars, at least {least}, not {window!r}.",
            hint="Check the type, low and step of the parameter's space.",
        )
    )


def amount(value: object, *, of: str, name: str) -> float:
    """A finite number of at least 0."""
    number = _number(value)
    if 0.0 <= number < math.inf:
        return number
    raise ComponentError(Problem(where=of, says=f"{name} must be a finite number >= 0, not {value!r}."))


def _number(value: object) -> float:
    """A real number as float; NaN, which no comparison holds for, where it is not one."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return math.nan
    return float(value)


def series(values: ArrayLike, *, of: str, name: str = "values") -> Floats:
    """The values as a C-contiguous float64 array of shape (T,) or (T, N); a copy only where needed."""
    if type(values) is np.ndarray and _is_ready(values):
        return values  # the usual case, without the detour
    try:
        array = np.ascontiguousarray(values, dtype=np.float64) if np.ndim(values) else None
    except (TypeError, ValueError):
        kind = getattr(values, "dtype", type(values).__name__)
        raise ComponentError(
            Problem(where=of, says=f"{name} must be numbers, one per bar, not {kind}.")
        ) from None
    if array is None or array.ndim > 2:
        shape = () if array is None else array.shape
        raise ComponentError(
            Problem(
                where=of,
                says=f"{name} must have the shape (bars,) or (bars, symbols), not {shape}.",
                hint="Pass a whole column such as bars.close.",
            )
        )
    return array if array.flags.aligned else array.copy()


def _is_ready(array: NDArray[Any]) -> bool:
    flags = array.flags
    return array.dtype == _FLOAT64 and 1 <= array.ndim <= 2 and flags.c_contiguous and flags.aligned


def same_shape(of: str, **values: ArrayLike) -> tuple[Floats, ...]:
    """Several series of one shape, such as high, low and close."""
    arrays = {name: series(value, of=of, name=name) for name, value in values.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ComponentError(
            Problem(
                where=of,
                says=f"{', '.join(arrays)} must have one shape, but have {found}.",
                hint="Pass columns of the same bars.",
            )
        )
    return tuple(arrays.values())


def columnwise(
    kernel: Callable[..., None], inputs: tuple[Floats, ...], *parameters: float, outputs: int = 1
) -> tuple[Floats, ...]:
    """Run `kernel(*inputs, *parameters, *outputs)` on each column; the outputs are new arrays."""
    memo = current()
    if memo is not None and (known := memo.of(kernel, inputs, parameters)) is not None:
        return known
    made = _computed(kernel, inputs, parameters, outputs)
    if memo is not None:
        memo.keep(kernel, inputs, parameters, made)
    return made


def _computed(
    kernel: Callable[..., None], inputs: tuple[Floats, ...], parameters: tuple[float, ...], outputs: int
) -> tuple[Floats, ...]:
    if inputs[0].ndim == 1:
        columns = tuple([np.empty(len(inputs[0])) for _ in range(outputs)])
        kernel(*inputs, *parameters, *columns)
        return columns
    rows = [np.ascontiguousarray(array.T) for array in inputs]
    made = tuple(np.empty(rows[0].shape) for _ in range(outputs))
    for symbol in range(len(rows[0])):
        kernel(*(row[symbol] for row in rows), *parameters, *(row[symbol] for row in made))
    return tuple(np.ascontiguousarray(array.T) for array in made)
