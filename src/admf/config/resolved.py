"""A config as YAML text with every default written out: what a run folder keeps."""

from __future__ import annotations

from typing import Any

import yaml

from admf.config.budget import written_budget
from admf.config.config import (
    ComponentConfig,
    Config,
    ContainerConfig,
    DataConfig,
    FractionSplit,
    StageComponent,
    StageConfig,
)
from admf.config.containers import written_container_spec, written_containers
from admf.config.graph import written_links
from admf.config.simulation import options_of
from admf.finance.simulation.parse import COSTS
from admf.model.trial import ComponentSpec, ObjectiveSpec


def resolved_text(config: Config) -> str:
    """YAML that `load_config` reads as the same config, from the same folder."""
    return yaml_text(_config(config))


def yaml_text(document: dict[str, Any]) -> str:
    """Plain values as YAML that 1.1 and 1.2 read alike, in their order."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    return text


_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """PyYAML's, which is compiled; it writes YAML 1.1, so what 1.2 could read otherwise is quoted."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: Any, value: str) -> Any:
    plain = value.isidentifier() or value[:1].isalpha() or value[:1] in "_/"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def _config(config: Config) -> dict[str, Any]:
    options = options_of(config.simulation)
    costs = {name: options.pop(name) for name in COSTS}
    if not config.costs_given:  # written out they would count as given, and reports would not warn
        del costs["commission"], costs["slippage"]
    execution, pool_size = config.execution, config.containers.pool_size
    return {
        "name": config.name,
        "seed": config.seed,
        "data": _data(config.data),
        "simulation": options,
        "costs": costs,
        "benchmark": config.benchmark or "none",
        "components": {name: _component(one) for name, one in config.components.items() if not one.parts},
        "objective": _objective(config.objective) | {"select": config.select},
        "workflow": [_stage(config, stage) for stage in config.stages],
        "execution": {
            "executor": execution.executor,
            "workers": "auto" if execution.workers in (None, pool_size) else execution.workers,
            "generation": execution.generation or "auto",
            "batch": execution.batch or "auto",
            "max_failures": execution.max_failures,
            "start_method": execution.start_method or "auto",
        },
        "containers": written_containers(config.containers),
    }


def _stage(config: Config, stage: StageConfig) -> dict[str, Any]:
    above, written = config.containers.each, {"stage": stage.kind, "name": stage.name, **written_links(stage)}
    if not stage.parts:
        parallel = {"parallel": True} if stage.parallel else {}
        return written | parallel | {"components": [_searched(one, above) for one in stage.components]}
    (joint,), made = stage.components, config.components[stage.name]
    return {
        **written,
        "components": list(stage.parts),
        "combine": made.spec.combine,
        "constraints": list(made.constraints),
        **{key: value for key, value in _searched(joint, above).items() if key != "name"},
    }


def _searched(one: StageComponent, above: ContainerConfig) -> dict[str, Any]:
    written = {"name": one.name, "method": _method(one), "budget": written_budget(one.budget, one.stop)}
    needs = {"needs": list(one.needs)} if one.needs else {}
    waits_not = {"asynchronous": True} if one.asynchronous else {}
    own = written_container_spec(one.container, above)
    return written | waits_not | needs | ({"container_spec": own} if own else {})


def _method(one: StageComponent) -> Any:
    return {one.method: dict(one.options)} if one.options else one.method


def _data(data: DataConfig) -> dict[str, Any]:
    split = data.split
    if isinstance(split, FractionSplit):
        parts: dict[str, Any] = {"out_of_sample": split.out_of_sample, "embargo": split.embargo}
    else:
        stretches = {"in_sample": split.in_sample, "out_of_sample": split.out_of_sample}
        parts = {name: [day.isoformat() for day in days] for name, days in stretches.items()}
    return {
        "source": data.source if isinstance(data.source, str) else dict(data.source),
        "split": parts,
        "timezone": data.timezone,
        "timestamp": data.timestamp,
        "bars_per_year": data.bars_per_year,
        "columns": dict(data.columns),
    }


def _component(component: ComponentConfig) -> dict[str, Any]:
    written = _spec(component.spec)
    if component.raw_space is not None:
        written["space"] = component.raw_space
    if component.constraints:
        written["constraints"] = list(component.constraints)
    if component.allow_lookahead is not None:
        written["allow_lookahead"] = component.allow_lookahead
    return written


def _spec(spec: ComponentSpec) -> dict[str, Any]:
    if spec.of is None:
        written: dict[str, Any] = {"use": spec.use}
    else:
        written = {"of": {part.name: _spec(part) for part in spec.of}, "combine": spec.combine}
    return written if spec.warmup is None else written | {"warmup": spec.warmup}


def _objective(objective: ObjectiveSpec) -> dict[str, Any]:
    metric: Any = objective.metric
    direction = {"direction": _side(objective.maximize is not False)}
    if objective.custom is not None:
        metric = objective.custom.use
    elif objective.weighted:
        metric = [{"metric": name, "weight": weight} for name, weight in objective.weighted]
    elif objective.several:
        metric = [{"metric": name, "direction": _side(better)} for name, better in objective.several]
        direction = {}
    return {"metric": metric, **direction, "constraints": list(objective.constraints)}


def _side(maximize: bool) -> str:
    return "maximize" if maximize else "minimize"
