"""Made-up runs for reports, and what a page of them says: for tests of the page and of its figures."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from admf.finance.metrics.holding import measure_holding
from admf.reports import page
from admf.reports.banners import banners
from admf.reports.facts import CostFacts, DataFacts, RunFacts, Span, StudyFacts
from admf.reports.words import verdict
from admf.trials.replay_trial import TrialRecord

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def small_plotly(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """plotly.js is five million characters of no interest, but for the test of the whole file."""
    if request.node.name != "test_self_contained":
        monkeypatch.setattr(page, "_plotly", lambda: Markup("/*plotly*/"))


def run_facts(**changes: Any) -> RunFacts:
    known: dict[str, Any] = {
        "name": "sp500",
        "created": "2024-05-01 12:00",
        "admf_version": "0.1.0",
        "data": data_facts(),
        "costs": CostFacts(given=True, commission=0.0005, slippage=0.0002),
        "objective": "sharpe",
        "maximize": True,
        "simulation": {"fill": "next_open"},
        "provenance": {"identity": "sha256:feed", "versions": {"numpy": "2.4"}},
        "config_text": "name: sp500\nseed: 42\n",
        "seconds": 12.34,
    }
    return RunFacts(**known | changes)


def data_facts(**changes: Any) -> DataFacts:
    known: dict[str, Any] = {
        "source": "bundled:sp500",
        "symbols": ("SPX",),
        "mined": Span(bars=3500, first="1999-01-04", last="2012-12-31"),
        "sealed": Span(bars=1510, first="2013-01-30", last="2018-12-31"),
        "embargo": 20,
        "bars_per_year": 252.0,
        "timezone": "America/New_York",
    }
    return DataFacts(**known | changes)


def a_record(n: int = 300, warmup: int = 20, k: int = 40, **changes: Any) -> TrialRecord:
    t = np.arange(n)
    equity = 100_000.0 * (1.0 + 0.001 * np.maximum(t - warmup, 0) + 0.02 * np.sin(t / 5.0) * (t > warmup))
    entry = np.linspace(warmup, n - 3, k).astype(int)
    time = np.datetime64("2001-01-01T21:00", "ns") + t * np.timedelta64(1, "D")
    known: dict[str, Any] = {
        "metrics": {"sharpe": 1.25, "total_return": 0.2791, "n_trades": float(k), "profit_factor": None},
        "undefined": {"profit_factor": "no losing trade"},
        "warmup": warmup,
        "bars_per_year": 252.0,
        "time": time,
        "equity": equity,
        "benchmark": 100_000.0
        * np.where(t < warmup, 1.0, 1.0 + 0.0005 * (t - warmup) + 0.03 * np.sin(t / 7.0)),
        "trades": {
            "symbol": ["SPX"] * k,
            "side": ["long", "short"] * (k // 2) + ["long"] * (k % 2),
            "entry_time": time[entry],
            "exit_time": time[entry + 2],
            "entry_price": np.full(k, 100.0),
            "exit_price": np.full(k, 101.0),
            "pnl": np.full(k, 50.0),
            "return": np.full(k, 0.01),
            "exit_reason": ["signal"] * k,
            "open_at_end": np.zeros(k, dtype=bool),
        },
        "facts": {"commission": 123.0, "max_gross": 1.5},
    }
    known |= changes
    if known["benchmark"] is not None:
        known["held"] = measure_holding(known["benchmark"][warmup:], known["bars_per_year"])
    return TrialRecord(**known)


def a_study(
    params: Mapping[str, list[Any]] | None = None,
    values: list[float] | None = None,
    *,
    failed: int = 0,
    record: TrialRecord | None = None,
    **changes: Any,
) -> StudyFacts:
    """A study whose trials have `values` (NaN: infeasible), and `failed` ones after them."""
    values = [0.1, 0.5, float("nan"), 0.3] if values is None else values
    n = len(values) + failed
    params = (
        {"fast": list(range(5, 5 + n)), "slow": [50, 60] * (n // 2) + [50] * (n % 2)}
        if params is None
        else params
    )
    value = np.array([*values, *[np.nan] * failed])
    outcome = ["scored"] * len(values) + ["failed"] * failed
    reason = ["constraint: n_trades >= 30" if v != v else "" for v in values] + ["ValueError: bad"] * failed
    columns: dict[str, Any] = {
        **params,
        "trial_id": [f"1.ma.{i}" for i in range(n)],
        "proposal": np.arange(n),
        "outcome": outcome,
        "reason": reason,
        "value": value,
        "sharpe": value.copy(),
    }
    held = np.flatnonzero(np.isfinite(value))
    row = int(held[np.argmax(value[held])]) if held.size else None
    known: dict[str, Any] = {
        "component": "ma_crossover",
        "method": "grid",
        "stage": "component_optimization",
        "trials": n,
        "params": tuple(params),
        "columns": columns,
        "outcomes": Counter(outcome),
        "reasons": Counter(text for text in reason if text),
        "infeasible": sum(v != v for v in values),
        "best": None if row is None else {name: column[row] for name, column in columns.items()},
        "record": record,
    }
    return StudyFacts(**known | changes)


def charts_of(text: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" data-chart="([^"]+)">(.*?)</script>', text, re.S)
    return {
        name: json.loads(body, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
        for name, body in found
    }


def titles(facts: RunFacts, *studies: StudyFacts) -> str:
    return " | ".join(banner.title for banner in banners(facts, studies))


def words_of(facts: RunFacts, *studies: StudyFacts) -> str:
    found = verdict(facts, studies)
    checked = [f"{check.mark.value} {check.title}: {check.text}" for check in found.checks]
    steps = [f"{step.text} {step.command}" for step in found.next_steps]
    return "\n".join([found.headline, *found.tried, *found.best, *checked, *steps])


# --- what is on it ----------------------------------------------------------------------------------------
