"""Specs (components, objectives, splits, containers) as JSON, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from admf.model.container import ContainerSpec, Kind, Limits
from admf.model.trial import ComponentSpec, ObjectiveSpec
from admf.model.window import Window
from admf.plan.windows import Split


def plain(spec: ComponentSpec | ObjectiveSpec | Split) -> dict[str, Any]:
    """A spec as JSON holds it; what was shipped by value becomes text."""
    return json.loads(json.dumps(asdict(spec), default=_bytes))  # type: ignore[no-any-return]


def _bytes(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"a study cannot hold a {type(value).__name__}")


def component_of(raw: Mapping[str, Any]) -> ComponentSpec:
    """The component of which `plain` gave `raw`; nothing is unpickled here."""
    pickled, parts = raw["pickled"], raw["of"]
    return ComponentSpec(
        **{
            **raw,
            "pickled": base64.b64decode(pickled) if pickled is not None else None,
            "of": tuple(component_of(part) for part in parts) if parts is not None else None,
        }
    )


def objective_of(raw: Mapping[str, Any]) -> ObjectiveSpec:
    """The objective of which `plain` gave `raw`."""
    return ObjectiveSpec(
        **{
            **raw,
            "weighted": tuple((name, weight) for name, weight in raw["weighted"]),
            "custom": component_of(raw["custom"]) if raw["custom"] is not None else None,
            "constraints": tuple(raw["constraints"]),
            "several": tuple((name, better) for name, better in raw.get("several", ())),
        }
    )


def container_data(spec: ContainerSpec) -> dict[str, Any]:
    """A container as JSON holds it."""
    return asdict(spec) | {"kind": spec.kind.value}


def container_of(raw: Mapping[str, Any]) -> ContainerSpec:
    """The container of which `container_data` gave `raw`."""
    return ContainerSpec(**{**raw, "kind": Kind(raw["kind"]), "limits": Limits(**raw["limits"])})


def split_of(raw: Mapping[str, Any]) -> Split:
    """The split of which `plain` gave `raw`."""
    sealed = raw["sealed"]
    return Split(
        mined=Window(**raw["mined"]),
        sealed=Window(**sealed) if sealed is not None else None,
        embargo=raw["embargo"],
    )
