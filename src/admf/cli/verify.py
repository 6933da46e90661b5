"""`admf verify`: whether a run's trials give the same numbers again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from admf.coordinator.verify import Difference, Verified

DIFFERENT = 5
_LEAKS = "Keep nothing between calls, or run it with container_spec: {type: isolated}."


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many trials, shared out fairly.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses the trials and their order.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Containers at once, instead of the run's own.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> int:
    """Evaluate trials of RUN again, in another order and in fresh containers, and compare bit for bit.

    Exit code 5 where any differs: then the strategy draws what is not seeded, or sees what other trials left.
    """
    from admf.cli.progress import counting
    from admf.cli.speak import say, say_json
    from admf.coordinator.verify import Verifying, verify

    verifying = Verifying(sample=sample, seed=seed, workers=workers)
    with counting("trials evaluated again") as (watcher, count):
        found = verify(run, verifying, watcher=watcher, watch=count)
    if json:
        say_json(_document(found))
    else:
        for line in _words(found):
            say(line)
    return DIFFERENT if found.differences else 0


def _document(found: Verified) -> dict[str, Any]:
    from dataclasses import asdict

    differences = [{**asdict(one), "cause": one.cause.value} for one in found.differences]
    return {**asdict(found), "differences": differences}


def _words(found: Verified) -> list[str]:
    from admf.cli.speak import harmless

    of = f"{found.sample:,} of {found.trials:,} trials evaluated again in fresh containers, in another order"
    if found.sample == 0:
        lines = ["No trial could be evaluated again: there is none that was not lost."]
    elif found.differences:
        differing, most = sum(one.count for one in found.differences), len(found.differences)
        lines = [f"{of}: {differing:,} different, of {most} {'study' if most == 1 else 'studies'}."]
    else:
        lines = [f"{of}: all bit-identical."]
    lines += [harmless(_difference(one)) for one in found.differences]
    if found.timed:
        lines.append(
            f"The end of {found.timed:,} of them depends on the machine's load: killed by timeout_s."
        )
    if found.left_out:
        lines.append(f"{found.left_out:,} trials were lost in the run and are left out.")
    return lines


def _difference(one: Difference) -> str:
    from admf.coordinator.verify import Cause

    trial, name = one.trial, one.component
    then, now = (f"{one.what} {text}" for text in _shown(one.then, one.now))
    more = f" {one.count:,} of its trials differ." if one.count > 1 else ""
    match one.cause:
        case Cause.RANDOM:
            says = f"{name} gives other numbers each time it is asked: {trial} gave {then} in the run, {now} now."
            hint = "Draw from seeded generators only, and read no clock."
        case Cause.LEAK:
            says = (
                f"{name} leaks state between trials: {trial} gives {now} alone in a fresh container,"
                f" {then} in the run."
            )
            hint = _LEAKS
        case Cause.LEAK_IN_ORDER:
            says = (
                f"{name} leaks state between trials: {trial} gives {now} alone in a fresh container,"
                f" {then} after others in one container."
            )
            hint = _LEAKS
        case Cause.CHANGED:
            says = (
                f"{name} gives other numbers than in the run, the same each time: {trial} gave {then},"
                f" gives {now} now."
            )
            hint = "Something that it reads has changed: a file, the environment, the processor."
        case Cause.MACHINE:
            says = f"{name} ends in another way: {trial} gave {then} in the run, {now} now."
            hint = "That depends on the machine and its load: verify with fewer --workers."
    return f"{says}{more} {hint}"


def _shown(then: Any, now: Any) -> tuple[str, str]:
    """Both in a few digits where these tell them apart, else in all."""
    short = tuple(f"{one:.5g}" if isinstance(one, float) else _word(one) for one in (then, now))
    return (short[0], short[1]) if short[0] != short[1] else (repr(then), repr(now))


def _word(value: Any) -> str:
    return "null" if value is None else str(value) or "none"
