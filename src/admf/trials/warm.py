"""Compile every kernel once and keep the machine code on disk, so that no trial waits for it.

`python -m admf.trials.warm` does it at installation; a run does it when it finds that nobody has.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from inspect import signature
from pathlib import Path

import numpy as np

from admf import registry
from admf.finance.compiled import CACHE, load_all
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Atr, Simulation, VolatilityTarget
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.simulate import simulate
from admf.model.bars import BarInfo, Bars
from admf.trials.measured import measured
from admf.trials.mersenne import WORDS, write_states
from admf.trials.on_bar import play
from admf.trials.replay_trial import record_of

_MARK = ".warm"


def is_warm() -> bool:
    """Whether the kernels of these sources were compiled and kept before."""
    try:
        return bool(CACHE) and (Path(CACHE) / _MARK).exists()
    except OSError:  # a folder that this user may not look into
        return False


def warm(_: object = None) -> None:
    """Run every kernel on a few bars; takes half a minute the first time, half a second after."""
    load_all()
    bars = _few_bars()
    for name in registry.names("strategies"):
        if registry.names("strategies")[name].startswith("admf."):
            run = simulate(bars, registry.load("strategies", name)(bars), Simulation(), warmup=5)
            record_of(run, bars, measured(run, bars.bars_per_year))
    for name in registry.names("indicators"):
        registry.load("indicators", name)
    events = bars.close > 100.0
    simulate(bars, Orders(entries=events, exits=~events), Simulation())
    signals = np.tile(events.astype(np.float64), (2, 1))
    scorer = Scorer(bars)
    scorer.score(signals, Simulation(), 5)
    scorer.score(signals / 2.0, Simulation(), 5)
    for name in registry.names("strategies"):
        strategy = registry.load("strategies", name)
        if getattr(strategy, "many", None) is not None:
            defaults = {key: one.default for key, one in list(signature(strategy).parameters.items())[1:]}
            sets = strategy.many(bars)(**{key: np.array([value]) for key, value in defaults.items()})
            scorer.score_sets(sets, 0, 1, Simulation(), 5)
    distances = Atr(multiple=1.0, window=5)
    simulate(
        bars,
        events,
        replace(Simulation(), stop_loss=distances, sizing=VolatilityTarget(annual=0.1, window=5)),
    )
    play(_AlwaysLong(), bars, Simulation(), 0)
    write_states(np.zeros(1, np.uint64), *np.empty((2, 1, 1 + WORDS), np.uint32))
    if CACHE:
        with suppress(OSError):  # compiled again next time, then
            (Path(CACHE) / _MARK).touch()


class _AlwaysLong:
    def on_bar(self, _bar: object, _position: float) -> float:
        return 1.0


def _few_bars() -> Bars:
    T = 300
    close = 100.0 + 10.0 * np.sin(np.arange(T) / 7.0) + np.arange(T) % 5
    day = np.datetime64("2000-01-01", "ns") + np.arange(T) * np.timedelta64(1, "D").astype("timedelta64[ns]")
    prices = {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": close}
    info = BarInfo(symbols=("x",), bars_per_year=252.0, bar_ns=86_400 * 10**9)
    return Bars(time=day, columns=prices, session=np.arange(T, dtype=np.int64), info=info)


if __name__ == "__main__":
    warm()
