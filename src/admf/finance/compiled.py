"""Numba, set up in one place: the options of every kernel and the types they declare.

A kernel declares its signature and is compiled when its module is imported, or read from the disk cache
where that is newer than the source. Array arguments are declared read-only: Numba compiles ordinary and
read-only arrays as two different types, but converts the first into the second, so that bars mapped
from a file and arrays made in memory run the same machine code. The cache does not see a change in a
kernel that another file calls: after editing one, delete `__pycache__`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast, overload

import numba
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": False}

VOID = numba.void
FLOAT = numba.float64
INT = numba.int64
BOOL = numba.boolean
PAIR: numba.types.Type = cast(Any, numba.types).UniTuple(numba.float64, 2)
"""Two floats: a sum and what its rounding lost."""

FLOATS_1D = numba.types.Array(numba.float64, 1, "C", readonly=True)
FLOATS_2D = numba.types.Array(numba.float64, 2, "C", readonly=True)
INTS_1D = numba.types.Array(numba.int64, 1, "C", readonly=True)
OUT_1D = numba.types.Array(numba.float64, 1, "C")
OUT_2D = numba.types.Array(numba.float64, 2, "C")


@overload
def compiled(function: F, /) -> F: ...
@overload
def compiled(*signatures: Any) -> Callable[[F], F]: ...
def compiled(*signatures: Any) -> Any:
    """Compile the decorated function for these signatures at once; with none, at its first calls.

    Sums, products, quotients and roots are rounded as written, in the order written (no fastmath), so
    that every machine gets the same bits. Division by zero gives NaN or infinity, as in NumPy. The
    kernel runs without the GIL.
    """
    if len(signatures) == 1 and isinstance(signatures[0], FunctionType):
        return _decorator(None)(signatures[0])
    return _decorator(list(signatures) or None)


def _decorator(signatures: list[Any] | None) -> Any:
    return cast(Any, numba.njit)(signatures, **_OPTIONS)


def in_place(function: F, /) -> F:
    """Compile a function that only reads and writes arrays it is given, and creates none.

    Without reference counts: with them, every call pays two atomic operations per array argument, which in
    the simulation came to ten times the work itself (decision 0004). A kernel that creates an array, a slice
    or any other counted object must use `compiled`.
    """
    return cast(F, cast(Any, numba.njit)(**_OPTIONS, _nrt=False)(function))


def in_loop(function: F, /) -> F:
    """As `in_place`, and copied into its callers: for what runs on every bar."""
    return cast(F, cast(Any, numba.njit)(**_OPTIONS, _nrt=False, forceinline=True)(function))


def _fma(_typing: Any, _a: Any, _b: Any, _c: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return FLOAT(FLOAT, FLOAT, FLOAT), generate


fma = cast(Callable[[float, float, float], float], intrinsic(_fma))
"""a * b + c with one rounding, inside kernels only (Python itself has it from 3.13)."""
