"""The keys under `containers:` and `container_spec:`: where trials live, and what they may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from admf.config.available import KINDS
from admf.config.shape import NOTHING, TRUTH, Key, Keys, either, mapping, number, one_of, whole
from admf.model.container import ContainerSpec, Limits

LEAST_FILES = 16
"""Open files that Python needs to run at all."""
WRITES = ("anywhere", "scratch")

_DEFAULTS = Limits()
_ABOVE = number("number above 0")
_AUTO_OR_ABOVE = either(one_of(["auto"]), _ABOVE)

RESOURCE_LIMITS: Keys = {
    "memory_mb": Key(
        shape=_AUTO_OR_ABOVE,
        meaning="memory of a container beyond what it shares with others; auto: an equal share of what is free",
        default="auto",
    ),
    "cpu_shares": Key(
        shape=_ABOVE,
        meaning="its weight where cores are short; 1.0 is an equal share",
        default=_DEFAULTS.cpu_shares,
    ),
    "timeout_s": Key(
        shape=_ABOVE,
        meaning="seconds that one trial may take; null: for ever",
        default=_DEFAULTS.timeout_s,
    ),
    "result_mb": Key(
        shape=_ABOVE, meaning="the size of what one trial may return", default=_DEFAULTS.result_mb
    ),
    "output_mb": Key(
        shape=_ABOVE,
        meaning="the size of what one trial may print, which is kept",
        default=_DEFAULTS.output_mb,
    ),
    "open_files": Key(
        shape=whole(LEAST_FILES),
        meaning="files, pipes and sockets that it may have open",
        default=_DEFAULTS.open_files,
    ),
    "processes": Key(
        shape=whole(1),
        meaning="processes and threads that it may have at once",
        default=_DEFAULTS.processes,
    ),
}
"""What a container is held to, by name."""

_TYPE = Key(
    shape=one_of(KINDS),
    meaning="minimal: a warm process that many trials use; isolated: a fresh one for each; null: minimal for"
    " built-in components and functions, isolated for classes and objects",
    default=None,
)
_HARDENING: Keys = {
    "network": Key(shape=TRUTH, meaning="whether trials may use the network", default=_DEFAULTS.network),
    "write": Key(
        shape=one_of(WRITES),
        meaning="where trials may write files; scratch: in a folder of their container's own",
        default=_DEFAULTS.write,
    ),
}
_TRIALS = Key(
    shape=whole(1),
    meaning="of isolated: how many trials share one process",
    default=ContainerSpec().trials,
)

CONTAINERS: Keys = {
    "type": _TYPE,
    "pool_size": Key(
        shape=whole(1),
        meaning="how many containers at once; a number in execution.workers goes before it; null: as workers says",
        default=None,
    ),
    "resource_limits": Key(
        shape=mapping(RESOURCE_LIMITS),
        meaning="what a container may use; a trial that takes more is killed, and says so",
        keys=RESOURCE_LIMITS,
    ),
    "trials": _TRIALS,
    "recycle": Key(
        shape=whole(1),
        meaning="of minimal: trials after which a fresh container takes the place of a used one; null: when its"
        " memory has grown",
        default=None,
    ),
    **_HARDENING,
}

_OWN: Mapping[str, Key] = {"type": _TYPE, **RESOURCE_LIMITS, "trials": _TRIALS, **_HARDENING}
CONTAINER_SPEC: Keys = {name: replace(key, default=NOTHING) for name, key in _OWN.items()}
"""No defaults: what is left out is as the stage says, then as `containers:` says."""
