"""Which of a run's trials are looked at again: a seeded draw in which every study has its share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from admf.model.trial import Outcome
from admf.store.trial_table import StoredTrial, TrialTable

Study = tuple[str, str, str]
"""A stage's name, a component's and a window's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The trials drawn, in the table's order; how many there are, and how many of these were lost."""

    trials: Sequence[StoredTrial] = field(repr=False)
    total: int
    lost: int
    """Nobody knows what they give: none of them is drawn."""


def study_of(trial: StoredTrial) -> Study:
    """The study of a trial."""
    return trial.stage, trial.component, trial.window


def draw(table: TrialTable, size: int, seed: int) -> Sample:
    """`size` trials (all where there are fewer), of each study its share and one at least."""
    columns = table.columns(["trial_id", "stage", "component", "window", "outcome"])
    studies: dict[Study, list[str]] = {}
    for trial, stage, component, window, outcome in zip(*columns.values(), strict=True):
        own = studies.setdefault((stage, component, window), [])
        if outcome != Outcome.LOST.value:
            own.append(trial)
    rng = np.random.default_rng(seed)
    chosen = []
    for study, share in shares({study: len(own) for study, own in studies.items()}, size).items():
        own = studies[study]
        chosen += [own[i] for i in sorted(rng.permutation(len(own))[:share].tolist())]
    total = len(columns["trial_id"])
    lost = total - sum(map(len, studies.values()))
    return Sample(trials=[table.row(trial) for trial in chosen], total=total, lost=lost)


def shares(sizes: Mapping[Study, int], size: int) -> dict[Study, int]:
    """How many of each: in proportion, one at least where there is one, `size` together unless studies are more.

    >>> shares({("s", "a", "w"): 2_000, ("s", "b", "w"): 1_000, ("s", "c", "w"): 1, ("s", "d", "w"): 0}, 100)
    {('s', 'a', 'w'): 66, ('s', 'b', 'w'): 33, ('s', 'c', 'w'): 1, ('s', 'd', 'w'): 0}
    """
    found = {study: min(1, own) for study, own in sizes.items()}
    total = sum(sizes.values())
    for _ in range(min(size, total) - sum(found.values())):
        open_ones = [study for study, own in sizes.items() if found[study] < own]
        found[max(open_ones, key=lambda study: sizes[study] * size / total - found[study])] += 1
    return found
