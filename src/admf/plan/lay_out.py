"""From a config and what its components said about themselves to the plan. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from admf.config.config import Config
from admf.errors import ConfigError, Problem
from admf.model.container import Kind
from admf.model.trial import StudySpec
from admf.model.window import Window
from admf.plan.plan import Plan, StudyPlan, count_trials, study_seed
from admf.trials.objective import METRIC_NAMES, named
from admf.trials.probe import Probe


def simulation_json(config: Config) -> str:
    """The simulation's options as a study carries them."""
    return json.dumps(dict(config.simulation_options), sort_keys=True)


def extra_metrics(config: Config) -> tuple[str, ...]:
    """Metrics that the objective names and only a component can return."""
    spec = config.objective
    return tuple(name for name in named(spec) if spec.custom is None and name not in METRIC_NAMES)


def lay_out(config: Config, probes: Mapping[str, Probe], bars_folder: str, mined: Window) -> Plan:
    """The studies of `config` in order; ConfigError with every problem at once.

    All of a run's trials start at the same bar: the largest warm-up of its components. Where the config names no
    kind of container, built-in components and functions get `minimal`, classes and objects `isolated`.
    """
    warmup = max((probe.warmup for probe in probes.values()), default=0)
    studies: list[StudyPlan] = []
    problems: list[Problem] = []
    for stage_number, stage in enumerate(config.stages, start=1):
        for part in stage.components:
            probe = probes[part.name]
            seed = study_seed(config.seed, stage.name, part.name)
            try:
                where = f"components.{part.name}"
                several = bool(config.objective.several)
                trials = count_trials(
                    part.method, part.options, probe.space, seed, part.budget, where, several=several
                )
            except ConfigError as error:
                problems += error.problems
                continue
            studies.append(
                StudyPlan(
                    number=len(studies),
                    stage_number=stage_number,
                    stage=stage.name,
                    method=part.method,
                    options=part.options,
                    budget=part.budget,
                    generation=config.execution.generation,
                    trials=trials,
                    maximize=probe.maximize,
                    space=probe.space,
                    spec=StudySpec(
                        component=config.components[part.name].spec,
                        bars=bars_folder,
                        start=mined.start,
                        stop=mined.stop,
                        warmup=warmup,
                        simulation=simulation_json(config),
                        objective=config.objective,
                        source=probe.source,
                        extra_metrics=extra_metrics(config),
                    ),
                    seed=seed,
                    container=part.container.spec(Kind.MINIMAL if probe.plain else Kind.ISOLATED),
                    run_seed=config.seed,
                )
            )
    if problems:
        raise config.located(ConfigError(*problems))
    return Plan(studies=tuple(studies))
