"""`admf check`: validate a config, look for look-ahead, and say what a run of it would do and cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[Path, typer.Argument(help="The config.")] = Path("admf.yaml"),
    data: Annotated[
        str | None, typer.Option(help="Other data than the config's: a path or bundled:NAME.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key: a.b=c. May be repeated.")
    ] = None,
    limit: Annotated[
        float,
        typer.Option(help="Seconds that looking for look-ahead, and then timing trials, may take.", min=1.0),
    ] = 60.0,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Check CONFIG without running it: data, components, look-ahead, plan, and what it takes."""
    from admf.cli.checked import check, document, sections
    from admf.cli.speak import say_json, say_sections
    from admf.config.load import load_config

    changes = list(set_ or [])
    changes += [f"data.source={data}"] if data is not None else []
    checked = check(load_config(config, changes), limit)
    if json:
        say_json(document(checked))
    else:
        say_sections(sections(checked))
