"""Every search method, killed ten times with -9 at random numbers of outcomes and resumed: the same bytes."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from admf.store.run_folder import RunFolder
from tests.chaos.every_method import METHODS, write_study
from tests.chaos.killing import beginning_or_resuming, kill_once_ended
from tests.chaos.session import admf, csv_of
from tests.chaos.study import ended

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and sessions")
TRIALS = 240


def tormented(folder: Path, method: str, kills: int, chance: random.Random) -> list[int]:
    """A run killed so often and seen to its end, compared; where it was killed."""
    least = write_study(folder, (method,), trials=TRIALS, sleep_s=0.004)
    admf(folder, "run", "--out", "whole", "--executor", "inline")
    whole = csv_of(folder, "whole")
    trials = whole.count("\n") - 1
    assert trials >= least  # windows that are halved are trials besides
    torn, killed = RunFolder(folder / "torn"), list[int]()
    for target in sorted(chance.choices(range(trials - 10), k=kills)):
        kill_once_ended(folder, torn, min(max(target, ended(torn) + 1), trials), f"{method} after {killed}")
        killed.append(ended(torn))
    admf(folder, *beginning_or_resuming(torn))
    status = json.loads(admf(folder, "status", "torn", "--json"))
    assert (status["state"], status["ended"]) == ("finished", trials), status
    assert csv_of(folder, "torn") == whole, f"{method} differs after kills at {killed}"
    return killed


@pytest.mark.slow
def test_two_kills_of_a_method_that_learns(tmp_path: Path) -> None:
    tormented(tmp_path, "genetic", 2, random.Random(5))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("method", METHODS)
def test_ten_kills_of_every_method(tmp_path: Path, method: str) -> None:
    assert len(tormented(tmp_path, method, 10, random.Random())) == 10
