"""What an act of the zoo is: something hostile that a strategy does, and how its trial must end."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from admf.model.container import Kind
from admf.model.trial import Outcome
from tests.chaos.session import MARK

BOTH = frozenset({Kind.MINIMAL, Kind.ISOLATED})
ALONE = frozenset({Kind.ISOLATED})
"""For acts that change what `minimal` lets other trials see: there they would spoil good ones."""

MEMORY_MB, OUTPUT_MB, RESULT_MB, PROCESSES = 300, 1, 16, 64
"""What every act may use; the reason of what is killed names one of them, or the time that those who wait have."""
TIMEOUT_S, PATIENCE_S = 2, 120
"""Seconds for those who wait, and for all others: these do much, and how long it takes is up to the machine."""
FOR_EVER = 600
"""Seconds that nobody waits for."""
WAITING = {"timeout_s": TIMEOUT_S}
"""What the container of an act is given that does not end by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`call(bars)` does it: None where it goes on as if nothing had happened, else what the strategy returns."""

    call: Callable[[Any], Any]
    outcome: Outcome = Outcome.SCORED
    reason: str = ""
    """A pattern that matches the whole reason."""
    kinds: frozenset[Kind] = BOTH
    """Kinds of container in whose mix it takes part."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    """What its container is given beyond the usual limits."""


def scored(call: Callable[[Any], Any], **more: Any) -> Act:
    """What it does is nobody else's business, and it gives a right answer."""
    return Act(call=call, **more)


def failed(call: Callable[[Any], Any], reason: str, **more: Any) -> Act:
    """It raises."""
    return Act(call=call, outcome=Outcome.FAILED, reason=reason, **more)


def crashed(call: Callable[[Any], Any], reason: str, **more: Any) -> Act:
    """It ends its process."""
    return Act(call=call, outcome=Outcome.CRASHED, reason=reason, **more)


def killed(call: Callable[[Any], Any], limit: str, allowed: float, **more: Any) -> Act:
    """It asks for more than it may have."""
    return Act(call=call, outcome=Outcome.KILLED, reason=f"{limit} = {allowed:g}", **more)


def timed_out(call: Callable[[Any], Any], **more: Any) -> Act:
    """It does not end."""
    return killed(call, "timeout_s", TIMEOUT_S, spec=WAITING, **more)


def lost(call: Callable[[Any], Any], **more: Any) -> Act:
    """It ends its process in a way that may be nobody's fault, each time."""
    return Act(call=call, outcome=Outcome.LOST, reason="lost 3 times: .+", **more)


def marked(name: str) -> str:
    """A name that tells whose it is: for what is left where others leave things too."""
    return f"admf-zoo-{os.environ.get(MARK, 'unmarked')}-{name}-{os.getpid()}"
