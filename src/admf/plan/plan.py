"""What a run will do: its studies in order, each with its space, search and trial count. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from admf.errors import ConfigError, InputError, Problem
from admf.model.container import ContainerSpec
from admf.model.space import Space
from admf.model.trial import StudySpec
from admf.search.methods import find_method, taking_several
from admf.search.protocol import SearchMethod, takes_several


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
    window: str = "in_sample"
    run_seed: int = 0

    @property
    def component(self) -> str:
        """The component's name."""
        return self.spec.component.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All studies of a run."""

    studies: tuple[StudyPlan, ...]

    @property
    def trials(self) -> int | None:
        """How many trials at most, over all studies."""
        counts = [study.trials for study in self.studies]
        return None if None in counts else sum(count or 0 for count in counts)


def make_search(study: StudyPlan) -> SearchMethod:
    """A fresh search for a study: the same every time."""
    make = find_method(study.method, study.options)
    return make(study.space, study.seed, study.budget)


def count_trials(
    method: str,
    options: Mapping[str, Any],
    space: Space,
    seed: int,
    budget: int | None,
    where: str,
    *,
    several: bool = False,
) -> int | None:
    """How many trials a search will ask for; ConfigError where it cannot search the space at all, or not for
    `several` objectives."""
    try:
        search = find_method(method, options)(space, seed, budget)
        count = search.total(budget)
    except InputError as error:
        placed = [
            Problem(says=p.says, where=f"{where}.{p.where}".rstrip("."), hint=p.hint) for p in error.problems
        ]
        raise ConfigError(*placed) from None
    if several and not takes_several(search):
        says = f"a search for several objectives must take them, {method} seeks one."
        hint = f"Use {', '.join(taking_several())}, or one objective, such as a weighted one."
        raise ConfigError(Problem(where=where, says=says, hint=hint))
    if count == 0:
        constraints = "; ".join(map(str, space.constraints)) or "none"
        says = f"the constraints leave nothing of the space: {constraints}."
        raise ConfigError(Problem(where=where, says=says, hint="Relax one of them."))
    return count


def study_seed(run_seed: int, stage: str, component: str) -> int:
    """The seed of a study's search: from what it is, not from where or when it runs."""
    key = f"{run_seed}\x1f{stage}\x1f{component}\x1fsearch"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
