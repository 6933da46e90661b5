"""Searches that wait for nobody, killed with -9 and resumed: nothing is lost, nothing is run twice."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from admf.coordinator.sessions import TOLD
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from tests.chaos.killing import kill_once_ended
from tests.chaos.session import admf, csv_of

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and sessions"), pytest.mark.slow]
TRIALS, KILLS = 200, 8
STRATEGY = """\
import time
import numpy as np
def cross(bars, fast=5, slow=20):
    time.sleep(0.08 if (fast * 7 + slow) % 5 == 0 else 0.004)
    return np.where(np.arange(len(bars)) % (fast + slow) < fast, 1.0, 0.0)
"""
CONFIG = """\
name: hasty
seed: 4
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  mine: {{use: 'own.py:cross', space: {{fast: {{low: 2, high: 60}}, slow: {{low: 13, high: 160}}}}, warmup: 0}}
execution: {{workers: 3, batch: 1}}
workflow:
  - {{stage: component_optimization, method: {method}, budget: {trials}, asynchronous: true}}
"""


def rows(folder: Path) -> set[str]:
    """What is recorded, a line of the table each."""
    return set(csv_of(folder, "torn").splitlines()[1:])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", ["{genetic: {population: 6}}", "bayesian", "'optuna:TPESampler'"])
def test_kills_of_a_search_that_waits_for_nobody(tmp_path: Path, method: str) -> None:
    (tmp_path / "own.py").write_text(STRATEGY)
    (tmp_path / "admf.yaml").write_text(CONFIG.format(method=method, trials=TRIALS))
    torn, chance, before = RunFolder(tmp_path / "torn"), random.Random(), set[str]()
    for target in sorted(chance.choices(range(TRIALS - 10), k=KILLS)):
        kill_once_ended(tmp_path, torn, max(target, len(before) + 1), method)
        assert before <= rows(tmp_path), "what was there is gone, or another"
        before = rows(tmp_path)
    admf(tmp_path, "resume", "torn")
    assert before <= rows(tmp_path)
    assert len(rows(tmp_path)) == TRIALS
    status = json.loads(admf(tmp_path, "status", "torn", "--json"))
    assert (status["state"], status["outcomes"]) == ("finished", {"scored": TRIALS})
    with RunLog.open(torn.db, readonly=True) as log:
        assert any(event.data["pending"] for event in log.events(kind=TOLD))
