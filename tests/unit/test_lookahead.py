"""The look-ahead check catches what looks ahead, names line and date, and leaves the honest alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from admf import registry
from admf.errors import ComponentError
from admf.finance.simulation.options import Simulation
from admf.model.bars import BarInfo, Bars
from admf.model.trial import ComponentSpec
from admf.trials.component import load_component
from admf.trials.lookahead import find_lookahead
from tests.strategies import make_bars

HERE = Path(__file__).parent.parent / "components"


def random_walk(T: int, *, intraday: bool = False) -> Bars:
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, T)))
    open_ = np.r_[close[0], close[:-1]]
    day = np.datetime64("2010-01-01", "ns")
    step = np.timedelta64(15 * 60 if intraday else 86_400, "s")
    time = day + step * np.arange(1, T + 1)
    prices = {
        "open": open_,
        "high": np.maximum(open_, close) * 1.002,
        "low": np.minimum(open_, close) * 0.998,
        "close": close,
        "volume": np.full(T, 1e6),
    }
    info = BarInfo(symbols=("X",), bars_per_year=252.0, bar_ns=int(step / np.timedelta64(1, "ns")))
    session = time.astype("datetime64[D]").astype(np.int64)
    return Bars(time=time, columns=prices, session=session, info=info)


def look(file: str, name: str, bars: Bars, **params: object) -> object:
    component = load_component(ComponentSpec(name=name, use=f"{file}:{name}", folder=str(HERE)))
    check = find_lookahead(component, [params], bars, Simulation(), warmup=30, seed=0)
    assert check.compared > 0
    return check.finding.error() if check.finding else None


@pytest.mark.parametrize(
    ("name", "intraday"),
    [
        ("standardised", False),
        ("tomorrow", False),
        ("centred", False),
        ("open_hours", True),
        ("open_weeks", False),
        ("backfilled", False),
        ("Remembers", False),
        ("PeeksAtTheEnd", False),
        ("precomputed", False),
    ],
)
def test_a_strategy_that_looks_ahead_is_caught_with_line_and_date(name: str, intraday: bool) -> None:
    found = look("peeking.py", name, random_walk(600, intraday=intraday))
    assert found is not None
    line = re.search(r"peeking\.py:(\d+): the signal at 201\d-\d\d-\d\d", str(found))
    assert line is not None, str(found)
    source = (HERE / "peeking.py").read_text().splitlines()
    assert source[int(line[1]) - 1].lstrip().startswith("def ")


@pytest.mark.parametrize(
    "name",
    ["cross", "annotated", "pandas_cross", "with_orders", "Signal", "ByBar", "optimizable", "empty", "noisy"],
)
def test_an_honest_strategy_passes(name: str) -> None:
    assert look("honest.py", name, random_walk(400)) is None


@pytest.mark.parametrize("name", sorted(registry.names("strategies")))
def test_no_built_in_strategy_is_accused(name: str) -> None:
    component = load_component(ComponentSpec(name=name, use=name))
    check = find_lookahead(component, [{}], random_walk(600), Simulation(), warmup=30, seed=1)
    assert check.finding is None
    assert check.recorded[0][1]


def test_cut_histories_give_no_way_to_the_rest() -> None:
    bars = make_bars([1.0, 2.0], [2.0, 3.0], [1.0, 1.0], [2.0, 2.0])
    cut = bars.until(1)
    assert cut.close.base is None
    with pytest.raises(ValueError, match="read-only"):
        cut.close[0] = 5.0


def test_what_cannot_be_compared_is_not_called_honest() -> None:
    folder = str(HERE)
    for name in ("Measures", "needs_all"):
        component = load_component(ComponentSpec(name=name, use=f"honest.py:{name}", folder=folder))
        check = find_lookahead(component, [{}], random_walk(400), Simulation(), warmup=30, seed=0)
        assert (check.finding, check.compared) == (None, 0)


@pytest.mark.parametrize("T", [1, 2, 3, 5])
def test_very_short_histories_are_looked_at_as_far_as_they_go(T: int) -> None:
    component = load_component(ComponentSpec(name="cross", use="honest.py:cross", folder=str(HERE)))
    check = find_lookahead(component, [{}], random_walk(T), Simulation(), warmup=30, seed=0)
    assert check.finding is None
    assert (check.compared > 0) == (T > 1)


def test_a_component_that_exits_is_an_error_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "exits.py").write_text("import sys\n\ndef quits(bars):\n    sys.exit(3)\n")
    component = load_component(ComponentSpec(name="quits", use="exits.py:quits", folder=str(tmp_path)))
    with pytest.raises(ComponentError, match=r"does not run on these bars: SystemExit: 3"):
        find_lookahead(component, [{}], random_walk(50), Simulation(), warmup=5, seed=0)
