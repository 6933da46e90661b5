"""`admf note`: a remark that is kept with a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    text: Annotated[list[str], typer.Argument(help="The remark; quotes are not needed.")],
) -> None:
    """Keep TEXT with RUN: `admf status` shows it, and reports written from then on do."""
    from admf.cli.speak import say
    from admf.coordinator.sessions import NOTE
    from admf.errors import InputError, Problem
    from admf.store.run_folder import open_run
    from admf.store.run_log import RunLog

    remark = " ".join(text).strip()
    if not remark:
        raise InputError(Problem(where="TEXT", says="a note must say something, was empty."))
    folder = open_run(run)
    with RunLog.open(folder.db) as log:
        log.append(NOTE, {"text": remark})
    say(f"Kept with {run}: {remark}")
