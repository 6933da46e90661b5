"""The studies of a run as JSON, so that a single trial can be evaluated again later."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from admf.model.trial import ComponentSpec, ObjectiveSpec, StudySpec
from admf.plan.plan import Plan

STUDIES = "studies.json"
"""Its name in a run's folder."""


def studies_json(plan: Plan) -> str:
    """What `read_studies` reads."""
    studies = [
        {
            "stage": study.stage,
            "component": study.component,
            "maximize": study.maximize,
            "spec": _plain(study.spec),
        }
        for study in plan.studies
    ]
    return json.dumps({"version": 1, "studies": studies}, indent=1)


def read_studies(text: str) -> dict[tuple[str, str], StudySpec]:
    """(stage, component) -> its spec."""
    return {(s["stage"], s["component"]): _study(s["spec"]) for s in json.loads(text)["studies"]}


def read_directions(run: Path) -> list[bool]:
    """For each study of the run at `run` whether larger values are better."""
    text = (run / STUDIES).read_text(encoding="utf-8")
    return [bool(study["maximize"]) for study in json.loads(text)["studies"]]


def _plain(spec: StudySpec) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(spec), default=_bytes))  # type: ignore[no-any-return]


def _bytes(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"a study cannot hold a {type(value).__name__}")


def _study(raw: dict[str, Any]) -> StudySpec:
    return StudySpec(
        **raw
        | {
            "component": _component(raw["component"]),
            "objective": _objective(raw["objective"]),
            "extra_metrics": tuple(raw["extra_metrics"]),
        }
    )


def _component(raw: dict[str, Any]) -> ComponentSpec:
    pickled, parts = raw["pickled"], raw["of"]
    return ComponentSpec(
        **raw
        | {
            "pickled": base64.b64decode(pickled) if pickled is not None else None,
            "of": tuple(_component(part) for part in parts) if parts is not None else None,
        }
    )


def _objective(raw: dict[str, Any]) -> ObjectiveSpec:
    return ObjectiveSpec(
        **raw
        | {
            "weighted": tuple((name, weight) for name, weight in raw["weighted"]),
            "custom": _component(raw["custom"]) if raw["custom"] is not None else None,
            "constraints": tuple(raw["constraints"]),
        }
    )
