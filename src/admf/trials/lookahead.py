"""The look-ahead check: a signal must not change in the past when the future is removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from admf.errors import ComponentError, LookaheadError, Problem
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.targets import check_signal
from admf.model.bars import Bars, Floats
from admf.trials.answer import ask
from admf.trials.component import Component

CUTS, CUTS_IN_WARMUP = 16, 4
_TOLERANCE = 1e-9
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookahead:
    """Where a component was caught: the first bar whose signal depends on bars after the cut."""

    where: str
    component: str
    time: str
    cut: str
    with_future: float
    without: float
    params: tuple[tuple[str, Any], ...]

    def error(self) -> LookaheadError:
        """The finding as the error that stops a run."""
        says = (
            f"the signal at {self.time} changes when later bars are removed: {self.with_future:g} with all bars,"
            f" {self.without:g} when the history ends at {self.cut} ({self.component}"
            + (f" with {dict(self.params)})." if self.params else ").")
        )
        hint = (
            'Use data up to each bar only; `allow_lookahead: "reason"` runs it marked as not to be trusted.'
        )
        return LookaheadError(Problem(where=self.where, says=says, hint=hint))


def find_lookahead(
    component: Component,
    param_sets: Sequence[Mapping[str, Any]],
    bars: Bars,
    options: Simulation,
    *,
    warmup: int,
    seed: int,
) -> tuple[Lookahead | None, list[tuple[Mapping[str, Any], int | None]]]:
    """Look for look-ahead; the finding, and per set the warm-up that indicator calls recorded (None: no call).

    For each parameter set the component answers on 16 histories cut at seeded bars (four inside the
    warm-up), shortest first, then on all bars: what it remembers from an earlier call never holds later
    bars. Every prefix is compared with the full answer, NaN equal to NaN. A history on which the
    component raises is left out; ComponentError where it raises on all bars for every set.
    """
    errors: list[Exception] = []
    recorded: list[tuple[Mapping[str, Any], int | None]] = []
    answered = False
    distinct = [p for i, p in enumerate(param_sets) if p not in param_sets[:i]]
    for number, params in enumerate(distinct):
        prefixes = {}
        for cut in _cuts(len(bars), warmup, seed + number):
            try:
                prefixes[cut] = _columns(component, params, bars.until(cut), options, warmup)[0]
            except Exception:  # too short a history for it: nothing to compare
                continue
        try:
            full, needs = _columns(component, params, bars.until(len(bars)), options, warmup)
        except Exception as error:
            errors.append(error)
            continue
        answered = True
        recorded.append((params, needs))
        for cut, prefix in prefixes.items():
            if (found := _first_difference(full, prefix)) is not None:
                return _finding(component, params, bars, cut, found), recorded
    if not answered and errors:
        first = errors[0]
        says = f"{component.name} does not run on these bars: {type(first).__name__}: {first}"
        raise ComponentError(Problem(where=component.where, says=says)) from first
    return None, recorded


def _cuts(T: int, warmup: int, seed: int) -> list[int]:
    """Lengths of the cut histories, ascending: a few inside the warm-up, the others anywhere after it."""
    rng = np.random.default_rng([seed, T])
    early = min(max(warmup, min(64, T // 4), 1), T - 1)
    inside = rng.integers(1, early + 1, CUTS_IN_WARMUP)
    after = rng.integers(min(early + 1, T - 1), T, CUTS - CUTS_IN_WARMUP)
    return sorted({int(c) for c in (*inside, *after) if 0 < c < T})


def _columns(
    component: Component, params: Mapping[str, Any], bars: Bars, options: Simulation, warmup: int
) -> tuple[Floats, int | None]:
    """The component's answer as columns (T, k) that can be compared, and its recorded warm-up."""
    answer = ask(component, params, bars, options, min(warmup, len(bars)))
    if answer.signal is None:
        return np.zeros((len(bars), 0)), answer.warmup
    T = len(bars)
    if isinstance(answer.signal, Orders):
        given = [getattr(answer.signal, f.name) for f in fields(answer.signal)]
        arrays = [np.asarray(a, dtype=np.float64) for a in given if a is not None]
        return np.hstack([np.broadcast_to(a, bars.close.shape).reshape(T, -1) for a in arrays]), answer.warmup
    return check_signal(answer.signal, bars.close.shape).reshape(T, -1), answer.warmup


def _first_difference(full: Floats, prefix: Floats) -> tuple[int, float, float] | None:
    if full.shape[1:] != prefix.shape[1:]:
        return 0, float("nan"), float("nan")
    ours, theirs = full[: len(prefix)], prefix
    with np.errstate(invalid="ignore"):
        near = np.abs(ours - theirs) <= _TOLERANCE * np.maximum(1.0, np.abs(theirs))
    same = near | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return None
    t, k = map(int, np.argwhere(~same)[0])
    return t, float(ours[t, k]), float(theirs[t, k])


def _finding(
    component: Component, params: Mapping[str, Any], bars: Bars, cut: int, found: tuple[int, float, float]
) -> Lookahead:
    t, with_future, without = found
    return Lookahead(
        where=component.where,
        component=component.name,
        time=date_of(bars, t),
        cut=date_of(bars, cut - 1),
        with_future=with_future,
        without=without,
        params=tuple(params.items()),
    )


def date_of(bars: Bars, t: int) -> str:
    """Bar t's time for a person: a local date for daily bars, UTC date and time for shorter ones."""
    if bars.info.bar_ns >= _DAY_NS:
        return str(bars.session[t].astype("datetime64[D]"))
    return f"{np.datetime_as_string(bars.time[t], unit='s').replace('T', ' ')} UTC"
