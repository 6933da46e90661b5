"""What a container is asked to do, as data: a named function of `admf.trials` and its one argument."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from admf import errors
from admf.containers.copies import can_copy, in_copy
from admf.errors import AdmfError, InputError, Problem

EVALUATE = "admf.trials.evaluate:evaluate_batch"
PROBE = "admf.trials.probe:probe"
WHOLE = "admf.trials.probe:whole_answers"
WARM = "admf.trials.warm:warm"
REPLAY_TRIAL = "admf.trials.replay_trial:replay_trial"
COST_SENSITIVITY = "admf.trials.cost_sensitivity:cost_sensitivity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Call `function` ('module:attribute') with `argument`."""

    function: str
    argument: Any = field(repr=False)
    apart: bool = False
    """Done in a copy of the container that ends with the job, where containers can be copied: nothing that it
    leaves behind is seen by what comes after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a job gave: a result, or the error that it raised; `fault` is the trace of one that is not ours.

    The class of `error` is one of `admf.errors` exactly, never one of the user's.
    """

    result: Any = field(default=None, repr=False)
    error: AdmfError | None = None
    fault: str = ""
    apart: bool = False
    """Done in a copy: the container has seen nothing of it."""


def perform(job: Job) -> Answer:
    """Do a job here; nothing that it raises comes through, except what ends the process."""
    module, _, attribute = job.function.partition(":")
    try:
        return Answer(result=getattr(import_module(module), attribute)(job.argument))
    except AdmfError as error:
        return _refused(error)
    except Exception:
        return Answer(fault=traceback.format_exc())


def packed(job: Job) -> bytes:
    """A job as it is sent; InputError where its argument cannot be."""
    try:
        return pickle.dumps(job)
    except Exception as error:
        says = (
            f"the argument of the job {job.function} must be something that can be pickled: {_words(error)}."
        )
        raise InputError(Problem(says=says, hint="Only data can be sent to a container.")) from error


def perform_packed(job: bytes) -> bytes:
    """`perform` for a job as it is sent; whatever cannot be read, done or sent back is a fault."""
    try:
        call: Job = pickle.loads(job)
    except Exception:
        return pickle.dumps(Answer(fault=traceback.format_exc()))
    if call.apart and can_copy():
        return in_copy(lambda: _packed_answer(call, apart=True))
    return _packed_answer(call, apart=False)


def _packed_answer(call: Job, *, apart: bool) -> bytes:
    answer = replace(perform(call), apart=apart)
    try:
        return pickle.dumps(answer)
    except Exception as error:
        fault = f"the result of the job {call.function} cannot be pickled: {_words(error)}."
        return pickle.dumps(Answer(fault=fault, apart=apart))


def _refused(error: AdmfError) -> Answer:
    """The error made anew from its words: a user's subclass, attribute or cause may not cross processes."""
    try:
        ours = next(c for c in type(error).__mro__ if getattr(errors, c.__name__, None) is c)
        words: list[Problem | str] = [str(error)]
        if isinstance(error, InputError):
            words = [Problem(says=str(p.says), where=str(p.where), hint=str(p.hint)) for p in error.problems]
        return Answer(error=ours(*words))
    except Exception:
        return Answer(fault="".join(traceback.format_exception(error)))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
