"""The outcomes of a batch while they are found: a row per trial, filled in any order, judged when all are there."""

from __future__ import annotations

import resource
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import AdmfError
from admf.finance.scores import Scores
from admf.model.bars import Floats
from admf.model.container import Limit, Limits, exceeded
from admf.model.few import Few
from admf.model.mostly import Mostly
from admf.model.param_sets import ParamSets
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes, ScopeEvent
from admf.model.words import one_line, shortened, without_addresses
from admf.trials.objective import METRIC_NAMES, Objective
from admf.trials.returned import Extra, Returned
from admf.trials.seeding import reseed
from admf.trials.surroundings import OUTSIDE, OutputLimitError, Surroundings

_NAME = 100
"""Characters kept of the name of an error."""


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
        self.extra: Mostly[Extra] = Mostly({}, n)
        self.events: Mostly[tuple[ScopeEvent, ...]] = Mostly((), n)
        self.ruined, self.durations_s = np.zeros(n, np.bool_), np.zeros(n)
        self._returned = Returned()

    def take_scores(self, rows: slice | NDArray[np.int64], scores: Scores) -> None:
        """What signals earned, for the trials `rows`."""
        self.metrics[rows] = scores.metrics
        self.ruined[rows] = scores.ruined
        self.undefined.put(rows, scores.undefined)

    def take_run(self, row: int, metrics: Floats, undefined: Mapping[str, str], *, ruined: bool) -> None:
        """The metrics of one simulation, and why some are null."""
        self.metrics[row], self.ruined[row] = metrics, ruined
        if undefined:
            self.undefined[row] = undefined

    def take_returned(self, row: int, answer: Mapping[str, Any]) -> None:
        """The metrics that one component returned; TrialError for what is no number."""
        self._returned.take(row, answer)

    def _lay_out(self) -> Sequence[Extra]:
        """Write what was returned, all at once: row by row it would take longer than many a trial."""
        for group in self._returned.groups():
            for place, column in group.known().items():
                self.metrics[group.rows, place] = column
            self.undefined.put(group.rows, group.undefined())
            for place, name in enumerate(self.extra_names):
                if name in group.names:
                    self.named_extra[group.rows, place] = group.values[:, group.names.index(name)]
            extra = group.extra()
            if len(extra) == len(self.extra):
                return extra
            self.extra.others.update(zip(group.rows.tolist(), extra, strict=True))
        extra = self.extra.column()
        return extra if isinstance(extra, Same) or len(extra) == 1 else ParamSets.of(extra)

    def refuse(self, row: int, why: str) -> None:
        """Infeasible: the component itself does not take these parameters."""
        self.failures[row] = one_line(why)

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
        extra = self._lay_out()
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
            extra=extra,
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


def _trace(error: BaseException) -> str:
    try:
        trace = "".join(traceback.format_exception(error))
    except BaseException:  # it is made of the error's own words
        trace = "".join(traceback.format_tb(error.__traceback__))
    return shortened(trace)


def _reason(error: BaseException) -> str:
    """One line: what was raised; ours speak for themselves."""
    try:
        name = one_line(type(error).__name__, _NAME)
    except BaseException:  # a class whose own __name__ raises
        name = "an error without a name"
    try:
        text = without_addresses(one_line(str(error)))
    except BaseException:  # an error whose own __str__ raises
        return name
    if isinstance(error, AdmfError):
        return text
    return f"{name}: {text}" if text else name


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
