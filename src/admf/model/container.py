"""Containers as data: which kind a trial lives in, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from admf.model.sent import sent


class Kind(Enum):
    """How much a container shares with other trials."""

    MINIMAL = "minimal"
    """A warm process that many trials use one after the other."""
    ISOLATED = "isolated"
    """A process of its own, forked from its warm keeper."""
    REPLAY = "replay"
    """Recorded signals only; no strategy code runs."""


class Limit(Enum):
    """What a container may be killed for; the values are the config's keys."""

    MEMORY = "memory_mb"
    TIME = "timeout_s"
    RESULT = "result_mb"
    OUTPUT = "output_mb"
    PROCESSES = "processes"


@sent
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a container may use; a trial in `isolated`, the process that trials share in `minimal`."""

    memory_mb: float | None = None
    """Memory beyond what is shared with the template; None: an equal share of what is free when the pool starts."""
    cpu_shares: float = 1.0
    """Relative weight; 1.0 is an equal share."""
    timeout_s: float | None = 600.0
    """How long one trial may take; None: for ever."""
    result_mb: float = 16.0
    output_mb: float = 1.0
    """What one trial may print, which is kept."""
    open_files: int = 1024
    processes: int = 64
    """Processes and threads at once."""
    network: bool = True
    write: str = "anywhere"
    """'scratch': files are written below the container's own folder only."""


@sent
@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """The container of a trial."""

    kind: Kind = Kind.ISOLATED
    limits: Limits = field(default_factory=Limits)
    trials: int = 1
    """`isolated`: how many trials share one fork."""
    recycle: int | None = None
    """`minimal`: after how many trials a fresh container takes its place; None: when its memory has grown."""


def exceeded(limit: Limit, limits: Limits) -> str:
    """Why a trial was killed, equal in equal runs: `timeout_s = 2`. What was measured is its detail."""
    allowed = getattr(limits, limit.value)
    return f"{limit.value} = {'auto' if allowed is None else f'{allowed:g}'}"
