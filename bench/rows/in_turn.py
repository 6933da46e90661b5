"""Several engines on the same case, in turn: round after round, each warm in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from measure.result import Options, Result, Target, ratios
from peers.measuring import Case, Measured, Taken

LEAST_S = 1.0
"""Each round sweeps for so long at least: short sweeps are repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """An engine, what it sweeps, and how; `words` for tables."""

    engine: str
    case: Case
    mode: Mapping[str, Any] = field(default_factory=dict)
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What an entrant took in each round."""

    entrant: Entrant
    rounds: tuple[Taken, ...]

    @property
    def cpu_ns(self) -> tuple[float, ...]:
        """Of all its processes, per bar and set."""
        return tuple(taken.cpu_ns for taken in self.rounds)

    @property
    def waited(self) -> float:
        """Wall over CPU time."""
        return median(taken.ns / taken.cpu_ns for taken in self.rounds)

    @property
    def words(self) -> str:
        """For tables."""
        return f"{median(self.cpu_ns):,.1f} ns ({self.entrant.words})"

    @property
    def details(self) -> dict[str, Any]:
        """For the file."""
        return {
            "how": self.entrant.words,
            "sets": len(self.entrant.case.sets),
            "cpu_ns": self.cpu_ns,
            "wall_ns": tuple(taken.ns for taken in self.rounds),
        }


def in_turn(entrants: Mapping[str, Entrant], options: Options) -> dict[str, Timed]:
    """Each runs once to warm up, and once in every round; those of one engine share its process."""
    with ExitStack() as stack:
        processes = {
            engine: stack.enter_context(Measured(engine))
            for engine in dict.fromkeys(entrant.engine for entrant in entrants.values())
        }
        rounds: dict[str, list[Taken]] = {name: [] for name in entrants}
        for one in entrants.values():
            processes[one.engine].run(one.case, dict(one.mode))
        for _ in range(options.size(options.rounds, 1)):
            for name, one in entrants.items():
                least = options.size(1, 0) * LEAST_S
                rounds[name].append(processes[one.engine].run(one.case, dict(one.mode), least_s=least))
    return {name: Timed(entrant=entrants[name], rounds=tuple(taken)) for name, taken in rounds.items()}


def faster(name: str, what: str, ours: Timed, theirs: Timed, target: Target | None, **details: Any) -> Result:
    """How many times the CPU time of ours theirs takes, per bar and set."""
    return Result(
        name=name,
        what=what,
        rounds=ratios(theirs.cpu_ns, ours.cpu_ns),
        target=target,
        ours=ours.words,
        beside=theirs.words,
        waited=theirs.waited,
        details={"ours": ours.details, "beside": theirs.details, **details},
    )
