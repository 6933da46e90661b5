"""The page docs/reference/commands.md, made of the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from admf.cli import app as command_line
from tests.pages.written import cell

_HEAD = """\
# Commands

This page is made of the command line itself (`python -m tests.pages.reference_pages`); `admf COMMAND --help` prints the
same. Results go to standard output, progress and errors to standard error. `--json` prints one document.
`admf --debug COMMAND` shows the traceback of an error.

| exit code | meaning |
|---|---|
"""
_CODES = {
    command_line.OK: "done",
    command_line.FAULT: "a fault of ours",
    command_line.BAD_INPUT: "the input is wrong: every problem at once, one a line ([errors.md](errors.md)); or a run's folder is missing, "
    "damaged, in use, or on a full disk",
    command_line.TOO_MANY_FAILURES: "the run has ended, and more of its trials failed than `max_failures` allows",
    5: "`admf show --rerun` or `admf verify` found a difference",
    command_line.INTERRUPTED: "interrupted by Ctrl-C or SIGTERM; what had ended is stored, and `admf resume` goes on",
}


def page() -> str:
    """The page as it should be."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in sorted(_CODES.items()))
    group: Any = typer.main.get_command(command_line.app)
    whole = type(group).context_class(group, info_name="admf")
    commands = [_command(name, one, whole) for name, one in _named(group)]
    return "\n".join([_HEAD + codes, *commands])


def _named(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its name; those of a group with the group's name before it."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from _named(one, f"{above}{name} ")
        else:
            yield f"{above}{name}", one


def _command(name: str, command: Any, whole: Any) -> str:
    context = type(command).context_class(command, info_name=name, parent=whole)
    usage = (
        " ".join(["admf", name, *command.collect_usage_pieces(context)]).replace("[[", "[").replace("]]", "]")
    )
    rows = [
        f"| `{shown}` | {cell(words)} | {default} |\n"
        for one in command.params
        if (record := one.get_help_record(context)) and "--help" not in record[0]
        for shown, (words, default) in [(record[0], _apart(record[1]))]
    ]
    table = (
        "| argument or option | meaning | default; range |\n|---|---|---|\n" + "".join(rows) if rows else ""
    )
    return f"## `admf {name}`\n\n{command.help}\n\n```text\n{usage}\n```\n\n{table}"


def _apart(text: str) -> tuple[str, str]:
    """What an option means, and its default or range."""
    words, _, rest = text.partition("  [")
    rest = rest.removesuffix("]").removeprefix("default: ")
    return words, "; ".join(
        "required" if one == "required" else f"`{one}`" for one in rest.split("; ") if one
    )
