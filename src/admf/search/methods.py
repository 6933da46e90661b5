"""A search method by its name and options: what a config says, as something that makes a search."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from typing import Any

from admf import registry
from admf.errors import ConfigError, InputError, Problem
from admf.model.space import parse_space
from admf.model.space.value import shown
from admf.search.options import read_options
from admf.search.protocol import MakeSearch, takes_several


def find_method(name: str, options: Mapping[str, Any] | None = None) -> MakeSearch:
    """The method `name` with its options. InputError with every problem where one of them does not hold.

    A registered method is a function `make(space, seed, budget)`, which has no options, or a frozen dataclass whose
    fields are the options (see options.py) and whose instances are called like such a function. A name with a colon,
    such as `optuna:TPESampler`, belongs to the family registered as `optuna:<Sampler>`.
    """
    given = dict(options or {})
    family = registry.family("search_methods", name)
    if family is not None:
        made: MakeSearch = registry.load("search_methods", family)(name, given)
        return made
    found = registry.load("search_methods", name)
    if isinstance(found, type) and is_dataclass(found):
        chosen: MakeSearch = read_options(found, given, name)
        return chosen
    if given:
        raise ConfigError(
            *(
                Problem(says=f"{name} has no options, was given {shown(key)}.", where=str(key))
                for key in given
            )
        )
    make: MakeSearch = found
    return make


def taking_several() -> list[str]:
    """The methods that take several objectives, by name; those of a family, and what is not installed, are left out."""
    space = parse_space({"x": [0, 1]})
    found = []
    for name in registry.names("search_methods"):
        with suppress(InputError):
            if "<" not in name and takes_several(find_method(name)(space, 0, None)):
                found.append(name)
    return found
