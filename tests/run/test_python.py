"""The Python API as a user meets it: studies, backtests, frames of any kind, scripts without a guard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import admf
from admf.errors import ComponentError, ConfigError, InputError, LookaheadError


def cross(bars: Any, fast: int = 5, slow: int = 20) -> Any:
    return admf.ta.sma(bars.close, fast) > admf.ta.sma(bars.close, slow)


SPACE: dict[str, Any] = {"fast": [3, 5, 8], "slow": [8, 13, 21]}


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 700)))
    open_ = np.r_[close[0], close[:-1]]
    columns = {
        "Open": open_,
        "High": np.maximum(open_, close),
        "Low": np.minimum(open_, close),
        "Close": close,
    }
    return pd.DataFrame(columns, index=pd.date_range("2015-01-01", periods=700, freq="B", name="Date"))


def test_a_study_finds_the_best_and_keeps_all_trials(prices: pd.DataFrame, tmp_path: Path) -> None:
    study = admf.optimize(cross, prices, space=SPACE, constraints=["fast < slow"], executor="inline")
    assert len(study.trials) == 8
    best = study.trials.sort_values("value", ascending=False, kind="stable").iloc[0]
    assert study.best_value == best["value"] == best["sharpe"]
    assert study.best_params == {"fast": best["fast"], "slow": best["slow"]}
    assert study.best is not None
    assert study.best.trial_id == best["trial_id"]
    assert len(study.equity) == 700 - 210 - 20
    report = study.report(tmp_path / "deep" / "report.html")
    assert "buy and hold" in report.read_text(encoding="utf-8")
    for figure in (study.plot.heatmap("fast", "slow"), study.plot.equity(), study.plot.trades()):
        assert figure.to_dict()["data"]
    with pytest.raises(InputError, match="Did you mean 'fast'"):
        study.plot.heatmap("fst", "slow")
    assert "8 trials" in study._repr_html_()


def test_a_study_says_what_matters(prices: pd.DataFrame) -> None:
    study = admf.optimize(
        cross, prices, space={"fast": [3, 5, 8, 12, 16], "slow": [20, 25, 30, 40, 60]}, executor="inline",
        objective="total_return",
    )  # fmt: skip
    found = study.importance()
    assert list(found.columns) == ["parameter", "ped_anova", "sobol_first", "sobol_total", "note"]
    assert sorted(found["parameter"]) == ["fast", "slow"]
    scores = study.trials.pivot_table(index="fast", columns="slow", values="value").to_numpy()
    first = {
        "fast": scores.mean(axis=1).var() / scores.var(),
        "slow": scores.mean(axis=0).var() / scores.var(),
    }
    for row in found.itertuples():
        assert row.sobol_first == pytest.approx(first[row.parameter], abs=0.02)
    steps = study.sensitivity()
    assert set(steps["step"]) <= {"down", "up"}
    trials = study.trials.set_index("trial_id")
    for row in steps.dropna(subset=["value"]).itertuples():
        assert row.value == trials.loc[row.trial_id, "value"]
        assert row.change == pytest.approx(row.value - study.best_value)
        assert trials.loc[row.trial_id, row.parameter] == row.to
        assert row.says.startswith(f"{row.parameter}: one step {row.step}, to {row.to}, ")
    flat = study.plateau()
    assert flat is not None
    around = study.sensitivity("plateau").dropna(subset=["value"])
    np.testing.assert_allclose(around["value"] - around["change"], flat.value)
    with pytest.raises(InputError, match="Did you mean 'plateau'"):
        study.sensitivity("plato")


def test_without_a_value_it_says_why_nothing_matters(prices: pd.DataFrame) -> None:
    study = admf.optimize(
        cross, pl.from_pandas(prices.reset_index()), space=SPACE, constraints=["fast < slow"], executor="inline",
        objective={"metric": "sharpe", "constraints": ["n_trades > 100000"]},
    )  # fmt: skip
    found = study.importance()
    assert isinstance(found, pl.DataFrame)
    assert found["note"].to_list() == ["None, because no trial has a value."] * 2
    assert found["ped_anova"].null_count() == found["sobol_total"].null_count() == 2
    assert study.sensitivity() is None


def test_frames_of_any_kind_give_the_same_numbers(prices: pd.DataFrame) -> None:
    flat = prices.reset_index()
    symbols = {"open": flat["Open"], "high": flat["High"], "low": flat["Low"], "close": flat["Close"]}
    sources: list[Any] = [
        prices,
        flat,
        pl.from_pandas(flat),
        pl.from_pandas(flat).to_arrow(),
        {"time": flat["Date"].to_numpy()} | {name: column.to_numpy() for name, column in symbols.items()},
        {"only": prices},
    ]
    found = [admf.backtest(cross, source, fast=3, slow=13).metrics for source in sources]
    assert all(metrics == found[0] for metrics in found)


def test_polars_in_is_polars_out(prices: pd.DataFrame) -> None:
    study = admf.optimize(cross, pl.from_pandas(prices.reset_index()), space=SPACE, executor="inline")
    assert isinstance(study.trials, pl.DataFrame)
    assert isinstance(study.trades, pl.DataFrame)


def test_a_backtest_is_the_trial_of_the_same_parameters(prices: pd.DataFrame) -> None:
    study = admf.optimize(
        cross,
        prices,
        space={"fast": [3], "slow": [13]},
        holdout=None,
        costs={"commission": 0.001},
        executor="inline",
    )
    result = admf.backtest(cross, prices, fast=3, slow=13, costs={"commission": 0.001})
    assert study.best is not None
    assert dict(study.best.metrics) == dict(result.metrics)
    total = float(result.equity.iloc[-1]) / 100_000.0 - 1.0
    assert result.metrics["total_return"] == pytest.approx(total, rel=1e-12)
    assert len(result.trades) == result.metrics["n_trades"]


def test_simulation_options_are_searched_beside_the_parameters(prices: pd.DataFrame) -> None:
    space = {"slow": [13], "simulation.stop_loss": [None, 0.01, {"atr": 1, "window": 5}]}
    study = admf.optimize(cross, prices, space=space, executor="inline")
    by_stop = {
        str(p): v for p, v in zip(study.trials["simulation.stop_loss"], study.trials["value"], strict=True)
    }
    assert len(set(by_stop.values())) == 3
    direct = admf.backtest(
        cross, prices.iloc[:470], slow=13, simulation={"stop_loss": 0.01}, warmup=19
    )  # the study's warm-up is that of its largest window
    assert (
        direct.metrics["sharpe"]
        != admf.backtest(cross, prices.iloc[:470], slow=13, warmup=19).metrics["sharpe"]
    )


def test_what_is_wrong_is_said_before_any_trial(prices: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"takes no parameter 'fst'\. Did you mean 'fast'"):
        admf.optimize(cross, prices, space={"fst": [1, 2]}, executor="inline")
    with pytest.raises(ComponentError, match="takes no parameter 'fst'"):
        admf.backtest(cross, prices, fst=3)
    with pytest.raises(InputError, match=r"test_python\.py:\d+: the signal at 20\d\d-"):
        admf.optimize(lambda bars: bars.close > bars.close.mean(), prices, executor="inline")
    with pytest.raises(ConfigError, match="sharp"):
        admf.optimize(cross, prices, space=SPACE, objective="sharp", executor="inline")
    with pytest.raises(ConfigError, match="leave nothing"):
        admf.optimize(cross, prices, space=SPACE, constraints=["fast > 99"], executor="inline")
    assert issubclass(LookaheadError, InputError)


def test_objectives_may_be_functions_weights_and_own_metrics(prices: pd.DataFrame) -> None:
    custom = admf.optimize(
        cross, prices, space=SPACE, objective=lambda m: -m["max_drawdown"], executor="inline"
    )
    least = admf.optimize(cross, prices, space=SPACE, objective="max_drawdown", executor="inline")
    assert custom.best_params == least.best_params
    weights = [{"metric": "sharpe", "weight": 1.0}, {"metric": "max_drawdown", "weight": -3.0}]
    weighted = admf.optimize(cross, prices, space=SPACE, objective=weights, executor="inline")
    rows = weighted.trials
    np.testing.assert_allclose(rows["value"], rows["sharpe"] - 3.0 * rows["max_drawdown"], rtol=1e-12)

    class Own:
        def __init__(self, x: float = 0.0) -> None:
            self.x = x

        def evaluate(self, bars: Any) -> dict[str, float]:
            return {"score": -((self.x - 2.0) ** 2), "bars": float(len(bars))}

    own = admf.optimize(
        Own,
        prices,
        space={"x": [0.0, 1.5, 3.0]},
        objective={"metric": "score", "direction": "maximize"},
        executor="inline",
    )
    assert own.best_params == {"x": 1.5}


SCRIPT = """
import sys, admf

def trend(bars, window=10):
    return bars.close > admf.ta.sma(bars.close, window)

study = admf.optimize(trend, "bundled:sp500", space={"window": [10, 20, 50]}, workers=2)
print(study.best_params, len(study.trials), __name__)
"""


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("3 __main__")


def test_a_weight_that_works_against_its_metric_is_refused(prices: pd.DataFrame) -> None:
    weights = [{"metric": "sharpe", "weight": 1.0}, {"metric": "max_drawdown", "weight": 3.0}]
    with pytest.raises(InputError, match=r"the weight of max_drawdown must be negative, was 3"):
        admf.optimize(cross, prices, space=SPACE, objective=weights, executor="inline")


def test_a_pool_is_kept_between_studies_and_sees_edited_files(prices: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    code = "import numpy as np\ndef f(bars, k=1):\n    return np.full(len(bars), {})\n"
    with admf.Pool(workers=1) as pool:
        found = []
        for size in ("0.5", "1.0"):
            file.write_text(code.format(size))
            study = admf.optimize(f"{file}:f", prices, space={"k": [1, 2]}, executor=pool)
            found.append(float(study.trials["exposure"].iloc[0]))
    assert found == [0.5, 1.0]
