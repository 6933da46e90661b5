"""Metrics that components returned, made into columns at once, are what each answer says by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf.errors import TrialError
from admf.model.trial import ObjectiveSpec
from admf.trials.objective import METRIC_NAMES, make_objective
from admf.trials.returned import Returned, number_of, own_metrics
from admf.trials.sheet import Sheet

OWN = ("x", "edge", "größe")
VALUES = st.one_of(
    st.none(),
    st.floats(),
    st.sampled_from([math.inf, -math.inf, math.nan]),
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.floats().map(np.float64),
    st.integers(-5, 5).map(str),
)
ANSWERS = st.lists(
    st.one_of(st.none(), st.dictionaries(st.sampled_from(METRIC_NAMES[:3] + OWN), VALUES)), min_size=1
)


def said(value: Any) -> float | None:
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


@given(ANSWERS)
def test_columns_are_what_each_answer_says(answers: list[dict[str, Any] | None]) -> None:
    """None: a trial that returned nothing, for it failed."""
    extra_names = ("x", "edge")
    objective = make_objective(ObjectiveSpec(metric="x", maximize=True), extra_names)
    sheet = Sheet(len(answers), objective, extra_names)
    for row, answer in enumerate(answers):
        if answer is None:
            sheet.refuse(row, "no")
        else:
            sheet.take_returned(row, answer)
    found = sheet.outcomes_of(range(len(answers)), list(range(len(answers))))
    for row, answer in enumerate(answers):
        told = {name: said(value) for name, value in (answer or {}).items()}
        metrics = [told.get(name) for name in METRIC_NAMES]
        assert [None if math.isnan(v) else v for v in found.metrics[row].tolist()] == metrics
        missing = {name for name, value in zip(METRIC_NAMES, metrics, strict=True) if value is None}
        assert set(found.undefined[row]) == (missing if answer is not None else set())
        assert dict(found.extra[row]) == {n: v for n, v in told.items() if n not in METRIC_NAMES}
        value = told.get("x")
        assert found.values[row] == value or (value is None and math.isnan(found.values[row]))
        if answer is not None:
            alone, undefined, extra = own_metrics(answer)
            np.testing.assert_array_equal(alone, found.metrics[row])
            assert dict(undefined) == dict(found.undefined[row])
            assert dict(extra) == dict(found.extra[row])


@pytest.mark.parametrize("value", ["much", object(), [1.0], {"a": 1}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TrialError, match="must be a number or None"):
        Returned().take(0, {"x": 1.0, "sharpe": value})
    with pytest.raises(TrialError, match="must be a number or None"):
        number_of(value)
