"""The same seed gives the same table for every search method: inline, local, with one worker, two and four."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf.cli.app import run_app
from tests.chaos.every_method import METHODS, write_study


def table(run: str, capfd: pytest.CaptureFixture[str], *options: str) -> list[str]:
    assert run_app(["run", "--out", run, *options]) == 0
    capfd.readouterr()
    assert run_app(["trials", run, "--format", "csv"]) == 0
    return capfd.readouterr().out.splitlines()


@pytest.mark.parametrize("methods", [METHODS[i::3] for i in range(3)], ids=" ".join)
def test_the_same_table_wherever_it_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    methods: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    least = write_study(tmp_path, methods, trials=56)
    whole = table("inline", capfd, "--executor", "inline")
    assert len(whole) > least
    for kind in (",scored,,", ",failed,", ",constraint: "):
        assert any(kind in line for line in whole), f"no trial with {kind}"
    for workers in ("1", "2", "4"):
        again = table(f"local-{workers}", capfd, "--executor", "local", "--workers", workers)
        different = [(one, two) for one, two in zip(whole, again, strict=True) if one != two]
        assert not different, f"{workers} workers: {len(different)} lines differ, first {different[0]}"
