"""Results in words: the table, and what has to be said below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from measure.result import TIMES, Result

BUSY = 1.2
"""Wall over CPU time above which a process must have waited for others."""
_MET = {True: "yes", False: "no", None: ""}


def table(results: Sequence[Result], compared: Mapping[str, str]) -> list[str]:
    """A line per result: what, ours, beside it, their ratio (or the figure), target, met, against the baseline."""
    lines = [
        "| name | what | ours | beside | figure | target | met | since the baseline |",
        "|---|---|---|---|--:|---|---|---|",
    ]
    for one in results:
        target = one.target.text if one.target else ""
        cells = (one.name, one.what, one.ours, one.beside, figure(one), target, _MET[one.met])
        lines.append(f"| {' | '.join(cells)} | {compared.get(one.name, '')} |")
    return lines


def figure(one: Result) -> str:
    """The median with its unit, and the span of the rounds where there were several."""
    said = f"{one.figure:,.3g} {one.unit}" if one.figure < 1000 else f"{one.figure:,.0f} {one.unit}"
    return said + (f" ±{one.noise:.0%}" if len(one.rounds) > 1 else "")


def summary(results: Sequence[Result], compared: Mapping[str, str], run: Mapping[str, Any]) -> list[str]:
    """How many targets are met, which are not, what became worse, and whether the machine was busy."""
    aimed = [one for one in results if one.met is not None]
    missed = [f"{one.name} ({figure(one)})" for one in aimed if not one.met]
    lines = [f"Targets: {len(aimed) - len(missed)} of {len(aimed)} met." + _listed(" Not met: ", missed)]
    if compared:
        worse = [name for name, change in compared.items() if change.startswith("WORSE")]
        lines.append(
            "Against the baseline: " + ("worse: " + ", ".join(worse) if worse else "nothing is worse") + "."
        )
        skipped = sum(change == "another machine" for change in compared.values())
        if skipped:
            lines.append(
                f"The baseline is of another machine: {skipped} figures that are no ratios are not compared."
            )
    if run["options"]["quick"]:
        lines.append("This was a quick run: no figure of it says anything about speed.")
    waited = max((one.waited for one in results), default=1.0)
    if waited > BUSY:
        lines.append(f"The machine was busy: runs took up to {waited:.1f} times their CPU time. Run again.")
    before = run["load"]["before"]
    if before is not None and before > 0.5:
        lines.append(f"Before it began, {before:.1f} processes wanted each processor (average of a minute).")
    lines.append(f"Ratios ({TIMES}) are medians of rounds in turn; ± is half their span.")
    return lines


def _listed(words: str, names: Sequence[str]) -> str:
    return words + ", ".join(names) + "." if names else ""
