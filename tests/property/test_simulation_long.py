"""The law of laws, tried much longer than `make test` has time for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from admf.finance.simulation.options import Simulation
from admf.model.bars import Bars
from tests.property import test_simulation as laws


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(laws.many, max_examples=2_500)
@given(case=laws.runs())
def test_the_kernel_equals_the_naive_loop_many_times(case: tuple[Bars, Any, Simulation, int]) -> None:
    laws.test_the_kernel_equals_the_naive_loop.hypothesis.inner_test(case)  # type: ignore[attr-defined]
