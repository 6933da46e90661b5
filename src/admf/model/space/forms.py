"""Every way to write a parameter space, to a Space; all problems at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from admf.errors import Problem, SpaceError, nearest
from admf.model.space.domain import Choice, Domain, Integer
from admf.model.space.expression import Expression, parse
from admf.model.space.foreign import form_of, is_foreign_parameter, is_foreign_space, parameters_of
from admf.model.space.form import SPELLINGS, choice_of, is_form, is_list, parameter_of
from admf.model.space.parameter import Parameter
from admf.model.space.space import Space
from admf.model.space.value import plain, shown

_DEEPEST = 20
_BESIDE_PARAMETERS = {"parameters", "name", "description"}


def parse_space(raw: object, constraints: str | Sequence[object] = (), where: str = "") -> Space:
    """The space that `raw` describes, in any form of this or the older systems.

    A mapping of names, a list of {name: ...}, {parameters: [...]}, or an object with `parameters`. Each
    parameter: a list, range or array of values; a scalar (fixed); {low, high, step} or another mapping; an
    object with min_value, values ...; a mapping of further parameters, whose names are joined with dots.

    `where` is the place of the space in a config ('space' where empty). Raises one SpaceError with all.

    >>> parse_space({"fast": [5, 10], "slow": range(10, 31, 10)}, ["fast < slow"]).count()
    5
    """
    if isinstance(raw, Space):
        return Space(raw.parameters, (*raw.constraints, *_read_constraints(constraints, where)[0]))
    reader = _Reader(where or "space")
    reader.space(raw, reader.where, "", 0)
    expressions, problems = _read_constraints(constraints, where)
    reader.problems += problems
    if reader.problems:
        raise SpaceError(*reader.problems)
    try:
        return Space(tuple(reader.parameters), tuple(expressions))
    except SpaceError as error:
        raise SpaceError(*(_placed(problem, reader.where) for problem in error.problems)) from None


def _constraints_place(where: str) -> str:
    place = where or "space"
    return f"{place.removesuffix('space')}constraints" if place.endswith("space") else f"{place}.constraints"


def _placed(problem: Problem, where: str) -> Problem:
    inside = problem.where.removeprefix("constraints")
    place = f"{where}.{problem.where}" if inside == problem.where else f"{_constraints_place(where)}{inside}"
    return Problem(says=problem.says, where=place, hint=problem.hint)


def _read_constraints(raw: object, where: str) -> tuple[list[Expression], list[Problem]]:
    place = _constraints_place(where)
    texts: Iterable[object]
    if raw is None:
        texts = ()
    elif isinstance(raw, str | Expression):
        texts = (raw,)
    elif isinstance(raw, list | tuple):
        texts = raw
    else:
        says = f"constraints must be a list of texts such as 'fast < slow', was {shown(raw)}."
        return [], [Problem(says=says, where=place)]
    expressions: list[Expression] = []
    problems: list[Problem] = []
    for i, text in enumerate(texts):
        try:
            expressions.append(parse(text))
        except SpaceError as error:
            problems += error.at(f"{place}[{i}]").problems
    return expressions, problems


class _Reader:
    """Collects parameters and problems over nested raw forms."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.parameters: list[Parameter] = []
        self.problems: list[Problem] = []

    def problem(self, says: str, where: str, hint: str = "") -> None:
        self.problems.append(Problem(says=says, where=where, hint=hint))

    def space(self, raw: object, where: str, prefix: str, depth: int) -> None:
        """A whole space, or the part of a composite."""
        if depth > _DEEPEST:
            self.problem(f"parts must be nested at most {_DEEPEST} deep.", where)
        elif is_foreign_space(raw):
            try:
                self.named(parameters_of(raw), where, prefix, depth)
            except SpaceError as error:
                self.problems += error.at(where).problems
        elif isinstance(raw, Mapping):
            listed = raw.get("parameters")
            if set(raw) <= _BESIDE_PARAMETERS and isinstance(listed, list | tuple) and _all_mappings(listed):
                self.entries(listed, where, prefix)
            else:
                self.named(raw, where, prefix, depth)
        elif isinstance(raw, list | tuple):
            self.entries(raw, where, prefix)
        else:
            says = "a space must be a mapping of names to values or ranges, or a list of {name: ...}"
            self.problem(f"{says}, was {shown(raw)}.", where)

    def entries(self, raw: Sequence[object], where: str, prefix: str) -> None:
        """A list of {name: ..., ...}, or of objects with a name."""
        for i, entry in enumerate(raw):
            place = f"{where}[{i}]"
            name = entry.get("name") if isinstance(entry, Mapping) else getattr(entry, "name", None)
            if not isinstance(name, str) or not name.strip():
                hint = ""
                if isinstance(entry, Mapping):
                    hint = " ".join(
                        nearest(str(key), ["name"]) for key in list(entry)[:1] if "name" in str(key)
                    )
                self.problem(f"each entry of a list must have a name, was {shown(entry)}.", place, hint)
            elif isinstance(entry, Mapping):
                rest = {key: value for key, value in entry.items() if key != "name"}
                self.mapping(prefix + name, rest, f"{where}.{name}")
            else:
                self.one(name, entry, where, prefix, 0)

    def named(self, raw: Mapping[Any, object], where: str, prefix: str, depth: int) -> None:
        """A mapping of names."""
        for name, value in raw.items():
            if isinstance(name, str) and name.strip():
                self.one(name, value, where, prefix, depth)
            else:
                self.problem(f"a parameter's name must be a text, was {shown(name)}.", where)

    def one(self, name: str, raw: object, where: str, prefix: str, depth: int) -> None:
        """One name: a parameter, or a part with parameters of its own."""
        place, full = f"{where}.{name}", prefix + name
        if is_foreign_space(raw):
            self.space(raw, place, f"{full}.", depth + 1)
        elif isinstance(raw, Mapping) and is_form(raw):
            self.mapping(full, raw, place)
        elif isinstance(raw, Mapping):
            self.part(full, raw, place, depth)
        elif is_foreign_parameter(raw):
            try:
                self.mapping(full, form_of(raw), place, foreign=True)
            except SpaceError as error:
                self.problems += error.at(place).problems
        else:
            try:
                self.parameters.append(Parameter(full, _plain_domain(raw)))
            except SpaceError as error:
                self.problems += error.at(place).problems

    def part(self, full: str, raw: Mapping[Any, object], place: str, depth: int) -> None:
        if not raw:
            self.problem("a parameter must have values or a range, was {}.", place)
            return
        for key in raw:  # {lo: 5, hi: 60} would otherwise be two fixed parameters
            if isinstance(key, str) and _is_scalar(raw[key]) and _looks_like_a_form(key, raw):
                hint = nearest(key, SPELLINGS)
                self.problem(f"a key of a parameter must be known, was '{key}'.", place, hint)
                return
        self.space(raw, place, f"{full}.", depth + 1)

    def mapping(self, full: str, raw: Mapping[Any, object], place: str, *, foreign: bool = False) -> None:
        try:
            self.parameters.append(parameter_of(full, raw, foreign=foreign))
        except SpaceError as error:
            self.problems += error.at(place).problems


def _all_mappings(listed: Sequence[object]) -> bool:
    return all(isinstance(one, Mapping) or hasattr(one, "name") for one in listed)


def _is_scalar(raw: object) -> bool:
    return not (is_list(raw) or isinstance(raw, Mapping))


def _looks_like_a_form(key: str, raw: Mapping[Any, object]) -> bool:
    bounds = {
        "lo",
        "hi",
        "lower",
        "upper",
        "minimum",
        "maximum",
        "start",
        "stop",
        "end",
        "from",
        "to",
        "mini",
        "maxi",
    }
    return key.lower() in bounds and all(_is_scalar(value) for value in raw.values())


def _plain_domain(raw: object) -> Domain:
    """A list, range or array of values, or one fixed value."""
    if isinstance(raw, range):
        if not raw:
            raise SpaceError(f"a range must not be empty, was {raw!r}.")
        return Integer(raw[0], raw[-1], raw.step) if raw.step > 0 else choice_of(raw)
    if is_list(raw):
        return choice_of(raw)
    value = plain(raw)
    if isinstance(value, set | frozenset):
        raise SpaceError(Problem(says=f"values must be in order, was {shown(raw)}.", hint="Write a list."))
    return Choice((value,))  # type: ignore[arg-type]
