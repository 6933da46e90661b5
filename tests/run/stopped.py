"""A study of 228 trials that is stopped where a test wants it, and what the commands say of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf.cli.app import run_app
from admf.model.trial import Outcomes
from admf.store.trial_table import TrialTable

STRATEGY = """\
import numpy as np
def cross(bars, fast=5, slow=20):
    if fast == 7:
        raise ValueError("not seven")
    return np.where(np.arange(len(bars)) % slow < fast, 1.0, 0.0)
"""
CONFIG = """\
name: study
seed: 7
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  first: {{use: 'own.py:cross', space: {{fast: {{low: 2, high: 12}}, slow: {{low: 13, high: 30}}}}, warmup: 0}}
  rsi: {{}}
execution: {{executor: inline, generation: 50, max_failures: 0.5}}
workflow:
  - stage: component_optimization
    components:
      - {{name: first, method: {method}, budget: 198}}
      - {{name: rsi, method: random, budget: 30}}
"""


def write_config(folder: Path, method: str = "grid") -> None:
    (folder / "admf.yaml").write_text(CONFIG.format(method=method))


def csv_of(run: str, capfd: pytest.CaptureFixture[str]) -> str:
    capfd.readouterr()
    assert run_app(["trials", run, "--format", "csv"]) == 0
    return capfd.readouterr().out


def status_of(run: str, capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capfd.readouterr()
    assert run_app(["status", run, "--json"]) == 0
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


class Stops:
    """Lets a number of batches be stored, then raises; counts every trial that is stored."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        self.left, self.error, self.stored = 10**9, error, list[str]()
        write = TrialTable.write

        def counted(table: TrialTable, **batch: Any) -> None:
            if not self.left:
                raise self.error
            self.left -= 1
            write(table, **batch)
            outcomes: Outcomes = batch["outcomes"]
            study = f"{batch['stage']}.{batch['component']}.{batch['window']}"
            self.stored += [f"{study}.{n}" for n in outcomes.numbers]

        monkeypatch.setattr(TrialTable, "write", counted)

    def after(self, batches: int) -> None:
        self.left = batches


def bars_of(length: int = 500, seed: int = 3) -> pd.DataFrame:
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, length)))
    columns = dict.fromkeys(("open", "high", "low", "close"), close)
    return pd.DataFrame(columns, index=pd.date_range("2015-01-01", periods=length, name="time"))
