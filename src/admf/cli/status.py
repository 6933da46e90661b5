"""`admf status`: where a run is, and what to type next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from admf.coordinator.status import Status, StudyStatus


def command(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say where RUN is: trials done, best so far, rate, what it waits for; also while it runs."""
    from admf.cli.speak import say
    from admf.coordinator.status import status_of

    status = status_of(run)
    if json_:
        say(json.dumps(as_json(status), indent=1))
        return
    for line in _lines(status):
        say(line)


def as_json(status: Status) -> dict[str, Any]:
    """A status as one JSON object."""
    from dataclasses import asdict

    plain = {"state": status.state.value, "path": str(status.path)}
    return asdict(status) | plain | {"report": str(status.report) if status.report else None}


def _lines(status: Status) -> list[str]:
    process = f" (process {status.process})" if status.process else ""
    why = f": {status.why}" if status.why else ""
    lines = [
        f"{status.path}: {status.state.value}{process}{why}.",
        f"Trials:  {_of(status.ended, status.total)}",
    ]
    broken = [f"{n:,} {name}" for name, n in status.outcomes.items() if name != "scored"]
    lines[-1] += f" ({', '.join(broken)})" if broken else ""
    if status.rate is not None:
        lines[-1] += f", {_rate(status.rate)} a second"
    if status.left_s is not None:
        lines[-1] += f", about {_duration(status.left_s)} left"
    lines += [f"  {_study(study)}" for study in status.studies]
    lines.append(
        f"Begun:   {status.begun}" + (f", took {_duration(status.seconds)}" if status.seconds else "")
    )
    lines += [f"Note:    {note}" for note in status.notes]
    lines += [f"Report:  {status.report}"] if status.report else []
    return [*lines, f"Waits for {status.waits_for}. Next: {status.next}"]


def _study(study: StudyStatus) -> str:
    from admf.model.window import with_window

    of = with_window(study.component, study.window)
    if study.state == "skipped":
        return f"{study.stage}, {of}: {'; '.join(study.why)}"
    done = f"{study.stage}, {of}, {study.method}: {_of(study.ended, study.total)}"
    done += f" ({'; '.join(study.why)})" if study.why else ""
    if study.best is None or study.best_params is None:
        return f"{done}; no value yet"
    params = ", ".join(f"{name} {value}" for name, value in study.best_params.items())
    front = ""
    if study.front is not None:
        knee = f", knee {study.front.knee}" if study.front.knee else ""
        front = f"; {study.front.size:,} of {study.front.of:,} on the front{knee}"
    return f"{done}; best {study.objective} {study.best:.4g} with {params or 'no parameters'}{front}"


def _of(ended: int, total: int | None) -> str:
    return f"{ended:,} of {total:,}" if total is not None else f"{ended:,}"


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.2g}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
