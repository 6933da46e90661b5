"""Importance of parameters: Optuna's and SciPy's own numbers, golden values, and every case in which there is none."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from admf.analysis import ped_anova
from admf.analysis.importance import importance_of
from admf.analysis.indices import GOOD
from admf.analysis.inputs import input_of
from admf.analysis.sobol import sobol_indices
from admf.analysis.surrogate import RADIAL, fitted, table_of
from admf.analysis.why_none import Why
from admf.reports.importance_words import notes_of, ped_words, sobol_words

Floats = NDArray[np.float64]


def table(values: Any, **params: list[Any]) -> dict[str, Any]:
    return {**params, "value": np.asarray(values, dtype=float)}


def ishigami(u: Floats) -> Floats:
    x = np.pi * (2.0 * u - 1.0)
    return np.asarray(np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


ANALYTIC = ([0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437])
"""First-order and total indices of the Ishigami function with a = 7, b = 0.1: Ishigami and Homma 1990."""


def drawn(n: int, d: int, seed: int = 1) -> tuple[dict[str, list[Any]], Floats]:
    u = np.random.default_rng(seed).uniform(size=(n, d))
    return {f"x{i}": u[:, i].tolist() for i in range(d)}, u


# --- Sobol indices ----------------------------------------------------------------------------------------


def test_the_ishigami_function_has_its_golden_indices() -> None:
    # the design's LIBRARIES: n = 1024, SciPy's estimates
    first, total = sobol_indices(ishigami, 3, 1024)
    np.testing.assert_allclose(first, [0.309, 0.446, -0.002], atol=6e-4)
    np.testing.assert_allclose(total, [0.562, 0.442, 0.243], atol=6e-4)
    finer = sobol_indices(ishigami, 3, 2**15)
    np.testing.assert_allclose(finer, ANALYTIC, atol=5e-3)


def anova(scores: Floats) -> tuple[list[float], list[float]]:
    """First-order and total indices of a full table, from their definitions: Var(E[Y|x_i]) and E[Var(Y|all else)]."""
    axes = range(scores.ndim)
    first = [scores.mean(axis=tuple(j for j in axes if j != i)).var() / scores.var() for i in axes]
    return first, [scores.var(axis=i).mean() / scores.var() for i in axes]


def full(sizes: tuple[int, ...], seed: int) -> tuple[dict[str, Any], Floats]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=sizes) + 3.0 * np.arange(sizes[0])[:, None, None]
    cells = list(product(*map(range, sizes)))
    rng.shuffle(cells)
    columns = table(
        [scores[tuple(c)] for c in cells],
        a=[2.0 ** c[0] for c in cells], b=[5 + 5 * c[1] for c in cells], m=["xyz"[c[2]] for c in cells],
    )  # fmt: skip
    return columns, scores


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_full_grid_has_the_indices_of_its_own_table(seed: int) -> None:
    columns, scores = full((5, 4, 3), seed)
    found = importance_of(columns, ("a", "b", "m"), maximize=True).indices
    assert (found.held, found.r2, found.why) == (1.0, None, None)
    first, total = anova(scores)
    np.testing.assert_allclose([found.first[name] for name in "abm"], first, atol=0.01)
    np.testing.assert_allclose([found.total[name] for name in "abm"], total, atol=0.01)


def test_a_grid_with_few_holes_holds_its_scores_and_fills_in_the_rest() -> None:
    columns, scores = full((5, 4, 3), 0)
    gaps = columns | {
        "value": np.where((columns["value"] > 11.0) & (np.arange(60) % 2 == 0), np.nan, columns["value"])
    }
    holes = int(np.isnan(gaps["value"]).sum())
    assert 0 < holes < 12
    found = importance_of(gaps, ("a", "b", "m"), maximize=True)
    assert found.indices.why is None
    assert found.indices.held == pytest.approx(1 - holes / 60)
    assert found.indices.r2 is not None
    assert "of all combinations" in sobol_words(found)
    assert "fills in the others" in sobol_words(found)
    np.testing.assert_allclose([found.indices.first[name] for name in "abm"], anova(scores)[0], atol=0.1)


def test_a_grid_with_many_holes_is_judged_by_its_surrogate() -> None:
    columns, _ = full((5, 4, 3), 0)
    inputs = [input_of(columns, name, 60) for name in ("a", "b", "m")]
    full_table = table_of(inputs, columns["value"])
    assert full_table is not None
    assert full_table.trust == 1.0
    for left, there in ((48, True), (47, False)):
        rows = np.arange(left)
        found = table_of([one.of(rows) for one in inputs], columns["value"][rows])
        assert (found is not None) == there


def test_equal_sets_count_by_their_mean() -> None:
    columns = table([0.0, 4.0, 1.0, 3.0, 3.0], a=[0, 0, 0, 1, 1], b=[0, 0, 1, 0, 1])
    found = table_of([input_of(columns, name, 5) for name in ("a", "b")], columns["value"])
    assert found is not None
    points = np.array([[0.1, 0.2], [0.1, 0.9], [0.9, 0.1], [1.0, 1.0]])
    assert found.function(points).tolist() == [2.0, 1.0, 3.0, 3.0]


def test_a_surrogate_of_random_sets_comes_near_the_function_and_says_how_near() -> None:
    params, u = drawn(800, 3)
    found = importance_of(table(ishigami(u), **params), tuple(params), maximize=True).indices
    assert found.why is None
    assert found.r2 is not None
    assert found.r2 > 0.95
    np.testing.assert_allclose([[*found.first.values()], [*found.total.values()]], ANALYTIC, atol=0.03)
    unseen = np.random.default_rng(9).uniform(size=(2000, 3))
    model = fitted([input_of(params, name, 800) for name in params], ishigami(u))
    assert model is not None
    assert model.kind == RADIAL
    truth = ishigami(unseen)
    r2 = 1.0 - ((model.function(unseen) - truth) ** 2).mean() / truth.var()
    assert r2 == pytest.approx(found.r2, abs=0.02)  # what cross-validation promised holds for new points


def test_choices_and_logarithms_are_coordinates_too() -> None:
    params, u = drawn(400, 2)
    mode = ["abc"[i] for i in np.random.default_rng(2).integers(0, 3, 400)]
    width = (10.0 ** (4.0 * u[:, 1])).tolist()
    score = 2.0 * (np.array(mode) == "b") + u[:, 0] + np.sin(6.0 * u[:, 1])
    columns = table(score, x=params["x0"], width=width, mode=mode)
    names, scales = ("x", "width", "mode"), {"width": "log", "x": "linear", "mode": "categorical"}
    found = importance_of(columns, names, maximize=True, scales=scales).indices
    parts = np.array([1.0 / 12.0, np.sin(6.0 * np.linspace(0, 1, 20001)).var(), 4.0 * 2.0 / 9.0])
    np.testing.assert_allclose([found.first[n] for n in names], parts / parts.sum(), atol=0.04)
    np.testing.assert_allclose([found.total[n] for n in names], parts / parts.sum(), atol=0.04)


def test_noise_has_no_indices_but_their_reason() -> None:
    params, _ = drawn(300, 3)
    columns = table(np.random.default_rng(5).normal(size=300), **params)
    found = importance_of(columns, tuple(params), maximize=True)
    assert found.indices.why is Why.POOR_FIT
    assert found.indices.r2 is not None
    assert found.indices.r2 < GOOD
    assert not found.indices.first
    assert not found.indices.total
    assert "none of the variance" in sobol_words(found)


def test_constraints_are_said_and_too_many_holes_refused() -> None:
    params, u = drawn(400, 2)
    held = u[:, 0] + u[:, 1] > 0.5
    columns = {name: np.array(column)[held].tolist() for name, column in params.items()}
    columns = table(u[held, 0] - u[held, 1], **columns)
    found = importance_of(columns, ("x0", "x1"), maximize=True, constraints=["x0 + x1 > 0.5"])
    assert found.indices.allowed == pytest.approx(1 - 0.125, abs=0.03)
    assert "of all combinations break a constraint" in sobol_words(found)
    few = importance_of(columns, ("x0", "x1"), maximize=True, constraints=["x0 + x1 > 1.2"])
    assert few.indices.why is Why.UNKNOWN
    holes = {**columns, "value": np.where(np.arange(len(columns["value"])) % 5 < 3, np.nan, columns["value"])}
    assert importance_of(holes, ("x0", "x1"), maximize=True).indices.why is Why.UNKNOWN


# --- PED-ANOVA --------------------------------------------------------------------------------------------


def optunas_own(
    distributions: dict[str, Any], rows: list[dict[str, Any]], values: Floats, maximize: bool, quantile: float
) -> dict[str, float]:
    """Optuna's importances of a study of its own, with its own kinds of parameters."""
    import optuna

    study = optuna.create_study(direction="maximize" if maximize else "minimize")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row, value in zip(rows, values.tolist(), strict=True):
            kinds = {name: distributions[name] for name in row}
            study.add_trial(optuna.trial.create_trial(params=row, distributions=kinds, value=value))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=quantile)
        return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


@pytest.mark.parametrize("maximize", [True, False])
@pytest.mark.parametrize("n", [40, 300])
def test_the_shares_are_optunas_own(n: int, maximize: bool) -> None:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    rng = np.random.default_rng(n)
    x, w = rng.uniform(-3.0, 5.0, n), np.exp(rng.uniform(0.0, 6.0, n))
    step, mode, on = 5 * rng.integers(1, 9, n), rng.integers(0, 3, n), rng.integers(0, 2, n).astype(bool)
    extra = np.where(on, rng.uniform(size=n), np.nan)
    step[:2] = 5, 40
    values = x + np.log(w) + 0.1 * step + (mode == 1) + np.where(on, 3.0 * np.nan_to_num(extra), 0.0)
    kinds = {
        "x": FloatDistribution(x.min(), x.max()), "w": FloatDistribution(w.min(), w.max(), log=True),
        "step": IntDistribution(5, 40, step=5), "mode": CategoricalDistribution(("a", "b", "c")),
        "on": CategoricalDistribution((False, True)),
        "extra": FloatDistribution(np.nanmin(extra), np.nanmax(extra)),
    }  # fmt: skip
    rows = [
        {"x": float(x[i]), "w": float(w[i]), "step": int(step[i]), "mode": "abc"[mode[i]], "on": bool(on[i])}
        | ({"extra": float(extra[i])} if on[i] else {})
        for i in range(n)
    ]
    columns = table(
        values, x=x.tolist(), w=w.tolist(), step=step.tolist(), mode=["abc"[m] for m in mode], on=on.tolist(),
        extra=[row.get("extra") for row in rows],
    )  # fmt: skip
    scales = {"x": "linear", "w": "log", "step": "linear", "mode": "categorical", "on": "categorical"}
    inputs = [input_of(columns, name, n, scales.get(name)) for name in kinds]
    found = ped_anova.ped_anova(inputs, values if maximize else -values)
    assert found.quantile == max(0.1, 5 / n)
    own = optunas_own(kinds, rows, values, maximize, found.quantile)
    assert found.share is not None
    assert dict(zip(kinds, found.share, strict=True)) == pytest.approx(own, rel=1e-6)
    assert sum(found.share) == pytest.approx(1.0)


def test_what_matters_is_told_from_what_does_not() -> None:
    params, u = drawn(400, 2)
    found = importance_of(table(-((u[:, 0] - 0.3) ** 2), **params), ("x0", "x1"), maximize=True)
    assert found.ranked.share["x0"] > 0.9
    assert found.ranked.chance == ("x1",)
    assert found.by_importance() == ["x0", "x1"]
    assert "no more than chance" in notes_of(found)["x1"]
    turned = importance_of(table((u[:, 0] - 0.3) ** 2, **params), ("x0", "x1"), maximize=False)
    assert turned.ranked == found.ranked


def test_noise_passes_for_a_finding_about_as_rarely_as_is_said() -> None:
    seen = 0
    for seed in range(40):
        params, _ = drawn(60, 4, seed)
        columns = table(np.random.default_rng(1000 + seed).normal(size=60), **params)
        found = importance_of(columns, tuple(params), maximize=True).ranked
        seen += found.why is None
        assert found.why in (None, Why.NO_SIGN)
    assert seen <= 6  # one in twenty is allowed: above 6 of 40 with a chance below 1 %


def test_a_sample_stands_for_many_trials_and_is_said() -> None:
    params, u = drawn(3000, 2)
    columns = table(u[:, 0], **params)
    one, two = (importance_of(columns, ("x0", "x1"), maximize=True) for _ in range(2))
    assert one == two
    assert (one.scored, one.ranked.trials, one.indices.trials) == (3000, ped_anova.MOST, 1000)
    assert "a sample of 1,000 of 3,000 scored trials" in ped_words(one)


# --- where there is none ----------------------------------------------------------------------------------

X = list(range(30))
NONE: dict[str, tuple[dict[str, Any], Why]] = {
    "0 trials": (table([], a=[], b=[]), Why.NO_VALUE),
    "1 trial": (table([1.0], a=[1], b=[2]), Why.NONE_VARIES),
    "all failed": (table([np.nan] * 30, a=X, b=X), Why.NO_VALUE),
    "a constant score": (table([0.1] * 30, a=X, b=X), Why.ALIKE),
    "one parameter": (table(X, a=X), Why.ONE_VARIES),
    "a second one with one value": (table(X, a=X, b=[7] * 30), Why.ONE_VARIES),
    "no parameters": (table(X), Why.NO_PARAMETERS),
    "3 trials": (table([1.0, 2.0, 4.0], a=[1, 2, 3], b=[1, 3, 2]), Why.FEW),
    "all values of both once": (table(X, a=[1] * 30, b=[2] * 30), Why.NONE_VARIES),
}


@pytest.mark.parametrize("name", NONE)
def test_there_is_no_number_where_none_means_anything(name: str) -> None:
    columns, why = NONE[name]
    params = tuple(one for one in columns if one != "value")
    found = importance_of(columns, params, maximize=True)
    assert (found.ranked.why, found.indices.why) == (why, why)
    assert not {*found.ranked.share, *found.indices.first, *found.indices.total}
    assert ped_words(found).startswith("No PED-ANOVA, because ")
    assert sobol_words(found).startswith("No Sobol indices, because ")
    assert all(notes_of(found).values())


def test_too_many_equal_scores_are_no_best_tenth() -> None:
    rng = np.random.default_rng(0)
    columns = table(
        [0.0] * 40 + [-1.0] * 20, a=rng.uniform(size=60).tolist(), b=rng.uniform(size=60).tolist()
    )
    found = importance_of(columns, ("a", "b"), maximize=True)
    assert found.ranked.why is Why.TIED
    assert "more than half of the scores are as good" in ped_words(found)


def test_parameters_that_are_absent_have_a_share_but_no_indices() -> None:
    mode = ["a", "b"] * 40
    columns = table(
        [i if m == "a" else -i for i, m in enumerate(mode)], mode=mode,
        n=[i if m == "a" else None for i, m in enumerate(mode)],
        z=[float("nan") if m == "a" else i / 7 for i, m in enumerate(mode)],
    )  # fmt: skip
    found = importance_of(columns, ("mode", "n", "z"), maximize=True)
    assert set(found.ranked.share) == {"mode", "n", "z"}
    assert found.indices.why is Why.ABSENT
    assert found.absent == ("n", "z")
    assert "n, z are absent in some sets" in sobol_words(found)
