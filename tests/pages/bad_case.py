"""What one bad input is: its files, its command, what must be said of it, and the world around it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np

from admf.cli.app import run_app


@contextmanager
def as_it_is() -> Iterator[None]:
    yield


@contextmanager
def runs_cannot_be_written() -> Iterator[None]:
    """`runs` is read-only; root may write anywhere, so that it becomes nobody for a while."""
    Path("runs").mkdir()
    Path("runs").chmod(0o555)
    with mock.patch("admf.coordinator.carry_out.is_warm", return_value=True):
        if os.geteuid() != 0:
            yield
            return
        _imported()
        with _nobody():
            yield


def _imported() -> None:
    """What a run imports, before nobody tries to, who may not read it: all but the strategy, which is misspelt."""
    with mock.patch.dict(os.environ, {"ADMF_CACHE": str(Path("before").resolve())}):
        run_app(["run", "--executor", "inline", "--set", "components.mine.use=strategy.py:mien"])
    import admf.coordinator.launch
    import admf.trials.lookahead  # noqa: F401
    from admf.finance.indicators.averages import sma
    from admf.finance.simulation.targets import check_signal

    # The compiler imports as it needs, and reads its code when that is needed: root's, which nobody may not read.
    sma([1.0, 2.0], 1)
    check_signal(np.array([True, False]), (2,))


@contextmanager
def _nobody() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One bad input. `says` are texts that the message must have, the first at its start (a place, with a file)."""

    title: str
    config: str
    says: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    around: Callable[[], contextlib.AbstractContextManager[None]] = as_it_is
    shown: bool = True
    """Whether the page shows it: a message of the operating system's is another on another machine."""


def write(case: Case, folder: Path) -> None:
    """Makes the case's files in a folder."""
    for name, text in {"admf.yaml": case.config, **case.files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".db"):
            sqlite3.connect(path).close()
            path.write_bytes(text.encode())
        else:
            path.write_text(text, encoding="utf-8")
