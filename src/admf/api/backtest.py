"""One parameter set over one set of bars, here and now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from admf.api.component_spec import component_spec
from admf.api.frames import frame, series, wants_polars
from admf.data.read import read_bars
from admf.errors import TrialError
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import parse_simulation, with_options
from admf.model.trial import ComponentSpec
from admf.trials.answer import Answer, ask, own_params, simulated, simulation_params
from admf.trials.component import Component, adapt, load_component
from admf.trials.measured import measured_as_scored
from admf.trials.replay_trial import TrialRecord, record_of
from admf.trials.warmup import declared_for, guessed_for


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backtest:
    """What one parameter set earned.

    `equity` at every close (a pandas Series, or a Polars frame where Polars came in), `trades` a frame with one
    row per trade, `metrics` by name (None: undefined; `undefined` says why).
    """

    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str]
    record: TrialRecord = field(repr=False)
    polars: bool = False

    @property
    def equity(self) -> Any:
        """Equity at every close."""
        return series("equity", self.record.time, self.record.equity, polars=self.polars)

    @property
    def trades(self) -> Any:
        """One row per trade."""
        return frame(self.record.trades, polars=self.polars)


def backtest(
    component: Any,
    bars: Any,
    *,
    simulation: Mapping[str, Any] | None = None,
    costs: Mapping[str, Any] | None = None,
    warmup: int | None = None,
    timezone: str | None = None,
    timestamp: str | None = None,
    bars_per_year: float | None = None,
    **params: Any,
) -> Backtest:
    """Run `component` with `params` over `bars`.

    `component` is a function of bars, a class, an object, a registered name or 'module:attribute'; `bars` any
    source that a config's `data.source` may name, or a frame. `simulation` and `costs` are as in a config.
    `warmup` bars are not traded (default: what the component declares, else what its indicators need, else its
    largest integer parameter).
    Raises ComponentError for a parameter that the component does not take, DataError for bars that are none,
    TrialError for a signal that is none, and whatever the component itself raises.

    >>> def trend(bars, window=50):
    ...     return bars.close > ta.sma(bars.close, window)
    >>> from admf import backtest, ta
    >>> round(backtest(trend, "bundled:sp500", window=100).metrics["exposure"], 2)
    0.66
    """
    loaded = _loaded(component)
    history = read_bars(bars, timezone=timezone, timestamp=timestamp, bars_per_year=bars_per_year)
    options = _options(simulation, costs, params)
    own = own_params(params)
    said = warmup if warmup is not None else declared_for(loaded, own) if loaded.warmup is not None else None
    answer = ask(loaded, own, history, options, said or 0)
    if answer.metrics is not None:
        raise TrialError(f"{loaded.name} returns metrics of its own; call it directly.")
    needed = said if said is not None else _found(answer, loaded, own)
    if answer.simulated is not None and needed != (said or 0):  # on_bar trades while it answers
        answer = ask(loaded, own, history, options, needed)
    run = simulated(answer, history, options, needed)
    found = measured_as_scored(answer.signal, run, Scorer(history), options, needed)
    record = record_of(run, history, found)
    return Backtest(
        metrics=record.metrics, undefined=record.undefined, record=record, polars=wants_polars(bars)
    )


def _found(answer: Answer, component: Component, params: Mapping[str, Any]) -> int:
    """The warm-up where nobody declared one: what the indicators recorded, else the largest integer parameter."""
    return answer.warmup if answer.warmup is not None else guessed_for(component, params)


def _loaded(component: Any) -> Component:
    if isinstance(component, str):
        return load_component(component_spec(component))
    name = str(getattr(component, "__name__", type(component).__name__))
    return adapt(ComponentSpec(name=name), component, "")


def _options(
    simulation: Mapping[str, Any] | None, costs: Mapping[str, Any] | None, params: Mapping[str, Any]
) -> Simulation:
    base = parse_simulation(dict(simulation or {}), dict(costs or {}))
    searched = simulation_params(params)
    return with_options(base, searched) if searched else base
