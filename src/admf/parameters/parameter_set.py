"""A parameter set as a document: parameters, the trial that they are of, and where its numbers come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from admf.config.resolved import yaml_text
from admf.store.stored_trial import StoredTrial

FORM = 1
"""Of such documents."""
FORMATS = ("yaml", "json")

Objective = tuple[str, bool, float | None]
"""What was sought, whether more of it is better, and what the trial reached."""


def parameter_set(
    trial: StoredTrial, *, run: str, objectives: Sequence[Objective], provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of a trial that came to its end; `provenance` is that of its run (store/provenance.py).

    `feasible` is false where the trial has no value, with the `reason`: its parameters may be looked at and tried,
    but nothing says that they are any good.
    """
    return {
        "admf_parameter_set": FORM,
        "component": trial.component,
        "parameters": dict(trial.params),
        "feasible": trial.value is not None,
        **({} if trial.value is not None else {"reason": trial.reason}),
        "objectives": [
            {"metric": name, "direction": "maximize" if better else "minimize", "value": value}
            for name, better, value in objectives
        ],
        "metrics": dict(trial.metrics),
        "from": origin(run, trial.trial_id, trial.stage, trial.seed, provenance),
    }


def origin(run: str, trial: str, stage: str, seed: Any, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Where a set comes from: run, trial, seed; hashes of config, data and code; versions."""
    inputs = provenance.get("inputs", {})
    return {
        "run": run,
        "trial": trial,
        "stage": stage,
        "seed": seed,
        "begun": provenance.get("created"),
        "identity": provenance.get("identity"),
        "config": inputs.get("config"),
        "data": inputs.get("data"),
        "code": inputs.get("code", {}),
        "versions": inputs.get("versions", {}),
    }


def as_text(document: Mapping[str, Any], form: str) -> str:
    """The document as YAML or JSON; numbers are exact in both."""
    if form == "json":
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    head = f"# {document['component']}, trial {document['from']['trial']} of run {document['from']['run']}.\n"
    return head + yaml_text(dict(document))
