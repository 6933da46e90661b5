"""Any object a user hands over, as a spec that can travel to a container."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import cloudpickle

from admf.errors import ComponentError
from admf.model.trial import ComponentSpec


def component_spec(
    component: Any, *, name: str | None = None, warmup: int | str | None = None
) -> ComponentSpec:
    """The spec of a registered name, a 'module:attribute', or a function, class or object.

    What cannot be imported by name in another process (notebooks, `__main__`, lambdas) travels by value.
    """
    if isinstance(component, ComponentSpec):
        return component
    if isinstance(component, str):
        called = name or component.rpartition(":")[2].replace(".", "_")
        return ComponentSpec(name=called, use=component, warmup=warmup)
    called = name or str(getattr(component, "__name__", type(component).__name__)).strip("<>")
    try:
        return ComponentSpec(name=called, pickled=_shipped(component), warmup=warmup)
    except Exception as error:
        raise ComponentError(
            f"{called} cannot be sent to a container ({type(error).__name__}: {error})."
            " Keep open files, locks and connections out of it, or name it as 'module:attribute'."
        ) from error


def _shipped(component: Any) -> bytes:
    owner = component if hasattr(component, "__module__") else type(component)
    module = sys.modules.get(getattr(owner, "__module__", "") or "")
    by_value = module is not None and module.__name__ != "__main__" and not _importable(module.__name__)
    if by_value and module is not None:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(component)  # type: ignore[no-any-return]
    finally:
        if by_value and module is not None:
            cloudpickle.unregister_pickle_by_value(module)


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
