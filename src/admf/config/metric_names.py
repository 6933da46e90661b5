"""Metrics as a config names them: which there are, and which side of each is better."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from admf.config.document import Path
from admf.config.reading import Reading
from admf.errors import nearest
from admf.finance.simulation.parse import one_of
from admf.model.space.value import shown

_DIRECTIONS = {"maximize": True, "minimize": False, "max": True, "min": False}
_OWN = "A metric of the component's own evaluate(bars) needs direction: maximize or minimize."


@cache
def directions() -> Mapping[str, bool | None]:
    """The metrics by name, with which side is better (None: it must be said)."""
    from admf.finance.metrics.table import METRICS  # loads the compiled metrics: not before it is needed

    return {metric.name: metric.maximize for metric in METRICS}


def direction(value: object) -> bool:
    """Whether more is better; ConfigError for what is no direction."""
    return one_of(value, _DIRECTIONS)


def better_side(
    reading: Reading, path: Path, name: str, maximize: bool | None, *, own_metrics: bool
) -> bool | None:
    """Whether more of a metric is better, `maximize` where that is said; problems are noted at `path`.

    `own_metrics`: some component is a user's, and may return metrics that no table here knows.
    """
    if maximize is not None and own_metrics:
        return maximize
    if name not in directions():
        hint = nearest(name, directions())
        reading.problem(
            path,
            f"a metric must be known, was {shown(name)}.",
            f"{hint} {_OWN if own_metrics else ''}".strip(),
        )
    elif maximize is None and directions()[name] is None:
        hint = "Say direction: maximize or minimize."
        reading.problem(path, f"direction must be given, {name} has no better side.", hint)
    return directions().get(name) if maximize is None else maximize
