"""The folder of a container that its trials share: there, and empty, whenever one of them begins.

To look at a folder takes longer than all else that is looked at after a trial. So where many trials share it, the
kernel is asked to tell of whatever is made, moved or removed in it (inotify), and it is looked at when that was
anything. Not where few do: a process that has asked ends later by some milliseconds.
"""

from __future__ import annotations

import os
import select
import shutil
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from admf.model.system_call import call

MANY = 2_000
"""Trials after which it is worth it to be told."""
_LONG_AGO_NS = 1_000_000_000
"""When an emptied folder says it was changed last: whatever is done in it shows, however soon."""
_MADE, _GONE, _MOVED, _ITSELF = 0x100, 0x200, 0x40 | 0x80, 0x400 | 0x800
_EVENTS = _MADE | _GONE | _MOVED | _ITSELF
"""IN_CREATE, IN_DELETE, IN_MOVED_FROM and _TO, IN_DELETE_SELF and IN_MOVE_SELF of inotify."""


class Scratch:
    """A folder that is to be there and empty; it is, once this is made."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._inotify = -1
        self._told: select.epoll | None = None
        """Ready where something was done in it; None: it is looked at."""
        self._looks = 0
        self._empty()

    def restore(self) -> None:
        """As it is to be, whatever a trial did to it."""
        if self._told is None:
            self._look()
            return
        try:
            if not self._told.poll(0, 1):
                return
        except (OSError, ValueError):  # a trial closed it
            self._told = None
        self._look()

    def _look(self) -> None:
        """What was told so far is known first: what is done meanwhile is told next time."""
        self._looks += 1
        if self._told is not None:
            self._hear()
        elif self._looks == MANY:
            self._ask_to_be_told()
        if _is_touched(self.folder):
            self._empty()
            if self._told is not None:
                self._listen()

    def _empty(self) -> None:
        folder = Path(self.folder)
        with suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or os.listdir(folder):  # noqa: PTH208 (after every trial)
                with suppress(OSError):
                    folder.unlink()  # a file or a link took its place
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
        with suppress(OSError):
            os.utime(folder, ns=(_LONG_AGO_NS, _LONG_AGO_NS))

    def _ask_to_be_told(self) -> None:
        with suppress(OSError):  # this system cannot, or has no more of them
            self._inotify = call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
            self._told = select.epoll(1)
            self._told.register(self._inotify, select.EPOLLIN)
            self._listen()

    def _listen(self) -> None:
        """To what is done in it from now on, and to what is done to it: its parent tells that."""
        try:
            for place in (self.folder, str(Path(self.folder).parent)):
                call("inotify_add_watch", self._inotify, os.fsencode(place), _EVENTS)
        except OSError:
            self._told = None

    def _hear(self) -> None:
        with suppress(OSError):  # there is no more
            while os.read(self._inotify, 2**16):
                pass


@lru_cache(maxsize=4)
def scratch_at(folder: str) -> Scratch:
    """The one of a folder; a process has few, each for as long as it lives."""
    return Scratch(folder)


def _is_touched(folder: str) -> bool:
    """Whether anything was made or removed in a folder since it was emptied, or it is gone."""
    try:
        found = os.lstat(folder)
    except OSError:
        return True
    return found.st_mtime_ns != _LONG_AGO_NS or not stat.S_ISDIR(found.st_mode)
