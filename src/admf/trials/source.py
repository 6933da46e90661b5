"""Find a component where its spec says: a registered name, a module, a file, or something shipped by value.

User code is imported here: only ever inside a container.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from admf import registry
from admf.errors import ComponentError, Problem, nearest
from admf.model.trial import ComponentSpec


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
            names = [n for n in vars(module) if not n.startswith("_")]
            raise ComponentError(Problem(where=f"{spec.name}.use", says=says, hint=nearest(attribute, names)))
        found = getattr(found, part)
    return found, _hash_of(module)


def _module_from_file(spec: ComponentSpec, place: str) -> ModuleType:
    path = (Path(spec.folder) / place).resolve()
    if not path.is_file():
        raise ComponentError(Problem(where=f"{spec.name}.use", says=f"there is no file {path}."))
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
    except (Exception, SystemExit) as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
        last = frames[-1] if len(frames) > 1 else None
        file, line = (last.filename, last.lineno) if last else (spec.use or spec.name, 0)
        if isinstance(error, SyntaxError) and error.filename:
            file, line = error.filename, error.lineno
        where = f"{short_path(file)}:{line}" if line else str(file)
        says = f"the component '{spec.name}' cannot be loaded: {type(error).__name__}: {error}."
        raise ComponentError(Problem(where=where, says=says)) from error


def _hash_of(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).is_file() else ""


def short_path(file: str) -> str:
    """A path as a person in this folder would write it."""
    try:
        return str(Path(file).resolve().relative_to(Path.cwd()))
    except ValueError:
        return file
