"""Standard test functions of optimisation, to be minimised, each with its space and its best value.

Definitions and optima as in Surjanovic and Bingham, Virtual Library of Simulation Experiments. The ranges are shifted
so that no optimum lies in the middle, where every method that starts there would find it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from admf.model.space import Space, parse_space

X = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of a parameter set, its space, its lowest value, and the noise a search sees (standard deviation)."""

    of: Callable[[X], float]
    space: Space
    best: float
    noise: float = 0.0

    def __call__(self, params: Mapping[str, Any]) -> float:
        """The value of a set."""
        return float(self.of(np.array([params[f"x{i}"] for i in range(len(params))])))


def sphere(x: X) -> float:
    return float((x**2).sum())


def rosenbrock(x: X) -> float:
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


def rastrigin(x: X) -> float:
    return float(10 * len(x) + (x**2 - 10 * np.cos(2 * np.pi * x)).sum())


def ackley(x: X) -> float:
    far = -20 * np.exp(-0.2 * np.sqrt((x**2).mean()))
    return float(far - np.exp(np.cos(2 * np.pi * x).mean()) + 20 + np.e)


def branin(x: X) -> float:
    a, b = x
    bowl = (b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6) ** 2
    return float(bowl + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10)


def hartmann(x: X) -> float:
    """Hartmann, six dimensions."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    A = np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    )
    P = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    return float(-(alpha * np.exp(-(A * (x - P) ** 2).sum(axis=1))).sum())


def _cube(low: float, high: float, n: int) -> Space:
    return parse_space({f"x{i}": {"type": "float", "low": low, "high": high} for i in range(n)})


_BRANIN = parse_space(
    {"x0": {"type": "float", "low": -5, "high": 10}, "x1": {"type": "float", "low": 0, "high": 15}}
)

FUNCTIONS: dict[str, Function] = {
    "sphere": Function(of=sphere, space=_cube(-4, 6, 5), best=0.0),
    "rosenbrock": Function(of=rosenbrock, space=_cube(-2, 3, 4), best=0.0),
    "rastrigin": Function(of=rastrigin, space=_cube(-4, 6, 3), best=0.0),
    "ackley": Function(of=ackley, space=_cube(-20, 45, 6), best=0.0),
    "branin": Function(of=branin, space=_BRANIN, best=0.39788735772973816),
    "noisy sphere": Function(of=sphere, space=_cube(-4, 6, 5), best=0.0, noise=5.0),
    "noisy hartmann": Function(of=hartmann, space=_cube(0, 1, 6), best=-3.32236801141551, noise=0.3),
}


def _on_grid(name: str, points: int) -> Function:
    """A function on a grid of so many points per axis; `best` is the function's, which no grid point need reach."""
    function = FUNCTIONS[name]
    forms = {
        p.name: {"type": "float", "low": p.domain.low, "high": p.domain.high, "num_points": points}  # type: ignore[union-attr]
        for p in function.space.parameters
    }
    return Function(of=function.of, space=parse_space(forms), best=function.best, noise=function.noise)


GRIDDED = {
    f"{name} of {points ** FUNCTIONS[name].space.dimensions:,}": _on_grid(name, points)
    for name, points in (
        ("branin", 7),
        ("branin", 71),
        ("rastrigin", 17),
        ("rosenbrock", 8),
        ("noisy hartmann", 4),
        ("branin", 2236),
        ("rastrigin", 171),
        ("rosenbrock", 47),
        ("ackley", 13),
        ("sphere", 22),
        ("noisy hartmann", 13),
    )
}
"""Spaces of about 50, 5,000 and 5 million sets."""
