"""A study to stop, for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf.errors import RunError
from tests.run.stopped import STRATEGY, Stops, write_config


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config of 228 trials."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(STRATEGY)
    write_config(tmp_path)
    return tmp_path


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Stops:
    return Stops(monkeypatch, RunError("the disk is full."))
