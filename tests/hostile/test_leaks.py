"""What one trial leaves, no other sees; under `minimal` some see what is documented, and `verify` finds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from admf.model.container import Kind
from tests.hostile.leaks import LEAK_IN_MINIMAL, leaked, run_of, verify
from tests.hostile.probes import PROBES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="probes POSIX processes")


def test_there_are_thirteen_probes() -> None:
    assert len(PROBES) == 13
    assert set(PROBES) > LEAK_IN_MINIMAL


def test_nothing_leaks_out_of_an_isolated_container(tmp_path: Path) -> None:
    assert leaked(Kind.ISOLATED, "auto", tmp_path) == []
    assert verify(tmp_path)[0] == 0


def test_what_leaks_in_a_shared_container_is_known_and_found(tmp_path: Path) -> None:
    assert set(leaked(Kind.MINIMAL, "auto", tmp_path)) == LEAK_IN_MINIMAL
    code, said = verify(tmp_path)
    assert code == 5, said
    assert {name for name in PROBES if name in said} == LEAK_IN_MINIMAL, said


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "leak"), [(Kind.ISOLATED, frozenset()), (Kind.MINIMAL, LEAK_IN_MINIMAL)])
def test_started_processes_leak_as_forked_ones_do(tmp_path: Path, kind: Kind, leak: frozenset[str]) -> None:
    assert set(leaked(kind, "spawn", tmp_path)) == leak


def test_a_result_that_depends_on_earlier_trials_is_found_by_verify(tmp_path: Path) -> None:
    run_of("Counts", Kind.MINIMAL, "auto", tmp_path)
    code, said = verify(tmp_path)
    assert code == 5, said
    assert "mine" in said


def test_a_result_that_depends_on_nothing_is_verified(tmp_path: Path) -> None:
    run_of("Forgets", Kind.MINIMAL, "auto", tmp_path)
    assert verify(tmp_path)[0] == 0


def test_in_containers_of_their_own_even_a_counter_is_verified(tmp_path: Path) -> None:
    run_of("Counts", Kind.ISOLATED, "auto", tmp_path)
    assert verify(tmp_path)[0] == 0
