"""The page docs/reference/config.md, made of the keys that reading checks; run reference_pages to write it."""

from __future__ import annotations

from admf.config.component_keys import COMPONENT
from admf.config.container_keys import CONTAINER_SPEC, CONTAINERS, RESOURCE_LIMITS
from admf.config.full import flow
from admf.config.keys import (
    COLUMNS,
    DATA,
    EXECUTION,
    OBJECTIVE,
    SOUGHT,
    SPLIT,
    TOP,
    WEIGHTED,
)
from admf.config.shape import NOTHING, Keys
from admf.config.simulation_keys import COSTS, SIMULATION
from admf.config.workflow_keys import BUDGET, FEED, STAGE, STAGE_COMPONENT, WHEN
from admf.model.space.form import SPELLINGS, TYPES

_HEAD = """\
# Config: every key

This page is made of the keys that `admf run` checks a config against (`python -m tests.pages.reference_pages`).
`admf init DIR` writes a short config that runs as it is, `admf init DIR --full` one with every key of this page as a
comment. Both write `admf.schema.json` beside it, which editors find through the config's first line: they complete
keys, and mark unknown keys and wrong types while you type. What is said of a config that is wrong:
[errors.md](errors.md).

A config is YAML 1.2, read safely: no tags, no directives, no key twice; anchors and `<<` may be used. `null` means
"not given", but under `simulation:` and for `timeout_s`, where it is a value. Paths start at the config's folder.
`--set a.b=c` changes one key for one run (`--set components.trend.space.fast.low=10`, `--set workflow.0.budget=50`).
"""
_SPACE_HEAD = """\
## A parameter of a space

Under `space:` each name is a parameter of the component, or, after `simulation.`, an option of the simulation
(`simulation.stop_loss: [null, 0.02, {atr: 2}]`). It may be

- a list of values: `[5, 10, 20]` (numbers are in order, other values are not);
- one value, which is then fixed: `20`;
- a mapping of the keys below: `{low: 5, high: 60, step: 5}`;
- a mapping of further parameters, whose names are joined with dots.

A space may also be a list of `{name: ..., ...}`. The older systems' spellings of the keys are read too.
"""
_PARAMETER = {
    "low": "the least value",
    "high": "the greatest value; it is in the range",
    "step": "the distance of grid points; it must divide high - low; left out: 1 for whole numbers, else no grid",
    "num_points": "instead of step: how many grid points, evenly apart",
    "range": "instead of low and high: [low, high] or [low, high, step]",
    "choices": "instead of a range: the values",
    "value": "instead of a range: the one value",
    "type": "left out: int where all numbers are whole, else float",
    "log": "whether it is searched evenly in its logarithm",
    "ordinal": "with choices: whether they are in order",
    "when": "a condition over other parameters; where it does not hold, the parameter does not exist",
    "default": "the value it has without a search",
    "description": "for readers",
    "name": "in a list of entries: the parameter's name",
}


def page() -> str:
    """The page as it should be."""
    sections = [
        ("The config", TOP, ""),
        ("`data:`", DATA, ""),
        ("`data.split:`", SPLIT, ""),
        ("`data.columns:`", COLUMNS, ""),
        (
            "`simulation:`",
            SIMULATION,
            "What each option does, to the letter: [simulation](../explanation/simulation.md).",
        ),
        ("`costs:`", COSTS, ""),
        (
            "A component",
            COMPONENT,
            "Under `components:`, by name: `null` for a registered one, a text for its `use`, or a mapping. A part"
            " under `of:` has `use`, `warmup`, `of` and `combine`.",
        ),
        ("`objective:`", OBJECTIVE, "`objective: sharpe` is short for `objective: {metric: sharpe}`."),
        ("An entry of a weighted `metric:`", WEIGHTED, ""),
        (
            "One of several objectives under `metric:`",
            SOUGHT,
            "A name alone is short for `{metric: ...}`: `metric: [sharpe, max_drawdown]`.",
        ),
        ("A stage of `workflow:`", STAGE, ""),
        (
            "`budget:` of a stage, or of a component of a stage",
            BUDGET,
            "A number alone is short for `{trials: ...}`. What ends a search: [search in stages](../how-to/workflow.md).",
        ),
        (
            "`feed:` of a stage",
            FEED,
            "A name alone is short for `{from: ...}`; `true` means all stages that it needs.",
        ),
        ("An entry of `when:`", WHEN, "A text alone must hold, else the stage is skipped."),
        ("A component of a stage", STAGE_COMPONENT, "A name alone is short for `{name: ...}`."),
        (
            "`container_spec:` of a stage, or of a component of a stage",
            CONTAINER_SPEC,
            "Key by key: what the component leaves out is as its stage says, what the stage leaves out as"
            " `containers:` says.",
        ),
        ("`execution:`", EXECUTION, ""),
        (
            "`containers:`",
            CONTAINERS,
            "For all stages. A trial that keeps within its limits, and leaves nothing behind, gives the same result in all.",
        ),
        ("`containers.resource_limits:`", RESOURCE_LIMITS, ""),
    ]
    parts = [_HEAD]
    for title, keys, words in sections:
        parts.append(f"## {title}\n\n" + (f"{words}\n\n" if words else "") + _table(keys))
        if keys is COMPONENT:
            parts.append(_space())
    return "\n".join(parts)


def _table(keys: Keys) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, key in keys.items():
        default = "" if key.default is NOTHING else f"`{flow(key.default)}`"
        meaning = key.meaning + (f", such as `{key.example}`" if key.example else "")
        rows.append(f"| `{name}` | {_cell(key.shape.words)} | {default} | {_cell(meaning)} |")
    return "\n".join(rows) + "\n"


def _space() -> str:
    rows = ["| key | also written | meaning |", "|---|---|---|"]
    for key, meaning in _PARAMETER.items():
        also = ", ".join(f"`{one}`" for one, what in SPELLINGS.items() if what == key and one != key)
        words = f"one of {', '.join(f'`{one}`' for one in TYPES)}; {meaning}" if key == "type" else meaning
        rows.append(f"| `{key}` | {also} | {_cell(words)} |")
    return _SPACE_HEAD + "\n" + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
