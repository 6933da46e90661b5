"""`facts.json`: what a report says of a run that only the run itself knew; written before the first trial."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from enum import Enum
from typing import Any

from admf.coordinator.facts import StudyOutline
from admf.errors import RunError
from admf.reports.facts import CostFacts, DataFacts, Lookahead, LookaheadFact, RunFacts, Span
from admf.store.files import write_text
from admf.store.run_folder import RunFolder

_VERSION = 1
_ELSEWHERE = ("provenance", "config_text", "notes", "seconds", "folder", "unfinished", "steps")
"""Fields of RunFacts that other files of the folder hold."""


def write_facts(folder: RunFolder, facts: RunFacts, studies: Sequence[StudyOutline]) -> None:
    """Write `facts.json`, whole or not at all."""
    run = {name: value for name, value in asdict(facts).items() if name not in _ELSEWHERE}
    content = {"version": _VERSION, "run": run, "studies": [asdict(study) for study in studies]}
    write_text(folder.facts, json.dumps(content, default=_plain) + "\n")


def read_facts(folder: RunFolder) -> tuple[RunFacts, tuple[StudyOutline, ...]]:
    """What `write_facts` wrote. RunError where it is missing, damaged, or another version's."""
    try:
        content = json.loads(folder.facts.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise RunError(
                f"{folder.facts}: its version must be {_VERSION}, is {content['version']}."
                " Use the ADMF that made this run."
            )
        studies = tuple(_outline(raw) for raw in content["studies"])
        return _run(content["run"], folder), studies
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(
            f"{folder.facts}: what the report of a run says must be here, it cannot be read. "
            "Restore it from a backup; a run made by an older version has none."
        ) from None


def _run(raw: Mapping[str, Any], folder: RunFolder) -> RunFacts:
    data = raw["data"]
    facts = RunFacts(
        **{
            **raw,
            "data": DataFacts(
                **{
                    **data,
                    "symbols": tuple(data["symbols"]),
                    "mined": Span(**data["mined"]),
                    "sealed": Span(**data["sealed"]) if data["sealed"] else None,
                }
            ),
            "costs": CostFacts(**raw["costs"]),
            "lookahead": tuple(
                LookaheadFact(**{**one, "found": Lookahead(one["found"])}) for one in raw["lookahead"]
            ),
            "several": tuple((name, better) for name, better in raw.get("several", ())),
            **{name: tuple(raw[name]) for name in ("objective_constraints", "warnings", "next_steps")},
        }
    )
    return replace(facts, config_text=folder.config.read_text(encoding="utf-8"))


def _outline(raw: Mapping[str, Any]) -> StudyOutline:
    return StudyOutline(**{**raw, "params": tuple(raw["params"]), "constraints": tuple(raw["constraints"])})


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"facts cannot hold a {type(value).__name__}")
