"""What a run will do: its studies in order, each with its space, search and trial count. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from admf.config.config import Condition, Stop
from admf.errors import ConfigError, InputError, Problem
from admf.model.container import ContainerSpec
from admf.model.space import Space
from admf.model.trial import Params, StudySpec
from admf.model.window import WHOLE, with_window
from admf.search.fed import fed
from admf.search.listed import listed
from admf.search.methods import find_method, taking_several
from admf.search.protocol import GENERATION, SearchMethod, hears_late, takes_several


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What a search begins with: the best `top` sets of earlier studies.

    `parts`: the studies behind it, by the name that their parameters carry here ('' where they carry none).
    `alone`: nothing else is tried.
    """

    top: int
    parts: Mapping[str, tuple[int, ...]]
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """One component searched by one method in one stage."""

    number: int
    """Place in the run, from 0."""
    stage_number: int
    stage: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The method's own."""
    budget: int | None
    generation: int | None
    """None: the method's own."""
    trials: int | None
    """How many trials at most; None where that cannot be known before running."""
    maximize: bool
    space: Space = field(repr=False)
    spec: StudySpec = field(repr=False)
    seed: int
    container: ContainerSpec = field(default_factory=ContainerSpec, repr=False)
    regime: str = "all"
    window: str = WHOLE
    run_seed: int = 0
    after: tuple[int, ...] = ()
    """The studies that must be over before it begins."""
    stop: Stop = field(default_factory=Stop, repr=False)
    asynchronous: bool = False
    """Whether its search is told of trials as they end."""
    feed: Fed | None = field(default=None, repr=False)
    when: tuple[Condition, ...] = field(default=(), repr=False)
    results: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    """The studies whose results a condition may ask for, by what stands before the name: '', 'coarse', 'coarse.ma'."""

    @property
    def component(self) -> str:
        """The component's name."""
        return self.spec.component.name

    @property
    def called(self) -> str:
        """Its component's name, with its window where that is a part only."""
        return with_window(self.component, self.window)

    @property
    def is_whole(self) -> bool:
        """Whether its trials see all bars of their window; else it only chooses who comes further."""
        return self.window == WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All studies of a run."""

    studies: tuple[StudyPlan, ...]

    @property
    def whole(self) -> tuple[StudyPlan, ...]:
        """The studies whose trials see all bars of their window: those that people ask about."""
        return tuple(study for study in self.studies if study.is_whole)

    @property
    def trials(self) -> int | None:
        """How many trials at most, over all studies."""
        counts = [study.trials for study in self.studies]
        return None if None in counts else sum(count or 0 for count in counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """How a study is searched, once its conditions were looked at and its first sets are known."""

    method: str
    options: Mapping[str, Any]
    first: Sequence[Params] = ()
    alone: bool = False
    """Only `first` is tried."""


ASYNCHRONOUS = "asynchronous: which sets it proposed depends on how long trials took, and is in the log"
"""The label of a study whose numbers another run of the same config need not have."""


def make_search(study: StudyPlan, searching: Searching | None = None) -> SearchMethod:
    """A fresh search for a study: the same every time. Without `searching`, as the study says by itself."""
    how = searching or Searching(method=study.method, options=study.options)
    if how.alone:
        return listed(how.first)(study.space, study.seed, study.budget)
    make = find_method(how.method, how.options)
    return (fed(make, how.first) if len(how.first) else make)(study.space, study.seed, study.budget)


def tried_search(method: str, options: Mapping[str, Any], study: StudyPlan, where: str) -> SearchMethod:
    """A study's search by `method`, made to look at it; ConfigError where it cannot search the study at all."""
    space = study.space
    try:
        search = find_method(method, options)(space, study.seed, study.budget)
        count = search.total(study.budget)
    except InputError as error:
        placed = [
            Problem(says=p.says, where=f"{where}.{p.where}".rstrip("."), hint=p.hint) for p in error.problems
        ]
        raise ConfigError(*placed) from None
    if study.spec.objective.several and not takes_several(search):
        says = f"a search for several objectives must take them, {method} seeks one."
        hint = f"Use {', '.join(taking_several())}, or one objective, such as a weighted one."
        raise ConfigError(Problem(where=where, says=says, hint=hint))
    if study.asynchronous and learns(search) and not hears_late(search):
        says = f"an asynchronous search must have notice(results), for what ends late; {method} has none."
        raise ConfigError(Problem(where=where, says=says, hint="Leave out asynchronous."))
    if count == 0:
        constraints = "; ".join(map(str, space.constraints)) or "none"
        says = f"the constraints leave nothing of the space: {constraints}."
        raise ConfigError(Problem(where=where, says=says, hint="Relax one of them."))
    return search


def learns(search: SearchMethod) -> bool:
    """Whether what a search proposes depends on results; of others nobody waits for the end of a generation."""
    return search.generation < GENERATION


def study_seed(run_seed: int, stage: str, component: str) -> int:
    """The seed of a study's search: from what it is, not from where or when it runs."""
    key = f"{run_seed}\x1f{stage}\x1f{component}\x1fsearch"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
