"""A study of no bars, for tests in which nobody evaluates it."""

from __future__ import annotations

from admf.model.trial import ComponentSpec, ObjectiveSpec, StudySpec

STUDY = StudySpec(
    component=ComponentSpec(name="c", use="ma_crossover"),
    bars="bars",
    start=0,
    stop=9,
    warmup=0,
    simulation="{}",
    objective=ObjectiveSpec(),
)
