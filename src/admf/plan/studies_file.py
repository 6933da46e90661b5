"""`studies.json`: what a run searches, and what its config's text does not say; for single trials and for resuming."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from admf.config.config import ComponentConfig, Config
from admf.model.container import ContainerSpec
from admf.model.space.written import read_space, space_data
from admf.model.trial import ObjectiveSpec, StudySpec
from admf.model.window import WHOLE
from admf.plan.plan import Plan, StudyPlan
from admf.plan.specs_json import (
    component_of,
    container_data,
    container_of,
    objective_of,
    plain,
    split_of,
)
from admf.plan.studies_data import VERSION, read_content
from admf.plan.windows import Split
from admf.trials.probe import Probe

Key = tuple[str, str, str]
"""A stage's name, a component's and a window's."""

_ELSEWHERE = frozenset({"component", "objective"})
"""Fields of a StudySpec that the file holds once for all studies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a run came from, as far as its config's text does not say it.

    `in_memory`: its bars were handed over in Python, and only what trials map of them is kept, in the cache.
    """

    folder: str
    """What the config's relative paths start from, absolute."""
    in_memory: bool
    source: str
    notes: tuple[str, ...]
    bars: str
    """Folder of the mapped bars."""
    split: Split
    sealed_span: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The file as read: enough to prepare the run again."""

    origin: Origin
    components: Mapping[str, ComponentConfig] = field(repr=False)
    objective: ObjectiveSpec = field(repr=False)
    studies: tuple[Mapping[str, Any], ...] = field(repr=False)
    """Of each study what `study_data` gives."""


def studies_json(config: Config, probes: Mapping[str, Probe], plan: Plan, origin: Origin) -> str:
    """What `read_kept` and `read_studies` read."""
    content = {
        "version": VERSION,
        "origin": {
            "folder": origin.folder,
            "in_memory": origin.in_memory,
            "source": origin.source,
            "notes": origin.notes,
            "bars": origin.bars,
            "split": plain(origin.split),
            "sealed_span": origin.sealed_span,
        },
        "components": {
            name: _component(part, probes[name]) for name, part in sorted(config.components.items())
        },
        "objective": plain(config.objective),
        "studies": [study_data(study, probes[study.component]) for study in plan.studies],
        # Beside the studies, which a resumed run compares: a container changes no result.
        "containers": [container_data(study.container) for study in plan.studies],
    }
    return json.dumps(content) + "\n"


def study_data(study: StudyPlan, probe: Probe) -> dict[str, Any]:
    """A study as the file has it: equal for equal studies, wherever the bars are mapped."""
    spec = {name: getattr(study.spec, name) for name in StudySpec.__slots__ if name not in _ELSEWHERE}
    return {
        "stage_number": study.stage_number,
        "stage": study.stage,
        "component": study.component,
        "regime": study.regime,
        "window": study.window,
        "method": study.method,
        **({"options": dict(study.options)} if study.options else {}),
        "budget": study.budget,
        "after": list(study.after),
        **_said(study),
        "generation": study.generation,
        "trials": study.trials,
        "objective": probe.objective,
        "maximize": study.maximize,
        "seed": study.seed,
        "run_seed": study.run_seed,
        "space": space_data(study.space),
        "spec": spec | {"extra_metrics": list(study.spec.extra_metrics), "bars": ""},
    }


def _said(study: StudyPlan) -> dict[str, Any]:
    """What is said of few studies."""
    return {
        **({"stop": asdict(study.stop)} if study.stop else {}),
        **({"asynchronous": True} if study.asynchronous else {}),
        **({"feed": asdict(study.feed)} if study.feed is not None else {}),
        **({"when": [asdict(one) for one in study.when]} if study.when else {}),
    }


def read_kept(run: Path) -> Kept:
    """What `studies_json` wrote in the run at `run`. RunError where it is missing, damaged, or another version's."""
    content = read_content(run)
    origin = content["origin"]
    return Kept(
        origin=Origin(
            **{
                **origin,
                "notes": tuple(origin["notes"]),
                "split": split_of(origin["split"]),
                "sealed_span": tuple(origin["sealed_span"]) if origin["sealed_span"] else None,
            }
        ),
        components={name: _component_config(raw) for name, raw in content["components"].items()},
        objective=objective_of(content["objective"]),
        studies=tuple(content["studies"]),
    )


def study_key(study: Mapping[str, Any]) -> Key:
    """What names a study among those of its run."""
    return study["stage"], study["component"], study["window"]


def read_studies(run: Path) -> dict[Key, StudySpec]:
    """(stage, component, window) -> its spec, of the run at `run`."""
    content = read_content(run)
    components = {name: component_of(raw["spec"]) for name, raw in content["components"].items()}
    objective, bars = objective_of(content["objective"]), content["origin"]["bars"]
    return {
        study_key(study): StudySpec(
            **{
                **study["spec"],
                "component": components[study["component"]],
                "objective": objective if study["window"] == WHOLE else replace(objective, constraints=()),
                "bars": bars,
                "extra_metrics": tuple(study["spec"]["extra_metrics"]),
            }
        )
        for study in content["studies"]
    }


def read_containers(run: Path) -> dict[Key, ContainerSpec]:
    """The container of each study of the run at `run`."""
    content = read_content(run)
    keys = [study_key(study) for study in content["studies"]]
    return dict(zip(keys, map(container_of, content["containers"]), strict=True))


def _component(part: ComponentConfig, probe: Probe) -> dict[str, Any]:
    """`space` None: the component's own, which its code says again."""
    own = part.raw_space is None or bool(part.parts)
    return {
        "spec": plain(part.spec),
        "space": None if own else space_data(probe.space),
        "constraints": list(part.constraints) if own else [],
        "allow_lookahead": part.allow_lookahead,
        **({"parts": list(part.parts)} if part.parts else {}),
    }


def _component_config(raw: Mapping[str, Any]) -> ComponentConfig:
    return ComponentConfig(
        spec=component_of(raw["spec"]),
        raw_space=read_space(raw["space"]) if raw["space"] is not None else None,
        constraints=tuple(raw["constraints"]),
        allow_lookahead=raw["allow_lookahead"],
        parts=tuple(raw.get("parts", ())),
    )
