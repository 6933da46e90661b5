"""`admf demo`: the main job on real data, from nothing to a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_CONFIG = """\
name: demo
seed: 42
data: {source: bundled:sp500, split: {out_of_sample: 0.3, embargo: 20}}
costs: {commission: 0.0005, slippage: 0.0002}
components:
  ma_crossover:
    space:
      fast: {type: int, low: 5, high: 60, step: 5}
      slow: {type: int, low: 20, high: 240, step: 10}
    constraints: ["fast < slow"]
  breakout: {}
objective: {metric: sharpe, constraints: ["n_trades >= 30"]}
workflow:
  - stage: component_optimization
    components:
      - {name: ma_crossover, method: grid}
      - {name: breakout, method: random, budget: 100}
"""


def command(
    out: Annotated[Path, typer.Option(help="Where the run goes.")] = Path("demo"),
    workers: Annotated[int | None, typer.Option(help="Containers at once; default: one per core.")] = None,
) -> int:
    """Search two strategies on 20 years of the S&P 500 and write a report."""
    from admf.cli.speak import say
    from admf.cli.summary import summarise
    from admf.config.load import load_config

    say("Two strategies on the daily S&P 500 (1999-2018, bundled with arch); the last 30 % stays sealed.")
    changes = [f"execution.workers={workers}"] if workers is not None else []
    return summarise(load_config(_CONFIG, changes), out)
