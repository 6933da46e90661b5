"""What containers cost a trial, beside a bare fork; what they hold together; whether their limits hold."""

from __future__ import annotations

from contained import costs
from contained import limits as kept
from contained import memory as held
from measure.result import Options, Result
from peers.samples import days


def isolated(options: Options) -> list[Result]:
    """An empty trial in a fork of its own."""
    return costs.isolated(days(), options.size(3 * options.rounds, 1))


def minimal(options: Options) -> list[Result]:
    """An empty trial in a warm process, alone and as the whole of a run."""
    return costs.minimal(days(), options.size(3 * options.rounds, 1), options.size(60_000, 1_000))


def memory(options: Options) -> list[Result]:
    """8 containers on a million bars."""
    return held.together(options.size(1_000_000, 10_000))


def limits(options: Options) -> list[Result]:
    """Memory, shares of a processor, and what a death costs."""
    bars = days()
    return [*kept.memory(bars), *kept.shares(), *kept.replacement(bars, options.size(3 * options.rounds, 1))]
