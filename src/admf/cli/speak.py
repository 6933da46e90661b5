"""How commands speak: lines of words, tables, progress; a bar on a terminal, plain lines elsewhere.

What a command was asked for goes to standard output. Steps and progress go to standard error, so that `--json`
is one document, and a file that output is sent to holds no bars.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from admf.coordinator.launch import Watcher

_COLOURS = {"ok": "green", "limited": "yellow", "missing": "red"}
_INTERRUPTED = 130
STEP_S = 1.0
"""A step that takes longer says so."""


def say(text: str = "") -> None:
    """One line on standard output; a run goes on when nobody listens any more."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError, AttributeError):
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  (for the rest of the process)


def say_aside(text: str) -> None:
    """One line on standard error: what is not the answer itself."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (BrokenPipeError, ValueError, AttributeError):
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115


def harmless(text: str) -> str:
    """Text of others without what a terminal would obey: control characters, but for new lines and tabs, as escapes."""
    return "".join(c if c in "\n\t" or c.isprintable() else ascii(c)[1:-1] for c in text)


def say_json(value: Any) -> None:
    """A frozen dataclass, or plain data, as one JSON document; numbers that are none as null."""
    import json

    say(json.dumps(_finite(value), indent=1, ensure_ascii=False, default=str))


def _finite(value: Any) -> Any:
    from dataclasses import asdict, is_dataclass

    if is_dataclass(value) and not isinstance(value, type):
        return _finite(asdict(value))
    if isinstance(value, dict):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def say_sections(sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    """Headings with lines of (what, says): aligned and wrapped on a terminal, one line each elsewhere."""
    if not on_terminal(sys.stdout):
        for heading, lines in sections:
            say(heading)
            for what, says in lines:
                say(f"  {what}: {says}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    wide = max((len(what) for _, lines in sections for what, _ in lines), default=0)
    for heading, lines in sections:
        console.print(Text(heading, style="bold"))
        table = Table.grid(padding=(0, 2), pad_edge=True)
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        for what, says in lines:
            colour = "yellow" if what == "remark" else ""
            table.add_row(Text(what.ljust(wide)), Text(says, style=colour))
        console.print(table)


def say_findings(findings: Sequence[tuple[str, str, str]]) -> None:
    """Lines of (state, name, says): coloured and wrapped on a terminal, one line each elsewhere."""
    states = max((len(state) for state, _, _ in findings), default=0)
    names = max((len(name) for _, name, _ in findings), default=0)
    if not on_terminal(sys.stdout):
        for state, name, says in findings:
            say(f"{state:<{states}}  {name:<{names}}  {says}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for options in ({"no_wrap": True}, {"no_wrap": True}, {}):
        table.add_column(**options)  # type: ignore[arg-type]
    for state, name, says in findings:
        table.add_row(Text(state, style=_COLOURS.get(state, "")), Text(name), Text(says))
    Console(highlight=False).print(table)


def on_terminal(stream: IO[str]) -> bool:
    """Whether `stream` is a terminal that can move its cursor."""
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    except ValueError:  # closed
        return False


@contextmanager
def step(text: str) -> Iterator[None]:
    """Says what is going on where it takes longer than a second."""
    waiting = Step(text)
    try:
        yield
    finally:
        waiting.end()


class Step:
    """A step under way: after a second a spinner on a terminal, or one line elsewhere; gone when it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spinner: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(STEP_S, self._show)
        self._timer.daemon = True
        self._timer.start()

    def _show(self) -> None:
        with self._lock:
            if not on_terminal(sys.stderr):
                say_aside(self._text)
                return
            from rich.console import Console

            self._spinner = Console(stderr=True).status(self._text)
            self._spinner.start()

    def end(self) -> None:
        """The step has ended; what it showed is wiped."""
        self._timer.cancel()
        if self._timer is not threading.current_thread():
            self._timer.join()
        with self._lock:
            if self._spinner is not None:
                self._spinner.stop()


@contextmanager
def watching(*, threads: bool = True) -> Iterator[Watcher]:
    """A watcher that shows a run's steps and progress; Ctrl-C ends the command with a line that says how to go on.

    Without `threads` nothing is drawn beside the work: where trials run in this very process, a debugger may.
    """
    with ended_by_hand(), _shown(threads=threads) as watcher:
        yield watcher


@contextmanager
def ended_by_hand() -> Iterator[None]:
    """Ctrl-C in this block ends the command with a line that says how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        say_aside(str(stop) or "interrupted before anything was run")
        raise typer.Exit(_INTERRUPTED) from stop


@contextmanager
def _shown(*, threads: bool) -> Iterator[Watcher]:
    """A bar on a terminal, a line now and then elsewhere."""
    from admf.cli.progress import Bar, Lines, Steps
    from admf.coordinator.launch import Watcher

    shown: Bar | Lines = Bar(threads=threads) if on_terminal(sys.stderr) else Lines()
    steps = Steps(threads=threads)

    def says(text: str) -> None:
        steps.end()
        say(text)

    try:
        yield Watcher(say=says, doing=steps.begin, progress=shown.show, estimates=True)
    finally:
        steps.end()
        shown.end()
