"""The file of a run's studies as it is written, for whoever only looks at a run: quick to import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from admf.errors import RunError

STUDIES = "studies.json"
"""Its name in a run's folder."""

VERSION = 2
"""Of its form."""


def read_study_data(run: Path) -> list[dict[str, Any]]:
    """For each study of the run at `run` what `study_data` gave."""
    return list(read_content(run)["studies"])


def read_directions(run: Path) -> list[bool]:
    """For each study of the run at `run` whether larger values are better."""
    return [bool(study["maximize"]) for study in read_study_data(run)]


def read_objectives(run: Path) -> tuple[tuple[str, bool], ...]:
    """The several objectives of the run at `run`, each with whether more is better; () where it has one."""
    raw = read_content(run)["objective"].get("several", ())
    return tuple((name, bool(better)) for name, better in raw)


def read_content(run: Path) -> dict[str, Any]:
    """The whole file of the run at `run`. RunError where it is missing, damaged, or another version's."""
    path = run / STUDIES
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = content["version"]
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(
            f"{path}: a run must have its studies, these cannot be read. Restore them from a backup."
        ) from None
    if version != VERSION:
        raise RunError(
            f"{path}: its version must be {VERSION}, is {version}. Use the ADMF that made this run."
        )
    return content
