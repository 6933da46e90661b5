"""What is found out about a component before its first trial: its space, warm-up, and whether it looks ahead."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from admf.errors import AdmfError, ComponentError, ConfigError, InputError, Problem, SpaceError, nearest
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import parse_simulation, with_options
from admf.finance.strategies.sets import Many
from admf.model.bars import Bars
from admf.model.space import Expression, Parameter, Space, parse
from admf.model.space.forms import parse_space
from admf.model.trial import ComponentSpec, ObjectiveSpec
from admf.trials import lookahead
from admf.trials.answer import OPTION, ask, own_params, simulation_params
from admf.trials.component import Component, load_component, own_space
from admf.trials.lookahead import Check, Lookahead, Whole
from admf.trials.objective import METRIC_NAMES, make_objective
from admf.trials.seeding import reseed
from admf.trials.source import place_of, words_of
from admf.trials.study import bars_at
from admf.trials.warmup import declared_warmup, guessed_warmup, recorded_over, simulation_warmup

_COUNTED = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSpec:
    """What to find out, and on which bars."""

    component: ComponentSpec
    raw_space: Any = field(default=None, repr=False)
    """The config's `space:`; None: the component's own."""
    constraints: tuple[str, ...] = ()
    bars: str
    start: int
    stop: int
    simulation: str
    objective: ObjectiveSpec
    extra_metrics: tuple[str, ...] = ()
    seed: int = 0
    sets: tuple[int, ...] | None = None
    """Which of the parameter sets it is asked for; None: all, else those that do not end its container."""
    whole: tuple[Whole, ...] | None = field(default=None, repr=False)
    """What `whole_answers` gave, in another container; None: answered while it is probed."""
    corners: tuple[int, ...] | None = None
    """At which corners of the space its warm-up is recorded; None: all, else those that do not end its container."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was found out."""

    space: Space = field(repr=False)
    warmup: int
    warmup_from: str
    """'declared', 'recorded' or 'guessed'."""
    maximize: bool
    objective: str
    lookahead: Lookahead | None
    lookahead_checked: bool
    where: str
    source: str
    built_in: bool
    plain: bool
    """Made of built-in components and functions alone: no class, no object."""
    left_out: int = 0
    """How many parameter sets the look-ahead check went without, for they ended their container."""

    @property
    def left_out_words(self) -> str:
        """What of the look-ahead check is missing, '' where nothing is."""
        if not self.left_out:
            return ""
        return f"looked at without {self.left_out} of the parameter sets, which ended their container"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Opened:
    """A component, ready to be asked: with its space, checked, and the bars and options to ask it with."""

    component: Component
    space: Space
    bars: Bars
    options: Simulation
    declared: int | None
    """Its declared warm-up; None where it declares none, and `guess` serves."""
    guess: int
    sets: list[dict[str, Any]]
    left_out: int
    """Sets that are not asked for."""

    @property
    def warmup(self) -> int:
        return self.guess if self.declared is None else self.declared


def _open(spec: ProbeSpec) -> _Opened:
    component = load_component(spec.component)
    bars = bars_at(spec.bars).between(spec.start, spec.stop)
    options = parse_simulation(json.loads(spec.simulation))
    space = _space(spec, component)
    _check_names(component, space, options)
    if space.size is not None and space.count(_COUNTED) == 0:
        says = f"the constraints leave nothing of the space: {'; '.join(map(str, space.constraints))}."
        where = f"components.{spec.component.name}.constraints"
        raise SpaceError(Problem(where=where, says=says, hint="Relax one of them."))
    every = parameter_sets(component, space, spec.seed)
    asked = _asked(every, spec.sets)
    return _Opened(
        component=component,
        space=space,
        bars=bars,
        options=options,
        declared=declared_warmup(component, space),
        guess=guessed_warmup(component, space),
        sets=asked,
        left_out=len(every) - len(asked),
    )


def _asked(sets: list[dict[str, Any]], which: tuple[int, ...] | None) -> list[dict[str, Any]]:
    return sets if which is None else [sets[i] for i in which if i < len(sets)]


def whole_answers(spec: ProbeSpec) -> tuple[Whole, ...]:
    """The component's answers to the whole history, for a `probe` in another container to compare with."""
    with _named(spec):
        opened = _open(spec)
    return lookahead.whole_answers(
        opened.component, opened.sets, opened.bars, opened.options, warmup=opened.warmup, seed=spec.seed
    )


def corner_warmup(spec: ProbeSpec) -> int | None:
    """What the component's indicators need at some corners of the space, in bars."""
    with _named(spec):
        return _recorded_at(_open(spec), spec.corners)


def probe(spec: ProbeSpec) -> Probe:
    """Load the component, read its space, check its names and look-ahead; InputError for what does not hold.

    What the user's own code raises is a ComponentError with its file and line.
    """
    with _named(spec):
        return _probe(spec)


def _probe(spec: ProbeSpec) -> Probe:
    objective = make_objective(spec.objective, spec.extra_metrics)
    opened = _open(spec)
    component, space, bars, options = opened.component, opened.space, opened.bars, opened.options
    if component.many is not None and not component.built_in:
        _compile(component, component.many, opened)
    check = lookahead.find_lookahead(
        component, opened.sets, bars, options, warmup=opened.warmup, seed=spec.seed, whole=spec.whole
    )
    _check_own_metrics(spec, check)
    warmup, how = _warmup(opened, check, spec.corners)
    return Probe(
        space=space,
        warmup=max(warmup, simulation_warmup(options, space)),
        warmup_from=how,
        maximize=objective.maximize,
        objective=objective.name,
        lookahead=check.finding,
        lookahead_checked=check.compared > 0,
        where=component.where,
        source=component.source,
        built_in=component.built_in,
        plain=component.plain or component.built_in,
        left_out=opened.left_out,
    )


def _compile(component: Component, many: Many, opened: _Opened) -> None:
    """What cannot be compiled is told now, and what can is then on the disk for all workers."""
    make = many(opened.bars)
    for params in opened.sets:
        make(**{name: (value,) for name, value in {**component.defaults, **own_params(params)}.items()})


@contextmanager
def _named(spec: ProbeSpec) -> Iterator[None]:
    try:
        yield
    except AdmfError:
        raise
    except (Exception, SystemExit) as error:
        if not (where := place_of(error)):
            raise
        says = f"the component '{spec.component.name}' cannot be used: {words_of(error)}."
        raise ComponentError(Problem(where=where, says=says)) from error


def _check_own_metrics(spec: ProbeSpec, check: Check) -> None:
    """A component that gives a signal has the built-in metrics and no others."""
    if check.compared and spec.extra_metrics:
        raise ConfigError(
            *(
                Problem(where="objective", says=f"no metric is called '{n}'.", hint=nearest(n, METRIC_NAMES))
                for n in spec.extra_metrics
            )
        )


MOST_SETS = 4


def parameter_sets(component: Component, space: Space, seed: int) -> list[dict[str, Any]]:
    """The component's defaults (where it has all) and three seeded sets of the space, without simulation options."""
    rng = np.random.default_rng(seed)
    drawn: list[Mapping[str, Any]] = []
    for _ in range(64):
        some = space.from_unit(rng.random((64, space.dimensions)))
        drawn += islice(filter(space.contains, some), 3 - len(drawn))
        if len(drawn) >= 3 or space.dimensions == 0:
            break
    if not drawn and space.size is not None:
        drawn = [next(space.grid(), {})]
    own = set(own_params(dict.fromkeys(space.names)))
    defaults: list[dict[str, Any]] = [{}] if own <= set(component.defaults) else []
    sets = [*defaults, *(own_params(p) for p in drawn[:3])]
    return [params for i, params in enumerate(sets) if params not in sets[:i]]


def _space(spec: ProbeSpec, component: Component) -> Space:
    if spec.raw_space is not None:
        return parse_space(spec.raw_space, spec.constraints, f"components.{spec.component.name}.space")
    if component.space is None:
        if component.defaults or component.accepts:
            names = ", ".join(component.defaults or component.accepts or ())
            says = f"{component.name} needs a space: it has none of its own, and takes {names}."
            hint = "Add `space:` to it, for example {" + names.split(", ")[0] + ": [10, 20, 30]}."
            raise ComponentError(Problem(where=f"components.{component.name}", says=says, hint=hint))
        return parse_space({}, spec.constraints)
    own = own_space(component.space, component.constraints, component.where)
    return Space(own.parameters, (*own.constraints, *_constraints(spec, own)))


def _constraints(spec: ProbeSpec, own: Space) -> list[Expression]:
    """The config's constraints over the component's own space."""
    constraints = [parse(text) for text in spec.constraints]
    problems: list[Problem] = []
    for i, constraint in enumerate(constraints):
        try:
            constraint.check_names(own.names)
        except SpaceError as error:
            problems += error.at(f"components.{spec.component.name}.constraints[{i}]").problems
    if problems:
        raise SpaceError(*problems)
    return constraints


def _check_names(component: Component, space: Space, options: Simulation) -> None:
    problems: list[Problem] = []
    try:
        component.check_names(frozenset(own_params(dict.fromkeys(space.names))))
    except ComponentError as error:
        problems += error.problems
    for parameter in space.parameters:
        if not parameter.name.startswith(OPTION):
            continue
        for value in _some_values(parameter):
            try:
                with_options(options, simulation_params({parameter.name: value}))
            except InputError as error:
                problems += error.problems
    if problems:
        raise ComponentError(*problems)


def _in_space(params: Mapping[str, Any], space: Space) -> bool:
    """Whether a set was drawn from the space: the component's defaults need not lie in it."""
    return bool(params) or not own_params(dict.fromkeys(space.names))


def _some_values(parameter: Parameter) -> list[Any]:
    """All values of a choice or a short grid, a spread of a long or continuous one."""
    points = min(parameter.domain.size or 9, 256)
    return parameter.domain.rows(parameter.domain.codes(np.linspace(0.0, 1.0, points)))


def _warmup(opened: _Opened, check: Check, corners: Sequence[int] | None) -> tuple[int, str]:
    """The study's warm-up: what is declared, else what indicator calls recorded over the space, else a guess."""
    if opened.declared is not None:
        return opened.declared, "declared"
    if all(needs is None for _, needs in check.recorded):
        return opened.guess, "guessed" if opened.guess else "none"
    found = [needs or 0 for params, needs in check.recorded if _in_space(params, opened.space)]
    return max([*found, _recorded_at(opened, corners) or 0]), "recorded"


def _recorded_at(opened: _Opened, corners: Sequence[int] | None) -> int | None:
    def record(params: Mapping[str, Any]) -> int | None:
        reseed(0)
        try:
            return ask(opened.component, params, opened.bars, opened.options, 0).warmup
        except (Exception, SystemExit):  # a corner outside the constraints may not run
            return None

    return recorded_over(opened.space, record, corners)
