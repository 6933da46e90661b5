"""`admf resume`: go on with a run after Ctrl-C, a kill, a full disk or a power cut."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    workers: Annotated[
        int | None, typer.Option(help="Containers at once, instead of as before.", min=1)
    ] = None,
    executor: Annotated[
        str | None, typer.Option(help="Another executor than before: inline or local.")
    ] = None,
) -> int:
    """Continue RUN where it ended; what is stored is not run again. Changed data, code or versions are refused."""
    from admf.cli.speak import say, watching
    from admf.cli.summary import summarise_launched
    from admf.coordinator.resume import Resuming, recorded_executor, resume

    threads = (executor or recorded_executor(run)) not in ("inline", "")
    with watching(threads=threads) as watcher:
        launched = resume(run, Resuming(workers=workers, executor=executor), watcher=watcher)
    if launched is None:
        say(f"{run}: finished; nothing is left to do. `admf trials {run}` shows its trials.")
        return 0
    return summarise_launched(launched)
