"""Composite strategies: several components' signals combined into one.

`{of: {trend: ma_crossover, dip: {use: rsi}}, combine: weighted_mean | vote | and | or}`. Parameters carry
their part's name (`trend.fast`); `weighted_mean` also takes `trend.weight` (default 1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from admf.errors import ComponentError, Problem, nearest
from admf.finance.simulation.targets import check_signal
from admf.model.bars import Bars, Floats
from admf.model.space.expression import parse
from admf.model.trial import ComponentSpec
from admf.trials.answer import validate
from admf.trials.component import Component, load_component
from admf.trials.scope import scope as current_scope

WEIGHT = "weight"


def load_composite(spec: ComponentSpec) -> Component:
    """The composite behind `spec`: its parts loaded, their spaces and warm-ups joined."""
    if spec.combine not in COMBINE:
        says = f"combine must be one of {', '.join(COMBINE)}, got '{spec.combine}'."
        raise ComponentError(
            Problem(where=f"{spec.name}.combine", says=says, hint=nearest(spec.combine, COMBINE))
        )
    parts = {part.name: _part(spec, part) for part in spec.of or ()}
    stubborn = [name for name, part in parts.items() if part.call not in ("signal", "__call__")]
    if stubborn or not parts:
        says = f"a composite takes parts that give a signal; {', '.join(stubborn) or 'it has none'}."
        raise ComponentError(Problem(where=spec.name, says=says))
    weighted = spec.combine == "weighted_mean"

    def make(params: Mapping[str, Any]) -> Callable[[Bars], Floats]:
        scope = current_scope()
        made = {name: scope.own(name, part.make(_own(params, name))) for name, part in parts.items()}
        for name in parts:
            validate(made[name], _own(params, name))
        weights = [float(params.get(f"{name}.{WEIGHT}", 1.0)) for name in parts]

        def signal(bars: Bars) -> Floats:
            signals = [_signal(parts[name], made[name], bars) for name in parts]
            return COMBINE[spec.combine](signals, weights)

        return signal

    accepts = [_prefixed(name, part.accepts) for name, part in parts.items()]
    names = None if any(a is None for a in accepts) else frozenset().union(*(a or () for a in accepts))
    if names is not None and weighted:
        names |= {f"{name}.{WEIGHT}" for name in parts}
    return Component(
        name=spec.name,
        make=make,
        call="__call__",
        accepts=names,
        defaults={f"{n}.{k}": v for n, part in parts.items() for k, v in part.defaults.items()}
        | ({f"{n}.{WEIGHT}": 1.0 for n in parts} if weighted else {}),
        space={f"{n}.{k}": v for n, part in parts.items() for k, v in _space_items(part)} or None,
        constraints=tuple(renamed(c, n) for n, part in parts.items() for c in part.constraints),
        warmup=spec.warmup if spec.warmup is not None else _joint_warmup(parts),
        where=next(iter(parts.values())).where,
        source="+".join(part.source for part in parts.values()),
        built_in=all(part.built_in for part in parts.values()),
        plain=all(part.plain or part.built_in for part in parts.values()),
    )


def _part(spec: ComponentSpec, part: ComponentSpec) -> Component:
    """A part, loaded; what is wrong with it is placed below the composite."""
    try:
        return load_component(part)
    except ComponentError as error:
        inside = error.at(f"{part.name}.use").problems
        raise ComponentError(
            *(
                replace(p, where=f"{spec.name}.of.{p.where}") if p.where.startswith(f"{part.name}.") else p
                for p in inside
            )
        ) from error


def _weighted_mean(signals: Sequence[Floats], weights: Sequence[float]) -> Floats:
    total = float(np.sum(np.abs(weights)))
    if total == 0.0:
        return np.zeros_like(signals[0])
    mean = np.zeros_like(signals[0])
    for signal, weight in zip(signals, weights, strict=True):
        mean += weight * signal
    return mean / total


def _vote(signals: Sequence[Floats], _: Sequence[float]) -> Floats:
    return _as_ready(signals, np.sign(np.sum([np.sign(s) for s in signals], axis=0)))


def _and(signals: Sequence[Floats], _: Sequence[float]) -> Floats:
    sides = np.array([np.sign(s) for s in signals])
    return _as_ready(signals, np.where((sides == sides[0]).all(axis=0), sides[0], 0.0))


def _or(signals: Sequence[Floats], _: Sequence[float]) -> Floats:
    sides = np.array([np.sign(s) for s in signals])
    some, none = (sides > 0).any(axis=0), (sides < 0).any(axis=0)
    return _as_ready(signals, np.where(some == none, 0.0, np.where(some, 1.0, -1.0)))


def _as_ready(signals: Sequence[Floats], combined: Floats) -> Floats:
    """Not ready (NaN) while any part is not; several symbols share the equity equally."""
    combined = combined / (combined.shape[1] if combined.ndim == 2 else 1)
    return np.where(np.isnan(signals).any(axis=0), np.nan, combined)


COMBINE: dict[str, Callable[[Sequence[Floats], Sequence[float]], Floats]] = {
    "weighted_mean": _weighted_mean,
    "vote": _vote,
    "and": _and,
    "or": _or,
}


def _own(params: Mapping[str, Any], part: str) -> dict[str, Any]:
    start = f"{part}."
    return {k[len(start) :]: v for k, v in params.items() if k.startswith(start) and k != f"{part}.{WEIGHT}"}


def _signal(part: Component, made: Any, bars: Bars) -> Floats:
    answer = made.signal(bars) if part.call == "signal" else made(bars)
    return check_signal(answer, bars.close.shape)


def _prefixed(name: str, accepts: frozenset[str] | None) -> frozenset[str] | None:
    return None if accepts is None else frozenset(f"{name}.{k}" for k in accepts)


def _space_items(part: Component) -> list[tuple[str, Any]]:
    if part.space is None:
        return []
    if not isinstance(part.space, Mapping):
        raise ComponentError(f"{part.name}: a part of a composite must offer its space as a mapping.")
    return list(part.space.items())


def renamed(text: str, name: str) -> str:
    """A part's expression over the composite's names: `fast < slow` becomes `trend.fast < trend.slow`."""
    names = "|".join(re.escape(n) for n in sorted(parse(text).names, key=len, reverse=True))
    return re.sub(rf"(?<![\w.'\"])({names})(?![\w.'\"])", rf"{name}.\1", text) if names else text


def _joint_warmup(parts: Mapping[str, Component]) -> int | str | None:
    """The longest of the parts' warm-ups, or None (recorded) where one does not say."""
    texts = []
    for name, part in parts.items():
        if part.warmup is None:
            return None
        texts.append(str(part.warmup) if isinstance(part.warmup, int) else renamed(part.warmup, name))
    return texts[0] if len(texts) == 1 else f"max({', '.join(texts)})"
