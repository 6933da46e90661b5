"""Peak memory of a sweep, all processes together: beside vectorbt's, and as the number of sets grows."""

from __future__ import annotations

from dataclasses import replace

from measure.processes import HOW
from measure.result import Options, Result, at_least, at_most
from peers.measuring import Case, Measured
from peers.vectorbt_modes import Mode, fastest, fitting
from rows.cases import HUNDRED_THOUSAND, TEN_THOUSAND, THOUSAND, on_days, on_minutes

TWENTY, FLAT = 20.0, 1.2


def beside_vectorbt(options: Options) -> list[Result]:
    """vectorbt in one piece (scaled from what fits), and in its fastest chunks, beside ADMF with one worker."""
    results = []
    cases = {
        "sets-1k": on_days(options, THOUSAND),
        "sets-10k": on_days(options, TEN_THOUSAND),
        "bars-100k": on_minutes(options, THOUSAND),
    }
    for name, case in list(cases.items())[: options.size(len(cases), 1)]:
        ours = [_peak_mb("admf", case, {}) for _ in range(options.size(options.rounds, 1))]
        mode, _ = fastest(case)
        whole, how = _in_one_piece(case, mode)
        chunks = _peak_mb("vectorbt", case, mode.arguments)
        for part, theirs, words in (("whole", whole, how), ("chunks", chunks, mode.words(case))):
            results.append(
                Result(
                    name=f"memory.{name}.{part}",
                    what=f"{case.words} ({case.name}), peak memory of {words}",
                    rounds=tuple(theirs / mb for mb in ours),
                    target=at_least(TWENTY),
                    ours=f"{min(ours):,.0f} MB",
                    beside=f"{theirs:,.0f} MB",
                    details={"ours_mb": ours, "beside_mb": theirs, "how": words, "memory": HOW},
                )
            )
    return results


def flat(options: Options) -> list[Result]:
    """ADMF with 1,000, 10,000 and 100,000 sets on the same bars."""
    grids = [THOUSAND, TEN_THOUSAND, HUNDRED_THOUSAND]
    case = on_days(options, THOUSAND)
    if options.quick:
        grids = [case.sets, THOUSAND]
    held = {len(sets): _peak_mb("admf", replace(case, sets=sets), {}) for sets in grids}
    fewest, most = min(held), max(held)
    return [
        Result(
            name="flat",
            what=f"peak memory, {most:,} sets / {fewest:,} sets of {case.bars:,} bars",
            rounds=(held[most] / held[fewest],),
            target=at_most(FLAT),
            more_is_better=False,
            ours=", ".join(f"{sets:,}: {mb:,.0f} MB" for sets, mb in held.items()),
            details={"mb": held, "memory": HOW},
        )
    ]


def _peak_mb(engine: str, case: Case, mode: dict[str, object]) -> float:
    """Of a fresh process that sweeps once."""
    with Measured(engine) as process, process.peak() as peak:
        process.run(case, mode)
    return peak.mb


def _in_one_piece(case: Case, mode: Mode) -> tuple[float, str]:
    """vectorbt's peak with all sets at once; where they do not fit, on the line through two numbers that do."""
    largest = fitting(case)
    many = _whole(largest, mode)
    said = f"vectorbt, {mode.engine}, in one piece"
    if largest == case:
        return many, said
    half = replace(
        largest, sets=replace(case.sets, fast=largest.sets.fast[: max(1, len(largest.sets.fast) // 2)])
    )
    few = _whole(half, mode)
    slope = (many - few) / (len(largest.sets) - len(half.sets))
    scaled = many + slope * (len(case.sets) - len(largest.sets))
    return scaled, f"{said} (scaled from {len(half.sets):,} and {len(largest.sets):,} sets)"


def _whole(case: Case, mode: Mode) -> float:
    return _peak_mb("vectorbt", case, {"engine": mode.engine, "chunk": len(case.sets)})
