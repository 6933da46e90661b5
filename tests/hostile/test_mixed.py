"""The whole zoo among good trials: each act ends as it must, alone, and nothing is left of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from admf.model.container import Kind
from tests.hostile.act import Act
from tests.hostile.mixed import run_mixed, table_of
from tests.hostile.plan import Mix
from tests.hostile.zoo import GOOD, ZOO

pytestmark = pytest.mark.skipif(os.name == "nt", reason="its acts are those of POSIX")

QUICK = (
    "segfaults",
    "exits_with_seven",
    "kills_itself",
    "kills_its_parent",
    "interrupts",
    "raises_speechless",
    "answers_giant",
    "eats_by_numpy",
    "floods_stderr",
    "loops_in_c",
    "leaves_grandchildren",
    "leaves_a_segment",
    "changes_handlers",
    "pokes_into_bars",
    "writes_outside",
)


def shows(mix: Mix, folder: Path) -> None:
    """Everything that must hold of a mixed run; its table is what an assertion shows, and what `-s` prints."""
    mixed = run_mixed(mix, folder)
    table = table_of(mixed)
    print(table)  # noqa: T201
    assert mixed.exit_code == 0, f"{mixed.said}\n{table}"
    assert mixed.verdicts, table
    assert mixed.wrong == [], table
    assert mixed.left == [], table
    assert mixed.good >= mix.good, table


def test_the_zoo_is_large_and_its_names_are_its_functions() -> None:
    assert len(ZOO) >= 100
    assert GOOD not in ZOO
    for name, act in ZOO.items():
        assert act.call.__name__ == name or name == "calls_unasked"
        assert isinstance(act, Act)


@pytest.mark.parametrize("kind", [Kind.ISOLATED, Kind.MINIMAL])
def test_some_of_the_zoo_harm_nobody_but_themselves(tmp_path: Path, kind: Kind) -> None:
    shows(Mix(kind=kind, start_method="auto", good=60, acts=QUICK), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", [Kind.ISOLATED, Kind.MINIMAL])
def test_the_whole_zoo_among_five_hundred_good_trials(tmp_path: Path, kind: Kind) -> None:
    shows(Mix(kind=kind), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_whole_zoo_where_a_container_is_forked_while_another_ends(tmp_path: Path) -> None:
    """One worker: on a machine of several cores the others are idle."""
    shows(Mix(workers=1, good=300), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("kind", "acts"), [(Kind.ISOLATED, tuple(ZOO)), (Kind.MINIMAL, QUICK)])
def test_the_zoo_in_started_processes(tmp_path: Path, kind: Kind, acts: tuple[str, ...]) -> None:
    """Some of it where batches are split: each piece of one starts a program. The module's command runs all."""
    shows(Mix(kind=kind, start_method="spawn", good=30, acts=acts), tmp_path)
