"""What all trials of a study share inside one process, and how a component is asked for one parameter set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.indicators.memo import Memo, memo_of
from admf.finance.indicators.recording import recorded_warmup
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import parse_simulation, with_options
from admf.finance.simulation.simulate import Simulated
from admf.finance.strategies.sets import Columns, Sets
from admf.model.bars import Bars, Floats
from admf.model.mapped_bars import open_bars
from admf.model.trial import StudySpec
from admf.trials.answer import Answer, ask, own_params, parted, simulated, simulation_params
from admf.trials.component import Component, load_component
from admf.trials.objective import Objective, make_objective
from admf.trials.scope import Scope
from admf.trials.seeding import reseed
from admf.trials.surroundings import OUTSIDE, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What all trials of a study share inside one process: loaded once, read only."""

    spec: StudySpec
    bars: Bars
    component: Component
    simulation: Simulation
    objective: Objective
    memo: Memo = field(repr=False)
    scorer: Scorer = field(repr=False)
    columns: Columns | None = field(default=None, repr=False)
    """How the component makes many sets at once; None: it takes them one by one."""
    services: Mapping[str, Any] = field(repr=False)
    """What every scope offers."""

    @property
    def is_rule(self) -> bool:
        """Whether the component is a user's compiled rule: asked by `written`, and when sampled the plain way too."""
        return self.columns is not None and not self.component.built_in


@lru_cache(maxsize=64)  # many may take turns; what is large they share
def open_study(spec: StudySpec) -> Study:
    """The study behind `spec`: bars mapped, component imported, options read."""
    reseed(0)  # what a module draws when it is imported is the same in every worker
    component = load_component(spec.component)
    bars, scorer = _stretch(spec.bars, spec.start, spec.stop)
    simulation, memo = parse_simulation(json.loads(spec.simulation)), _memo(bars, lends=component.built_in)
    return Study(
        spec=spec,
        bars=bars,
        component=component,
        simulation=simulation,
        objective=make_objective(spec.objective, spec.extra_metrics),
        memo=memo,
        scorer=scorer,
        columns=component.many(bars) if component.many is not None else None,
        services=MappingProxyType({"bars": bars, "indicators": memo, "config": simulation}),
    )


@lru_cache(maxsize=2)
def bars_at(folder: str) -> Bars:
    """The bars mapped at a folder, which is named by what is in it."""
    return open_bars(Path(folder))


@lru_cache(maxsize=4)
def _stretch(folder: str, start: int, stop: int) -> tuple[Bars, Scorer]:
    """Some bars, and what scores signals over them."""
    bars = bars_at(folder).between(start, stop)
    return bars, Scorer(bars)


@lru_cache(maxsize=8)
def _memo(bars: Bars, *, lends: bool) -> Memo:
    """The indicators of some bars: of all studies over them."""
    return memo_of(bars.columns.values(), lends=lends)


def scope_of(study: Study, seed: int, around: Surroundings = OUTSIDE) -> Scope:
    """The scope of one trial of a study."""
    folder = None if around.shared else around.folder  # else the next trial would see what is in it
    return Scope(seed=seed, services=study.services, folder=folder)


def written(study: Study, params: Mapping[str, Any], sets: Sets | None = None, row: int = 0) -> Floats:
    """The signal (T N,) that machine code gives for one parameter set: number `row` of `sets`, where there are."""
    signal = np.empty(study.bars.close.size)
    with recorded_warmup() as recording:
        if sets is None:
            sets, row = _one(study, params), 0
        sets.write(row, signal)
    _check_warmup(study, recording.bars)
    return signal


def _one(study: Study, params: Mapping[str, Any]) -> Sets:
    assert study.columns is not None
    own = own_params(params)
    study.component.check_names(own)
    return study.columns(**{name: (value,) for name, value in {**study.component.defaults, **own}.items()})


def answered(study: Study, params: Mapping[str, Any], seed: int) -> tuple[Answer, Simulation]:
    """Seed the generators and ask the component; its answer, and the options to trade it by."""
    own, searched = parted(params)
    options = with_options(study.simulation, searched) if searched else study.simulation
    if not study.component.built_in:
        reseed(seed)
    answer = ask(study.component, own, study.bars, options, study.spec.warmup)
    _check_warmup(study, answer.warmup)
    return answer, options


def options_of(study: Study, params: Mapping[str, Any]) -> Simulation:
    """The options to trade one parameter set by."""
    searched = simulation_params(params)
    return with_options(study.simulation, searched) if searched else study.simulation


def _check_warmup(study: Study, recorded: int | None) -> None:
    if recorded is not None and study.component.warmup is None and recorded > study.spec.warmup:
        raise TrialError(
            f"this parameter set needs {recorded} bars of warm-up, the study's is {study.spec.warmup}."
            " Set `warmup:` of the component, so that all trials start at the same bar."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """A component's answer to one parameter set, and its simulation (None: it gave metrics of its own)."""

    answer: Answer
    run: Simulated | None
    options: Simulation


def play_out(study: Study, params: Mapping[str, Any], seed: int) -> Played:
    """One parameter set with all that it leaves: for a person to look at."""
    with scope_of(study, seed):
        answer, options = answered(study, params, seed)
    if answer.metrics is not None:
        return Played(answer=answer, run=None, options=options)
    run = simulated(answer, study.bars, options, study.spec.warmup)
    return Played(answer=answer, run=run, options=options)
