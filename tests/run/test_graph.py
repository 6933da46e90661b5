"""A workflow as a graph, from the command line: the same bytes for any workers and when resumed, decisions kept."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from admf.cli.app import run_app
from admf.model.window import WHOLE
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable
from tests.run.stopped import Stops, csv_of, status_of

STRATEGIES = """\
import os
import numpy as np
def wave(bars, n=5, m=20):
    return np.where(np.arange(len(bars)) % m < n, 1.0, 0.0)
def deadly(bars, n=5):
    os.abort()
"""
CONFIG = """\
name: graph
seed: 5
data: {source: bundled:sp500, split: {out_of_sample: 0.8}}
components:
  wave: {use: 'own.py:wave', space: {n: {low: 2, high: 9}, m: {low: 10, high: 30}}, warmup: 0}
  rsi: {space: {window: [4, 8, 14], lower: [20, 30], upper: [70, 80]}}
  breakout:
execution: {executor: inline, max_failures: 0.9}
workflow:
  - stage: component_optimization
    name: coarse
    parallel: true
    components:
      - {name: wave, method: {genetic: {population: 8}}, budget: {trials: 60, no_progress: 3}}
      - {name: rsi, method: grid}
      - {name: breakout, method: {successive_halving: {eta: 2}}, budget: 16, needs: rsi}
  - stage: component_optimization
    name: fine
    components: [wave, rsi]
    when: [coarse.passed == 3, {if: grid_size > 100, method: bayesian}]
    method: random
    budget: 12
    feed: {from: coarse, top: 3}
  - {stage: component_optimization, name: never, needs: coarse, components: [rsi], when: coarse.rsi.best > 9}
  - stage: joint_optimization
    name: together
    needs: [coarse]
    components: [wave, rsi]
    constraints: [wave.m > rsi.window]
    method: random
    budget: 10
    feed: true
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config whose workflow is a graph."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(STRATEGIES)
    (tmp_path / "admf.yaml").write_text(CONFIG)
    return tmp_path


def decisions(run: str) -> list[tuple[str, str]]:
    """What the log says of studies, in no order: which is open first is the containers' business."""
    with RunLog.open(Path(run) / "run.db", readonly=True) as log:
        return sorted(
            (event.kind, json.dumps(event.data, sort_keys=True))
            for event in log.events()
            if event.kind.startswith("study")
        )


def test_the_same_bytes_and_decisions_for_any_number_of_workers(
    study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["run", "--out", "inline"]) == 0
    for workers in ("1", "2", "4"):
        assert run_app(["run", "--out", f"local{workers}", "--executor", "local", "--workers", workers]) == 0
        assert csv_of(f"local{workers}", capfd) == csv_of("inline", capfd)
        assert decisions(f"local{workers}") == decisions("inline")


def test_a_graph_that_is_stopped_again_and_again_ends_in_the_same_bytes(
    study: Path, capfd: pytest.CaptureFixture[str], stops: Stops
) -> None:
    assert run_app(["run", "--out", "whole"]) == 0
    stops.stored.clear()
    code, command = 2, ["run", "--out", "torn"]
    for batches in (1, 5, 9, 7, 13, 11, 10**9):
        stops.after(batches)
        code = run_app(command)
        command = ["resume", "torn"]
    assert code == 0
    assert csv_of("torn", capfd) == csv_of("whole", capfd)
    assert decisions("torn") == decisions("whole")
    assert len(stops.stored) == len(set(stops.stored)), "nothing was run twice"


def test_what_was_decided_is_said(study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_app(["run", "--out", "run"]) == 0
    said = capfd.readouterr()
    assert "coarse, rsi: best sharpe" in said.out
    assert "never, rsi: skipped. `admf status run` says why." in said.out
    assert "coarse, breakout (in_sample-1of4): 16 trials" in said.out
    studies = {
        (one["stage"], one["component"], one["window"]): one for one in status_of("run", capfd)["studies"]
    }
    never = studies["never", "rsi", WHOLE]
    assert (never["state"], never["ended"], never["total"]) == ("skipped", 0, 0)
    assert "'coarse.rsi.best > 9' does not hold" in never["why"][0]
    fine = studies["fine", "wave", WHOLE]
    assert fine["method"] == "bayesian"
    assert fine["why"] == [
        "bayesian instead of random: 'grid_size > 100' holds (grid_size 168)",
        "begins with 3 sets that earlier stages found",
    ]
    assert studies["fine", "rsi", WHOLE]["method"] == "random"
    halved = [
        studies["coarse", "breakout", window]["ended"]
        for window in ("in_sample-1of4", "in_sample-1of2", WHOLE)
    ]
    assert halved == [16, 8, 4]
    page = (study / "run" / "reports" / "report.html").read_text()
    assert "What was searched, step by step" in page
    assert "the best 8 sets of the window before came further" in page


def rows_of(run: str, stage: str, component: str, window: str = WHOLE) -> list[dict[str, Any]]:
    with TrialTable.open(Path(run) / "run.db", readonly=True) as table:
        columns = table.columns(
            ["params", "value", "proposal"], stage=stage, component=component, window=window
        )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def best_of(rows: list[dict[str, Any]], n: int) -> list[Any]:
    ranked = sorted((row for row in rows if row["value"] == row["value"]), key=lambda row: -row["value"])
    return [row["params"] for row in ranked[:n]]


def test_who_comes_further_and_what_is_fed_are_the_best_before(study: Path) -> None:
    assert run_app(["run", "--out", "run"]) == 0
    quarter, half, whole = (
        rows_of("run", "coarse", "breakout", window) for window in ("in_sample-1of4", "in_sample-1of2", WHOLE)
    )
    assert [row["params"] for row in half] == best_of(quarter, 8)
    assert [row["params"] for row in whole] == best_of(half, 4)
    assert [row["params"] for row in rows_of("run", "fine", "rsi")[:3]] == best_of(
        rows_of("run", "coarse", "rsi"), 3
    )
    wave, rsi = (best_of(rows_of("run", "coarse", name), 1)[0] for name in ("wave", "rsi"))
    first = rows_of("run", "together", "together")[0]["params"]
    assert first == {f"wave.{k}": v for k, v in wave.items()} | {f"rsi.{k}": v for k, v in rsi.items()}
    for row in rows_of("run", "together", "together"):
        assert row["params"]["wave.m"] > row["params"]["rsi.window"]


def test_trials_of_every_window_can_be_looked_at_and_verified(
    study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["run", "--out", "run"]) == 0
    for trial in ("1.breakout.in_sample-1of4.3", "1.breakout.2", "4.together.5"):
        assert run_app(["show", "run", trial, "--rerun"]) == 0, trial
    assert "bit-identical" in capfd.readouterr().out
    assert run_app(["verify", "run", "--sample", "40"]) == 0


def test_a_component_that_always_crashes_keeps_nobody_from_its_results(
    study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (study / "admf.yaml").write_text(
        CONFIG[: CONFIG.index("components:")]
        + """\
components:
  wave: {use: 'own.py:wave', space: {n: {low: 2, high: 9}, m: {low: 10, high: 30}}, warmup: 0}
  deadly: {use: 'own.py:deadly', space: {n: {low: 2, high: 9}}, warmup: 0, allow_lookahead: it dies}
  rsi: {space: {window: [4, 8, 14], lower: [20, 30], upper: [70, 80]}}
execution: {max_failures: 0.9, workers: 2}
workflow: [{stage: component_optimization, parallel: true, components: [deadly, wave, rsi]}]
"""
    )
    assert run_app(["run", "--out", "run"]) == 0
    said = capfd.readouterr().out
    assert said.index("rsi: 12 trials") < said.index("deadly: 8 trials, none with a value")
    outcomes = Counter[str]()
    with TrialTable.open(study / "run" / "run.db", readonly=True) as table:
        columns = table.columns(["component", "outcome"])
        outcomes.update(map(".".join, zip(*columns.values(), strict=True)))
    assert outcomes == {"deadly.crashed": 8, "wave.scored": 168, "rsi.scored": 12}
