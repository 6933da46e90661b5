"""What a report is made of: the facts of a run and of its studies, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admf.trials.cost_sensitivity import CostRecord
    from admf.trials.replay_trial import TrialRecord


class Lookahead(Enum):
    """What the look-ahead check of a component said."""

    NONE_FOUND = "none found"
    ALLOWED = "allowed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookaheadFact:
    """The look-ahead check of one component; `reason`: why it was allowed, or why there was no check."""

    component: str
    found: Lookahead
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of bars: how many, and the dates of the first and the last, as text."""

    bars: int
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """The bars of a run. `mined` are those that the search saw; `sealed` None: nothing unseen is left."""

    source: str
    symbols: tuple[str, ...]
    mined: Span
    sealed: Span | None
    embargo: int
    """Bars between the two that belong to neither."""
    bars_per_year: float
    timezone: str = "UTC"
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFacts:
    """What trading cost: fractions of notional per side, and rates per year.

    `given` False: the user named no costs, and the numbers here are zeros that nobody chose.
    """

    given: bool
    commission: float = 0.0
    slippage: float = 0.0
    borrow_rate: float = 0.0
    cash_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """One search of a run: what it was, how far it came, and what was decided of it."""

    stage: str
    component: str
    """With its window where it saw only a part of the bars."""
    method: str
    state: str
    """waiting, begun, over or skipped."""
    trials: int
    best: float | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run as a whole. `objective` is the metric's name where one metric is sought, else words.

    `several` are all objectives where there are several, each with whether more is better; `objective` is the first.
    """

    name: str
    created: str
    admf_version: str
    data: DataFacts
    costs: CostFacts
    objective: str
    maximize: bool
    several: tuple[tuple[str, bool], ...] = ()
    objective_constraints: tuple[str, ...] = ()
    benchmark: str = "buy_and_hold"
    """'none': nothing is compared."""
    simulation: Mapping[str, Any] = field(default_factory=dict)
    """The resolved simulation options, as a config writes them (`fill: next_open`)."""
    lookahead: tuple[LookaheadFact, ...] = ()
    warnings: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    """What to do next, in plain words; empty: the report's own advice."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    config_text: str = field(default="", repr=False)
    seconds: float | None = None
    notes: tuple[str, ...] = ()
    """Remarks that a person kept with the run, each with its time."""
    folder: str = ""
    """The run's folder as commands name it; empty: it has none that lasts."""
    config_file: str = ""
    """The config as commands name it; empty: there is no file."""
    steps: tuple[StepFacts, ...] = ()
    """Its searches, in the order of the config."""
    unfinished: str = ""
    """Why the run is not at its end, in words; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyFacts:
    """One component searched by one method in one stage.

    `columns` is the trial table, columns of equal length n: `trial_id`, `proposal`, `outcome`, `value`,
    `reason`, the parameters, the metrics. NaN or None stands for null; a parameter whose name something else
    has is found under 'params.NAME'. `best` is one row of it, with the same names. `outcomes` and `reasons`
    count trials; `infeasible` counts those that scored without a value.
    """

    component: str
    method: str
    stage: str
    trials: int
    params: tuple[str, ...]
    columns: Mapping[str, Sequence[Any] | Any] = field(repr=False)
    space: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)
    """How each parameter's values lie (analysis/inputs.py): 'linear', 'log', 'ordinal' or 'categorical'."""
    constraints: tuple[str, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    infeasible: int = 0
    warmup: int = 0
    warmup_from: str = ""
    best: Mapping[str, Any] | None = None
    record: TrialRecord | None = field(default=None, repr=False)
    """The best trial, replayed in full; None where there is none, or where it could not be replayed."""
    costs: CostRecord | None = field(default=None, repr=False)
    """What the best trial earns at other costs; None where that could not be found out."""
    title: str = ""
    """What it is called where its component's name does not tell it from another one."""

    @property
    def called(self) -> str:
        """Its name on the page."""
        return self.title or self.component

    def parameter(self, name: str, row: Mapping[str, Any] | None = None) -> Any:
        """A parameter's column, or its value in `row`; None where it is absent."""
        where = self.columns if row is None else row
        return next((where[key] for key in (f"params.{name}", name) if key in where), None)
