"""A trial whose container is killed by somebody else is tried three times, the last time with nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.model.trial import Outcome
from admf.store.trial_table import TrialTable

STRATEGY = """\
import os
import signal
from pathlib import Path

TRIES = Path(__file__).with_name("tries")


def mine(bars, n=5):
    if n >= 20:
        with TRIES.open("a") as file:
            file.write(f"{n}\\n")
        if n == 20 or TRIES.read_text().count(f"{n}\\n") < 3:
            print("last words")
            os.kill(os.getpid(), signal.SIGKILL)
    return bars.close > 1000.0 + n
"""
CONFIG = """\
data: {source: 'bundled:sp500', split: {out_of_sample: 0.9}}
components: {mine: {use: 'strategy.py:mine', space: {n: {low: 1, high: 21}}, warmup: 0, allow_lookahead: it has none}}
containers: {type: isolated}
execution: {workers: 2, max_failures: 1}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "strategy.py").write_text(STRATEGY)
    (tmp_path / "admf.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    assert run_app(["run", "--out", "run"]) == 0
    return tmp_path / "run"


def test_three_times_and_then_it_is_lost_with_what_it_said(run: Path) -> None:
    with TrialTable.open(run / "run.db", readonly=True) as table:
        counts, lost = table.count(), table.row("1.mine.19")
        assert (lost.outcome, lost.reason) == (Outcome.LOST, "lost 3 times: SIGKILL")
        assert "last words" in table.log("1.mine.19").output
        assert table.row("1.mine.20").outcome is Outcome.SCORED, "the third time it was well"
    assert (counts[Outcome.SCORED], counts[Outcome.LOST]) == (20, 1)
    tries = run.with_name("tries").read_text().split()
    assert (tries.count("20"), tries.count("21")) == (3, 3)


def test_it_is_lost_again_when_it_is_evaluated_again(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["show", "run", "1.mine.19", "--rerun"]) == 0
    assert "evaluated again: it ends as it did" in capsys.readouterr().out
    assert run.with_name("tries").read_text().split().count("20") == 6
