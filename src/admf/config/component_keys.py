"""The keys of an entry of `components:`, and of the parts of a composite."""

from __future__ import annotations

from admf.config.shape import TEXT, Key, Keys, defined, either, listed, named, one_of, whole

CONSTRAINTS = either(TEXT, listed(TEXT, "a list of texts"), words="a text or a list of texts")

COMBINE = ("weighted_mean", "vote", "and", "or")
"""How a composite may combine its parts; trials/composite.py does it."""

_USE = Key(
    shape=defined("component_name", "registered name, 'module:attribute' or 'path/to/file.py:attribute'"),
    meaning="where its code is; left out: the registered component of this name",
    example="strategy.py:my_strategy",
)
_WARMUP = Key(
    shape=either(whole(0), TEXT, words="whole number of at least 0, or an expression over parameters"),
    meaning="bars before it is ready; null: as it says itself, else what its indicator calls show",
    default=None,
    example="max(fast, slow)",
)
_OF = Key(
    shape=either(
        named(defined("part", "part"), ""), listed(TEXT, ""), words="mapping of parts, or a list of names"
    ),
    meaning="instead of use: the components that it combines; their parameters are called part.parameter",
    example="{trend: ma_crossover, dip: {use: rsi}}",
)
_COMBINE = Key(
    shape=one_of(COMBINE),
    meaning="with of: how the parts' signals become one; left out: weighted_mean",
    example="vote",
)

PART: Keys = {"use": _USE, "warmup": _WARMUP, "of": _OF, "combine": _COMBINE}

COMPONENT: Keys = {
    "use": _USE,
    "space": Key(
        shape=defined("space", "mapping of parameters, see below"),
        meaning="what is searched, parameter by parameter; left out: the component's own space",
        example="{fast: {low: 5, high: 60, step: 5}, slow: [50, 100, 200]}",
    ),
    "constraints": Key(
        shape=CONSTRAINTS,
        meaning="what must hold between its parameters; parsed, never run as code",
        default=[],
        example="['fast < slow']",
    ),
    "warmup": _WARMUP,
    "of": _OF,
    "combine": _COMBINE,
    "allow_lookahead": Key(
        shape=TEXT,
        meaning="why it may use later bars: it then runs, and every report is marked",
        default=None,
        example="labels are lagged by the vendor",
    ),
}
LISTED_COMPONENT: Keys = {"name": Key(shape=TEXT, meaning="what it is called"), **COMPONENT}
