"""The plateau: the published example, what other rules would have answered, and the edges of the definition."""

from __future__ import annotations

import numpy as np
import pytest

import admf
from admf.finance.statistics.plateau import best_of, plateau, robust_grid

NAN = float("nan")
GOLDEN = np.array(
    [[1, 1, 1, 1, 1], [1, 9, 1, 3, 3], [1, 1, 1, 3.2, 3], [1, 1, 3, 3.1, 3], [0, 0, 2, 3, 2]], dtype=float
)
"""STATISTICS 2.7: a spike at (1, 1), a plateau around (2, 3), its edge at the right border."""


def around(i: int, j: int, outside: float | None) -> list[float]:
    """The 3 x 3 cells around one; `outside` for what is not there, None: left out."""
    cells = []
    for a in range(i - 1, i + 2):
        for b in range(j - 1, j + 2):
            if 0 <= a < 5 and 0 <= b < 5:
                cells.append(float(GOLDEN[a, b]))
            elif outside is not None:
                cells.append(outside)
    return cells


def winner(score: dict[tuple[int, int], float]) -> tuple[tuple[int, int], float]:
    place = max(score, key=lambda cell: score[cell])
    return place, score[place]


def test_the_golden_example() -> None:
    assert plateau(GOLDEN) == (2, 3)
    assert robust_grid(GOLDEN)[2, 3] == 3.0
    assert admf.statistics.plateau(GOLDEN) == (2, 3)


def test_what_other_rules_would_have_answered() -> None:
    """Why it is the quantile, and why what is outside counts as the worst (STATISTICS 2.7)."""
    cells = [(i, j) for i in range(5) for j in range(5)]
    # the highest point is the spike
    assert winner({c: float(GOLDEN[c]) for c in cells})[0] == (1, 1)
    # a mean over what is there: the edge wins, because it has no bad neighbours beyond it
    place, score = winner({c: float(np.mean(around(*c, None))) for c in cells})
    assert (place, round(score, 4)) == ((2, 4), 3.05)
    # a mean with the worst beyond the edge: the spike still lifts everything around it
    place, score = winner({c: float(np.mean(around(*c, 0.0))) for c in cells})
    assert (place, round(score, 4)) == ((2, 2), 2.8111)


def test_infeasible_neighbours_count_as_the_worst_feasible_score() -> None:
    scores = [5.0, 5.0, 5.0, NAN, 6.0, 6.0, 6.0, -1.0]
    robust = robust_grid(scores)
    assert robust[4] == pytest.approx(2.5)  # -1, 6, 6
    assert np.isnan(robust[3])
    assert plateau(scores) == (5,)


def test_categories_are_no_neighbours() -> None:
    scores = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 2.0, 0.0]])
    assert plateau(scores, categorical=[0]) == (1, 2)
    # each row by itself, but the worst score is that of the whole study
    np.testing.assert_allclose(robust_grid(scores, categorical=[0])[0], [0.5, 1.0, 1.0, 1.0, 0.5])


def test_an_axis_with_one_value_is_no_direction() -> None:
    line = np.array([1.0, 3.0, 3.0, 3.0, 9.0])
    np.testing.assert_array_equal(robust_grid(line[None, :])[0], robust_grid(line))


def test_ties_go_to_the_higher_score_then_to_the_hash() -> None:
    robust, own = np.array([2.0, 2.0, 2.0, 1.0]), np.array([4.0, 5.0, 5.0, 9.0])
    assert best_of(robust, own) == 1
    assert best_of(robust, own, lambda i: "dcba"[i]) == 2


def test_nothing_finite_is_said() -> None:
    with pytest.raises(ValueError, match="at least one finite score"):
        plateau([NAN, NAN])
    assert plateau([NAN, 1.0]) == (1,)
    assert plateau(3.0) == ()


def test_statistics_is_a_public_module() -> None:
    assert admf.statistics.__all__ == ["plateau", "psr"]
    assert admf.statistics.psr(0.458, 24, skew=-2.448, kurtosis=10.164) == pytest.approx(0.9133611, abs=1e-7)
