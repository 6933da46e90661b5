"""What a container is asked to do, as data: a named function of `admf.trials` and its one argument."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from admf.errors import AdmfError

EVALUATE = "admf.trials.evaluate:evaluate_batch"
PROBE = "admf.trials.probe:probe"
WARM = "admf.trials.warm:warm"
REPLAY_TRIAL = "admf.trials.replay_trial:replay_trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Call `function` ('module:attribute') with `argument`."""

    function: str
    argument: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a job gave: a result, or the error that it raised; `fault` is the trace of one that is not ours."""

    result: Any = field(default=None, repr=False)
    error: AdmfError | None = None
    fault: str = ""


def perform(job: Job) -> Answer:
    """Do a job here; nothing that it raises comes through, except what ends the process."""
    module, _, attribute = job.function.partition(":")
    try:
        return Answer(result=getattr(import_module(module), attribute)(job.argument))
    except AdmfError as error:
        error.__cause__ = error.__context__ = error.__traceback__ = None  # may not cross processes
        return Answer(error=error)
    except Exception:
        return Answer(fault=traceback.format_exc())
