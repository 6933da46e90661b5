"""Traces of a trial in the process that others share with it: taken back where that is possible and cheap."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SIGNALS = tuple(
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
    if (number := getattr(signal, name, None)) is not None
)


@dataclass(frozen=True, slots=True)
class World:
    """What of a process one trial could change for the next, and how it was."""

    folder: str
    variables: dict[Any, Any]
    mask: int
    path: list[str]
    handlers: tuple[Any, ...]
    scratch: Path | None
    """A folder that is to be there, and empty."""

    @classmethod
    def now(cls, scratch: Path | None = None) -> World:
        """As it is."""
        return cls(os.getcwd(), dict(os.environ), _mask(), list(sys.path), _handlers(), scratch)  # noqa: PTH109

    def restore(self) -> None:
        """Working folder, environment, umask, sys.path, signal handlers, timers and scratch as they were.

        Nothing else is: what a trial leaves in modules, in open files and in threads stays.
        """
        if _folder() != self.folder:
            os.chdir(self.folder)
        if os.environ != self.variables:
            os.environ.clear()
            os.environ.update(self.variables)
        if _mask() != self.mask:
            os.umask(self.mask)
        if sys.path != self.path:
            sys.path[:] = self.path
        if _handlers() != self.handlers:
            for number, handler in zip(_SIGNALS, self.handlers, strict=True):
                if handler is not None and signal.getsignal(number) is not handler:
                    signal.signal(number, handler)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        if self.scratch is not None:
            _empty(self.scratch)


def _empty(folder: Path) -> None:
    with suppress(OSError):
        if not folder.is_symlink() and not os.listdir(folder):  # noqa: PTH208 (after every trial)
            return
    with suppress(OSError):
        folder.unlink()  # a file or a link took its place
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.mkdir()


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # it was removed
        return ""


def _handlers() -> tuple[Any, ...]:
    return tuple(map(signal.getsignal, _SIGNALS))
