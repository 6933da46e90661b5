"""A validated config: everything a run is made of, as frozen data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from admf.config.places import Places
from admf.errors import ConfigError, InputError, Problem
from admf.finance.simulation.options import Simulation
from admf.model.container import ContainerSpec, Kind, Limits
from admf.model.space import Space
from admf.model.trial import ComponentSpec, ObjectiveSpec

_IN_FILE = re.compile(r":[^/]*\d+$")
"""How the place of a row ends: 'prices.csv:4'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionSplit:
    """The last floor(out_of_sample x T) bars are out of sample; `embargo` bars before them are in no part."""

    out_of_sample: float = 0.3
    """0: nothing is held out, and nothing unseen is left."""
    embargo: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSplit:
    """Half-open stretches [from, to), midnight in the data's zone; what lies between is in neither part."""

    in_sample: tuple[date, date]
    out_of_sample: tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Where bars come from and how they are split; None leaves it to the data."""

    source: str | Mapping[str, str]
    split: FractionSplit | DateSplit = field(default_factory=FractionSplit)
    timezone: str | None = None
    timestamp: str = "close"
    bars_per_year: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """A component, and what the config says of its parameters; None and (): its own space and constraints."""

    spec: ComponentSpec
    space: Space | None = None
    raw_space: Any = None
    """The space as written."""
    constraints: tuple[str, ...] = ()
    allow_lookahead: str | None = None
    """Why it may look ahead; None: it may not."""
    parts: tuple[str, ...] = ()
    """Of what a joint optimization made it: the components whose spaces, joined, are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConfig:
    """The container of a component's trials, as far as a config can say it; all else is as in a ContainerSpec."""

    kind: Kind | None = None
    """None: what the component is decides."""
    limits: Limits = field(default_factory=Limits)
    trials: int = 1
    recycle: int | None = None

    def spec(self, default: Kind) -> ContainerSpec:
        """The container, of the `default` kind where the config names none."""
        return ContainerSpec(
            kind=self.kind or default, limits=self.limits, trials=self.trials, recycle=self.recycle
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainersConfig:
    """The `containers:` block: what holds where a stage or a component says nothing else."""

    pool_size: int | None = None
    """How many at once; a number of workers goes before it."""
    each: ContainerConfig = field(default_factory=ContainerConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What ends a search before its trials are used up; looked at between generations. None: nothing."""

    time_s: float | None = None
    """Seconds since it began. A decision of the clock: it is kept in the log."""
    target: float | None = None
    """A value of the objective that is good enough."""
    no_progress: int | None = None
    """So many generations in a row without a better value."""
    plateau: float | None = None
    """The values of a generation lie so close to the best, as a share of the range of all."""

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.time_s, self.target, self.no_progress, self.plateau))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a stage makes of what is known when its turn has come.

    Where it holds, the stage is skipped (`skips`) or searched by `method`; with neither it must hold, else the stage is
    skipped. What is not known does not hold.
    """

    text: str
    skips: bool = False
    method: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The best sets of earlier stages, `top` of each component: what a search proposes first."""

    stages: tuple[str, ...]
    top: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StageComponent:
    """How one component is searched in a stage; `budget` None: the method's own number of trials."""

    name: str
    method: str = "grid"
    options: Mapping[str, Any] = field(default_factory=dict)
    """The method's own."""
    budget: int | None = None
    stop: Stop = field(default_factory=Stop)
    asynchronous: bool = False
    """Whether its search is told of trials as they end: then what is proposed depends on the clock."""
    needs: tuple[str, ...] = ()
    """Components of the stage that come before it."""
    container: ContainerConfig = field(default_factory=ContainerConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """One node of the workflow.

    `needs`: the stages that must have ended. `parallel`: its components share the pool at the same time. `parts`:
    the components that a joint optimization searches as one, whose only component has the stage's name.
    """

    name: str
    kind: str
    components: tuple[StageComponent, ...]
    needs: tuple[str, ...] = ()
    parallel: bool = False
    feed: Feed | None = None
    when: tuple[Condition, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionConfig:
    """How trials are run, which changes no result; None is `auto`."""

    executor: str = "local"
    workers: int | None = None
    """How many containers at once: `workers`, else `containers.pool_size`."""
    batch: int | None = None
    """The most trials in one message."""
    generation: int | None = None
    max_failures: float = 0.2
    start_method: str | None = None
    """'fork' or 'spawn'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a run is made of. `load_config` makes it; all names in it are checked."""

    name: str
    seed: int
    data: DataConfig
    simulation: Simulation
    simulation_options: tuple[tuple[str, Any], ...]
    """Every option and cost written out, for StudySpec.simulation; hashable."""
    costs_given: bool
    """Whether commission or slippage was given, if only as 0; else reports warn."""
    benchmark: str | None
    """'buy_and_hold' or None."""
    components: Mapping[str, ComponentConfig]
    objective: ObjectiveSpec
    select: str
    """What is chosen of a study: its `best` trial, or the centre of its `plateau`."""
    stages: tuple[StageConfig, ...]
    execution: ExecutionConfig
    containers: ContainersConfig
    folder: Path
    """What relative paths start from."""
    path: Path | None = None
    """The file it was read from; None: a text."""
    text: str = field(default="", repr=False)
    """The config resolved: YAML with every default written out; from the same folder it is the same run."""
    places: Places | None = field(default=None, repr=False, compare=False)

    def located(self, error: InputError) -> ConfigError:
        """An error found later, whose places are dotted ('components.ma.use'), with lines and columns."""
        if self.places is None:
            return ConfigError(*error.problems)
        return ConfigError(*(self.places.placed(problem) for problem in error.problems))

    def located_component(self, name: str, error: InputError) -> ConfigError:
        """An error of a component: in the config where it says so, or in its own file, with where that is named."""
        use = f"components.{name}.use"
        found = self.located(error.at(use)).problems
        named = self.located(InputError(Problem(says="", where=use))).problems[0].where
        return ConfigError(
            *(
                replace(problem, hint=f"{problem.hint} Used at {named}.".lstrip())
                if self.path is not None and problem in error.problems
                else problem
                for problem in found
            )
        )

    def located_data(self, error: InputError) -> ConfigError:
        """An error of reading data: a row of a file where it says so, else where the config names the source."""
        source = self.data.source
        keys = {} if isinstance(source, str) else {text: f".{symbol}" for symbol, text in source.items()}
        moved = []
        for problem in error.problems:
            rows = any(one.where.startswith(f"{problem.where}:") for one in error.problems)
            if not (rows or _IN_FILE.search(problem.where)):
                of = f"{problem.where}: " if problem.where else ""
                where = f"data.source{keys.get(problem.where, '')}"
                problem = Problem(says=f"{of}{problem.says}", where=where, hint=problem.hint)
            moved.append(problem)
        return self.located(ConfigError(*moved))
