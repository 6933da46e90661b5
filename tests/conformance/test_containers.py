"""Trials in containers of every kind, by every start method, have what every trial is promised."""

from __future__ import annotations

import os

import pytest

from admf.executors.inline import InlineExecutor
from admf.executors.local import LocalExecutor
from admf.model.container import ContainerSpec, Kind
from admf.testing.container import check_container

pytestmark = pytest.mark.skipif(os.name == "nt", reason="its containers are processes of POSIX")

SPECS = {
    "minimal": ContainerSpec(kind=Kind.MINIMAL),
    "minimal, recycled": ContainerSpec(kind=Kind.MINIMAL, recycle=2),
    "isolated": ContainerSpec(kind=Kind.ISOLATED),
    "isolated, four in one": ContainerSpec(kind=Kind.ISOLATED, trials=4),
}


@pytest.mark.parametrize("name", SPECS)
def test_containers_that_are_forked_conform(name: str) -> None:
    check_container(lambda: LocalExecutor(workers=1, start_method="fork"), SPECS[name])


@pytest.mark.parametrize("name", ["minimal", pytest.param("isolated, four in one", marks=pytest.mark.slow)])
def test_containers_that_are_programs_conform(name: str) -> None:
    check_container(lambda: LocalExecutor(workers=1, start_method="spawn"), SPECS[name])


def test_the_kit_finds_that_nothing_is_contained_without_containers() -> None:
    with pytest.raises(AssertionError, match="what trial 1 said is its own"):
        check_container(InlineExecutor, SPECS["minimal"])
