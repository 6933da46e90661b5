"""`admf try`: one line, an own strategy file and a file of bars: search, verdict in five lines, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    strategy: Annotated[
        str, typer.Argument(help="A Python file with a strategy: strategy.py, or strategy.py:NAME.")
    ],
    data: Annotated[str, typer.Argument(help="Bars: a CSV or Parquet file, a glob, or bundled:NAME.")],
    timezone: Annotated[
        str | None, typer.Option(help="Of naive time stamps, such as America/New_York.")
    ] = None,
    timestamp: Annotated[
        str, typer.Option(help="Which end of a bar its stamp marks: close or open.")
    ] = "close",
    bars_per_year: Annotated[float | None, typer.Option(help="Default: inferred from the bars.")] = None,
    commission: Annotated[
        float | None, typer.Option(help="Fraction of notional per side: 0.0005 is 0.05 %.")
    ] = None,
    slippage: Annotated[float | None, typer.Option(help="Fraction, against every trade.")] = None,
    space: Annotated[
        list[str] | None,
        typer.Option(
            help="Change the guessed space: fast=5:60:5 (low:high:step) or mode=a,b. May be repeated."
        ),
    ] = None,
    objective: Annotated[str, typer.Option(help="The metric that is sought.")] = "sharpe",
    budget: Annotated[
        int | None, typer.Option(min=1, help="Trials at most; default: what fits into about half a minute.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder; default runs/try-NAME.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Containers at once; default: one per core.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the search and of the trials.")] = 0,
    allow_lookahead: Annotated[
        str | None,
        typer.Option(help="A reason: run it although it looks ahead, marked as not to be trusted."),
    ] = None,
) -> int:
    """Search STRATEGY over DATA: guess its space, hold 30 % back, say in five lines what came of it.

    The guessed space is printed, and the config is kept in the run's folder as try.yaml, to be edited.
    """
    from admf.cli.tried import Asked, try_it

    asked = Asked(
        strategy=strategy,
        data=data,
        options={"timezone": timezone, "timestamp": timestamp, "bars_per_year": bars_per_year},
        costs={
            name: value
            for name, value in (("commission", commission), ("slippage", slippage))
            if value is not None
        },
        space=tuple(space or ()),
        objective=objective,
        budget=budget,
        workers=workers,
        seed=seed,
        allow_lookahead=allow_lookahead,
    )
    return try_it(asked, out)
