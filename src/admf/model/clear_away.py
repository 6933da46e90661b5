"""Remove a folder with all that a trial may have left in it: however deep, and whatever it forbids."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress


def clear_away(folder: str | os.PathLike[str]) -> bool:
    """Remove a folder; whether it is gone. What is no folder, a link to one included, is left alone."""
    path = os.fspath(folder)
    with suppress(OSError, RecursionError):
        shutil.rmtree(path)
    with suppress(OSError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            _empty(path)
            os.rmdir(path)  # noqa: PTH106
    return not os.path.lexists(path)


def _empty(top: str) -> None:
    """Bring what lies deep up to the top, where it is emptied in turn: no path grows long, no call goes deep."""
    waiting, made = [top], 0
    while waiting:
        folder = waiting.pop()
        entries: list[os.DirEntry[str]] = []
        with suppress(OSError):
            os.chmod(folder, 0o700)  # noqa: PTH101
            entries += os.scandir(folder)
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108
            elif folder == top:
                waiting.append(entry.path)
            else:
                made += 1
                with suppress(OSError):
                    os.rename(entry.path, up := f"{top}/admf-{os.getpid()}-{made}")  # noqa: PTH104
                    waiting.append(up)
        if folder != top:
            with suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106
