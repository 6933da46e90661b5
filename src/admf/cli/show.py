"""`admf show`: one trial in full."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    trial: Annotated[str, typer.Argument(help="A trial id, a proposal number, or 'best'.")],
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Evaluate it again and compare bit for bit.")
    ] = False,
) -> int:
    """Show one trial of RUN: parameters, outcome, metrics and what was said."""
    from admf.cli.one_trial import again, find
    from admf.cli.speak import say

    found = find(run, trial)
    say(f"{found.trial_id}  {found.outcome.value}" + (f"  ({found.reason})" if found.reason else ""))
    say(f"  value   {_number(found.value)}")
    say(f"  seed    {found.seed}")
    for name, value in found.params.items():
        say(f"  {name} = {value}")
    say("metrics")
    for name, value in found.metrics.items():
        why = found.undefined.get(name, "")
        say(f"  {name:<16} {_number(value)}" + (f"  ({why})" if why else ""))
    if found.detail:
        say("what it raised")
        say(found.detail.rstrip())
    if not rerun:
        return 0
    record = again(run, found)
    same = all(record.metrics.get(name) == value for name, value in found.metrics.items())
    say("evaluated again: bit-identical" if same else "evaluated again: DIFFERENT")
    for name, value in found.metrics.items():
        if record.metrics.get(name) != value:
            say(f"  {name:<16} {_number(value)} then, {_number(record.metrics.get(name))} now")
    return 0 if same else 5


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)
