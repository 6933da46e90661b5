"""Spaces and parameters of the older systems, known by their attributes, as raw forms of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf.errors import Problem, SpaceError
from admf.model.space.value import shown

_FIELDS = (
    "param_type",
    "type",
    "min_value",
    "max_value",
    "low",
    "high",
    "step",
    "num_points",
    "values",
    "choices",
    "categories",
    "log_scale",
    "log",
    "default",
)
_KINDS = {
    "integer": "integer",
    "int": "integer",
    "float": "float",
    "boolean": "boolean",
    "categorical": "categorical",
}


def is_foreign_space(raw: object) -> bool:
    """Whether it holds `parameters`, as the ParameterSpace of the older systems does."""
    return not isinstance(raw, Mapping) and isinstance(_attribute(raw, "parameters"), Mapping | list | tuple)


def is_foreign_parameter(raw: object) -> bool:
    """Whether it has a name and something that says its values."""
    if isinstance(raw, Mapping | list | tuple | str) or hasattr(raw, "tolist"):
        return False
    return isinstance(_attribute(raw, "name"), str) and (
        any(_attribute(raw, field) is not None for field in _FIELDS) or bool(_kind_of_class(raw))
    )


def parameters_of(raw: object) -> dict[str, object]:
    """The parameters of a foreign space by name; those of a subspace below the subspace's name."""
    held = _attribute(raw, "parameters")
    found: dict[str, object] = {}
    if isinstance(held, Mapping):
        found.update({str(name): one for name, one in held.items()})
    elif isinstance(held, list | tuple):
        for one in held:
            name = one.get("name") if isinstance(one, Mapping) else _attribute(one, "name")
            if not isinstance(name, str) or name in found:
                raise SpaceError(f"each parameter must have a name of its own, was {shown(name)}.")
            found[name] = one
    subspaces = _attribute(raw, "subspaces")
    if isinstance(subspaces, Mapping):
        found.update({str(name): one for name, one in subspaces.items()})
    return found


def form_of(raw: object) -> dict[str, Any]:
    """A foreign parameter as a mapping; an attribute that is None says nothing."""
    if _attribute(raw, "value_map") is not None:
        raise SpaceError(
            Problem(
                says=f"values that depend on another parameter cannot be read here, was {shown(raw)}.",
                hint="Write it with when: and a constraint.",
            )
        )
    form = {
        field: value
        for field in _FIELDS
        if (value := _attribute(raw, field)) is not None and not callable(value)
    }
    if "param_type" in form:
        form.pop("type", None)
    elif "type" not in form and (kind := _kind_of_class(raw)):
        form["type"] = kind
    if any(form.get(key) is not None for key in ("values", "choices", "categories")):
        form = _one_list(form)
    if "step" in form:
        form.pop("num_points", None)  # the older float parameter has both, and its step counts
    return form


def _one_list(form: dict[str, Any]) -> dict[str, Any]:
    first, *others = [key for key in ("values", "choices", "categories") if form.get(key) is not None]
    return {key: value for key, value in form.items() if key not in others or key == first}


def _kind_of_class(raw: object) -> str:
    name = type(raw).__name__.lower()
    return next((kind for word, kind in _KINDS.items() if name.startswith(word)), "")


def _attribute(raw: object, name: str) -> Any:
    try:
        return getattr(raw, name, None)
    except Exception:  # a stranger's property
        return None
