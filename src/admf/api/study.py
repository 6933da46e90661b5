"""A finished search as a Python user meets it: the best set, the trial table, pictures, the report."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from admf.analysis.columns import parameter_of
from admf.analysis.plateau import params_of, plateau_of
from admf.api.frames import frame, series
from admf.api.front import front_frame
from admf.api.plots import Plots
from admf.api.sensitivity import importance_frame, sensitivity_frame
from admf.coordinator.launch import Launched
from admf.coordinator.report_again import facts_of
from admf.executors.inline import InlineExecutor
from admf.model.window import WHOLE
from admf.plan.plan import StudyPlan
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.page import write_report
from admf.store.export import deterministic_columns
from admf.store.trial_table import StoredTrial, TrialTable

_ROWS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StablePlace:
    """The centre of the best stable region of a study.

    `params`, `value` and `trial_id` are those of the set itself; `robust` is what three quarters of its neighbours
    reach; `best_value` is the study's best, `ratio` is robust / best (None where the best is not positive, or small
    values are sought). `neighbours` is a frame of the sets around it, itself included; `missing` of them have
    no value or were not tried, and count as the worst. How it is found: admf.analysis.plateau.plateau_of.
    """

    params: Mapping[str, Any]
    value: float
    robust: float
    best_value: float
    ratio: float | None
    missing: int
    trial_id: str
    neighbours: Any = field(repr=False)


@dataclass(frozen=True, eq=False)
class Study:
    """What `admf.optimize` gives back.

    `best_params` and `best_value` are None where no trial has a value; `best` is the whole trial. `trials` is
    the trial table as a frame (pandas, or Polars where Polars came in). A Study whose run had no folder of its
    own keeps it as long as it lives.
    """

    launched: Launched = field(repr=False)
    polars: bool = False

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.launched.folder

    @cached_property
    def best(self) -> StoredTrial | None:
        """The best trial, the first of equals."""
        study = self._plan
        with self._table() as table:
            return table.best(study.component, stage=study.stage, maximize=study.maximize)

    @property
    def best_params(self) -> Mapping[str, Any] | None:
        """The best trial's parameters."""
        return self.best.params if self.best else None

    @property
    def best_value(self) -> float | None:
        """The best trial's value of the objective."""
        return self.best.value if self.best else None

    @cached_property
    def trials(self) -> Any:
        """All trials: ids, parameters, outcome, value, metrics, seed."""
        with self._table() as table:
            return frame(deterministic_columns(table), polars=self.polars)

    @property
    def equity(self) -> Any:
        """The best trial's equity at every close."""
        record = self._facts.record
        return (
            series("equity", record.time, record.equity, polars=self.polars) if record is not None else None
        )

    @property
    def trades(self) -> Any:
        """The best trial's trades."""
        record = self._facts.record
        return frame(record.trades, polars=self.polars) if record is not None else None

    def front(self) -> Any:
        """The front of several objectives as a frame: the trials that no other one beats in all objectives at once.

        The columns of `trials`, with `crowding` (how alone each is on the front, infinite at its ends) and `knee`
        (true for the one that bends away most, if any does); the best in the first objective first. InputError
        where the study has one objective.
        """
        with self._table() as table:
            return front_frame(table, self.folder, self._plan.component, polars=self.polars)

    def plateau(self) -> StablePlace | None:
        """The centre of the best stable region: a set whose neighbours do well too. None where no trial has a value.

        On a grid neighbours are one step away in every numeric parameter; off it they are the nearest sets.
        """
        facts = self._facts
        found = plateau_of(
            facts.columns, facts.params, maximize=self._plan.maximize, method=facts.method,
            scales=facts.scales,
        )  # fmt: skip
        if found is None:
            return None
        rows = sorted(found.neighbours)
        shown = ["trial_id", *facts.params, "value", "reason"]
        columns = {
            name: column for name in shown if (column := parameter_of(facts.columns, name)) is not None
        }
        return StablePlace(
            params=params_of(facts.columns, facts.params, found.row),
            value=found.value,
            robust=found.robust,
            best_value=found.best_value,
            ratio=found.ratio,
            missing=found.missing,
            trial_id=str(facts.columns["trial_id"][found.row]),
            neighbours=frame({n: [c[i] for i in rows] for n, c in columns.items()}, polars=self.polars),
        )

    def importance(self) -> Any:
        """Which parameters matter, as a frame with a row for each, the most important first.

        `ped_anova`: its part in whether a set is among the best tenth; the parts sum to 1. `sobol_first` and
        `sobol_total`: the share of the scores' variance that it makes alone, and with its interactions; of the scores
        themselves where every combination was tried, else of a surrogate that predicts well. NaN where there is no
        number that means something; `note` says why, and what else must be known. How they are found:
        admf.analysis.importance.importance_of.
        """
        return importance_frame(self._told[0], self._facts, polars=self.polars)

    def sensitivity(self, around: str | None = None) -> Any:
        """What one step in each parameter's direction does to the score of a set, as a frame with a row for each step.

        `around` is 'best' or 'plateau' (None: what `objective.select` says). `step` is down, up or, of choices,
        other; `to` the parameter's value there; `value` the score, `change` its difference from the set's, `relative`
        the same in standard deviations of all scores, negative where it is worse; `says` all of it in a sentence. NaN
        where the step was not tried. None where no trial has a value; InputError for another word.
        """
        chosen = self.launched.prepared.config.select if around is None else around
        return sensitivity_frame(self._told[0], self._facts, chosen, polars=self.polars)

    @property
    def plot(self) -> Plots:
        """Pictures: `.heatmap("fast", "slow")`, `.equity()`, `.trades()`."""
        return Plots(self._told[0], self._facts)

    def report(self, path: Path | str = "report.html") -> Path:
        """Write the HTML report to `path`."""
        return write_report(*self._told, Path(path)).resolve()

    @property
    def _facts(self) -> StudyFacts:
        return self._told[1][0]

    @cached_property
    def _told(self) -> tuple[RunFacts, tuple[StudyFacts, ...]]:
        """What a report says, found out when somebody asks: the best trial is evaluated again for it."""
        if self.launched.told is not None:
            return self.launched.told
        inline = self.launched.prepared.config.execution.executor == "inline"
        facts, studies = facts_of(self.folder, InlineExecutor() if inline else None)
        return replace(facts, folder=""), studies  # a folder that goes with the Study is named to nobody

    @property
    def _plan(self) -> StudyPlan:
        return self.launched.prepared.plan.whole[0]

    def _table(self) -> TrialTable:
        return TrialTable.open(self.folder / "run.db", readonly=True)

    def __repr__(self) -> str:
        study = self._plan
        value = "no value" if self.best_value is None else f"{self.best_value:.4g}"
        trials = sum(self.launched.counts.values())
        return f"<Study of {study.component}: {trials:,} trials, best {value} with {self.best_params}>"

    def _repr_html_(self) -> str:
        with self._table() as table:
            top = frame(
                deterministic_columns(
                    table, window=WHOLE, sort="value", descending=self._plan.maximize, top=_ROWS_SHOWN
                ),
                polars=False,
            )
        return f"<p>{html.escape(repr(self))}</p>{top.to_html(index=False, max_cols=12)}"
