"""The study of every search method: small, with trials that fail and trials that break constraints on results."""

from __future__ import annotations

from pathlib import Path

from admf import registry

METHODS = (
    *(name for name in registry.names("search_methods") if "<" not in name),
    "optuna:TPESampler",
    "optuna:NSGAIISampler",
    "optuna:CmaEsSampler",
)
_STRATEGY = """\
import time
import numpy as np

def cross(bars, fast=5, slow=20, side="both"):
    time.sleep({sleep_s})
    if fast % 11 == 7:
        raise ValueError("not this one")
    up = np.arange(len(bars)) % (fast + slow) < fast
    return np.where(up, 1.0, 0.0 if side == "long" else -1.0)
"""
_CONFIG = """\
name: every
seed: 11
data: {source: bundled:sp500, split: {out_of_sample: 0.9}}
objective: {metric: sharpe, constraints: ["n_trades >= 40", "max_drawdown < 0.5"]}
components:
"""
_COMPONENT = """\
  m{number}:
    use: 'own.py:cross'
    space: {{fast: {{low: 2, high: {high}}}, slow: {{low: 20, high: {top}, step: 5}}, side: [both, long]}}
    constraints: ["fast < slow"]
    warmup: 0
"""
_GRID = 5 * 6 * 2
"""Sets of the grid's own, smaller space."""


def write_study(
    folder: Path, methods: tuple[str, ...], *, trials: int, sleep_s: float = 0.0, workers: int = 2
) -> int:
    """A config of a component for each method; how many trials it has at least."""
    (folder / "own.py").write_text(_STRATEGY.format(sleep_s=sleep_s))
    parts = [_CONFIG]
    for number, method in enumerate(methods):
        high, top = (6, 45) if method == "grid" else (60, 120)
        parts.append(_COMPONENT.format(number=number, high=high, top=top))
    parts.append(f"execution: {{workers: {workers}, max_failures: 0.9}}\n")
    parts.append("workflow:\n  - stage: component_optimization\n    components:\n")
    budgets = [_GRID if method == "grid" else trials for method in methods]
    parts += [
        f"      - {{name: m{number}, method: '{method}', budget: {budget}}}\n"
        for number, (method, budget) in enumerate(zip(methods, budgets, strict=True))
    ]
    (folder / "admf.yaml").write_text("".join(parts))
    return sum(budgets)
