"""A user's function, compiled by Numba together with what calls it, and kept on disk; or why it cannot be."""

from __future__ import annotations

import hashlib
import itertools
import linecache
import os
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from admf.errors import ComponentError, Problem
from admf.model.cache_folder import cache_folder
from admf.trials.rules.arguments import Arguments
from admf.trials.rules.fingerprint import UnknownError, fingerprint
from admf.trials.source import short_path

NAME = "run"
"""The function that a source defines; it calls `rule`."""
_KEPT = 256
_numbers = itertools.count()
_known: dict[str, Any] = {}

Run = Callable[..., Any]


def plain(source: str, rule: Callable[..., Any]) -> Run:
    """The function that `source` defines, as plain Python."""
    names: dict[str, Any] = {"rule": rule}
    exec(source, names)
    return cast(Run, names[NAME])


def machine_code(source: str, function: FunctionType) -> Any:
    """The function that `source` defines, to be compiled for its types: at most once a process for equal code.

    Python's own rules hold: division by zero raises, and so does an index beyond the end of an array.
    """
    try:
        key = hashlib.sha256(f"{source}{fingerprint(function)}".encode()).hexdigest()[:20]
    except UnknownError:  # compiled by every process, then
        return _of_object(source, function)
    if key not in _known:
        _known[key] = _made(source, function, key, _folder(key))
    return _known[key]


@lru_cache(maxsize=64)
def _of_object(source: str, function: FunctionType) -> Any:
    return _made(source, function, f"own_{next(_numbers)}", None)


def _made(source: str, function: FunctionType, key: str, folder: Path | None) -> Any:
    """Numba's dispatcher. Its names are its own: machine code of equal names would be taken one for the other."""
    import numba

    source = source.replace(f"def {NAME}(", f"def {NAME}_{key}(")
    names: dict[str, Any] = {
        "__name__": __name__,
        "rule": numba.njit(nogil=True, error_model="python", boundscheck=True)(_renamed(function, key)),
    }
    file = _written(folder, source)
    exec(compile(source, file, "exec"), names)
    run = names[f"{NAME}_{key}"]
    usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)  # type: ignore[attr-defined]
    try:
        if folder is not None:
            with suppress(RuntimeError):  # a disk that takes nothing
                return numba.njit(nogil=True, error_model="python", cache=True)(run)
        return numba.njit(nogil=True, error_model="python")(run)
    finally:
        numba.config.CACHE_DIR = usual  # type: ignore[attr-defined]


def _renamed(function: FunctionType, key: str) -> FunctionType:
    code = function.__code__.replace(co_name=f"rule_{key}", co_qualname=f"rule_{key}")
    copy = FunctionType(code, function.__globals__, f"rule_{key}", None, function.__closure__)
    copy.__module__ = __name__
    return copy


def _folder(key: str) -> Path | None:
    folder = cache_folder() / "rules" / key
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _forget_old(folder.parent)
    except OSError:
        return None
    return folder


def _forget_old(rules: Path) -> None:
    folders = sorted(rules.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in folders[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _written(folder: Path | None, source: str) -> str:
    """The file of a source; Numba asks when it was changed last, so that is always the same moment."""
    if folder is None:
        return "<rule>"
    file = folder / "loop.py"
    with suppress(OSError):
        if not file.exists():
            draft = folder / f"loop.{os.getpid()}"
            draft.write_text(source, encoding="utf-8")
            os.utime(draft, (1, 1))
            draft.replace(file)
    return str(file)


def compile_for(run: Any, values: Sequence[Any], arguments: Arguments) -> None:
    """Compile for the types of these values, or read what was; ComponentError with Numba's reason where it cannot."""
    import numba
    from numba.core.errors import NumbaWarning

    types = tuple(map(numba.typeof, values))
    if types in run.overloads:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumbaWarning)
        try:
            run.compile(types)
        except Exception as error:  # Numba's are of many kinds
            raise _refused(error, arguments) from None


def _refused(error: Exception, arguments: Arguments) -> ComponentError:
    file = arguments.file
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    places = [(one["name"] or one["of"], int(one["line"] or one["at"])) for one in _PLACE.finditer(text)]
    lines = [line for name, line in places if Path(name).name == Path(file).name]
    where = f"{short_path(file)}:{lines[-1]}" if lines else arguments.where
    says = f"Numba cannot compile {arguments.rule}: {_reason(text, file) or type(error).__name__}."
    hint = (
        "Use numbers, math and NumPy in it, and move all else into a line (`name=lambda bars, ...: array`); or leave"
        " the decorator away and write a function of bars: that runs as it is."
    )
    return ComponentError(Problem(where=where, says=says, hint=hint))


_PLACE = re.compile(r'File "(?P<name>[^"]+)", line (?P<line>\d+)|from (?P<of>\S+) \((?P<at>\d+)\)')
_SPECIFIC = re.compile(r"raised a specific error:\s*(?:\w+: )?(\S[^\n]*)")
_NOISE = re.compile(r"^(Failed in |During: |File |There are \d+ candidate|- |With argument)")


def _reason(text: str, file: str) -> str:
    """The one or two lines of Numba's that say what is wrong; it shows the user's own between them."""
    own = {line.strip() for line in linecache.getlines(file)}
    told = [line.strip() for line in text.splitlines()]
    spoken = [line for line in told if line and line not in own and not _NOISE.match(line)]
    reason = " ".join([*spoken[:1], *(line for line in spoken[1:2] if line.startswith(">>>"))])
    if specific := _SPECIFIC.findall(text):
        reason = specific[-1]
    return re.sub(r",? ?\(?[Rr]aised from \S+ \(\d+\)\)?", "", reason)[:300].rstrip(". :")
