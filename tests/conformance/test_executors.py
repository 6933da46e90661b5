"""Every registered executor keeps the executors' contract."""

from __future__ import annotations

import pytest

from admf import registry
from admf.executors.inline import InlineExecutor
from admf.executors.protocol import Done
from admf.testing.executor import check_executor

_IN_THE_DRIVER = {"inline"}


@pytest.mark.parametrize("name", sorted(registry.names("executors")))
def test_an_executor_keeps_the_contract(name: str) -> None:
    make = registry.load("executors", name)
    check_executor(lambda: make(workers=2), survives=name not in _IN_THE_DRIVER)


def test_the_kit_catches_an_executor_that_loses_answers() -> None:
    class Forgetful(InlineExecutor):
        def next(self) -> Done:
            return Done(ticket=0, answer=super().next().answer)

    with pytest.raises(AssertionError, match="twice"):
        check_executor(Forgetful, survives=False)
