"""Files that appear whole or not at all: written aside, synced, renamed."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from admf.errors import RunError

_HINTS = {
    errno.ENOSPC: "Free some space on the disk.",
    errno.EDQUOT: "Free some of your disk quota.",
    errno.EROFS: "The disk is mounted read-only: name a folder elsewhere with --out.",
    errno.EACCES: "Give yourself write permission, or name a folder elsewhere with --out.",
    errno.EPERM: "Give yourself write permission, or name a folder elsewhere with --out.",
    errno.ENOENT: "Make the folder first.",
    errno.ENOTDIR: "A part of the path is a file: name another folder with --out.",
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns what the operating system says about `path` into a RunError that says what to do."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "Check the disk and the permissions.")
        says = f"must be writable: {error.strerror or error}"
        raise RunError(f"{path}: {says}. What was there before is unchanged. {hint}") from error


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which replaces `path` when the block ends well, and else leaves it as it was.

    Raises RunError where it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.writing")
    with disk_errors(path):
        try:
            with aside.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            _sync_folder(path.parent)
        finally:
            aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text file (UTF-8, line ends as given) whole or not at all."""
    with writing(path) as file:
        file.write(text.encode())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and its renames need no sync
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
