"""The keys of a stage of `workflow:`, and of a component in it."""

from __future__ import annotations

from admf import registry
from admf.config.available import STAGES
from admf.config.container_keys import CONTAINER_SPEC
from admf.config.shape import TEXT, Key, Keys, defined, either, listed, mapping, one_of, whole

_METHOD = Key(
    shape=defined(
        "method", f"search method: {', '.join(registry.SEARCH_METHODS)}; or {{method: {{its options}}}}"
    ),
    meaning="how parameter sets are proposed; with options such as `{genetic: {population: 40}}`",
    default="grid",
)
_BUDGET = Key(
    shape=whole(1), meaning="most trials; null: the whole grid, or the method's own number", default=None
)

_CONTAINER_SPEC = Key(
    shape=mapping(CONTAINER_SPEC),
    meaning="where its trials live, and what they may use; what is left out is as it is said above this place",
    default={},
    example="{type: isolated, memory_mb: 512}",
    keys=CONTAINER_SPEC,
)

STAGE_COMPONENT: Keys = {
    "name": Key(shape=TEXT, meaning="a component's name"),
    "method": _METHOD,
    "budget": _BUDGET,
    "container_spec": _CONTAINER_SPEC,
}
STAGE: Keys = {
    "stage": Key(
        shape=one_of(STAGES),
        meaning="the kind of the stage",
        default="component_optimization",
        null=False,
    ),
    "name": Key(shape=TEXT, meaning="what it is called", default="component_optimization"),
    "method": _METHOD,
    "budget": _BUDGET,
    "container_spec": _CONTAINER_SPEC,
    "components": Key(
        shape=listed(
            either(TEXT, mapping(STAGE_COMPONENT, required=("name",))),
            "a list of names, or of {name, method, budget, container_spec}",
            1,
        ),
        meaning="which components it searches; null: all",
        default=None,
        example="[{name: rsi, method: random, budget: 100}]",
        keys=STAGE_COMPONENT,
        listed=True,
    ),
}
