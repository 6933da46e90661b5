"""What the design names and this version does not have yet: said so, never ignored."""

from __future__ import annotations

from admf import registry
from admf.model.container import Kind

LATER_TOP = (
    "optimization",
    "coordinator",
    "phases",
    "analysis",
    "oos_testing",
    "hypotheses",
    "regimes",
    "parameters",
)

STAGES = ("component_optimization", "joint_optimization")
LATER_STAGES = ("regime_optimization", "weight_optimization", "walk_forward")
LATER_STAGE_KEYS = (
    "regime_isolation",
    "min_samples_per_regime",
    "use_signal_replay",
)

KINDS = (Kind.MINIMAL.value, Kind.ISOLATED.value)
LATER_KINDS = (Kind.REPLAY.value,)

_LATER_METHODS = ("distributed",)
_LATER_EXECUTORS = ("ray",)


def methods() -> tuple[str, ...]:
    """Search methods that are registered."""
    return tuple(registry.names("search_methods"))


def is_later_method(name: str) -> bool:
    """Whether the design has a search method that is not registered yet."""
    return name not in methods() and name in _LATER_METHODS


def executors() -> tuple[str, ...]:
    """Executors that are registered."""
    return tuple(registry.names("executors"))


def is_later_executor(name: str) -> bool:
    """Whether the design has an executor that is not registered yet."""
    return name not in executors() and name in _LATER_EXECUTORS


def strategies() -> tuple[str, ...]:
    """Components that are registered."""
    return tuple(registry.names("strategies"))
