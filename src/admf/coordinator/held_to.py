"""By what means this machine holds trials to their limits; what was asked for and cannot be done is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from admf.containers.enforce.means import means
from admf.errors import InputError, Problem
from admf.executors.protocol import Executor
from admf.plan.plan import Plan


def held_to(plan: Plan, executor: Executor) -> Mapping[str, str]:
    """What limits what, in words; empty where the executor has no containers.

    InputError where a study asks for `network: false` or `write: scratch` and nothing here can keep it.
    """
    if not executor.renews:
        return {}
    found = means()
    problems = []
    for study in plan.studies:
        limits = study.container.limits
        asked = {"network": not limits.network, "write": limits.write == "scratch"}
        for name, wanted in asked.items():
            if wanted and not found.can(name):
                says = f"container_spec.{name} of '{study.component}' must be enforced, and nothing here can do it."
                hint = "`admf doctor` says what this machine lacks. Leave the key out, or run it elsewhere."
                problems.append(Problem(where=study.stage, says=says, hint=hint))
    if problems:
        raise InputError(*dict.fromkeys(problems))
    return asdict(found)
