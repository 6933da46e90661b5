"""Laws of scoring: many signals at once earn, bit for bit, what each earns alone in the simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admf import registry
from admf.errors import TrialError
from admf.finance.metrics.table import NAMES
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Direction, Simulation
from admf.finance.simulation.simulate import simulate
from admf.finance.streamed import Streamed
from admf.model.bars import Bars
from admf.trials.measured import measured
from tests import strategies as given_

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@st.composite
def batches(draw: st.DrawFn) -> tuple[Bars, list[Any], Simulation, int]:
    """Bars, a few signals for them, options and a warm-up."""
    bars = draw(given_.bars())
    signals = draw(st.lists(given_.signals(bars.close.shape), min_size=1, max_size=4))
    return bars, signals, draw(given_.options()), draw(st.sampled_from([0, 0, 1, 3, 99]))


@given(batches(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_many_signals_earn_what_each_earns_alone(
    batch: tuple[Bars, list[Any], Simulation, int], data: st.DataObject
) -> None:
    bars, signals, options, warmup = batch
    scorer = Streamed(bars)
    for _ in range(2):  # the arrays are used again
        scores = scorer.score(np.array([s.reshape(-1) for s in signals], np.float64), options, warmup)
        for row, signal in enumerate(signals):
            run = simulate(bars, signal, options, warmup=warmup)
            metrics, undefined = measured(run, bars.bars_per_year)
            assert scores.metrics[row].tobytes() == metrics.tobytes()
            assert scores.undefined[row] == undefined
            assert set(undefined) == {NAMES[i] for i in np.flatnonzero(np.isnan(metrics))}
            assert scores.ruined[row] == run.ruined
            assert scores.outside[row] == -1
        options = data.draw(given_.options())


@pytest.mark.parametrize("wrong", [1.5, -2.0, np.inf, -np.inf])
@pytest.mark.parametrize("others", [1.0, 0.25])
def test_a_signal_that_is_none_is_found_and_the_others_are_scored(wrong: float, others: float) -> None:
    bars = given_.make_bars(*np.full((4, 6), 10.0) + np.arange(6) % 3)
    signals = np.full((3, 6), others)
    signals[1, 4] = wrong
    scores = Scorer(bars).score(signals, Simulation(), 0)
    assert scores.outside.tolist() == [-1, 4, -1]
    assert np.isnan(scores.metrics[1]).all()
    assert scores.metrics[0].tobytes() == scores.metrics[2].tobytes()
    with pytest.raises(TrialError, match="at bar 4"):
        simulate(bars, signals[1], Simulation())


@pytest.mark.parametrize("direction", list(Direction))
def test_a_disallowed_side_is_flat_whatever_the_form_of_the_signal(direction: Direction) -> None:
    bars = given_.make_bars(*np.full((4, 8), 10.0) + np.arange(8) % 3)
    sides = np.array([1.0, 1, -1, -1, 0, 1, -1, -1])
    fractions = np.where(np.arange(8) == 7, 0.5 * sides, sides)  # the last is never filled
    options = Simulation(direction=direction)
    whole, part = Scorer(bars).score(np.array([sides, fractions]), options, 0).metrics
    at = NAMES.index("total_return")
    assert whole[at] == pytest.approx(part[at], abs=1e-15)


MANY = [
    n for n in sorted(registry.names("strategies")) if getattr(registry.load("strategies", n), "many", None)
]


def test_some_strategies_write_for_many_sets() -> None:
    assert "ma_crossover" in MANY


@pytest.mark.parametrize("name", MANY)
@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_a_strategy_writes_for_many_sets_what_it_gives_for_each(name: str, data: st.DataObject) -> None:
    strategy = registry.load("strategies", name)
    many = strategy.many
    bars = data.draw(given_.bars())
    windows = st.integers(1, 9)
    sets = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(strategy.space, windows)), min_size=1))
    columns = {key: [one[key] for one in sets] for key in strategy.space}
    made, out = many(bars)(**columns), np.empty(bars.close.size)
    for i, one in enumerate(sets):
        made.write(i, out)
        assert out.tobytes() == strategy(bars, **one).tobytes()
