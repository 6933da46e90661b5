"""The keys of a stage of `workflow:`, and of a component in it."""

from __future__ import annotations

from admf import registry
from admf.config.available import STAGES
from admf.config.component_keys import COMBINE, CONSTRAINTS
from admf.config.container_keys import CONTAINER_SPEC
from admf.config.shape import TEXT, TRUTH, Key, Keys, defined, either, listed, mapping, number, one_of, whole

_METHOD = Key(
    shape=defined(
        "method", f"search method: {', '.join(registry.SEARCH_METHODS)}; or {{method: {{its options}}}}"
    ),
    meaning="how parameter sets are proposed; with options such as `{genetic: {population: 40}}`",
    default="grid",
)
BUDGET: Keys = {
    "trials": Key(shape=whole(1), meaning="most trials; null: the whole grid, or the method's own number"),
    "time": Key(
        shape=TEXT,
        meaning="how long it may take, in s, min, h or d; kept in the log, so that a resumed run decides the same",
        example="10min",
    ),
    "target": Key(shape=number("number"), meaning="a value of the objective that is good enough"),
    "no_progress": Key(shape=whole(1), meaning="so many generations in a row without a better value"),
    "plateau": Key(
        shape=number("fraction above 0 and below 1"),
        meaning="the median of a generation lies so close to the best, as a share of the range of all values",
    ),
}
"""What ends a search; looked at between generations, but for `trials`."""
_BUDGET = Key(
    shape=either(
        whole(1),
        mapping(BUDGET),
        words="whole number of at least 1, or {trials, time, target, no_progress, plateau}",
    ),
    meaning="most trials, and what else ends a search; null: the whole grid, or the method's own number",
    default=None,
    example="{trials: 500, time: 10min, no_progress: 5}",
    keys=BUDGET,
)
_ASYNCHRONOUS = Key(
    shape=TRUTH,
    meaning="true: a search is told of trials as they end, and no container waits; then the sets that it proposes"
    " depend on how long trials take",
    default=False,
)
_NAMES = either(TEXT, listed(TEXT, "a list of names"), words="a name or a list of names")
FEED: Keys = {
    "from": Key(shape=_NAMES, meaning="stages that this one needs"),
    "top": Key(shape=whole(1), meaning="how many of each component's best sets; left out: 10"),
}
WHEN: Keys = {
    "if": Key(
        shape=TEXT, meaning="a condition over what is known when the stage begins", example="grid_size > 5000"
    ),
    "method": _METHOD,
    "skip": Key(shape=TRUTH, meaning="true: the stage is left out where the condition holds", default=False),
}
_CONDITION = either(TEXT, mapping(WHEN, required=("if",)))

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
    "asynchronous": _ASYNCHRONOUS,
    "needs": Key(shape=_NAMES, meaning="components of the stage that must have ended before", default=None),
    "container_spec": _CONTAINER_SPEC,
}
STAGE: Keys = {
    "stage": Key(
        shape=one_of(STAGES),
        meaning="the kind of the stage",
        default="component_optimization",
        null=False,
    ),
    "name": Key(shape=TEXT, meaning="what it is called; null: as its kind", default=None, example="coarse"),
    "needs": Key(
        shape=_NAMES,
        meaning="earlier stages that must have ended before it begins; null: the one before it; []: none",
        default=None,
        example="[coarse]",
    ),
    "parallel": Key(
        shape=TRUTH,
        meaning="whether its components share the pool at the same time; else one comes after the other",
        default=False,
    ),
    "when": Key(
        shape=either(
            _CONDITION,
            listed(_CONDITION, ""),
            words="a condition, or a list of conditions and {if, method} or {if, skip}",
        ),
        meaning="a text must hold, else the stage is skipped; {if, method}: another method where it holds",
        default=None,
        example="[{if: 'grid_size > 5000', method: genetic}, {if: 'passed < 2', skip: true}]",
        keys=WHEN,
        listed=True,
    ),
    "feed": Key(
        shape=either(TRUTH, _NAMES, mapping(FEED, required=("from",)), words="a stage, or {from, top}"),
        meaning="begin with the best sets that earlier stages found",
        default=None,
        example="{from: coarse, top: 10}",
        keys=FEED,
    ),
    "method": _METHOD,
    "budget": _BUDGET,
    "asynchronous": _ASYNCHRONOUS,
    "container_spec": _CONTAINER_SPEC,
    "components": Key(
        shape=listed(
            either(TEXT, mapping(STAGE_COMPONENT, required=("name",))),
            "a list of names, or of {name, method, budget, asynchronous, needs, container_spec}",
            1,
        ),
        meaning="which components it searches; null: all",
        default=None,
        example="[{name: rsi, method: random, budget: 100}]",
        keys=STAGE_COMPONENT,
        listed=True,
    ),
    "combine": Key(
        shape=one_of(COMBINE),
        meaning="of a joint_optimization: how the components' signals become one; left out: weighted_mean",
    ),
    "constraints": Key(
        shape=CONSTRAINTS,
        meaning="of a joint_optimization: what must hold between parameters, which are called component.parameter",
        example="['trend.slow > dip.period']",
    ),
}
