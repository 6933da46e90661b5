"""The folder of a run: what is where, how a new one is made, and who may write to it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from admf.errors import InputError, Problem, RunError
from admf.store.files import disk_errors

_RESERVED = frozenset('<>:"/\\|?*')
_LOCK = ".running"
_BEGUN = frozenset({_LOCK, "config.yaml", "studies.json", "facts.json", "provenance.json"})
"""What a run that was killed before its first trial leaves behind."""
_PATIENCE_S = 1.0
"""A reader that asks whether a run is running has the lock for a moment; a driver for as long as it lives."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps what."""

    path: Path

    @property
    def config(self) -> Path:
        """The config, as it was run."""
        return self.path / "config.yaml"

    @property
    def provenance(self) -> Path:
        """Versions, hashes and machine, see provenance.py."""
        return self.path / "provenance.json"

    @property
    def db(self) -> Path:
        """The trial table and the run log."""
        return self.path / "run.db"

    @property
    def studies(self) -> Path:
        """What is searched, and what else a resumed run must know, see plan/studies_file.py."""
        return self.path / "studies.json"

    @property
    def facts(self) -> Path:
        """What its report says and no other file holds, see coordinator/facts_file.py."""
        return self.path / "facts.json"

    @property
    def reports(self) -> Path:
        """The folder of the HTML reports."""
        return self.path / "reports"

    @property
    def begun(self) -> bool:
        """Whether all that a run must know to be resumed is written; provenance comes last."""
        return self.provenance.is_file()

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Makes this process the one that runs the run; ends with the block, or with the process.

        Raises RunError where another process runs it already.
        """
        with disk_errors(self.path):
            file = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _locked_soon(file):
                raise RunError(
                    f"{self.path}: one process at a time can run it, {_who(file)} does already. "
                    f"Wait for it, or stop it; `admf status {self.path}` shows how far it is."
                )
            with suppress(OSError):  # for whoever asks; a full disk is met where it matters
                os.ftruncate(file, 0)
                os.pwrite(file, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(file)  # which unlocks

    def running(self) -> int | None:
        """The process that runs it now (0: one that did not say its number); None where none does."""
        try:
            file = os.open(self.path / _LOCK, os.O_RDONLY)
        except OSError:
            return None
        try:
            return None if _locked(file, shared=True) else _pid(file)
        finally:
            os.close(file)

    def tidy(self) -> None:
        """Remove what a kill left half written beside the files of the run; for its one writer."""
        for folder in (self.path, self.reports):
            for pattern in (".*.writing", ".report.html.*"):
                for left in folder.glob(pattern):
                    left.unlink(missing_ok=True)


def new_run(runs: Path, name: str) -> RunFolder:
    """A new folder below `runs`: `name`, or `name-2`, `name-3` ... where runs of this name are there already.

    Raises InputError for a name that cannot be a folder's, RunError where the folder cannot be made.
    """
    _check_name(name)
    with disk_errors(runs):
        runs.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = runs / (name if number == 1 else f"{name}-{number}")
        try:
            with disk_errors(path):
                path.mkdir()
            return RunFolder(path)
        except RunError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
    raise AssertionError("count() does not end")


def run_at(path: Path) -> RunFolder:
    """A new run in the folder that the user named: made where it is not there, taken where it is empty.

    Raises RunError where it holds a run already, InputError where it holds anything else.
    """
    if path.is_file():
        raise InputError(Problem(says="a run must be a folder, this is a file.", where=str(path)))
    with disk_errors(path):
        path.mkdir(parents=True, exist_ok=True)
        there = sorted(one.name for one in path.iterdir() if not _is_half_written(one.name))
    folder = RunFolder(path)
    if folder.db.exists():
        raise RunError(
            f"{path}: a new run needs a new folder, this one holds a run. Name another folder with --out, or go "
            f"on with that run: `admf resume {path}`."
        )
    if there and not (_LOCK in there and _BEGUN.issuperset(there)):
        raise InputError(
            Problem(
                says=f"a new run needs an empty folder, this one holds {_some(there)}.",
                where=str(path),
                hint="Name another folder with --out.",
            )
        )
    return folder


def open_run(path: Path) -> RunFolder:
    """The run at `path`, which may have no trial yet. RunError where there is none, with the runs that are near."""
    folder = RunFolder(path)
    if folder.db.is_file() or folder.begun:
        return folder
    says = "there must be a run here, this folder holds none" if path.is_dir() else "there is no such folder"
    near = sorted(one.parent.name for one in path.parent.glob("*/run.db")) if path.parent.is_dir() else []
    hint = f"Runs in {path.parent}: {_some(near)}." if near else "Name the folder that `admf run` said."
    raise RunError(f"{path}: {says}. {hint}")


def _is_half_written(name: str) -> bool:
    return name.startswith(".") and name.endswith(".writing")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _check_name(name: str) -> None:
    if not name or name != name.strip() or name[0] in ".-" or name.endswith("."):
        wrong = "must not be empty, start with '.' or '-', end with '.', or have spaces around it"
    elif any(letter in _RESERVED or not letter.isprintable() for letter in name):
        wrong = f"must not contain any of {' '.join(sorted(_RESERVED))} or control characters"
    elif len(name.encode()) > 200:
        wrong = "must be at most 200 bytes long"
    else:
        return
    raise InputError(Problem(says=f"a run's name {wrong}, was {name!r}.", where="name"))


def _locked_soon(file: int) -> bool:
    until = time.monotonic() + _PATIENCE_S
    while not _locked(file):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _who(file: int) -> str:
    number = _pid(file)
    return f"process {number}" if number else "another one"


def _pid(file: int) -> int:
    with suppress(OSError, ValueError):
        os.lseek(file, 0, os.SEEK_SET)
        return int(os.read(file, 20))
    return 0


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int, *, shared: bool = False) -> bool:
        try:
            os.lseek(file, 64, os.SEEK_SET)  # behind the number of the process, which stays readable
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            if shared:  # there is no shared one: let go at once
                msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: int, *, shared: bool = False) -> bool:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
