"""Bayesian search: a model of where good values lie, asked where to look next (Optuna's TPE; a Gaussian process)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from admf.errors import Problem, SpaceError
from admf.model.space import Space
from admf.search.axes import Axes, axes_of
from admf.search.extra import needed
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.optuna_sampler import INSTALL, Sampling, quiet
from admf.search.protocol import check_arguments

BUDGET = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bayesian:
    """Options of `bayesian`; an instance makes the search."""

    model: str = option(
        "tpe",
        "tpe: tree-structured Parzen estimators; gp: a Gaussian process, where torch is installed",
        one_of=("tpe", "gp"),
    )
    generation: int = option(8, "how many sets are proposed from the same knowledge", least=1, most=1000)
    startup: int = option(16, "how many sets are drawn evenly before the model proposes", least=1)
    candidates: int = option(24, "tpe: of how many candidates the best is proposed", least=1)
    multivariate: bool = option(True, "tpe: learn how parameters go together")

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 200 proposals without a budget. SpaceError where a library is missing."""
        check_arguments(seed, budget)
        learner = self.learner(axes_of(space), seed)
        return Learning(space, learner, seed=seed, budget=budget or BUDGET, start=self.startup)

    def learner(self, axes: Axes, seed: int) -> Sampling:
        """What proposes."""
        optuna = needed("optuna", "bayesian", INSTALL)
        if self.model == "gp" and find_spec("torch") is None:
            says = "the Gaussian process needs torch, which is not installed."
            raise SpaceError(Problem(says=says, where="method", hint="pip install torch, or use model: tpe."))
        return Sampling(axes, lambda: self._sampler(optuna, seed), self.generation)

    def _sampler(self, optuna: Any, seed: int) -> Any:
        seed %= 2**32
        with quiet(optuna):
            if self.model == "gp":
                return optuna.samplers.GPSampler(seed=seed, n_startup_trials=self.startup)
            return optuna.samplers.TPESampler(
                seed=seed,
                n_startup_trials=self.startup,
                n_ei_candidates=self.candidates,
                multivariate=self.multivariate,
                group=self.multivariate,
                constant_liar=True,
            )
