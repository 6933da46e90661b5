"""Signals that wait to be scored together: one compiled call for as many as stay in the cache."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from admf.errors import AdmfError
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.targets import outside
from admf.model.bars import Floats
from admf.trials.plain import must_agree, sampled
from admf.trials.sheet import Sheet
from admf.trials.study import Study


class Waiting:
    """Signals that wait to be scored together, by the same options."""

    __slots__ = ("numbers", "options", "rows", "seconds", "sheet", "signals", "study")

    def __init__(self, study: Study, sheet: Sheet, numbers: Sequence[int]) -> None:
        size = study.bars.close.size
        self.study, self.sheet, self.numbers = study, sheet, numbers
        self.signals = np.empty((min(study.scorer.rows, len(sheet.failures)), size))
        self.rows: list[int] = []
        self.options = study.simulation
        self.seconds = 0.0
        """What scoring has taken so far; it is shared evenly by those that are scored together."""

    def put(self, row: int, options: Simulation, signal: Floats) -> None:
        """Take the signal of trial `row`, and score the chunk when it is full."""
        if len(self.rows) == len(self.signals) or (self.rows and options is not self.options):
            self.score()
        self.options = options
        self.signals[len(self.rows)] = signal
        self.rows.append(row)

    def score(self) -> None:
        """Trade and measure what waits."""
        rows, began = self.rows, time.perf_counter()
        if not rows:
            return
        try:
            self._score(rows, self.signals[: len(rows)])
        except AdmfError:
            raise
        except Exception:  # what a strategy did to this process may show here: each by itself, then
            for place, row in enumerate(rows):
                self._score_alone(row, self.signals[place : place + 1])
        took = time.perf_counter() - began
        self.sheet.durations_s[np.array(rows)] += took / len(rows)
        self.seconds += took
        self.rows = []

    def _score(self, rows: list[int], signals: Floats) -> None:
        study = self.study
        scores = study.scorer.score(signals, self.options, study.spec.warmup)
        for place in sampled([self.numbers[row] for row in rows]):
            if scores.outside[place] < 0:
                plain = study.scorer.streamed.score(
                    signals[place : place + 1], self.options, study.spec.warmup
                )
                must_agree(scores.metrics[place], plain.metrics[0], study, self.numbers[rows[place]])
        self.sheet.take_scores(np.array(rows), scores)
        for number in np.flatnonzero(scores.outside >= 0):
            values = signals[number].reshape(study.bars.close.shape)
            self.sheet.fail(rows[number], outside(values, int(scores.outside[number])))

    def _score_alone(self, row: int, signal: Floats) -> None:
        try:
            self._score([row], signal)
        except Exception as error:
            if self.study.component.built_in:
                raise
            self.sheet.fail(row, error)
