"""The on-disk form of bars: one folder per digest, one .npy per column, mapped read-only."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import DataError, Problem
from admf.model.bars import BarInfo, Bars

_META = "meta.json"
_NOT_BARS = ("source", "notes")


def digest_of(bars: Bars) -> str:
    """SHA-256 over times, sessions, columns by name and meaning: equal digests are equal bars.

    Where they were read from and what was noted is no part of it: the same bars from CSV and from a frame
    have the same digest.
    """
    sha = hashlib.sha256()
    meaning = {name: value for name, value in asdict(bars.info).items() if name not in _NOT_BARS}
    sha.update(json.dumps(meaning, sort_keys=True).encode())
    named: list[tuple[str, NDArray[Any]]] = [("time", bars.time), ("session", bars.session)]
    named += [(f"column {name}", bars.columns[name]) for name in sorted(bars.columns)]
    for name, array in named:
        sha.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        sha.update(np.ascontiguousarray(array).view(np.uint8).data)
    return sha.hexdigest()


def write_bars(bars: Bars, folder: Path) -> Path:
    """Write `bars` below `folder` under their digest, once; the path of what workers map.

    Appears whole or not at all: written aside, synced, renamed. Bars that are there already keep the
    `source` and `notes` they were first written with; such as were changed or lost in part are written again.
    """
    digest = digest_of(bars)
    target = folder / digest[:32]
    if is_whole(target, digest):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        for name, array in _arrays(bars).items():
            content = io.BytesIO()
            np.save(content, np.ascontiguousarray(array), allow_pickle=False)
            _write_synced(aside / f"{name}.npy", content.getbuffer())
        meta = {"info": asdict(bars.info), "columns": list(bars.columns)}
        _write_synced(aside / _META, json.dumps(meta).encode())
        _sync_folder(aside)
        if target.exists() and not is_whole(target, digest):  # whoever has mapped it keeps it
            target.rename(damaged := Path(tempfile.mkdtemp(prefix=".damaged-", dir=folder)))
            shutil.rmtree(damaged, ignore_errors=True)
        aside.rename(target)
        _sync_folder(folder)
    except OSError:
        if not is_whole(target, digest):  # another process may have been first
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def is_whole(path: Path, digest: str) -> bool:
    """Whether the bars at `path` are those of the digest: what was mapped for trials, one may have written to."""
    try:
        return digest_of(open_bars(path)) == digest
    except DataError:
        return False


def open_bars(path: Path) -> Bars:
    """The bars written at `path`, mapped read-only: a write to them raises ValueError.

    DataError where there are none, or where files of theirs are missing or damaged.
    """
    try:
        meta = json.loads((path / _META).read_text(encoding="utf-8"))
        info = meta["info"]
        return Bars(
            time=_mapped(path, "time"),
            session=_mapped(path, "session"),
            columns={name: _mapped(path, f"column-{i}") for i, name in enumerate(meta["columns"])},
            info=BarInfo(**info | {"symbols": tuple(info["symbols"]), "notes": tuple(info["notes"])}),
        )
    except (OSError, ValueError, KeyError, TypeError):
        hint = "Read them again from their source."
        raise DataError(Problem(says=f"no whole bars are mapped at {path}.", hint=hint)) from None


def _mapped(path: Path, name: str) -> NDArray[Any]:
    mapped: NDArray[Any] = np.load(path / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)


def _arrays(bars: Bars) -> dict[str, NDArray[Any]]:
    columns = {f"column-{i}": array for i, array in enumerate(bars.columns.values())}
    return {"time": bars.time, "session": bars.session, **columns}


def _write_synced(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        path.chmod(0o444)  # nobody is to write to it again by mistake
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and its renames need no sync
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
