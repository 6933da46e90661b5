"""`admf run`: run a config to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[Path, typer.Argument(help="The config.")] = Path("admf.yaml"),
    data: Annotated[
        str | None, typer.Option(help="Other data than the config's: a path or bundled:NAME.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; default runs/NAME, then NAME-2.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key: a.b=c. May be repeated.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Containers at once; default: as the config says.")
    ] = None,
    executor: Annotated[str | None, typer.Option(help="inline or local.")] = None,
) -> int:
    """Search, score and report what CONFIG describes. Exit code 4: more trials failed than max_failures allows."""
    from admf.cli.speak import ended_by_hand
    from admf.config.load import load_config
    from admf.coordinator.configured_executor import beginning

    changes = list(set_ or [])
    changes += [f"execution.workers={workers}"] if workers is not None else []
    changes += [f"execution.executor={executor}"] if executor is not None else []
    loaded = load_config(config, changes, data=data)
    with ended_by_hand(), beginning(loaded) as pool:  # it imports while this process does
        from admf.analysis.importance import load_libraries
        from admf.cli.summary import summarise

        load_libraries()  # of the report
        return summarise(loaded, out, pool)
