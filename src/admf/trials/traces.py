"""Traces of a trial in the process that others share with it: taken back where that is possible and cheap."""

from __future__ import annotations

import os
import shutil
import signal
import stat
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

try:
    from _signal import getsignal as _handler  # type: ignore[import-not-found]  # signal's makes enums of numbers
except ImportError:
    _handler = signal.getsignal
_HAS_TIMERS = hasattr(signal, "setitimer")
_LONG_AGO_NS = 1_000_000_000
"""When an emptied folder says it was changed last: whatever is done in it shows, however soon."""


@dataclass(frozen=True, slots=True)
class World:
    """What of a process one trial could change for the next, and how it was."""

    folder: str
    """'' where it was gone already."""
    variables: Any
    mask: int
    path: list[str]
    handlers: tuple[Any, ...]
    scratch: str | None
    """A folder that is to be there, and empty."""

    @classmethod
    def now(cls, scratch: str | None = None) -> World:
        """As it is."""
        world = cls(
            _folder(), dict(_variables()), _mask(), list(sys.path), tuple(map(_handler, _SIGNALS)), scratch
        )
        if scratch is not None:
            _empty(Path(scratch))
        return world

    def restore(self) -> None:
        """Working folder, environment, umask, sys.path, signal handlers, timers and scratch as they were.

        Nothing else is: what a trial leaves in modules, in open files and in threads stays.
        """
        if _folder() != self.folder:
            with suppress(OSError):  # it may be gone itself, by what another trial did
                os.chdir(self.folder)
        if _variables() != self.variables:
            _set_variables(self.variables)
        os.umask(self.mask)
        if sys.path != self.path:
            sys.path[:] = self.path
        if tuple(map(_handler, _SIGNALS)) != self.handlers:
            for number, handler in zip(_SIGNALS, self.handlers, strict=True):
                if handler is not None and _handler(number) is not handler:
                    signal.signal(number, handler)
        if _HAS_TIMERS:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        if self.scratch is not None and _is_touched(self.scratch):
            _empty(Path(self.scratch))


def _is_touched(folder: str) -> bool:
    """Whether anything was made or removed in a folder since it was emptied, or it is gone."""
    try:
        found = os.lstat(folder)
    except OSError:
        return True
    return found.st_mtime_ns != _LONG_AGO_NS or not stat.S_ISDIR(found.st_mode)


def _empty(folder: Path) -> None:
    with suppress(OSError):
        if folder.is_symlink() or not folder.is_dir() or os.listdir(folder):  # noqa: PTH208 (after every trial)
            with suppress(OSError):
                folder.unlink()  # a file or a link took its place
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
    with suppress(OSError):
        os.utime(folder, ns=(_LONG_AGO_NS, _LONG_AGO_NS))


def _variables() -> Any:
    """The environment as it is encoded: comparing it as texts would take most of a small trial's time."""
    return getattr(os.environ, "_data", os.environ)


def _set_variables(variables: Any) -> None:
    os.environ.clear()
    if hasattr(os.environ, "_data"):
        decoded = {os.environ.decodekey(k): os.environ.decodevalue(v) for k, v in variables.items()}
        os.environ.update(decoded)
    else:
        os.environ.update(variables)


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # it was removed
        return ""
