"""`admf runs`: all runs below this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Where to look.")] = Path(),
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the runs below this folder, the newest first."""
    from admf.cli.speak import say
    from admf.cli.tables import print_columns
    from admf.coordinator.status import runs_below

    found = sorted(map(_row, runs_below(folder)), key=lambda row: row["begun"] or "", reverse=True)
    if json_:
        say(json.dumps(found, indent=1))
    elif not found:
        say(f"There are no runs below {folder.resolve()}. `admf run` makes one.")
    else:
        print_columns({name: [row[name] for row in found] for name in found[0]}, "table")


def _row(path: Path) -> dict[str, Any]:
    """One run in short; one that cannot be read is shown as that."""
    from admf.coordinator.status import status_of

    empty = dict.fromkeys(("begun", "state", "trials", "total", "best", "objective", "component"))
    try:
        status = status_of(path)
    except Exception:  # a damaged run must not hide the others
        return {"run": str(path), **empty, "state": "unreadable"}
    best = status.best
    return {
        "run": str(path),
        "begun": status.begun,
        "state": status.state.value,
        "trials": status.ended,
        "total": status.total,
        "best": best.best if best else None,
        "objective": status.studies[0].objective if status.studies else None,
        "component": best.component if best else None,
    }
