"""Columns of few values are the columns they stand for; rows are alike where their bytes are."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from admf.model.alike import alike
from admf.model.few import Few
from admf.model.same import Same

TEXTS: list[dict[str, str]] = [{}, {"sharpe": "no variance"}, {"sharpe": "no variance"}, {"cagr": "ruined"}]


@given(st.lists(st.integers(0, 3), max_size=40), st.data())
def test_a_column_written_in_parts_is_what_was_written(places: list[int], data: st.DataObject) -> None:
    n = len(places)
    plain: list[Any] = [TEXTS[0]] * n
    few = Few[Any].filled(TEXTS[0], n)
    for row, place in enumerate(places):
        if data.draw(st.booleans()):
            few[row] = plain[row] = TEXTS[place]
    first = data.draw(st.integers(0, n))
    part = [TEXTS[place] for place in places[first:]]
    few.put(slice(first, n), Few.of(part))
    plain[first:] = part
    assert few == plain
    assert list(few) == plain
    assert all(one is two for one, two in zip(few, plain, strict=True)), "the very objects"
    assert few.column() == plain
    assert pickle.loads(pickle.dumps(few.column())) == plain
    rows = np.array(data.draw(st.permutations(range(n))), np.int64)
    assert few.take(rows) == [plain[row] for row in rows]
    assert few[first:] == plain[first:]
    assert len({id(value) for value in few.values}) == len(few.values) <= len(TEXTS), "each object once"


def test_what_is_one_object_everywhere_is_sent_as_one() -> None:
    few = Few.filled("", 3)
    assert isinstance(few.column(), Same)
    few.put(np.arange(3), Few.filled("x", 3))
    assert few.column() == Same("x", 3)
    few[1] = ""
    assert few.column() == ["x", "", "x"]
    assert Few.filled("", 0).column() == Same("", 0)


@given(
    st.integers(0, 20).flatmap(
        lambda width: (
            st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=60)
            | st.lists(st.sampled_from([bytes(width), b"\1" * width]), min_size=1, max_size=60)
        )
    )
)
def test_rows_are_alike_where_their_bytes_are(rows: list[bytes]) -> None:
    table = np.array([list(row) for row in rows], np.uint8).reshape(len(rows), len(rows[0]))
    first, kinds = alike(table)
    assert len(first) == len(set(rows))
    for kind, row in enumerate(first.tolist()):
        assert row == rows.index(rows[row]), "the first of its kind"
        assert kinds[row] == kind
    assert [rows[first[kind]] for kind in kinds] == rows
