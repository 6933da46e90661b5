"""The HTML report of a run: one self-contained file that asks no network for anything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from admf.errors import RunError
from admf.reports.banners import banners
from admf.reports.checks import rows
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.look import look
from admf.reports.numbers import count, counted, duration, metric_text, percent, ratio, value_text
from admf.reports.study_view import study_view
from admf.reports.words import verdict, yardstick_words


def render(facts: RunFacts, studies: Sequence[StudyFacts]) -> str:
    """The report as one HTML text; the same text for the same facts."""
    studies = _titled(studies)
    looks = [look(facts, study) for study in studies]
    views = [study_view(facts, studies, found, number) for number, found in enumerate(looks, start=1)]
    return (
        _environment()
        .get_template("report.html")
        .render(
            facts=facts,
            studies=views,
            staged=len({study.stage for study in studies}) > 1,
            verdict=verdict(facts, studies, looks),
            banners=banners(facts, studies),
            yardstick=yardstick_words(facts, studies),
            rows=list(_rows(facts)),
            steps=list(_steps(facts)),
            provenance=list(_flat(facts.provenance)),
            plotly=_plotly(),
        )
    )


def _titled(studies: Sequence[StudyFacts]) -> list[StudyFacts]:
    """A component that was searched in several stages is called by each."""
    times = Counter(study.component for study in studies)
    return [
        replace(study, title=f"{study.component}, {study.stage}") if times[study.component] > 1 else study
        for study in studies
    ]


def write_report(facts: RunFacts, studies: Sequence[StudyFacts], path: Path) -> Path:
    """Writes the report and returns `path`; the file appears whole or not at all.

    Raises RunError where it cannot be written.
    """
    text = render(facts, studies)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):  # there may be nothing, or no folder, to remove it from
            aside.unlink()
        reason = error.strerror or str(error)
        raise RunError(
            f"{path}: the report must be writable here, is not: {reason}. Name another place."
        ) from None
    return path


def _steps(facts: RunFacts) -> Iterator[dict[str, str]]:
    """Each search of the run as a row of words."""
    for step in facts.steps:
        skipped = step.state == "skipped"
        yield {
            "stage": step.stage,
            "component": step.component,
            "method": "–" if skipped else step.method,
            "trials": "–" if skipped else count(step.trials),
            "best": "–" if step.best is None else metric_text(facts.objective, step.best),
            "why": "; ".join(step.why),
            "state": step.state,
        }


def _rows(facts: RunFacts) -> Iterator[tuple[str, str]]:
    """What the run was made with, as rows of words."""
    data, costs = facts.data, facts.costs
    yield "Data", f"{data.source} ({', '.join(data.symbols)})"
    yield "Searched", f"{counted(data.mined.bars, 'bar')}, {data.mined.first} to {data.mined.last}"
    sealed = data.sealed
    yield "Sealed", f"{counted(sealed.bars, 'bar')}, {sealed.first} to {sealed.last}" if sealed else "none"
    yield "Embargo", counted(data.embargo, "bar")
    yield "Bars per year", f"{ratio(data.bars_per_year)}, time zone {data.timezone}"
    if costs.given:
        yield (
            "Costs",
            f"commission {percent(costs.commission)} and slippage {percent(costs.slippage)} per side; "
            "borrowing "
            f"{percent(costs.borrow_rate)}, cash {percent(costs.cash_rate)} per year",
        )
    else:
        yield "Costs", "not given, counted as 0"
    yield "Simulation", ", ".join(f"{k}: {value_text(v)}" for k, v in facts.simulation.items()) or "defaults"
    for fact in facts.lookahead:
        reason = f" ({fact.reason})" if fact.reason else ""
        yield f"Look-ahead, {fact.component}", f"{fact.found.value}{reason}"
    if data.digest:
        yield "Data digest", data.digest
    if facts.seconds is not None:
        yield "Took", duration(facts.seconds)


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value_text(value)


def _moment(stamp: str) -> str:
    """A time stamp to the minute, for a person."""
    return stamp[:16].replace("T", " ") + (" UTC" if stamp.endswith("+00:00") else "")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"count": count, "counted": counted, "checked": rows, "moment": _moment}
    environment.policies["json.dumps_kwargs"] = {
        "sort_keys": False,
        "separators": (",", ":"),
        "allow_nan": False,
    }
    return environment


@lru_cache(maxsize=1)
def _plotly() -> Markup:
    """plotly.js as it ships: our dependency's own text, no user's."""
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs())
