"""Several runs side by side: what differs in config, data and code, and their best trials on common bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admf import registry
from admf.analysis.columns import Floats
from admf.analysis.paired import Paired
from admf.analysis.shared_bars import beside, common_times, equity_at, metrics_on
from admf.config.document import read_document
from admf.coordinator.report_again import facts_of
from admf.errors import InputError, Problem
from admf.model.bars import Times
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.look import best_study, best_value, set_words


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTrial:
    """The best trial of a run; `metrics` are those of its equity on the bars that all runs have in common."""

    run: str
    trial: str
    component: str
    set: str
    objective: str
    value: float | None
    trials: int
    metrics: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`differences`: kind ('config', 'data', 'code', 'versions') -> name -> the value in each run, None: absent.

    `against` holds for every run after the first what its best trial does beside the first's; None where one
    has no curve or too few bars are common.
    """

    runs: tuple[str, ...]
    differences: Mapping[str, Mapping[str, tuple[Any, ...]]]
    bars: int
    first: str
    last: str
    best: tuple[BestTrial | None, ...]
    against: tuple[Paired | None, ...]


def compare_runs(paths: Sequence[Path]) -> Comparison:
    """Compare runs by what their folders hold; the best trials are evaluated again, in a process of their own.

    Raises InputError below two runs, RunError where a folder holds none.
    """
    if len(paths) < 2:
        raise InputError(Problem(where="RUN", says=f"at least two runs are compared, got {len(paths)}."))
    with closing(registry.load("executors", "local")(workers=1)) as executor:
        found = [facts_of(path, executor) for path in paths]
    names = tuple(map(str, paths))
    best = [best_study(studies, facts.maximize) for facts, studies in found]
    time = common_times([stamps for study in best if (stamps := _time(study)) is not None])
    curves = [_curve(study, time) for study in best]
    return Comparison(
        runs=names,
        differences=_differences([facts for facts, _ in found]),
        bars=len(time),
        first=_moment(time, 0),
        last=_moment(time, -1),
        best=tuple(
            _best(name, facts, studies, study, curve)
            for name, (facts, studies), study, curve in zip(names, found, best, curves, strict=True)
        ),
        against=tuple(beside(curves[0], curve, found[0][0].data.bars_per_year) for curve in curves[1:]),
    )


def _moment(time: Times, at: int) -> str:
    """A stamp to the minute, the date alone at midnight; '' where there is none."""
    return str(time[at])[:16].replace("T", " ").removesuffix(" 00:00") if len(time) else ""


def _time(study: StudyFacts | None) -> Times | None:
    record = study.record if study is not None else None
    if record is None or record.time is None or record.equity is None:
        return None
    return record.time[record.warmup :]


def _curve(study: StudyFacts | None, common: Times) -> Floats | None:
    record = study.record if study is not None else None
    if record is None or record.time is None or record.equity is None:
        return None
    return equity_at(record.time, record.equity, common)


def _best(
    run: str, facts: RunFacts, studies: Sequence[StudyFacts], study: StudyFacts | None, curve: Floats | None
) -> BestTrial | None:
    if study is None or study.best is None:
        return None
    return BestTrial(
        run=run,
        trial=str(study.best["trial_id"]),
        component=study.component,
        set=set_words(study),
        objective=facts.objective,
        value=best_value(study),
        trials=sum(one.trials for one in studies),
        metrics=metrics_on(curve, facts.data.bars_per_year),
    )


def _differences(facts: Sequence[RunFacts]) -> dict[str, dict[str, tuple[Any, ...]]]:
    inputs = [one.provenance["inputs"] for one in facts]
    data = [{**one.provenance["data"], "mined": one.data.mined.bars} for one in facts]
    kinds = {
        "config": [_flat(read_document(one.config_text, _nowhere).value) for one in facts],
        "data": [_flat(one) for one in data],
        "code": [_flat(one["code"]) for one in inputs],
        "versions": [_flat(one["versions"]) for one in inputs],
    }
    return {kind: _unlike(flat) for kind, flat in kinds.items()}


def _unlike(flat: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Names whose values are not the same everywhere."""
    names = dict.fromkeys(name for one in flat for name in one)
    rows = {name: tuple(one.get(name) for one in flat) for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def _flat(tree: Any, above: str = "") -> dict[str, Any]:
    """Dotted names; lists whole, unless they hold mappings."""
    if isinstance(tree, list) and any(isinstance(one, Mapping) for one in tree):
        tree = dict(enumerate(tree))
    if not isinstance(tree, Mapping):
        return {above.rstrip("."): tree}
    leaves: dict[str, Any] = {}
    for name, value in tree.items():
        leaves |= _flat(value, f"{above}{name}.")
    return leaves


def _nowhere(line: int, column: int) -> str:
    return f"config.yaml:{line}:{column}"
