"""From a config and what its components said about themselves to the plan. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from admf.config.config import Config, StageComponent, StageConfig
from admf.errors import ConfigError, Problem
from admf.model.container import Kind
from admf.model.trial import StudySpec
from admf.model.window import Window
from admf.plan.halving import is_halved, rungs_of
from admf.plan.opening import known_beforehand, nothing, opening
from admf.plan.plan import Fed, Plan, StudyPlan, learns, study_seed, tried_search
from admf.search.protocol import SearchMethod
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
    layout = _Layout(config, probes, bars_folder, mined)
    for stage_number, stage in enumerate(config.stages, start=1):
        for part in stage.components:
            layout.add(stage_number, stage, part)
    if layout.problems:
        raise config.located(ConfigError(*layout.problems))
    return Plan(studies=tuple(layout.studies))


@dataclass(slots=True)
class _Layout:
    config: Config
    probes: Mapping[str, Probe]
    bars_folder: str
    mined: Window
    studies: list[StudyPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, stage_number: int, stage: StageConfig, part: StageComponent) -> None:
        """The studies of one component in one stage."""
        where = f"components.{part.name}" if not stage.parts else f"workflow.{stage_number - 1}"
        study = self._study(stage_number, stage, part)
        try:
            searches = _searches(study, where)
            study = replace(
                study,
                trials=_most([search.total(study.budget) for search in searches]),
                asynchronous=study.asynchronous and any(map(learns, searches)),
            )
            self.studies += rungs_of(study, where) if is_halved(study) else [study]
        except ConfigError as error:
            self.problems += error.problems

    def _study(self, stage_number: int, stage: StageConfig, part: StageComponent) -> StudyPlan:
        config, probe = self.config, self.probes[part.name]
        return StudyPlan(
            number=len(self.studies),
            stage_number=stage_number,
            stage=stage.name,
            method=part.method,
            options=part.options,
            budget=part.budget,
            generation=config.execution.generation,
            trials=None,
            maximize=probe.maximize,
            space=probe.space,
            spec=StudySpec(
                component=config.components[part.name].spec,
                bars=self.bars_folder,
                start=self.mined.start,
                stop=self.mined.stop,
                warmup=max((one.warmup for one in self.probes.values()), default=0),
                simulation=simulation_json(config),
                objective=config.objective,
                source=probe.source,
                extra_metrics=extra_metrics(config),
            ),
            seed=study_seed(config.seed, stage.name, part.name),
            container=part.container.spec(Kind.MINIMAL if probe.plain else Kind.ISOLATED),
            run_seed=config.seed,
            after=self._after(stage, part),
            stop=part.stop,
            asynchronous=part.asynchronous,
            feed=self._feed(stage_number, stage, part),
            when=stage.when,
            results=self._results(stage) if stage.when else {},
        )

    def _after(self, stage: StageConfig, part: StageComponent) -> tuple[int, ...]:
        """The studies of needed stages; of its own stage those it names, or the one before it."""
        own = [study for study in self.studies if study.stage == stage.name]
        before = [study.number for name in stage.needs for study in self._of_stage(name)]
        before += [study.number for study in own if study.component in part.needs]
        if own and not stage.parallel:
            before.append(own[-1].number)
        return tuple(sorted(set(before)))

    def _feed(self, stage_number: int, stage: StageConfig, part: StageComponent) -> Fed | None:
        if stage.feed is None:
            return None
        names = {part.name: ""} if not stage.parts else {name: name for name in stage.parts}
        sources = [study for name in stage.feed.stages for study in self._of_stage(name)]
        parts = {
            prefix: tuple(one.number for one in sources if one.component == name)
            for name, prefix in names.items()
        }
        for name, prefix in names.items():
            if not parts[prefix]:
                says = f"a stage that feeds '{stage.name}' must search {name}, {', '.join(stage.feed.stages)} does not."
                where = f"workflow.{stage_number - 1}.feed"
                self.problems.append(Problem(where=where, says=says, hint="Leave feed out for it."))
        return Fed(top=stage.feed.top, parts=parts)

    def _results(self, stage: StageConfig) -> dict[str, tuple[int, ...]]:
        """The studies whose results conditions may ask for, by what stands before the name."""
        needed = [study for name in stage.needs for study in self._of_stage(name)]
        found = {"": tuple(study.number for study in needed)}
        for study in filter(lambda one: one.is_whole, self.studies):
            for key in (study.stage, f"{study.stage}.{study.component}"):
                found[key] = (*found.get(key, ()), study.number)
        return found

    def _of_stage(self, name: str) -> list[StudyPlan]:
        """The studies of a stage that see its whole window."""
        return [study for study in self.studies if study.stage == name and study.is_whole]


def _searches(study: StudyPlan, where: str) -> list[SearchMethod]:
    """The searches that a study may have, by whichever method its conditions may choose.

    ConfigError where one of them cannot search the space; those that cannot be chosen need not.
    """
    if known_beforehand(study):
        found = opening(study, nothing)
        methods = [(found.method, found.options)]
    else:
        chosen = [(one.method, one.options) for one in study.when if one.method is not None]
        methods = [(study.method, study.options), *chosen]
    return [tried_search(name, options, study, where) for name, options in methods]


def _most(counts: Sequence[int | None]) -> int | None:
    """The largest; None where one is not known."""
    return None if None in counts else max(count or 0 for count in counts)
