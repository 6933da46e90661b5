"""Parameter sets as columns are the sets that they were made of."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from admf.model.param_sets import ParamSets
from admf.model.same import Same

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.just({"atr": 2}),
)
SETS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=12)


def as_text(sets: Any) -> list[str]:
    return [repr(sorted(one.items())) for one in sets]


@given(SETS)
def test_columns_give_the_sets_back(sets: list[dict[str, Any]]) -> None:
    columns = ParamSets.of(sets)
    assert as_text(columns) == as_text(sets)
    assert as_text(columns[i] for i in range(len(sets))) == as_text(sets)
    assert as_text(pickle.loads(pickle.dumps(columns))) == as_text(sets)
    assert as_text(columns[1:7:2]) == as_text(sets[1:7:2])
    order = np.arange(len(sets))[::-1]
    assert as_text(columns.take(order)) == as_text(sets[::-1])
    assert len(columns) == len(sets)


@given(st.integers(0, 9), st.slices(9))
def test_a_sequence_of_one_value_is_the_sequence(n: int, part: slice) -> None:
    same, plain = Same("x", n), ["x"] * n
    assert same == plain
    assert list(same[part]) == plain[part]
    assert list(reversed(same)) == plain
    assert (same.count("x"), same.count("y")) == (n, 0)
    assert pickle.loads(pickle.dumps(same)) == same
