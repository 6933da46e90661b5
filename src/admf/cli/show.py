"""`admf show`: one trial in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from admf.coordinator.again import Ended
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
    log = log_of(run, found)
    _say_trial(found)
    if logs:
        say(_container(found))
        _say_log(log)
    elif hint := _hint(log):
        say(hint)
    if not rerun:
        return 0
    with step("Evaluating it again."):
        now = again(run, found)
    then = ended_as(found)
    if differing(then, now) is None:
        scored = found.outcome.value == "scored"
        say(f"evaluated again: {'bit-identical' if scored else 'it ends as it did'}")
        return 0
    _say_differences(then, now)
    return DIFFERENT


def _say_trial(found: StoredTrial) -> None:
    from admf.cli.speak import harmless, say

    why = f"  ({found.reason})" if found.reason else ""
    say(harmless(f"{found.trial_id}  {found.outcome.value}{why}"))
    say(f"  value   {_number(found.value)}")
    say(f"  seed    {found.seed}")
    for name, value in found.params.items():
        say(harmless(f"  {name} = {value}"))
    say("metrics")
    for name, value in found.metrics.items():
        why = found.undefined.get(name, "")
        say(harmless(f"  {name:<16} {_number(value)}" + (f"  ({why})" if why else "")))
    if found.detail:
        say("what it raised" if found.outcome.value == "failed" else "what is known of its end")
        say(harmless(found.detail.rstrip()))


def _container(found: StoredTrial) -> str:
    memory = f", most memory {found.peak_memory_mb:,.0f} MB" if found.peak_memory_mb else ""
    return f"container {found.container or 'unknown'}, {found.duration_s:.3g} s{memory}"


def _hint(log: TrialLog) -> str:
    """That there is more to see, in one line; '' where there is nothing."""
    said = []
    if lines := len(log.output.splitlines()):
        said.append(f"printed {lines:,} {'line' if lines == 1 else 'lines'}")
    if events := len(log.events):
        said.append(f"noted {events:,} {'event' if events == 1 else 'events'}")
    if not said:
        return ""
    return f"{' and '.join(said)}: --logs shows {'it' if lines + events == 1 else 'them'}"


def _say_log(log: TrialLog) -> None:
    """What a trial said, as it said it; no control character of it reaches the terminal."""
    from admf.cli.speak import harmless, say

    say("what it printed" if log.output else "It printed nothing.")
    if log.output:
        say(harmless(log.output.rstrip("\n")))
    say("what it noted, and when after it began" if log.events else "It noted nothing.")
    for event in log.events:
        data = ", ".join(f"{name}={value}" for name, value in event.data.items())
        say(harmless(f"  {event.at_s:9.4f} s  {event.kind}  {data}".rstrip()))


def _say_differences(then: Ended, now: Ended) -> None:
    from admf.cli.speak import harmless, say

    say("evaluated again: DIFFERENT")
    if (then.outcome, then.reason) != (now.outcome, now.reason):
        before, after = (f"{one.outcome} ({one.reason or 'no reason'})" for one in (then, now))
        say(harmless(f"  {before} then, {after} now"))
    for name in dict.fromkeys([*then.metrics, *now.metrics]):
        before, after = _number(then.metrics.get(name)), _number(now.metrics.get(name))
        if before != after:
            say(harmless(f"  {name:<16} {before} then, {after} now"))
    if then.of_machine or now.of_machine:
        say("  (that depends on the machine and its load)")


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)
