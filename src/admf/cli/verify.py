"""`admf verify`: whether a run's trials give the same numbers again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from admf.coordinator.verify import Difference, Verified

DIFFERENT = 5


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many trials, shared out fairly.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses the trials and their order.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Containers at once. [default: one per core]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> int:
    """Evaluate trials of RUN again, in another order and in fresh containers, and compare bit for bit.

    Exit code 5 where any differs: then the strategy draws what is not seeded, or sees what other trials left.
    """
    from admf.cli.speak import say, say_json, step
    from admf.coordinator.verify import verify
    from admf.model.machine import usable_cores

    with step("Evaluating trials again."):
        found = verify(run, sample=sample, seed=seed, workers=workers or max(1, int(usable_cores())))
    if json:
        from dataclasses import asdict

        say_json(asdict(found))
    else:
        for line in _words(found):
            say(line)
    return DIFFERENT if found.differences else 0


def _words(found: Verified) -> list[str]:
    lines = [_difference(one) for one in found.differences]
    if not lines:
        lines = [
            f"{found.sample:,} of {found.trials:,} trials evaluated again in fresh containers, in another order:"
            " all bit-identical."
        ]
    if found.timed:
        lines.append(
            f"{found.timed:,} of them were killed by their timeout, which depends on the machine's load."
        )
    if found.left_out:
        lines.append(f"{found.left_out:,} trials were lost in the run and are left out.")
    return lines


def _difference(one: Difference) -> str:
    then, now = _shown(one.then), _shown(one.now)
    more = f" ({one.count:,} of its trials differ)" if one.count > 1 else ""
    if one.random:
        return (
            f"{one.component} gives other numbers each time it is asked: {one.trial} gave {one.what} {then},"
            f" and now {now}{more}. Draw from seeded generators only, and read no clock."
        )
    if one.order:
        seen = f"gives {one.what} {then} alone in a fresh container, {now} after others in one container"
    else:
        seen = f"gives {one.what} {now} alone in a fresh container, {then} in the run"
    hint = "Keep nothing between calls, or run it with container_spec: {type: isolated}."
    return f"{one.component} leaks state between trials: {one.trial} {seen}{more}. {hint}"


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value) if isinstance(value, float) else str(value)
