"""Find a component where its spec says: a registered name, a module, a file, or something shipped by value.

User code is imported here: in a container, or in the keeper of `isolated` ones; with `inline` and
`admf.backtest` in the user's own process.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import pickle
import signal
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from admf import registry
from admf.errors import AdmfError, ComponentError, Problem, nearest
from admf.model.trial import ComponentSpec

_LIBRARIES = tuple(
    f"{Path(folder).resolve()}{os.sep}"
    for folder in (
        str(Path(__file__).parents[1]),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)
"""Code below these folders is not the user's."""
_COMPILED = (".pyx", ".pxd", ".pxi")
"""Sources of compiled libraries, which have no folder in a traceback."""


def find_target(spec: ComponentSpec) -> tuple[Any, str]:
    """The object, and the hash of where it came from."""
    if spec.pickled is not None:
        pickled = spec.pickled
        target = _guarded(spec, lambda: pickle.loads(pickled))
        # What is pickled by reference says nothing of its code: the file it comes from does.
        owner = sys.modules.get(getattr(target, "__module__", "") or type(target).__module__)
        file = _hash_of(owner) if owner is not None and owner.__name__ != "__main__" else ""
        return target, hashlib.sha256(pickled + file.encode()).hexdigest()
    use = spec.use or spec.name
    place, separator, attribute = use.rpartition(":")
    if not separator:
        if use not in registry.names("strategies"):
            says = f"no strategy is called '{use}'."
            hint = nearest(use, registry.names("strategies"))
            hint += " Own code is named 'module:attribute' or 'path/to/file.py:attribute'."
            raise ComponentError(Problem(where=f"{spec.name}.use", says=says, hint=hint))
        target = registry.load("strategies", use)
        return target, _hash_of(sys.modules[target.__module__])
    module = _module_from_file(spec, place) if place.endswith(".py") else _module_by_name(spec, place)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            says = f"{place} has no '{attribute}'."
            names = [
                name
                for name, value in vars(module).items()
                if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
            ]
            raise ComponentError(
                Problem(where=f"{spec.name}.use", says=says, hint=nearest(attribute, names) if names else "")
            )
        found = getattr(found, part)
    return found, _hash_of(module)


def _module_from_file(spec: ComponentSpec, place: str) -> ModuleType:
    path = (Path(spec.folder) / place).resolve()
    if not path.is_file():
        beside = sorted(one.name for one in path.parent.glob("*.py"))
        says = f"there is no file '{place}'."
        none = f"There is no Python file in {short_path(str(path.parent))}."
        hint = nearest(path.name, beside) if beside else none
        raise ComponentError(Problem(where=f"{spec.name}.use", says=says, hint=hint))
    version = hashlib.sha256(str(path).encode() + path.read_bytes()).hexdigest()[:12]
    name = f"_admf_{path.stem}_{version}"  # an edited file is another module
    if name in sys.modules:
        return sys.modules[name]
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    file_spec = importlib.util.spec_from_file_location(name, path)
    if file_spec is None or file_spec.loader is None:
        raise ComponentError(Problem(where=f"{spec.name}.use", says=f"{path} is not a Python file."))
    module = importlib.util.module_from_spec(file_spec)
    sys.modules[name] = module
    try:
        _guarded(spec, lambda: file_spec.loader.exec_module(module))  # type: ignore[union-attr]
    except ComponentError:
        del sys.modules[name]
        raise
    return module


def _module_by_name(spec: ComponentSpec, place: str) -> ModuleType:
    folder = str(Path(spec.folder).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module: ModuleType = _guarded(spec, lambda: importlib.import_module(place))
    return module


def _guarded(spec: ComponentSpec, load: Callable[[], Any]) -> Any:
    """Run an import; its failure keeps its own error and its own line."""
    try:
        return load()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            raise  # Ctrl-C: containers ignore that, there it is the component's own
        says = f"the component '{spec.name}' cannot be loaded: {words_of(error)}."
        raise ComponentError(Problem(where=place_of(error) or f"{spec.name}.use", says=says)) from error


def place_of(error: BaseException) -> str:
    """'file:line:column' of the user's code that raised: the innermost that is no library's; '' where none did."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{short_path(error.filename)}:{error.lineno}:{error.offset or 1}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(("<frozen", *_LIBRARIES)) and not frame.filename.endswith(_COMPILED):
            column = getattr(frame, "colno", None) or 0
            return f"{short_path(frame.filename)}:{frame.lineno}:{column + 1}"
    return ""


def words_of(error: BaseException) -> str:
    """An error in words; our own need no name of their kind."""
    if isinstance(error, AdmfError):
        return str(error).rstrip(".")
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}".rstrip(".: ")


def _hash_of(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).is_file() else ""


def short_path(file: str) -> str:
    """A path as a person in this folder would write it."""
    try:
        return str(Path(file).resolve().relative_to(Path.cwd()))
    except ValueError:
        return file
