"""`admf report`: the HTML report of a run, made again from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Write the report of RUN again, also of one that has not ended: its page then says so on top."""
    import webbrowser

    from admf.cli.speak import say
    from admf.coordinator.report_again import report_again

    page = report_again(run).resolve()
    say(f"Report: {page}")
    if open_ and not webbrowser.open(page.as_uri()):
        say("No browser was found here: open the file in one.")
