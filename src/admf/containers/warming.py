"""Whether a keeper survives what a component does when it is imported: one that did not is the last that tries."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
from pathlib import Path

from admf.model.trial import StudySpec

_MOST_S = 60
"""A keeper that takes longer for the import, or for starting a container after it, ends by an alarm."""


class Warming:
    """For one keeper of the pool at `folder`, where each leaves a note while it is at risk.

    A component may, when it is imported, hang, end its process, close what is open, or put things in the place of
    what starts processes. A container shows first that it does no harm; this is for harm that only a keeper takes.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._note: Path | None = None

    def ended_another(self, study: StudySpec) -> bool:
        """Whether a keeper that had opened this study came to its end by it."""
        pids = [note.suffix[1:] for note in self._folder.glob(f"{_name(study)}.*")]
        return any(not _lives(int(pid)) for pid in pids if pid.isdecimal())

    def begins(self, study: StudySpec) -> None:
        """The study is about to be opened in this process."""
        self._note = self._folder / f"{_name(study)}.{os.getpid()}"
        self._folder.mkdir(exist_ok=True)
        self._note.touch()
        signal.alarm(_MOST_S)

    def opened(self) -> None:
        """It is open; what starts a container may run code of it."""
        signal.alarm(_MOST_S)

    def forked(self) -> None:
        """A container is there, which may take as long as it is allowed."""
        if self._note is not None:
            signal.alarm(0)

    def over(self) -> None:
        """A container that was forked since has answered: all is well."""
        if self._note is not None:
            self._note.unlink(missing_ok=True)
            self._note = None


def _name(study: StudySpec) -> str:
    return f"warming-{hashlib.sha256(pickle.dumps(study)).hexdigest()[:16]}"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
