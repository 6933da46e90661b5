"""The `components:` block: what is searched, where its code is, and over which space."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from admf.config.available import strategies
from admf.config.component_keys import COMBINE, COMPONENT, LISTED_COMPONENT, PART
from admf.config.config import ComponentConfig
from admf.config.document import Path
from admf.config.places import dotted
from admf.config.reading import Reading, text
from admf.config.simulation import SEARCHED, searched_problems
from admf.errors import ConfigError, Problem, SpaceError, nearest
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import one_of, refusal, whole
from admf.model.space import Expression, Space, parse, parse_space
from admf.model.space.form import is_form
from admf.model.space.value import shown
from admf.model.trial import ComponentSpec

_NAME = re.compile(r"[A-Za-z_][\w-]{0,63}")
_USE = re.compile(r"(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|[^\0]+\.py):[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_COUNTED = 100_000
"""Spaces of up to so many sets are counted here, to find constraints that leave nothing."""


def read_components(reading: Reading, simulation: Simulation, folder: str) -> dict[str, ComponentConfig]:
    """The components by name; problems are noted in `reading`."""
    raw = reading.get(("components",))
    if raw is None:
        return {}
    if isinstance(raw, list):
        places = _listed(reading, raw)
    elif isinstance(raw, Mapping):
        places = {name: ("components", name) for name in raw}
    else:
        says = f"components must be a mapping of names, or a list of them, was {shown(raw)}."
        reading.problem(("components",), says, "Such as components: [ma_crossover].")
        return {}
    if not places and not raw:
        reading.problem(("components",), f"components must name at least one, was {shown(raw)}.")
    return {
        name: _component(reading, name, path, simulation, folder)
        for name, path in places.items()
        if check_name(reading, name, path)
    }


def registered(name: str, folder: str) -> ComponentConfig:
    """A registered component that the config does not describe."""
    return ComponentConfig(spec=ComponentSpec(name=name, use=name, folder=folder))


def check_name(reading: Reading, name: str, path: Path) -> bool:
    """Whether a name can stand in trial ids and file names; else a problem."""
    if _NAME.fullmatch(name):
        return True
    says = f"a component's name must be letters, digits, _ and -, was {shown(name)}."
    reading.problem(path, says, "Such as ma_crossover.", key=not isinstance(path[-1], int))
    return False


def _listed(reading: Reading, raw: list[Any]) -> dict[str, Path]:
    """Names of a list's entries: names, uses, or mappings with a name."""
    places: dict[str, Path] = {}
    for i, entry in enumerate(raw):
        named = entry.get("name", entry.get("use")) if isinstance(entry, Mapping) else entry
        if not isinstance(named, str) or not named.strip():
            says = f"components[{i}] must be a name, a use, or a mapping with a name, was {shown(entry)}."
            reading.problem(("components", i), says)
            continue
        name = named.strip().rpartition(":")[2]
        if name in places:
            says = f"a component must be listed once, {shown(name)} is there twice."
            reading.problem(("components", i), says, "Give one of them another name: {name: ..., use: ...}.")
        places.setdefault(name, ("components", i))
    return places


def _component(
    reading: Reading, name: str, path: Path, simulation: Simulation, folder: str
) -> ComponentConfig:
    raw = reading.get(path)
    if raw is None or isinstance(raw, str):
        return ComponentConfig(spec=_spec(reading, name, path, folder, ()))
    known = LISTED_COMPONENT if isinstance(path[-1], int) else COMPONENT
    given = reading.section(path, known, example="{use: ma_crossover, space: {fast: [5, 10]}}")
    if not isinstance(raw, Mapping):
        return ComponentConfig(spec=ComponentSpec(name=name, use=name, folder=folder))
    constraints = read_constraints(reading, (*path, "constraints"))
    space = _space(reading, path, given["space"], constraints, simulation) if "space" in given else None
    return ComponentConfig(
        spec=_spec(reading, name, path, folder, given),
        space=space,
        raw_space=given.get("space"),
        constraints=tuple(str(one) for _, one in constraints),
        allow_lookahead=reading.take((*path, "allow_lookahead"), _reason, None),
    )


def _spec(reading: Reading, name: str, path: Path, folder: str, given: Any, depth: int = 0) -> ComponentSpec:
    if "of" in given:
        if "use" in given:
            reading.problem((*path, "of"), "either use or of must be given, not both.", key=True)
        combine = reading.take((*path, "combine"), combining, "weighted_mean")
        parts = _parts(reading, (*path, "of"), folder, depth)
        warmup = reading.take((*path, "warmup"), _warmup, None)
        return ComponentSpec(name=name, of=parts, combine=combine, warmup=warmup, folder=folder)
    if "combine" in given:
        reading.problem((*path, "combine"), "combine must come with of: the parts to combine.", key=True)
    is_mapping = isinstance(reading.get(path), Mapping)
    if isinstance(reading.get(path), str):
        use = reading.take(path, _use, name)
    elif "use" in given:
        use = reading.take((*path, "use"), _use, name)
    else:
        use = name
        if name not in strategies():
            says = f"'{name}' must have a use, or be a registered name: {', '.join(strategies())}."
            hint = _own_code(nearest(name, strategies()))
            reading.problem(path, says, hint, key=not isinstance(path[-1], int))
    warmup = reading.take((*path, "warmup"), _warmup, None) if is_mapping else None
    return ComponentSpec(name=name, use=use, warmup=warmup, folder=folder)


def _parts(reading: Reading, path: Path, folder: str, depth: int) -> tuple[ComponentSpec, ...]:
    """The parts of a composite: {trend: ma_crossover, dip: {use: rsi}}, or a list of registered names."""
    raw = reading.get(path)
    if (
        isinstance(raw, list)
        and raw
        and all(isinstance(one, str) for one in raw)
        and len(set(raw)) == len(raw)
    ):
        places: dict[str, Path] = {one.rpartition(":")[2]: (*path, i) for i, one in enumerate(raw)}
    elif isinstance(raw, Mapping) and raw:
        places = {name: (*path, name) for name in raw}
    else:
        says = f"of must be a mapping of parts, or a list of different names, was {shown(raw)}."
        reading.problem(path, says, "Such as of: {trend: ma_crossover, dip: {use: rsi}}.")
        return ()
    parts = []
    for name, place in places.items():
        value = reading.get(place)
        given = reading.section(place, PART) if not isinstance(value, str) else ()
        if check_name(reading, name, place) and (value is None or isinstance(value, str | Mapping)):
            parts.append(_spec(reading, name, place, folder, given, depth + 1))
    return tuple(parts)


def _space(
    reading: Reading,
    path: Path,
    raw: object,
    constraints: Sequence[tuple[Path, Expression]],
    options: Simulation,
) -> Space | None:
    """The space with its constraints; None after a problem."""
    where = f"{dotted(path)}.space"
    problems: list[Problem] = []
    space = None
    try:
        space = parse_space(raw, where=where)
        if not space.parameters:
            says = f"space must have at least one parameter, was {shown(raw)}."
            problems.append(Problem(says=says, where=where, hint="Leave it out for the component's own."))
        problems += searched_problems(space, options, where)
    except SpaceError as error:
        problems += error.problems
        for one in _searched_alone(raw):
            problems += searched_problems(one, options, where)
    reading.adopt(SpaceError(*problems))
    names = space.names if space is not None else _names(raw)
    unknown = [_checked(reading, place, one, names) for place, one in constraints if names]
    if space is None or problems or any(unknown):
        return None
    space = Space(space.parameters, tuple(one for _, one in constraints))
    if constraints and space.count(_COUNTED) == 0:
        says = (
            f"the constraints must leave something of the space, {' and '.join(map(str, space.constraints))}"
        )
        reading.problem((*path, "constraints"), f"{says} leave nothing.", "Check them against the ranges.")
    return space


def _searched_alone(raw: object) -> list[Space]:
    """The simulation's options of a space that has problems elsewhere, each as a space that can be read."""
    spaces = []
    for name, value in raw.items() if isinstance(raw, Mapping) else ():
        if isinstance(name, str) and name.startswith(SEARCHED):
            with suppress(SpaceError):  # its problems are known
                spaces.append(parse_space({name: value}))
    return spaces


def _names(raw: object) -> tuple[str, ...]:
    """The names of a space that has problems; () where its parts would have to be read to tell."""
    if not isinstance(raw, Mapping) or any(isinstance(v, Mapping) and not is_form(v) for v in raw.values()):
        return ()
    return tuple(raw)


def _checked(reading: Reading, path: Path, constraint: Expression, names: tuple[str, ...]) -> bool:
    """Whether a constraint has a problem: it must name parameters, and only these."""
    try:
        constraint.check_names(names)
    except SpaceError as error:
        for problem in error.problems:
            reading.problem(path, problem.says, problem.hint)
        return True
    if not constraint.names:
        reading.problem(path, f"a constraint must name a parameter, was '{constraint}'.")
    return not constraint.names


def read_constraints(reading: Reading, path: Path) -> list[tuple[Path, Expression]]:
    """The constraints that can be read, with their places."""
    raw = reading.get(path)
    if raw is None:
        return []
    if not isinstance(raw, str | list):
        says = f"constraints must be a list of texts such as 'fast < slow', was {shown(raw)}."
        reading.problem(path, says)
        return []
    found = []
    for i, one in enumerate([raw] if isinstance(raw, str) else raw):
        place = path if isinstance(raw, str) else (*path, i)
        try:
            found.append((place, parse(one)))
        except SpaceError as error:
            for problem in error.problems:
                reading.problem(place, problem.says, problem.hint)
    return found


def _use(value: object) -> str:
    use = text(value)
    if ":" not in use:
        if use not in strategies():
            names = ", ".join(strategies())
            raise refusal(f"a registered name ({names})", value, _own_code(nearest(use, strategies())))
    elif not _USE.fullmatch(use):
        raise refusal("'module:attribute' or 'path/to/file.py:attribute'", value)
    return use


def _own_code(hint: str) -> str:
    own = "Own code is named 'module:attribute' or 'path/to/file.py:attribute'."
    return own if hint.startswith("Valid") else f"{hint} {own}"


def _warmup(value: object) -> int | str:
    if isinstance(value, str):
        try:
            return str(parse(value))
        except SpaceError as error:
            raise ConfigError(*error.problems) from None
    return whole(value, 0)


def combining(value: object) -> str:
    """The name of a way to make one signal of several."""
    return one_of(value, {name: name for name in COMBINE})


def _reason(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refusal("the reason, as a text", value, 'Such as "labels are lagged by the vendor".')
    return value.strip()
