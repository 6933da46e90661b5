"""Runs that are killed at any moment end in the bytes of an undisturbed one, and leave no process behind."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos.kill_and_resume import Chaos
from tests.chaos.rounds import ROUNDS, Round
from tests.chaos.study import METHODS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and sessions")


def test_three_kills(tmp_path: Path) -> None:
    Chaos(tmp_path, "random", random.Random(1)).run(3, ("beginning", "worker", "report"))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("method", METHODS)
def test_ten_kills_of_each_method(tmp_path: Path, method: str) -> None:
    Chaos(tmp_path, method, random.Random()).run(10)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(3))
def test_a_run_whose_processes_are_killed_at_random_ends_in_the_same_bytes(
    tmp_path: Path, number: int
) -> None:
    kind, trials = ROUNDS[number]
    Round(tmp_path, random.Random(), kind=kind, trials=trials).run()
