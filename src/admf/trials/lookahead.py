"""The look-ahead check: a signal must not change in the past when the future is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from admf.errors import ComponentError, LookaheadError, Problem, TrialError
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.targets import WrongLengthError, check_signal
from admf.model.bars import Bars, Floats
from admf.trials.answer import InvalidParametersError, ask
from admf.trials.component import Component
from admf.trials.seeding import reseed
from admf.trials.source import place_of, words_of

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
            f"the signal at {self.time} changes when later bars are removed: {_shown(self.with_future)} with all bars,"
            f" {_shown(self.without)} when the history ends at {self.cut} ({self.component}"
            + (f" with {dict(self.params)})." if self.params else ").")
        )
        hint = (
            'Use data up to each bar only; `allow_lookahead: "reason"` runs it marked as not to be trusted.'
        )
        return LookaheadError(Problem(where=self.where, says=says, hint=hint))


def _shown(value: float) -> str:
    return "none" if value != value else f"{value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the check found. `compared`: how many cut histories could be compared with the whole one; 0: none.

    `recorded`: per parameter set the warm-up that indicator calls recorded (None: no indicator was called).
    """

    finding: Lookahead | None
    compared: int
    recorded: tuple[tuple[Mapping[str, Any], int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whole:
    """A component's answer to the whole history with one parameter set, or the words of what it raised."""

    signal: Floats | None = None
    """Columns (T, k) that can be compared; k = 0: it gives no signal."""
    warmup: int | None = None
    error: str = ""
    place: str = ""
    """'file:line:column' of the user's code that raised; '' where none did."""
    no_signal: bool = False
    """It answered, and the answer is none: of another length, kind or size than a signal."""


def whole_answers(
    component: Component,
    param_sets: Sequence[Mapping[str, Any]],
    bars: Bars,
    options: Simulation,
    *,
    warmup: int,
    seed: int,
) -> tuple[Whole, ...]:
    """The answers that `find_lookahead` compares with, one per parameter set; nothing that is raised comes through."""
    return tuple(
        _whole(partial(_answer, component, params, options, warmup, seed + number), bars)
        for number, params in enumerate(param_sets)
    )


def find_lookahead(
    component: Component,
    param_sets: Sequence[Mapping[str, Any]],
    bars: Bars,
    options: Simulation,
    *,
    warmup: int,
    seed: int,
    whole: Sequence[Whole] | None = None,
) -> Check:
    """Look for look-ahead in the component's signal.

    For each parameter set the component answers on 16 histories cut at seeded bars (four inside the warm-up), from
    short to long; every prefix is compared with its answer to the whole history, NaN equal to NaN. That answer is
    `whole`, found in another process, so that whatever a component keeps between calls (a cache, a fit, the longest
    history) cannot make them agree; None: it is asked for here, last. Generators are seeded alike for each call. A
    history that is too short for the component (it raises) is left out; an answer of another length than its
    history is a finding. ComponentError where the component raises on all bars for every set.
    """
    errors: list[Whole] = []
    recorded: list[tuple[Mapping[str, Any], int | None]] = []
    compared = 0
    for number, params in enumerate(param_sets):
        answer = partial(_answer, component, params, options, warmup, seed + number)
        if whole is not None and whole[number].signal is None:
            _judge(component, params, whole[number])
            errors.append(whole[number])
            continue
        prefixes = _prefixes(answer, bars, _cuts(len(bars), warmup, seed + number))
        full = _whole(answer, bars) if whole is None else whole[number]
        if full.signal is None:
            _judge(component, params, full)
            errors.append(full)
            continue
        recorded.append((params, full.warmup))
        for cut, prefix in prefixes.items():
            compared += full.signal.shape[1] > 0
            if (found := _first_difference(full.signal, prefix)) is not None:
                finding = _finding(component, params, bars, cut, found)
                return Check(finding=finding, compared=compared, recorded=tuple(recorded))
    if not recorded and errors:
        raise _refused(component, f"{component.name} does not run on these bars", errors[0])
    return Check(finding=None, compared=compared, recorded=tuple(recorded))


def _whole(answer: Callable[[Bars], Answered], bars: Bars) -> Whole:
    try:
        signal, warmup = answer(bars.until(len(bars)))
    except (Exception, SystemExit) as error:
        no_signal = isinstance(error, TrialError) and not isinstance(error, InvalidParametersError)
        return Whole(error=words_of(error), place=place_of(error), no_signal=no_signal)
    return Whole(signal=signal, warmup=warmup)


def _judge(component: Component, params: Mapping[str, Any], answer: Whole) -> None:
    """An answer to the defaults that is no signal stops the run: no trial would fare better."""
    if not params and answer.no_signal:
        raise _refused(component, f"{component.name} with its defaults", answer)


def _refused(component: Component, what: str, answer: Whole) -> ComponentError:
    return ComponentError(Problem(where=answer.place or component.where, says=f"{what}: {answer.error}."))


def _prefixes(answer: Callable[[Bars], Answered], bars: Bars, cuts: Sequence[int]) -> dict[int, Floats]:
    """The answers on cut histories, shortest first; without those on which the component raises."""
    prefixes: dict[int, Floats] = {}
    for cut in cuts:
        try:
            prefixes[cut] = answer(bars.until(cut))[0]
        except WrongLengthError:
            prefixes[cut] = np.full((cut, 1), np.nan)  # no answer to this history
        except (Exception, SystemExit):  # too short a history for it: nothing to compare
            continue
    return prefixes


def _cuts(T: int, warmup: int, seed: int) -> list[int]:
    """Lengths of the cut histories, ascending: a few inside the warm-up, the others anywhere after it."""
    if T < 2:
        return []  # nothing to remove
    rng = np.random.default_rng([seed, T])
    early = min(max(warmup, min(64, T // 4), 1), T - 1)
    inside = rng.integers(1, early + 1, CUTS_IN_WARMUP)
    after = rng.integers(min(early + 1, T - 1), T, CUTS - CUTS_IN_WARMUP)
    return sorted({int(c) for c in (*inside, *after) if 0 < c < T})


Answered = tuple[Floats, int | None]
"""The component's answer as columns (T, k) that can be compared, and its recorded warm-up."""


def _answer(
    component: Component, params: Mapping[str, Any], options: Simulation, warmup: int, seed: int, bars: Bars
) -> Answered:
    if not component.built_in:  # ours draw nothing
        reseed(seed)
    answer = ask(component, params, bars, options, min(warmup, len(bars)))
    T = len(bars)
    if answer.signal is None:
        return np.zeros((T, 0)), answer.warmup
    if isinstance(answer.signal, Orders):
        given = [getattr(answer.signal, f.name) for f in fields(answer.signal)]
        arrays = [np.asarray(a, dtype=np.float64) for a in given if a is not None]
        return np.hstack([np.broadcast_to(a, bars.close.shape).reshape(T, -1) for a in arrays]), answer.warmup
    return check_signal(answer.signal, bars.close.shape).reshape(T, -1), answer.warmup


def _first_difference(full: Floats, prefix: Floats) -> tuple[int, float, float] | None:
    if full.shape[1:] != prefix.shape[1:]:
        return 0, float("nan"), float("nan")  # other columns: the kind of answer depends on the future
    ours, theirs = full[: len(prefix)], prefix
    if (ours == theirs).all():
        return None
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
