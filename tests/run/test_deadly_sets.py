"""A parameter set that ends its container is left out of the look-ahead check, which says so; the run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.model.trial import Outcome
from admf.store.trial_table import TrialTable

STRATEGY = """\
import os


def mine(bars, n=5):
    if n == 7:
        os.abort()
    return bars.close > {level}
"""
CONFIG = """\
data: {source: 'bundled:sp500', split: {out_of_sample: 0.9}}
components: {mine: {use: 'strategy.py:mine', space: {n: [6, 7]}, warmup: 0}}
execution: {workers: 1, max_failures: 1}
"""


def write(folder: Path, level: str) -> None:
    (folder / "strategy.py").write_text(STRATEGY.format(level=level))
    (folder / "admf.yaml").write_text(CONFIG)


def test_it_is_said_and_costs_its_own_trial_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "1000.0")
    monkeypatch.chdir(tmp_path)
    assert run_app(["run", "--out", "run"]) == 0
    said = "looked at without 1 of the parameter sets, which ended their container"
    printed = capsys.readouterr()
    assert f"(mine: {said})" in printed.out + printed.err
    with TrialTable.open(tmp_path / "run" / "run.db", readonly=True) as table:
        counts = table.count()
        assert table.row("1.mine.1").reason == "SIGABRT"
    assert (counts[Outcome.SCORED], counts[Outcome.CRASHED]) == (1, 1)
    assert said in (tmp_path / "run" / "reports" / "report.html").read_text()


def test_the_sets_that_live_are_looked_at_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "bars.close.mean()")
    monkeypatch.chdir(tmp_path)
    assert run_app(["run", "--out", "run"]) == 2
    assert "changes when later bars are removed" in capsys.readouterr().err


CORNERED = """\
import os

import admf


def mine(bars, n=9):
    if n == 57:
        os.abort()
    return bars.close > admf.ta.sma(bars.close, n)
"""


def test_a_corner_of_the_space_that_ends_its_container_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warm-up is recorded at the corners: at those that live, and at the sets that were looked at."""
    (tmp_path / "strategy.py").write_text(CORNERED)
    config = CONFIG.replace("n: [6, 7]}, warmup: 0}", "n: {low: 2, high: 57, step: 5}}}")
    (tmp_path / "admf.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    assert run_app(["run", "--out", "run"]) == 0
    printed = capsys.readouterr()
    assert "died while it was looked at" not in printed.out + printed.err
    with TrialTable.open(tmp_path / "run" / "run.db", readonly=True) as table:
        assert table.count()[Outcome.CRASHED] == 1
        assert table.row("1.mine.11").reason == "SIGABRT"
        assert table.row("1.mine.0").outcome is Outcome.SCORED
