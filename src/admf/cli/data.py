"""`admf data`: how good a source of bars is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[REF]", help="A CSV or Parquet file, a pattern, bundled:NAME, or a run's folder."
        ),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Where naive times are local: America/New_York.")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option(help="Which end of a bar its stamp marks: open or close.")
    ] = None,
    bars_per_year: Annotated[float | None, typer.Option(help="Instead of the inferred number.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Look at prices of this config's mined bars only; its data if no REF.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Report on bars: sessions, gaps, outliers, suspected splits, repeated bars. Gaps are told, never refused."""
    from admf.cli.looked_at import look_at
    from admf.cli.speak import say_json, say_sections, step
    from admf.data.quality.measure import quality_of
    from admf.data.quality.words import sections

    with step("Reading the data."):
        bars, mined = look_at(source, config, timezone, timestamp, bars_per_year)
    with step("Looking for gaps and odd prices."):
        quality = quality_of(bars, mined)
    if json:
        say_json(quality)
    else:
        say_sections(sections(quality))
