"""`admf doctor`: what this machine can enforce, and what ADMF falls back to."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    warm: Annotated[
        bool, typer.Option("--warm", help="Compile the kernels now, so that no run waits for it.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> int:
    """Measure this machine: cores, memory, cache, kernels, limits, extras. Exit code 2 where no run is possible."""
    from admf.cli.examined import examine, warm_kernels
    from admf.cli.speak import say_findings, say_json, step

    if warm:
        with step("Compiling the kernels, about half a minute."):
            warm_kernels()
    with step("Looking at this machine."):
        findings = examine()
    if json:
        say_json(findings)
    else:
        say_findings([(one.state, one.name, one.says) for one in findings])
    return 2 if any(one.fatal for one in findings) else 0
