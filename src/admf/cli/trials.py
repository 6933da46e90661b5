"""`admf trials`: the trial table of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    stage: Annotated[str | None, typer.Option(help="Only this stage.")] = None,
    component: Annotated[str | None, typer.Option(help="Only this component.")] = None,
    sort: Annotated[str | None, typer.Option(help="Sort by a column, best first.")] = None,
    top: Annotated[int | None, typer.Option(help="Only the first N.", min=1)] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Of several objectives: only trials that no other one beats.")
    ] = False,
    format_: Annotated[str, typer.Option("--format", help="table, json, csv or parquet.")] = "table",
    measured: Annotated[
        bool, typer.Option("--measured", help="Also durations, memory and containers.")
    ] = False,
) -> None:
    """Print the trials of RUN; the same run gives the same bytes."""
    from admf.cli.tables import check_format, descending_by, print_trials
    from admf.plan.studies_data import read_objectives
    from admf.store.published import Selection
    from admf.store.run_folder import open_run
    from admf.store.trial_table import TrialTable

    check_format(format_)
    with TrialTable.open(open_run(run).db, readonly=True) as table:
        ids = None
        if front:
            from admf.coordinator.study_front import fronts_of

            fronts = fronts_of(table, run, stage=stage, component=component)
            ids = tuple(name for one in fronts for name in one.ids)
        selection = Selection(
            stage=stage, component=component, sort=sort, descending=descending_by(sort, run), top=top, ids=ids
        )
        also = [name for name, _ in read_objectives(run)]
        print_trials(table, format_, selection, measured=measured, also=also)
