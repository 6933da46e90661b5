"""Simulated instant trials through coordinator and store: how many a second, and the driver's memory as they grow."""

from __future__ import annotations

import instant
from measure.result import Options, Result, at_least, at_most

FAST, FLAT = 50_000.0, 1.2


def coordinator(options: Options) -> list[Result]:
    """100,000 and 1,000,000 of them, each in a process of its own."""
    few, many = options.size(100_000, 2_000), options.size(1_000_000, 20_000)
    fewer = [instant.measured_apart(few) for _ in range(options.size(options.rounds, 1))]
    more = instant.measured_apart(many)
    return [
        Result(
            name="coordinator.speed",
            what=f"{few:,} instant outcomes, stored",
            rounds=tuple(1e6 / one.wall_us for one in fewer),
            unit="/s",
            target=at_least(FAST, "/s"),
            ours=f"{fewer[0].wall_us:.1f} us of wall each",
            beside=f"{many:,}: {more.wall_us:.1f} us",
            waited=fewer[0].wall_us / fewer[0].cpu_us,
        ),
        Result(
            name="coordinator.memory",
            what=f"driver's peak memory (RSS), {many:,} / {few:,} outcomes",
            rounds=(more.peak_mb / fewer[0].peak_mb,),
            target=at_most(FLAT),
            more_is_better=False,
            ours=f"{more.peak_mb:,.0f} MB",
            beside=f"{fewer[0].peak_mb:,.0f} MB",
        ),
    ]
