"""`asynchronous: true`, from the command line: nobody waits, the run says so, a resumed one goes on in its order."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from admf import registry
from admf.cli.app import run_app
from admf.coordinator.sessions import TOLD
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable
from tests.run.stopped import Stops, csv_of, status_of

STRATEGY = """\
import time
import numpy as np
def cross(bars, fast=5, slow=20):
    time.sleep(0.1 if fast % 7 == 3 else 0.005)
    if fast == 11:
        raise ValueError("not this one")
    return np.where(np.arange(len(bars)) % (fast + slow) < fast, 1.0, 0.0)
"""
PATIENT = """
class Patient:
    generation = 8
    def __init__(self, space, seed=0, budget=None):
        self.sets = [{"fast": n, "slow": 20} for n in range(2, 22)]
    def ask(self, n):
        asked, self.sets = self.sets[:n], self.sets[n:]
        return asked
    def tell(self, results):
        pass
    def total(self, budget=None):
        return 20
"""
CONFIG = """\
name: study
seed: 7
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  first: {{use: 'own.py:cross', space: {{fast: {{low: 2, high: 40}}, slow: {{low: 13, high: 60}}}}, warmup: 0}}
execution: {{workers: 2, batch: 1, max_failures: 0.5}}
workflow:
  - stage: component_optimization
    method: {method}
    budget: 60
    asynchronous: {asynchronous}
"""
LEARNING = ("{genetic: {population: 6}}", "{bayesian: {generation: 4, startup: 8}}", "cmaes")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(STRATEGY)
    return tmp_path


def write(method: str, asynchronous: bool = True) -> None:
    Path("admf.yaml").write_text(CONFIG.format(method=method, asynchronous=str(asynchronous).lower()))


def tellings(run: Path) -> list[Any]:
    with RunLog.open(run / "run.db", readonly=True) as log:
        return [event.data for event in log.events(kind=TOLD)]


def rows(run: Path) -> list[tuple[Any, ...]]:
    with TrialTable.open(run / "run.db", readonly=True) as table:
        found: list[tuple[Any, ...]] = [
            (t.trial_id, dict(t.params), t.value, t.seed) for t in table.top(1000, maximize=True)
        ]
        return found


@pytest.mark.parametrize("method", LEARNING)
def test_nobody_waits_and_every_set_is_tried_once(
    study: Path, capfd: pytest.CaptureFixture[str], method: str
) -> None:
    write(method)
    assert run_app(["run", "--out", "run"]) == 0
    lines = csv_of("run", capfd).splitlines()
    assert len(lines) == 61
    told = tellings(study / "run")
    assert any(data["pending"] for data in told), "somebody was not waited for"
    late = [n for data in told for n in data["late"]]
    pending = [n for data in told for n in data["pending"]]
    assert len(late) == len(set(late)), "told once"
    assert set(late) <= set(pending)
    why = status_of("run", capfd)["studies"][0]["why"]
    assert any("asynchronous" in one for one in why)
    assert "asynchronous" in (study / "run" / "reports" / "report.html").read_text()


def test_with_one_container_nothing_ends_late_and_the_table_is_that_of_a_search_that_waits(
    study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for asynchronous, run in ((True, "hasty"), (False, "patient")):
        write(LEARNING[0], asynchronous)
        assert run_app(["run", "--out", run, "--executor", "inline"]) == 0
    assert csv_of("hasty", capfd) == csv_of("patient", capfd)
    assert tellings(study / "patient") == []


def test_a_grid_has_nobody_to_wait_for_and_carries_no_label(
    study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write("random")
    assert run_app(["run", "--out", "run"]) == 0
    assert tellings(study / "run") == []
    assert status_of("run", capfd)["studies"][0]["why"] == []


@pytest.mark.parametrize("method", LEARNING)
def test_a_stopped_run_goes_on_in_the_order_of_its_log(
    study: Path, stops: Stops, capfd: pytest.CaptureFixture[str], method: str
) -> None:
    write(method)
    for batches in (17, 11):
        stops.after(batches)
        command = ["resume", "run"] if (study / "run").exists() else ["run", "--out", "run"]
        assert run_app(command) != 0
        before, told = rows(study / "run"), tellings(study / "run")
    stops.after(10**9)
    assert run_app(["resume", "run"]) == 0, capfd.readouterr().err
    assert tellings(study / "run")[: len(told)] == told
    after = rows(study / "run")
    assert [row for row in before if row not in after] == [], "nothing that was there is lost"
    assert len(csv_of("run", capfd).splitlines()) == 61
    assert len(stops.stored) == len(set(stops.stored)) == 60, "no trial is run twice"


def test_another_order_in_the_log_is_another_search(
    study: Path, stops: Stops, capfd: pytest.CaptureFixture[str]
) -> None:
    write(LEARNING[0])
    stops.after(40)
    assert run_app(["run", "--out", "run"]) != 0
    with sqlite3.connect(study / "run" / "run.db") as database:
        database.execute("DROP TRIGGER log_refuses_UPDATE")
        for seq, data in database.execute("SELECT seq, data FROM log WHERE kind = ?", (TOLD,)).fetchall():
            database.execute(
                "UPDATE log SET data = ? WHERE seq = ?",
                (json.dumps(json.loads(data) | {"pending": [], "late": []}), seq),
            )
    stops.after(10**9)
    capfd.readouterr()
    assert run_app(["resume", "run"]) == 2
    assert "must be proposed as it was recorded" in capfd.readouterr().err


def test_a_method_that_cannot_hear_late_is_refused(
    study: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (study / "own_search.py").write_text(PATIENT)
    monkeypatch.syspath_prepend(study)
    names, theirs = registry.names, {"patient": "own_search:Patient"}
    monkeypatch.setattr(
        registry, "names", lambda kind: names(kind) | (theirs if kind == "search_methods" else {})
    )
    write("patient")
    assert run_app(["check"]) == 2
    assert "an asynchronous search must have notice(results)" in capfd.readouterr().err


def test_a_check_says_what_it_means(study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write("genetic")
    assert run_app(["check"]) == 0
    assert "which sets it proposes will depend on how long trials take" in capfd.readouterr().out
