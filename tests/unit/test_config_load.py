"""Configs that hold: every form, every default, merging, overrides, and the resolved text."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from admf.config.component_keys import COMBINE
from admf.config.config import Config, DataConfig, DateSplit, ExecutionConfig, FractionSplit, StageComponent
from admf.config.load import load_config
from admf.errors import ComponentError, Problem
from admf.finance.simulation.options import Atr, Costs, Direction, Fill, FractionOfEquity, Simulation
from admf.finance.simulation.parse import parse_simulation
from admf.model.trial import ComponentSpec, ObjectiveSpec

SHORT = "data: {source: bundled:sp500}\ncomponents: [ma_crossover]\n"
LONG = """\
name: sp500
seed: 42
data:
  source: bundled:sp500
  split: {out_of_sample: 0.2, embargo: 5 bars}
  timezone: America/New_York
  timestamp: open
  bars_per_year: 252
  columns: {close: Last, time_format: '%d/%m/%Y'}
simulation: {fill: close, direction: long, stop_loss: {atr: 2}, sizing: {fraction: 0.5}}
costs: {commission: 0.0005, slippage: 0.0002, borrow_rate: 0.01, cash_rate: 0.02}
benchmark: none
components:
  ma_crossover:
    use: ma_crossover
    space:
      fast: {type: int, low: 5, high: 60, step: 5}
      slow: {type: int, low: 20, high: 240, step: 10}
      simulation.stop_loss: [null, 0.02, {atr: 2, window: 14}]
    constraints: ["fast < slow"]
  mine: {use: 'path/to/file.py:Thing', warmup: 3 * slow, allow_lookahead: the labels say so}
  both: {of: {trend: ma_crossover, dip: {use: rsi, warmup: 20}}, combine: vote}
objective: {metric: max_drawdown, constraints: ["n_trades >= 30", "latency < 5"], select: best}
workflow:
  - {stage: component_optimization, method: random, budget: 100, components: [ma_crossover, {name: both, budget: 7}]}
  - {stage: component_optimization, components: [{name: rsi, method: sobol}]}
execution: {executor: inline, workers: 3, batch: 8, generation: 64, max_failures: 0, start_method: spawn}
"""


def test_the_shortest_config_has_every_default() -> None:
    config = load_config(SHORT)
    assert (config.name, config.seed, config.benchmark) == ("config", 0, "buy_and_hold")
    assert config.data == DataConfig(
        source="bundled:sp500",
        split=FractionSplit(out_of_sample=0.3, embargo=20),
        timezone=None,
        timestamp="close",
        bars_per_year=None,
        columns={},
    )
    assert config.simulation == Simulation()
    assert not config.costs_given
    assert config.execution == ExecutionConfig(
        executor="local", workers=None, batch=None, generation=None, max_failures=0.2, start_method=None
    )
    component = config.components["ma_crossover"]
    assert component.spec == ComponentSpec(name="ma_crossover", use="ma_crossover", folder=str(Path.cwd()))
    assert (component.space, component.constraints, component.allow_lookahead) == (None, (), None)
    assert config.objective == ObjectiveSpec(metric="sharpe", maximize=True)
    (stage,) = config.stages
    assert (stage.name, stage.kind) == ("component_optimization", "component_optimization")
    assert stage.components == (StageComponent(name="ma_crossover", method="grid", budget=None),)


def test_every_key_is_read() -> None:
    config = load_config(LONG, folder="/studies/one")
    assert (config.name, config.seed, config.benchmark, config.costs_given) == ("sp500", 42, None, True)
    assert config.data == DataConfig(
        source="bundled:sp500",
        split=FractionSplit(out_of_sample=0.2, embargo=5),
        timezone="America/New_York",
        timestamp="open",
        bars_per_year=252.0,
        columns={"close": "Last", "time_format": "%d/%m/%Y"},
    )
    assert config.simulation == Simulation(
        fill=Fill.CLOSE,
        direction=Direction.LONG,
        stop_loss=Atr(multiple=2.0, window=14),
        sizing=FractionOfEquity(fraction=0.5),
        costs=Costs(commission=0.0005, slippage=0.0002, borrow_rate=0.01, cash_rate=0.02),
    )
    space = config.components["ma_crossover"].space
    assert space is not None
    # fast 5, 10 ... 60 under slow 20, 30 ... 240 (23 values), three stops each
    pairs = sum(fast < slow for fast in range(5, 61, 5) for slow in range(20, 241, 10))
    assert space.count() == 3 * pairs
    mine = config.components["mine"]
    assert mine.spec == ComponentSpec(
        name="mine", use="path/to/file.py:Thing", warmup="3 * slow", folder="/studies/one"
    )
    assert mine.allow_lookahead == "the labels say so"
    folder = "/studies/one"
    assert config.components["both"].spec == ComponentSpec(
        name="both",
        of=(
            ComponentSpec(name="trend", use="ma_crossover", folder=folder),
            ComponentSpec(name="dip", use="rsi", warmup=20, folder=folder),
        ),
        combine="vote",
        folder=folder,
    )
    assert config.objective == ObjectiveSpec(
        metric="max_drawdown", maximize=False, constraints=("n_trades >= 30", "latency < 5")
    )
    first, second = config.stages
    assert first.components == (
        StageComponent(name="ma_crossover", method="random", budget=100),
        StageComponent(name="both", method="random", budget=7),
    )
    assert (second.name, second.components) == (
        "component_optimization-2",
        (StageComponent(name="rsi", method="sobol"),),
    )
    assert config.components["rsi"].spec.use == "rsi"  # named by the workflow only
    assert config.execution == ExecutionConfig(
        executor="inline", workers=3, batch=8, generation=64, max_failures=0.0, start_method="spawn"
    )


OWN_FIRST = """
data: {source: "bundled:sp500"}
components: {both: {of: [rsi, macd]}, ma_crossover: {space: {fast: [5, 10], slow: [20]}}}
objective: sharpe
"""
"""Without a workflow, and a registered name after another."""


@pytest.mark.parametrize(
    "text", [SHORT, LONG, LONG.replace("commission: 0.0005, slippage: 0.0002, ", ""), OWN_FIRST]
)
def test_the_resolved_text_is_the_same_config(text: str) -> None:
    config = load_config(text)
    again = load_config(config.text, folder=config.folder)
    assert replace(again, text="", name=config.name) == replace(config, text="")
    assert again.text == config.text
    assert config.costs_given == ("commission" in text)


@pytest.mark.parametrize(
    ("costs", "given"),
    [
        ("costs: {slippage: 0}", True),
        ("costs: {commission: 0}", True),
        ("simulation: {slippage: 0.1}", True),
        ("costs: {commission: null}", False),
        ("costs: {borrow_rate: 0.1, cash_rate: 0.1}", False),
    ],
)
def test_whether_costs_were_given(costs: str, given: bool) -> None:
    config = load_config(f"{SHORT}{costs}\n")
    assert config.costs_given is given
    assert load_config(config.text).costs_given is given


def test_the_options_for_a_trial_are_hashable_and_whole() -> None:
    config = load_config(LONG)
    hash(config.simulation_options)
    assert parse_simulation(dict(config.simulation_options)) == config.simulation
    resolved = load_config(config.text)
    assert (
        resolved.simulation_options == config.simulation_options
    )  # one study, however its config is written


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("sortino", ObjectiveSpec(metric="sortino", maximize=True)),
        ("costs", ObjectiveSpec(metric="costs", maximize=False)),
        ("{metric: n_trades, direction: minimize}", ObjectiveSpec(metric="n_trades", maximize=False)),
        (
            "{metric: 'own.py:score'}",
            ObjectiveSpec(
                metric=None,
                custom=ComponentSpec(name="objective", use="own.py:score", folder=str(Path.cwd())),
                maximize=True,
            ),
        ),
        (
            "{metric: [{metric: sharpe, weight: 1}, {metric: max_drawdown, weight: 0.5}]}",
            ObjectiveSpec(metric=None, weighted=(("sharpe", 1.0), ("max_drawdown", 0.5)), maximize=True),
        ),
        (
            "[sharpe, max_drawdown]",
            ObjectiveSpec(metric=None, several=(("sharpe", True), ("max_drawdown", False)), maximize=True),
        ),
        (
            "{metric: [costs, {metric: n_trades, direction: max}], constraints: sharpe > 0}",
            ObjectiveSpec(
                metric=None,
                several=(("costs", False), ("n_trades", True)),
                maximize=False,
                constraints=("sharpe > 0",),
            ),
        ),
        ("[sortino]", ObjectiveSpec(metric="sortino", maximize=True)),
        ("[{metric: skew, direction: minimize}]", ObjectiveSpec(metric="skew", maximize=False)),
        ("{metric: [skew], direction: minimize}", ObjectiveSpec(metric="skew", maximize=False)),
        (
            "{constraints: sharpe > 0}",
            ObjectiveSpec(metric="sharpe", maximize=True, constraints=("sharpe > 0",)),
        ),
    ],
)
def test_objectives(objective: str, expected: ObjectiveSpec) -> None:
    config = load_config(f"{SHORT}objective: {objective}\n")
    assert config.objective == expected
    assert load_config(config.text).objective == expected  # as a run folder keeps it


def test_a_metric_of_a_users_own_component_needs_a_direction() -> None:
    own = "data: {source: a.csv}\ncomponents: ['mine.py:evaluate']\n"
    spec = load_config(own + "objective: {metric: latency, direction: minimize}\n").objective
    assert spec == ObjectiveSpec(metric="latency", maximize=False)
    both = load_config(own + "objective: [{metric: latency, direction: minimize}, sharpe]\n").objective
    assert both.several == (("latency", False), ("sharpe", True))


@pytest.mark.parametrize(
    ("components", "uses"),
    [
        (
            "[rsi, 'pack.mod:Thing', 'a/b.py:go']",
            {"rsi": "rsi", "Thing": "pack.mod:Thing", "go": "a/b.py:go"},
        ),
        ("[{name: fast, use: rsi}, {use: macd}, {name: rsi}]", {"fast": "rsi", "macd": "macd", "rsi": "rsi"}),
        ("{one: rsi, rsi: null, two: {use: macd}}", {"one": "rsi", "rsi": "rsi", "two": "macd"}),
    ],
)
def test_components_in_every_form(components: str, uses: dict[str, str]) -> None:
    config = load_config(f"data: {{source: a.csv}}\ncomponents: {components}\n")
    assert {name: one.spec.use for name, one in config.components.items()} == uses


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("{out_of_sample: 0.25}", FractionSplit(out_of_sample=0.25, embargo=20)),
        ("{embargo: 0}", FractionSplit(out_of_sample=0.3, embargo=0)),
        ("{out_of_sample: 0}", FractionSplit(out_of_sample=0.0, embargo=0)),
        ("{out_of_sample: none}", FractionSplit(out_of_sample=0.0, embargo=0)),
        ("none", FractionSplit(out_of_sample=0.0, embargo=0)),
        ("0", FractionSplit(out_of_sample=0.0, embargo=0)),
        (
            "{in_sample: [2000-01-01, 2010-01-01], out_of_sample: [2010-02-01, 2012-01-01]}",
            DateSplit(
                in_sample=(date(2000, 1, 1), date(2010, 1, 1)),
                out_of_sample=(date(2010, 2, 1), date(2012, 1, 1)),
            ),
        ),
    ],
)
def test_splits(split: str, expected: FractionSplit | DateSplit) -> None:
    config = load_config(f"data: {{source: a.csv, split: {split}}}\ncomponents: [rsi]\n")
    assert config.data.split == expected
    assert load_config(config.text).data.split == expected


def test_sources() -> None:
    text = "data: {source: {SPY: a.csv, '005930': b.parquet}}\ncomponents: [rsi]\n"
    assert load_config(text).data.source == {"SPY": "a.csv", "005930": "b.parquet"}
    assert load_config("components: [rsi]\n", data="data/*.csv").data.source == "data/*.csv"
    assert load_config(text, data="bundled:nasdaq").data.source == "bundled:nasdaq"


def test_yaml_1_2_anchors_and_merge_keys() -> None:
    text = """\
data: &data {source: a.csv, timezone: UTC}
components:
  one: &one
    use: rsi
    space: {window: [1e1, 011], mode: [yes, no]}
  two:
    <<: *one
    use: macd
"""
    config = load_config(text)
    two = config.components["two"]
    assert two.spec.use == "macd"
    assert two.raw_space == {"window": [10.0, 11], "mode": ["yes", "no"]}


def test_extends_merges_deep(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "base.yaml").write_text(
        "seed: 1\nsimulation: {fill: close, lot: 5}\nextends: costs.yaml\n"
        "components:\n  ma_crossover: {space: {fast: [5, 10], slow: [20]}}\n"
    )
    (tmp_path / "parts" / "costs.yaml").write_text("costs: {commission: 0.001}\nseed: 9\n")
    (tmp_path / "my study.yaml").write_text(
        "extends: parts/base.yaml\ndata: {source: a.csv}\nsimulation: {lot: 7}\n"
        "components: {ma_crossover: {space: {fast: [15]}}}\n"
    )
    config = load_config(tmp_path / "my study.yaml")
    assert (config.name, config.seed, config.path) == ("my-study", 1, tmp_path / "my study.yaml")
    assert (config.simulation.fill, config.simulation.lot) == (Fill.CLOSE, 7.0)
    assert config.simulation.costs.commission == 0.001
    assert config.components["ma_crossover"].raw_space == {"fast": [15], "slow": [20]}
    assert config.components["ma_crossover"].spec.folder == str(tmp_path)


@pytest.mark.parametrize(("file", "name"), [("admf.yaml", "deep"), ("config.yml", "deep"), ("s1.yaml", "s1")])
def test_the_name_comes_from_the_file(tmp_path: Path, file: str, name: str) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / file).write_text(SHORT)
    assert load_config(str(folder / file)).name == name


def _stop_low(config: Config) -> Any:
    raw = config.components["ma_crossover"].raw_space
    return None if raw is None else raw["simulation.stop_loss"]


@pytest.mark.parametrize(
    ("override", "get", "expected"),
    [
        ("seed=7", lambda c: c.seed, 7),
        ("name=other", lambda c: c.name, "other"),
        ("data.split.out_of_sample=0.1", lambda c: c.data.split.out_of_sample, 0.1),
        ("simulation={stop_loss: 0.1}", lambda c: c.simulation.stop_loss, 0.1),
        ("simulation.stop_loss={atr: 3}", lambda c: c.simulation.stop_loss, Atr(multiple=3.0)),
        ("simulation.stop_loss=", lambda c: c.simulation.stop_loss, None),
        ("components.ma_crossover.space.simulation.stop_loss=[0.3]", _stop_low, [0.3]),
        (
            "components.mine.space.simulation.lot=[1]",
            lambda c: c.components["mine"].space.names,
            ("simulation.lot",),
        ),
        (
            "components.ma_crossover.space.slow.high=120",
            lambda c: c.components["ma_crossover"].space.size,
            12 * 11 * 3,
        ),
        ("workflow[0].budget=3", lambda c: c.stages[0].components[0].budget, 3),
        ("workflow.0.components.1.budget=4", lambda c: c.stages[0].components[1].budget, 4),
        ("execution.workers=auto", lambda c: c.execution.workers, None),
    ],
)
def test_overrides(override: str, get: Any, expected: object) -> None:
    assert get(load_config(LONG, [override])) == expected


def test_a_later_override_wins() -> None:
    assert load_config(SHORT, ["seed=1", "seed=2"]).seed == 2


def test_problems_found_later_get_their_line() -> None:
    config = load_config(LONG)
    error = ComponentError(
        Problem(says="mine takes no parameter 'x'.", where="components.mine.use"),
        Problem(says="ma_crossover takes no parameter 'fast'.", where="components.ma_crossover.space.fast"),
        Problem(says="there is no file.", where="mine.use"),
        Problem(says="it raised.", where="strategy.py:12"),
        Problem(says="it is slow."),
    )
    assert str(config.located(error)).splitlines() == [
        "config:21:15: mine takes no parameter 'x'.",
        "config:17:7: fast: ma_crossover takes no parameter 'fast'.",
        "config:21:15: there is no file.",
        "strategy.py:12: it raised.",
        "it is slow.",
    ]


def test_composites_are_combined_as_the_trials_do() -> None:
    from admf.trials.composite import COMBINE as DONE

    assert tuple(DONE) == COMBINE


def test_reading_a_config_loads_no_heavy_library() -> None:
    heavy = ("pandas", "polars", "numba", "scipy", "pydantic")
    code = f"import sys, admf.config.load; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("select", ["best", "plateau"])
def test_what_is_selected_is_kept_and_written_out(select: str) -> None:
    config = load_config(f"{SHORT}objective: {{select: {select}}}\n")
    assert config.select == load_config(config.text).select == select
    assert load_config(SHORT).select == "best"
