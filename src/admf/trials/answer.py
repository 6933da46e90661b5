"""Ask a component for its answer: a signal, or metrics of its own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from admf.errors import TrialError
from admf.finance.indicators.recording import recorded_warmup
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.rules import warmup_of
from admf.finance.simulation.simulate import Simulated, simulate
from admf.model.bars import Bars
from admf.trials.component import Component
from admf.trials.on_bar import play
from admf.trials.scope import scope as current_scope

_MAPPINGS = (dict, Mapping)
"""Most are dicts, which is seen at once."""
OPTION = "simulation."
"""Parameters of this prefix are the simulation's, all others the component's."""


class Answer(NamedTuple):
    """What a component said for one parameter set.

    `signal` is an array, Orders, or None where the component returned `metrics` of its own. `warmup` is
    what the indicator calls recorded (None: no indicator was called).
    """

    signal: Any = None
    metrics: Mapping[str, Any] | None = None
    simulated: Simulated | None = None
    warmup: int | None = None


class InvalidParametersError(TrialError):
    """The component's own `validate_parameters` refused the set: infeasible, not failed."""


def own_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are the component's."""
    return parted(params)[0]


def parted(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters that are the component's, and the simulation's without their prefix."""
    options = _options(tuple(params))
    if not options:
        return dict(params), {}
    own = {name: value for name, value in params.items() if name not in options}
    return own, {name[len(OPTION) :]: params[name] for name in options}


def simulation_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are the simulation's, without their prefix."""
    return parted(params)[1]


@lru_cache(maxsize=64)
def _options(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(OPTION))


def ask(
    component: Component, params: Mapping[str, Any], bars: Bars, options: Simulation, warmup: int
) -> Answer:
    """The component's answer over `bars` for its own `params`, not yet simulated (except `on_bar`)."""
    component.check_names(params)
    made = current_scope().own(component.name, component.make(params))
    validate(made, params)
    call = component.call
    with recorded_warmup() as recording:
        if call == "on_bar":
            signal, simulated = play(made, bars, options, max(warmup, warmup_of(options)))
            return Answer(signal=signal, simulated=simulated, warmup=recording.bars)
        answer = made(bars) if call == "__call__" else getattr(made, call)(bars)
    if isinstance(answer, _MAPPINGS):
        return Answer(None, answer, None, recording.bars)  # by name it would take twice as long
    if inspect.isawaitable(answer) or answer is None:
        raise TrialError(f"{component.name} returned {answer!r}: it must return a signal per bar.")
    if call == "evaluate":
        raise TrialError(f"{component.name}.evaluate must return a mapping of metrics, got {answer!r}.")
    return Answer(answer, None, None, recording.bars)


def simulated(answer: Answer, bars: Bars, options: Simulation, warmup: int) -> Simulated:
    """The answer's signal, traded."""
    return answer.simulated or simulate(bars, answer.signal, options, warmup=warmup)


def validate(made: Any, params: Mapping[str, Any]) -> None:
    """InvalidParametersError where the component's own `validate_parameters` refuses the set."""
    judge = getattr(made, "validate_parameters", None)
    if not callable(judge):
        return
    verdict = judge(dict(params))
    allowed, message = verdict if isinstance(verdict, tuple) else (verdict, "")
    if not allowed:
        raise InvalidParametersError(f"refused by validate_parameters: {message or 'no reason given'}")
