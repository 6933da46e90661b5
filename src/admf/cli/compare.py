"""`admf compare`: what differs between runs, and whether their best trials do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from admf.analysis.paired import Difference, Paired
    from admf.coordinator.compare_runs import Comparison

_SHOWN = ("total_return", "cagr", "volatility", "sharpe", "max_drawdown")
_MOST = 20


def command(
    runs: Annotated[
        list[Path], typer.Argument(help="Two runs or more; the others are held against the first.")
    ],
    format_: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
) -> None:
    """Say what differs between RUNS in config, data and code, and compare their best trials on common bars."""
    from admf.cli.speak import say
    from admf.coordinator.compare_runs import compare_runs
    from admf.errors import InputError, Problem, nearest

    if format_ not in ("table", "json"):
        hint = nearest(format_, ("table", "json"))
        raise InputError(Problem(where="--format", says=f"'{format_}' is no format here.", hint=hint))
    found = compare_runs(runs)
    if format_ == "json":
        from dataclasses import asdict

        say(json.dumps(asdict(found), indent=1, default=str))
        return
    _say_differences(found)
    _say_best(found)
    for name, pair in zip(found.runs[1:], found.against, strict=True):
        for line in _words(found, name, pair):
            say(line)


def _say_differences(found: Comparison) -> None:
    from admf.cli.speak import say
    from admf.cli.tables import print_columns

    alike = [kind for kind, rows in found.differences.items() if not rows]
    if alike:
        say(f"The same in all: {', '.join(alike)}.")
    for kind, rows in found.differences.items():
        if not rows:
            continue
        say(f"{kind} differs in {len(rows)}:")
        names = list(rows)[:_MOST]
        columns: dict[str, list[Any]] = {"": [f"  {name}" for name in names]}
        for i, run in enumerate(found.runs):
            columns[_free(columns, run)] = [_short(rows[name][i]) for name in names]
        print_columns(columns, "table")
        if len(rows) > _MOST:
            say(f"  and {len(rows) - _MOST} more; --format json shows all.")


def _say_best(found: Comparison) -> None:
    from admf.cli.speak import say
    from admf.cli.tables import print_columns
    from admf.reports.numbers import metric_text

    for name, best in zip(found.runs, found.best, strict=True):
        if best is None:
            say(f"{name}: no trial has a value.")
            continue
        value = metric_text(best.objective, best.value)
        say(f"{name}: best of {best.trials:,} is {best.trial}, {best.set}: {best.objective} {value}")
    if found.bars < 2:
        say("Their best trials have no bars in common, so nothing can be compared on them.")
        return
    say(f"On their {found.bars:,} common bars, {found.first} to {found.last} UTC:")
    held = [best for best in found.best if best is not None and best.metrics]
    columns: dict[str, list[Any]] = {"": [f"  {name}" for name in _SHOWN]}
    for best in held:
        columns[_free(columns, best.run)] = [metric_text(name, best.metrics.get(name)) for name in _SHOWN]
    print_columns(columns, "table")


def _words(found: Comparison, name: str, pair: Paired | None) -> list[str]:
    first = found.runs[0]
    if pair is None:
        return [f"{name} against {first}: nothing can be said, one has no curve or too few bars are common."]
    lines = []
    for what, gap, scale, unit in (
        ("mean return a year", pair.mean, 100.0, " %"), ("sharpe", pair.sharpe, 1.0, ""),
    ):  # fmt: skip
        if gap is not None:
            lines.append(f"{name} against {first}, {what}: {_interval(gap, scale, unit)}")
    lines.append(
        f"  (95 % of a stationary bootstrap in pairs, blocks of {pair.block:.0f} bars on average. Both sets are"
        " the best of a search on bars like these, which the interval does not know.)"
    )
    return lines


def _interval(gap: Difference, scale: float, unit: str) -> str:
    low, high, middle = (scale * number for number in (gap.low, gap.high, gap.estimate))
    verdict = ("better" if gap.estimate > 0 else "worse") if gap.clear else "cannot be told apart"
    return f"{middle:+.2f}{unit}, between {low:+.2f}{unit} and {high:+.2f}{unit}: {verdict}"


def _free(columns: dict[str, list[Any]], name: str) -> str:
    """A column's name, also where one run is named twice."""
    return name if name not in columns else _free(columns, f"{name} ")


def _short(value: Any) -> str:
    if value is None:
        return "-"
    text = str(value)
    return text[:12] if len(text) == 64 else text if len(text) <= 60 else f"{text[:59]}…"
