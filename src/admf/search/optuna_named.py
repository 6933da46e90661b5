"""`optuna:<Sampler>`: which samplers there are, and their options as Optuna calls them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from admf.errors import ConfigError, Problem, nearest
from admf.model.space import Space
from admf.model.space.value import shown
from admf.search.axes import axes_of
from admf.search.extra import needed
from admf.search.learning import Learning
from admf.search.options import Rule
from admf.search.optuna_sampler import INSTALL, Sampling, quiet
from admf.search.protocol import MakeSearch, check_arguments

BUDGET = 200
_GENERATION = 8
_NOT_FOR_US = {
    "BaseSampler": "it is what samplers are made of",
    "GridSampler": "use the method grid",
    "BruteForceSampler": "use the method grid",
    "PartialFixedSampler": "a fixed parameter is a space with one value",
}
_FOR_ONE = frozenset({"CmaEsSampler"})
"""Samplers that Optuna refuses a study of several objectives."""
_RULE = Rule(means="how many sets are proposed from the same knowledge", kind=int, least=1, most=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptunaNamed:
    """A sampler with its options; an instance makes the search."""

    sampler: str
    generation: int = _GENERATION
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 200 proposals without a budget. SpaceError where Optuna is missing."""
        check_arguments(seed, budget)
        optuna = needed("optuna", f"optuna:{self.sampler}", INSTALL)
        objectives = "one" if self.sampler in _FOR_ONE else "several"
        learner = Sampling(axes_of(space), lambda: self._made(optuna, seed), self.generation, objectives)
        return Learning(space, learner, seed=seed, budget=budget or BUDGET)

    def _made(self, optuna: Any, seed: int) -> Any:
        kind = getattr(optuna.samplers, self.sampler)
        seeded = {"seed": seed % 2**32} if "seed" in inspect.signature(kind).parameters else {}
        return kind(**self.options, **seeded)


def named(name: str, given: Mapping[str, Any]) -> MakeSearch:
    """The method `optuna:NAME` with the given options; ConfigError with every problem.

    Options are the arguments of the sampler's constructor that are numbers, texts or truths, and `generation`: how
    many sets are proposed at once (the population where the sampler has one, else 8).
    """
    sampler = name.partition(":")[2]
    optuna = needed("optuna", name, INSTALL)
    known = _samplers(optuna)
    if sampler not in known:
        why = f", and {_NOT_FOR_US[sampler]}" if sampler in _NOT_FOR_US else ""
        says = f"a sampler of Optuna must be one that can be used here, was {shown(sampler)}{why}."
        raise ConfigError(Problem(says=says, hint=nearest(sampler, known)))
    arguments = _arguments(known[sampler])
    problems = list(_problems(arguments, given, name))
    if problems:
        raise ConfigError(*problems)
    options = {key: value for key, value in given.items() if key != "generation"}
    population = options.get("population_size", arguments.get("population_size"))
    generation = given.get("generation") or (population if isinstance(population, int) else _GENERATION)
    made = OptunaNamed(sampler=sampler, generation=generation, options=options)
    try:
        with quiet(optuna):
            made._made(optuna, 0)
    except Exception as error:  # whatever a constructor finds wrong with its arguments, or misses
        says = f"Optuna does not make a {sampler} of this: {' '.join(str(error).split())}."
        raise ConfigError(Problem(says=says)) from None
    return made


def _samplers(optuna: Any) -> dict[str, type]:
    names = [name for name in optuna.samplers.__all__ if name.endswith("Sampler") and name not in _NOT_FOR_US]
    return {name: getattr(optuna.samplers, name) for name in names}


def _arguments(sampler: type) -> dict[str, Any]:
    """The sampler's arguments with their defaults, without its seed and those that are functions or objects."""
    found = inspect.signature(sampler).parameters.values()
    return {
        one.name: one.default
        for one in found
        if one.name != "seed" and (one.default is None or isinstance(one.default, bool | int | float | str))
    }


def _problems(arguments: Mapping[str, Any], given: Mapping[str, Any], name: str) -> Iterator[Problem]:
    known = [*arguments, "generation"]
    for key, value in given.items():
        if key not in known:
            says = f"an option of {name} must be known, was {shown(key)}."
            yield Problem(says=says, where=str(key), hint=nearest(str(key), known))
        elif key == "generation":
            try:
                _RULE.checked(value)
            except ValueError as error:
                yield Problem(says=f"generation {error}.", where=key)
        elif value is not None and not isinstance(value, bool | int | float | str):
            says = f"{key} must be a number, a text, true or false, was {shown(value)}."
            yield Problem(says=says, where=key)
