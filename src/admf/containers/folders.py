"""The folders of a keeper's containers, one after the other: one that nothing was done to is used again.

Making and removing one takes a file system longer than all else that a container needs of it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from admf.model.clear_away import clear_away


class Folders:
    """Empty folders in one below `pool` that is nobody else's; another is made where a trial moved or removed that."""

    def __init__(self, pool: str, name: str) -> None:
        self._pool, self._name = pool, name
        self._made = 0
        self._clean: list[str] = []
        self._as_made: dict[str, tuple[int, ...]] = {}
        self._begin()

    def _begin(self) -> None:
        os.makedirs(self._pool, 0o700, exist_ok=True)  # noqa: PTH103
        self._within = tempfile.mkdtemp(prefix=f"{self._name}-", dir=self._pool)
        self._is = _identity(self._within)
        self._clean.clear()
        self._as_made.clear()

    def take(self) -> str:
        """An empty folder, to be given back."""
        if not self.are_there():
            self._begin()
        if self._clean:
            return self._clean.pop()
        folder = f"{self._within}/{self._made}"
        self._made += 1
        os.mkdir(folder, 0o700)  # noqa: PTH102 (paths are texts here: once a trial)
        self._as_made[folder] = _look(folder)
        return folder

    def are_there(self) -> bool:
        """Whether the place of them all is what was made: no trial moved or removed it."""
        try:
            return _identity(self._within) == self._is
        except OSError:
            return False

    def give_back(self, folder: str) -> None:
        """Keep what `take` gave for the next time where it is as it was made; else remove it with all in it."""
        with suppress(OSError):
            if _look(folder) == self._as_made.get(folder) and not os.listdir(folder):  # noqa: PTH208
                self._clean.append(folder)
                return
        self._as_made.pop(folder, None)
        if self.are_there():
            clear_away(folder)

    def close(self) -> None:
        """Remove them all."""
        clear_away(self._within)


def _identity(folder: str) -> tuple[int, int, int]:
    """Which folder it is, whatever lies in it."""
    found = os.lstat(folder)
    return found.st_dev, found.st_ino, found.st_mode


def _look(folder: str) -> tuple[int, ...]:
    """What a folder is, and when anything was last made, removed or changed in it: that, nobody can set."""
    found = os.lstat(folder)
    return found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_ctime_ns
