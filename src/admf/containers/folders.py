"""The folders of a keeper's containers, one after the other: one that nothing was done to is used again.

Making and removing one takes a file system longer than all else that a container needs of it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress


class Folders:
    """Empty folders in the one at `within`, which is nobody else's."""

    def __init__(self, within: str) -> None:
        self._within, self._made = within, 0
        self._clean: list[str] = []
        self._as_made: dict[str, tuple[int, ...]] = {}

    def take(self) -> str:
        """An empty folder, to be given back."""
        if self._clean:
            return self._clean.pop()
        folder = f"{self._within}/{self._made}"
        self._made += 1
        os.mkdir(folder, 0o700)  # noqa: PTH102 (paths are texts here: once a trial)
        self._as_made[folder] = _look(folder)
        return folder

    def give_back(self, folder: str) -> None:
        """Keep what `take` gave for the next time where it is as it was made; else remove it with all in it."""
        with suppress(OSError):
            if _look(folder) == self._as_made[folder] and not os.listdir(folder):  # noqa: PTH208
                self._clean.append(folder)
                return
        del self._as_made[folder]
        shutil.rmtree(folder, ignore_errors=True)


def _look(folder: str) -> tuple[int, ...]:
    """What a folder is, and when anything was last made, removed or changed in it: that, nobody can set."""
    found = os.lstat(folder)
    return found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_ctime_ns
