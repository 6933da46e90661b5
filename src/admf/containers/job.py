"""What a container is asked to do, as data: a named function of `admf.trials` and its one argument."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from admf import errors
from admf.containers.death import Death
from admf.containers.wire import Part, pack, packed_parts, unpack
from admf.errors import AdmfError, InputError, Problem
from admf.model.container import ContainerSpec, Limit, Limits, exceeded
from admf.model.sent import sent
from admf.model.trial import Batch, Outcome, Outcomes, lost_outcome
from admf.trials.surroundings import OUTSIDE, Surroundings

EVALUATE = "admf.trials.evaluate:evaluate_batch"
PROBE = "admf.trials.probe:probe"
WHOLE = "admf.trials.probe:whole_answers"
CORNER = "admf.trials.probe:corner_warmup"
SOURCE = "admf.trials.component:source_of"
WARM = "admf.trials.warm:warm"
REPLAY_TRIAL = "admf.trials.replay_trial:replay_trial"
COST_SENSITIVITY = "admf.trials.cost_sensitivity:cost_sensitivity"


UNHURRIED = ContainerSpec(limits=Limits(timeout_s=None))
"""For work of ours that may take long on a slow machine."""


@sent
@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Call `function` ('module:attribute') with `argument`."""

    function: str
    argument: Any = field(repr=False)
    container: ContainerSpec = field(default_factory=ContainerSpec)
    """Where it is done: `isolated` in one that ends with it, `minimal` in one that others share; `inline` has none."""


@sent
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a job gave: a result, or the error that it raised; `fault` is the trace of one that is not ours.

    The class of `error` is one of `admf.errors` exactly, never one of the user's.
    """

    result: Any = field(default=None, repr=False)
    error: AdmfError | None = None
    fault: str = ""
    death: Death | None = None
    """How its container ended instead of answering."""
    oversized: bool = False
    """The result of a batch is larger than may be sent."""
    apart: bool = False
    """Done in a container of its own: no other one has seen anything of it."""
    seconds: float = 0.0
    """How long a batch took, with all that was around its trials."""
    left: tuple[tuple[int, int, bool], ...] = ()
    """What of a batch was handed back: stretches of numbers, and whether one is to be run alone."""


def perform(job: Job, around: Surroundings = OUTSIDE) -> Answer:
    """Do a job here; outside of a container, what is meant to end the process does."""
    module, _, attribute = job.function.partition(":")
    try:
        function = getattr(sys.modules.get(module) or import_module(module), attribute)
        if job.function == EVALUATE:
            return Answer(result=function(job.argument, around), apart=_apart(around))
        return Answer(result=function(job.argument), apart=_apart(around))
    except AdmfError as error:
        return replace(_refused(error), apart=_apart(around))
    except BaseException as error:
        if around.limits is None and not isinstance(error, Exception):
            raise
        return Answer(fault=traceback.format_exc(), apart=_apart(around))


def _apart(around: Surroundings) -> bool:
    return around.limits is not None and not around.shared


def packed(job: Job) -> bytes:
    """A job as it is sent; InputError where its argument cannot be."""
    try:
        return pack(job)
    except Exception as error:
        says = (
            f"the argument of the job {job.function} must be something that can be pickled: {_words(error)}."
        )
        raise InputError(Problem(says=says, hint="Only data can be sent to a container.")) from error


def answer_packed(job: Part, around: Surroundings) -> list[Part]:
    """`perform` for a job as it is sent; whatever cannot be read, done or sent back is a fault."""
    try:
        call: Job = unpack(job)
    except BaseException:
        return packed_parts(Answer(fault=traceback.format_exc()))
    return answer_to(call, around)


def answer_to(call: Job, around: Surroundings) -> list[Part]:
    """`answer_packed` for a job that was read, or was here before this process was forked."""
    answer = perform(call, around)
    try:
        reply = packed_parts(answer)
    except Exception as error:
        fault = f"the result of the job {call.function} cannot be pickled: {_words(error)}."
        return packed_parts(Answer(fault=fault, apart=answer.apart))
    size_mb = sum(map(len, reply)) / 2**20
    if call.function == EVALUATE and around.limits and size_mb > around.limits.result_mb:
        return packed_parts(_oversized(call.argument, answer.result, size_mb, around.limits))
    return reply


def _oversized(batch: Batch, outcomes: Outcomes, size_mb: float, limits: Limits) -> Answer:
    """A trial whose result is too large is killed for it; of several it is not known whose is."""
    if len(batch) > 1:
        return Answer(oversized=True)
    killed = lost_outcome(
        batch.numbers[0],
        Outcome.KILLED,
        exceeded(Limit.RESULT, limits),
        outcomes.metric_names,
        seconds=float(outcomes.durations_s[0]),
        detail=f"its result has {size_mb:.0f} MB",
        output=outcomes.outputs[0],
    )
    return Answer(result=killed, apart=True)


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
