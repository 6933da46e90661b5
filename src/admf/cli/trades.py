"""`admf trades`: the trades of one trial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    trial: Annotated[str, typer.Argument(help="A trial id, a proposal number, or 'best'.")],
    format_: Annotated[str, typer.Option("--format", help="table, json, csv or parquet.")] = "table",
) -> None:
    """Print the trades of TRIAL: times, sizes, prices, costs, excursions, why they ended."""
    from admf.cli.one_trial import find, in_full
    from admf.cli.tables import check_format, print_columns

    check_format(format_)
    record = in_full(run, find(run, trial))
    print_columns(dict(record.trades), format_)
