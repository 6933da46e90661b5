"""The plateau of a trial table: on a grid as on an array, off it by nearest sets, in both directions."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from admf.analysis.places import places
from admf.analysis.plateau import plateau_of, selected_row
from admf.finance.statistics.plateau import plateau, robust_grid
from tests.unit.test_plateau_golden import GOLDEN


def table(values: Any, **params: list[Any]) -> dict[str, Any]:
    return {**params, "value": np.asarray(values, dtype=float)}


def golden_table(seed: int | None = None) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    cells = [(i, j) for i in range(5) for j in range(5)]
    if seed is not None:
        np.random.default_rng(seed).shuffle(cells)
    columns = table(
        [GOLDEN[c] for c in cells], fast=[10 * i for i, _ in cells], slow=[j / 4 for _, j in cells]
    )
    return columns, cells


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_grid_in_any_order_is_the_golden_example(seed: int | None) -> None:
    columns, cells = golden_table(seed)
    found = plateau_of(columns, ("fast", "slow"), maximize=True)
    assert found is not None
    assert cells[found.row] == (2, 3)
    assert (found.value, found.robust, found.best_value, found.missing) == (3.2, 3.0, 9.0, 0)
    assert cells[found.best_row] == (1, 1)
    assert found.ratio == pytest.approx(3.0 / 9.0)
    assert sorted(cells[i] for i in found.neighbours) == sorted(product((1, 2, 3), (2, 3, 4)))
    grid = robust_grid(GOLDEN)
    np.testing.assert_allclose(found.scores, [grid[c] for c in cells])
    assert found.best_standing == 0.0  # of the spike's lead over the median of 1 nothing is left around it
    assert found.standing == pytest.approx(2.0 / 2.2)


def test_small_values_are_sought_with_the_sign_turned() -> None:
    columns, cells = golden_table()
    turned = {**columns, "value": -columns["value"]}
    found = plateau_of(turned, ("fast", "slow"), maximize=False)
    assert found is not None
    assert (cells[found.row], found.value, found.robust) == ((2, 3), -3.2, -3.0)
    assert found.ratio is None
    assert cells[found.best_row] == (1, 1)
    assert found.median == -1.0


def test_holes_of_a_constraint_count_as_the_worst() -> None:
    cells = [(i, j) for i, j in product(range(4), range(4)) if i < j]
    values = [1.0 + i + j for i, j in cells]
    found = plateau_of(
        table(values, a=[i for i, _ in cells], b=[j for _, j in cells]), ("a", "b"), maximize=True
    )
    assert found is not None
    dense = np.full((3, 3), np.nan)
    for (i, j), value in zip(cells, values, strict=True):
        dense[i, j - 1] = value
    place = plateau(dense)
    assert cells[found.row] == (place[0], place[1] + 1)
    np.testing.assert_allclose(found.scores, [robust_grid(dense)[i, j - 1] for i, j in cells])


def test_categories_and_absent_parameters_are_apart() -> None:
    rows: list[tuple[str, bool, int | None]] = [
        *(("a", on, n) for on in (True, False) for n in (1, 2, 3)), ("b", True, None), ("b", False, None),
    ]  # fmt: skip
    spots = places({"mode": [m for m, _, _ in rows], "on": [o for _, o, _ in rows], "n": [n for *_, n in rows]},
                   ("mode", "on", "n"), len(rows))  # fmt: skip
    assert spots.names == ("n",)
    assert len(set(spots.group.tolist())) == 4
    assert spots.active.sum() == 2
    columns = table(
        [1, 5, 1, 2, 2, 2, 4, 3],
        mode=[m for m, _, _ in rows],
        on=[o for _, o, _ in rows],
        n=[n for *_, n in rows],
    )
    found = plateau_of(columns, ("mode", "on", "n"), maximize=True)
    assert found is not None
    assert found.scores.tolist() == [1, 1, 1, 1.5, 2, 1.5, 4, 3]
    assert (found.row, found.best_row) == (6, 1)


def test_off_the_grid_neighbours_are_the_nearest() -> None:
    rng = np.random.default_rng(4)
    n = 400
    a, b = rng.uniform(size=n), np.exp(rng.uniform(0, 5, n))
    height = np.exp(-((a - 0.3) ** 2) * 20 - (np.log(b) / 5 - 0.6) ** 2 * 20)
    values = height + 0.02 * rng.normal(size=n)
    spike = int(np.argmin((a - 0.9) ** 2 + (np.log(b) / 5 - 0.1) ** 2))
    values[spike] = 5.0
    values[rng.random(n) < 0.05] = np.nan
    values[spike] = 5.0
    found = plateau_of(
        table(values, a=a.tolist(), b=b.tolist()), ("a", "b"), maximize=True, method="random",
        scales={"a": "linear", "b": "log"},
    )  # fmt: skip
    assert found is not None
    assert found.rule == "nearest"
    assert found.best_row == spike
    assert abs(a[found.row] - 0.3) < 0.15
    assert abs(np.log(b[found.row]) / 5 - 0.6) < 0.15
    # a naive search for the neighbours of the centre
    u = np.stack([(a - a.min()) / np.ptp(a), (np.log(b) - np.log(b).min()) / np.ptp(np.log(b))], axis=1)
    far = np.abs(u - u[found.row]).max(axis=1)
    assert sorted(found.neighbours) == sorted(np.argsort(far)[:9].tolist())
    near = np.where(np.isfinite(values), values, np.nanmin(values))[list(found.neighbours)]
    assert found.robust == pytest.approx(float(np.quantile(near, 0.25)))


def test_few_sets_off_the_grid_are_padded_with_the_worst() -> None:
    found = plateau_of(
        table([3.0, 2.0, 1.5, 0.0], a=[1, 2, 3, 3], m=["x", "y", "y", "x"]),
        ("a", "m"),
        maximize=True,
        method="random",
    )
    assert found is not None
    assert found.missing == 1  # of three, two sets have y
    assert found.row == 1
    assert found.robust == pytest.approx(0.75)  # 2, 1.5 and the worst, 0


def test_selection_is_a_pure_function() -> None:
    columns, cells = golden_table()
    rows = {how: selected_row(columns, ("fast", "slow"), how, maximize=True) for how in ("best", "plateau")}
    assert {how: cells[row] for how, row in rows.items() if row is not None} == {
        "best": (1, 1),
        "plateau": (2, 3),
    }
    assert selected_row(table([np.nan], a=[1]), ("a",), "plateau", maximize=True) is None
    with pytest.raises(ValueError, match="best or plateau"):
        selected_row(columns, ("fast",), "median", maximize=True)


def test_no_parameters_and_one_trial() -> None:
    for columns, params in ((table([2.0]), ()), (table([2.0], a=[1]), ("a",))):
        found = plateau_of(columns, params, maximize=True)
        assert found is not None
        assert (found.row, found.value, found.robust, found.neighbours) == (0, 2.0, 2.0, (0,))
