"""The outcomes of a batch while they are found: a row per trial, filled in any order, judged when all are there."""

from __future__ import annotations

import re
import resource
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import AdmfError, TrialError
from admf.finance.scores import Scores
from admf.model.bars import Floats
from admf.model.container import Limit, Limits, exceeded
from admf.model.few import Few
from admf.model.mostly import Mostly
from admf.model.param_sets import ParamSets
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes, ScopeEvent
from admf.trials.objective import METRIC_NAMES, Objective
from admf.trials.seeding import reseed
from admf.trials.surroundings import OUTSIDE, OutputLimitError, Surroundings

NONE_GIVEN = np.full(len(METRIC_NAMES), np.nan)
"""The metrics of a trial whose component returned none of these."""
_TRACE = 20_000
"""Characters kept of a traceback."""
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")


class Sheet:
    """Columns of n trials; what is not written stays null."""

    def __init__(
        self, n: int, objective: Objective, extra_names: tuple[str, ...], around: Surroundings = OUTSIDE
    ) -> None:
        self.objective, self.extra_names, self.around = objective, extra_names, around
        self.metrics, self.named_extra = np.empty((n, len(METRIC_NAMES))), np.empty((n, len(extra_names)))
        self.metrics.fill(np.nan)  # np.full is Python: in a fresh container it has to be brought in first
        self.named_extra.fill(np.nan)
        self.outcomes = Mostly(Outcome.SCORED, n)
        self.failures, self.details, self.outputs = Mostly("", n), Mostly("", n), Mostly("", n)
        self.undefined: Few[Mapping[str, str]] = Few.filled({}, n)
        self.extra: Mostly[Mapping[str, float | None]] = Mostly({}, n)
        self.events: Mostly[tuple[ScopeEvent, ...]] = Mostly((), n)
        self.ruined, self.durations_s = np.zeros(n, np.bool_), np.zeros(n)
        self._taken: list[tuple[int, Floats, Mapping[str, str], Mapping[str, float | None], bool]] = []

    def take_scores(self, rows: slice | NDArray[np.int64], scores: Scores) -> None:
        """What signals earned, for the trials `rows`."""
        self.metrics[rows] = scores.metrics
        self.ruined[rows] = scores.ruined
        self.undefined.put(rows, scores.undefined)

    def take_metrics(
        self,
        row: int,
        metrics: Floats,
        undefined: Mapping[str, str],
        extra: Mapping[str, float | None],
        *,
        ruined: bool = False,
    ) -> None:
        """The metrics of one trial; `extra` are those that only its component has."""
        self._taken.append((row, metrics, undefined, extra, ruined))

    def _lay_out(self) -> None:
        """Write what was taken, all at once: row by row it would take longer than many a trial."""
        if not self._taken:
            return
        rows, metrics, undefined, extra, ruined = map(list, zip(*self._taken, strict=True))
        self._taken = []
        self.extra.others.update(zip(rows, extra, strict=True))
        self.ruined[rows] = ruined
        for name, column in zip(self.extra_names, self.named_extra.T, strict=True):
            column[rows] = [number_of(own.get(name)) for own in extra]
        if given := [place for place, one in enumerate(metrics) if one is not NONE_GIVEN]:
            self.metrics[[rows[place] for place in given]] = [metrics[place] for place in given]
        if told := [place for place, why in enumerate(undefined) if why]:
            whys = Few.of([undefined[place] for place in told])
            self.undefined.put(np.array([rows[place] for place in told]), whys)

    def refuse(self, row: int, why: str) -> None:
        """Infeasible: the component itself does not take these parameters."""
        self.failures[row] = why

    def fail(self, row: int, error: BaseException) -> None:
        """The trial raised: it failed, or was killed where its container had no more memory for it.

        What is meant to end the process is raised again outside of containers.
        """
        limits = self.around.limits
        if limits is None and not isinstance(error, Exception | SystemExit):
            raise error
        self.details[row] = _trace(error)
        if limits is not None and isinstance(error, MemoryError):
            self.outcomes[row], self.failures[row] = Outcome.KILLED, exceeded(Limit.MEMORY, limits)
        else:
            self.outcomes[row], self.failures[row] = Outcome.FAILED, _reason(error)

    def hear(self, row: int) -> None:
        """What the trial printed; one that printed more than is kept is killed for it."""
        try:
            if output := self.around.printed():
                self.outputs[row] = output
        except OutputLimitError as flood:
            self.outputs[row], self.outcomes[row] = flood.output, Outcome.KILLED
            self.failures[row] = exceeded(Limit.OUTPUT, self.around.limits or Limits())

    def outcomes_of(self, numbers: Sequence[int], seeds: Sequence[int]) -> Outcomes:
        """The finished columns: every trial that scored has its value, or the reason why it has none."""
        self._lay_out()
        names, every = (*METRIC_NAMES, *self.extra_names), self.metrics
        if self.extra_names:
            every = np.concatenate([self.metrics, self.named_extra], axis=1)
        asked = self._ask(names, every, seeds) if self.objective.custom is not None else None
        peaks = np.empty(len(numbers))
        peaks.fill(_peak_memory_mb())
        values, reasons = self.objective.values(names, every, self.ruined, asked)
        for row, failure in self.failures.others.items():
            values[row], reasons[row] = np.nan, failure
        return Outcomes(
            numbers=numbers,
            outcomes=self.outcomes.column(),
            values=values,
            metrics=self.metrics,
            metric_names=METRIC_NAMES,
            reasons=Mostly("", len(numbers), reasons).column(),
            undefined=self.undefined.column(),
            extra=_as_columns(self.extra.column()),
            durations_s=self.durations_s,
            peak_memory_mb=peaks,
            details=self.details.column(),
            outputs=self.outputs.column(),
            events=self.events.column(),
        )

    def _ask(self, names: tuple[str, ...], every: Floats, seeds: Sequence[int]) -> Floats:
        """What a custom objective says of each trial that scored; one that it raises at has failed.

        It is seeded as its trial was: what it draws depends on nothing else in the batch.
        """
        asked = np.full(len(every), np.nan)
        for row, seed in enumerate(seeds):
            if row in self.failures.others:
                continue
            began = time.perf_counter()
            try:
                reseed(seed)
                with np.errstate():  # np.seterr of one trial ends with it
                    asked[row] = self.objective.ask(dict(zip(names, every[row], strict=True)))
            except BaseException as error:
                self.fail(row, error)
            self.durations_s[row] += time.perf_counter() - began
        return asked


def _as_columns(extra: Sequence[Mapping[str, float | None]]) -> Sequence[Mapping[str, float | None]]:
    """As it is sent soonest."""
    return extra if isinstance(extra, Same) or len(extra) == 1 else ParamSets.of(extra)


def number_of(value: Any) -> float:
    """A metric as a component returns it, NaN for None and infinity; TrialError for what is no number."""
    if value is None:
        return float("nan")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TrialError(f"a metric must be a number or None, got {value!r}.") from None
    return number if isfinite(number) else float("nan")


def _trace(error: BaseException) -> str:
    try:
        trace = "".join(traceback.format_exception(error))
    except BaseException:  # it is made of the error's own words
        trace = "".join(traceback.format_tb(error.__traceback__))
    half = _TRACE // 2
    return trace if len(trace) <= _TRACE else f"{trace[:half]}\n[...]\n{trace[-half:]}"


def _reason(error: BaseException) -> str:
    """One line: what was raised; ours speak for themselves. Addresses are masked: they differ from run to run."""
    name = type(error).__name__
    try:
        text = _ADDRESS.sub("0x...", " ".join(str(error).split())[:500])
    except BaseException:  # an error whose own __str__ raises
        return name
    if isinstance(error, AdmfError):
        return text
    return f"{name}: {text}" if text else name


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
