"""Numba, set up in one place: the options of every kernel and the types they declare.

A kernel is compiled when it is first needed, for its signatures where it has some, else for what it is called with;
it is read from disk when that was done before. A process that only knows of kernels, such as a driver, loads none.
Array arguments are declared read-only: Numba compiles ordinary and read-only arrays as two different types, but
converts the first into the second, so that bars mapped from a file and arrays made in memory run the same machine code.

Numba's own cache sees a change in a kernel's file, not in the kernels that it calls. So the cache lives in a
folder named after all sources of `admf.finance`: any edit, and any new version, starts a fresh one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast, overload

import numba
from numba.extending import intrinsic

from admf.model.cache_folder import cache_folder

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}

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
    """Compile the decorated function for these signatures; with none, for the types of its calls.

    Sums, products, quotients and roots are rounded as written, in the order written (no fastmath), so
    that every machine gets the same bits. Division by zero gives NaN or infinity, as in NumPy. The
    kernel runs without the GIL.
    """
    if len(signatures) == 1 and isinstance(signatures[0], FunctionType):
        return _decorator(None)(signatures[0])
    return _decorator(list(signatures) or None)


def _decorator(signatures: list[Any] | None, **options: Any) -> Any:
    def decorate(function: Any) -> Any:
        usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, CACHE  # type: ignore[attr-defined]
        try:
            kernel = cast(Any, numba.njit)(cache=bool(CACHE), **_OPTIONS, **options)(function)
        finally:
            numba.config.CACHE_DIR = usual  # type: ignore[attr-defined]
        if signatures:
            _later(kernel, signatures)
        return kernel

    return decorate


def _later(kernel: Any, signatures: list[Any]) -> None:
    """Compile `kernel` for its signatures, and no others, as soon as Python calls it, or a kernel that is compiled."""

    def load() -> None:
        if _WAITING.pop(id(kernel), None) is None:
            return
        del kernel._compile_for_args, kernel.get_call_template
        for one in signatures:
            kernel.compile(one)
        kernel.disable_compile()

    def called(*_: Any, **__: Any) -> Any:
        load()
        return kernel  # what is then called with the arguments

    def typed(args: Any, kws: Any) -> Any:
        load()
        return kernel.get_call_template(args, kws)

    kernel._compile_for_args, kernel.get_call_template = called, typed
    _WAITING[id(kernel)] = load


_WAITING: dict[int, Callable[[], None]] = {}
"""Kernels with signatures that nobody has needed yet; each is held by its module."""


def load_all() -> None:
    """Compile, or read from disk, every kernel with a signature of the modules that are imported."""
    for load in list(_WAITING.values()):
        load()


def _cache() -> str:
    """The folder of compiled kernels for these very sources; '' where the disk takes none."""
    root = Path(__file__).parent
    stamps = sorted(
        (str(p.relative_to(root)), p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*.py")
    )
    folder = cache_folder() / "kernels" / hashlib.sha256(repr((str(root), stamps)).encode()).hexdigest()[:16]
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _forget_old(folder.parent)
        return str(folder) if os.access(folder, os.W_OK) else ""
    except OSError:
        return ""


def _forget_old(kernels: Path) -> None:
    """Keep the newest few caches: edits and upgrades leave one each."""
    for old in sorted(kernels.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


_KEPT = 4
CACHE = _cache()
"""Where compiled kernels of these sources are kept; empty where the disk takes none."""


def in_place(function: F, /) -> F:
    """Compile a function that only reads and writes arrays it is given, and creates none.

    Without reference counts: with them, every call pays two atomic operations per array argument, which in
    the simulation came to ten times the work itself (decision 0004). A kernel that creates an array, a slice
    or any other counted object must use `compiled`.
    """
    return cast(F, _decorator(None, _nrt=False)(function))


def in_loop(function: F, /) -> F:
    """As `in_place`, and copied into its callers: for what runs on every bar."""
    return cast(F, _decorator(None, _nrt=False, forceinline=True)(function))


def _fma(_typing: Any, _a: Any, _b: Any, _c: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return FLOAT(FLOAT, FLOAT, FLOAT), generate


fma = cast(Callable[[float, float, float], float], intrinsic(_fma))
"""a * b + c with one rounding, inside kernels only (Python itself has it from 3.13)."""


def _cttz(_typing: Any, _word: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        zeros = builder.cttz(arguments[0], context.get_constant(numba.types.boolean, False))
        return builder.zext(zeros, context.get_value_type(INT)) if zeros.type.width < 64 else zeros

    return INT(numba.uint64), generate


trailing_zeros = cast(Callable[[Any], int], intrinsic(_cttz))
"""How many bits of a uint64 are 0 before the first that is 1; inside kernels only."""
