"""What becomes of a study when its turn has come: skipped, or searched by which method, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admf.config.config import Condition
from admf.config.graph import BEFOREHAND
from admf.model.space import Space, parse
from admf.plan.plan import StudyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What some studies came to."""

    passed: int
    """How many have a trial with a value."""
    trials: int
    failed: int
    """Trials that did not score: they raised, crashed or were killed."""
    best: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`why` are sentences, one for each condition that was looked at and changed something."""

    method: str
    options: Mapping[str, Any]
    skipped: bool = False
    why: tuple[str, ...] = ()


def opening(study: StudyPlan, standing: Callable[[tuple[int, ...]], Standing]) -> Opening:
    """The first method whose condition holds is taken; one condition that must hold and does not is enough to skip."""
    method, options, why = study.method, study.options, list[str]()
    for one in study.when:
        said = _said(study, one, standing)
        holds = parse(one.text).holds(said)
        words = f"{_shown(one.text)} {'holds' if holds else 'does not hold'} ({_values(said)})"
        if holds == one.skips and one.method is None:
            return Opening(method=method, options=options, skipped=True, why=(f"skipped: {words}",))
        if one.method is not None and holds and not why:
            why.append(f"{one.method} instead of {method}: {words}")
            method, options = one.method, one.options
    return Opening(method=method, options=options, why=tuple(why))


def known_beforehand(study: StudyPlan) -> bool:
    """Whether its conditions can be looked at before the run."""
    return all(name in BEFOREHAND for one in study.when for name in parse(one.text).names)


def nothing(_: tuple[int, ...]) -> Standing:
    """The standing of studies that have not begun."""
    return Standing(passed=0, trials=0, failed=0, best=None)


def _said(
    study: StudyPlan, one: Condition, standing: Callable[[tuple[int, ...]], Standing]
) -> dict[str, float | None]:
    """What a condition names; what is not known is left out, and it does not hold then."""
    said: dict[str, float | None] = {}
    for name in parse(one.text).names:
        if name == "grid_size":
            said[name] = grid_size(study.space)
        elif name == "budget":
            said[name] = study.budget
        else:
            of, _, what = name.rpartition(".")
            said[name] = getattr(standing(study.results.get(of, ())), what)
    return {name: value for name, value in said.items() if value is not None}


def grid_size(space: Space) -> float:
    """How many sets a space has; 1e300 where it is continuous."""
    return float(space.count() or space.size or 1e300)


def _values(said: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in said.items()) or "nothing of it is known"


def _number(value: float | None) -> str:
    if value is None or value >= 1e300:
        return "endless"
    return f"{value:,.0f}" if value == int(value) else f"{value:.4g}"


def _shown(text: str) -> str:
    return f"'{text}'"
