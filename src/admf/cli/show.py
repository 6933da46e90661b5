"""`admf show`: one trial in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from admf.store.trial_table import StoredTrial, TrialLog

DIFFERENT = 5


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    trial: Annotated[str, typer.Argument(help="A trial id, a proposal number, or 'best'.")],
    logs: Annotated[bool, typer.Option("--logs", help="What it printed, logged and noted.")] = False,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Evaluate it again and compare bit for bit.")
    ] = False,
) -> int:
    """Show one trial of RUN: parameters, outcome, metrics and what was said."""
    from admf.cli.one_trial import again, find, log_of
    from admf.cli.speak import say, step
    from admf.coordinator.again import differing, ended_as

    found = find(run, trial)
    _say_trial(found)
    log = log_of(run, found)
    if logs:
        say(
            f"container {found.container}, {found.duration_s:.3g} s, most memory {found.peak_memory_mb:.0f} MB"
        )
        _say_log(log)
    elif log.output or log.events:
        say(
            f"it printed {len(log.output.splitlines()):,} lines, noted {len(log.events):,} events: --logs shows them"
        )
    if not rerun:
        return 0
    with step("Evaluating it again."):
        now = again(run, found)
    then = ended_as(found)
    if differing(then, now) is None:
        say(
            "evaluated again: bit-identical"
            if then.outcome == "scored"
            else "evaluated again: it ends as it did"
        )
        return 0
    say("evaluated again: DIFFERENT")
    if (then.outcome, then.reason) != (now.outcome, now.reason):
        say(f"  {then.outcome} {then.reason} then, {now.outcome} {now.reason} now")
    for name, value in then.metrics.items():
        if now.metrics.get(name) != value:
            say(f"  {name:<16} {_number(value)} then, {_number(now.metrics.get(name))} now")
    return DIFFERENT


def _say_trial(found: StoredTrial) -> None:
    from admf.cli.speak import say

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
        say("what it raised" if found.outcome.value == "failed" else "what is known of its end")
        say(_harmless(found.detail.rstrip()))


def _say_log(log: TrialLog) -> None:
    """What a trial said, as it said it; no control character of it reaches the terminal."""
    from admf.cli.speak import say

    say("what it printed" if log.output else "It printed nothing.")
    if log.output:
        say(_harmless(log.output.rstrip("\n")))
    if log.events:
        say("what it noted, and when after it began")
    for event in log.events:
        data = ", ".join(f"{name}={value}" for name, value in event.data.items())
        say(_harmless(f"  {event.at_s:9.4f} s  {event.kind}  {data}".rstrip()))


def _harmless(text: str) -> str:
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)
