"""Every key of a config on one page: its form, default and meaning. Reading, schema and reference are made of it."""

from __future__ import annotations

from admf import registry
from admf.config.component_keys import COMPONENT, CONSTRAINTS
from admf.config.container_keys import CONTAINERS
from admf.config.shape import (
    TEXT,
    Key,
    Keys,
    Shape,
    defined,
    either,
    listed,
    mapping,
    named,
    number,
    one_of,
    whole,
)
from admf.config.simulation_keys import COSTS, SIMULATION
from admf.config.workflow_keys import STAGE
from admf.data.columns import NAMEABLE

_DATES = listed(TEXT, "[from, to], dates such as 2010-01-31", 2)

# --- data ------------------------------------------------------------------------------------------------

COLUMNS: Keys = {
    name: Key(shape=TEXT, meaning=f"the source's own name of the column {name}") for name in NAMEABLE
} | {"time_format": Key(shape=TEXT, meaning="how times are written", example="'%d/%m/%Y'")}

SPLIT: Keys = {
    "out_of_sample": Key(
        shape=either(
            number("fraction of at least 0 and below 1"),
            one_of(["none"]),
            _DATES,
            words="fraction of at least 0 and below 1, none, or [from, to]",
        ),
        meaning="the part that no trial sees: this share of the bars at the end, or these dates, the second not in it",
        default=0.3,
    ),
    "embargo": Key(
        shape=either(whole(0), TEXT, words="whole number of bars of at least 0, or '20 bars'"),
        meaning="bars before the sealed part that are in neither part; 0 where nothing is sealed",
        default=20,
    ),
    "in_sample": Key(
        shape=_DATES,
        meaning="the part that is searched, by dates; then out_of_sample is dates too, and embargo is left out",
        example="[2000-01-01, 2010-01-01]",
    ),
}

DATA: Keys = {
    "source": Key(
        shape=either(
            TEXT,
            named(TEXT, "{symbol: path}"),
            words="path, pattern of paths, bundled:NAME, or {symbol: path}",
        ),
        meaning=f"where bars come from, below the config's folder; bundled are {', '.join(registry.BUNDLED_DATA)}",
        example="prices.csv",
    ),
    "split": Key(
        shape=either(mapping(SPLIT), one_of(["none"]), Shape("0", {"const": 0}), words="mapping, or none"),
        meaning="what is held back; none: nothing, and reports say so",
        keys=SPLIT,
    ),
    "timezone": Key(
        shape=TEXT,
        meaning="where stamps without a zone are local, and sessions are counted; null: as the data say, else UTC",
        default=None,
        example="America/New_York",
    ),
    "timestamp": Key(
        shape=one_of(["open", "close"]), meaning="which end of its bar a stamp marks", default="close"
    ),
    "bars_per_year": Key(
        shape=number("number above 0"), meaning="what annualises; null: as the data say", default=None
    ),
    "columns": Key(
        shape=mapping(COLUMNS),
        meaning="names of columns that the usual spellings do not find, ours to theirs",
        default={},
        example="{close: Last}",
        keys=COLUMNS,
    ),
}

# --- objective, execution --------------------------------------------------------------------------------

WEIGHTED: Keys = {
    "metric": Key(shape=defined("metric", "metric"), meaning="the metric's name"),
    "weight": Key(shape=number("number that is not 0"), meaning="what it is multiplied with"),
}
_WEIGHTS = listed(mapping(WEIGHTED), "a list of {metric, weight}", 1)

SOUGHT: Keys = {
    "metric": Key(shape=defined("metric", "metric"), meaning="the metric's name"),
    "direction": Key(
        shape=one_of(("maximize", "minimize", "max", "min")),
        meaning="which side is better; left out: the metric's own",
        default=None,
    ),
}
_SEVERAL = listed(
    either(defined("metric", "metric"), mapping(SOUGHT)), "a list of metrics, or of {metric, direction}", 1
)

OBJECTIVE: Keys = {
    "metric": Key(
        shape=either(
            defined("metric", ""),
            _WEIGHTS,
            _SEVERAL,
            words="metric, 'module:attribute', a list of {metric, weight}, or of metrics",
        ),
        meaning="what is sought; a list of metrics, each with its direction: several objectives",
        default="sharpe",
    ),
    "direction": SOUGHT["direction"],
    "constraints": Key(
        shape=CONSTRAINTS,
        meaning="what must hold of a trial's metrics; else it has no value, and a reason",
        default=[],
        example="['n_trades >= 30']",
    ),
    "select": Key(
        shape=one_of(("best", "plateau")),
        meaning="what is chosen: the best trial, or the centre of the best stable region",
        default="best",
    ),
}

START_METHODS = ("auto", "fork", "spawn")

EXECUTION: Keys = {
    "executor": Key(
        shape=defined("executor", f"executor: {', '.join(registry.EXECUTORS)}"),
        meaning="where trials run",
        default="local",
    ),
    "workers": Key(
        shape=either(one_of(["auto"]), whole(1)),
        meaning="containers at once; auto: as containers.pool_size says, else one per core, as far as memory goes",
        default="auto",
    ),
    "generation": Key(
        shape=either(one_of(["auto"]), whole(1)),
        meaning="trials asked of a method at a time",
        default="auto",
    ),
    "batch": Key(
        shape=either(one_of(["auto"]), whole(1)),
        meaning="the most trials sent to a container in one message; auto: as many as take a short while",
        default="auto",
    ),
    "max_failures": Key(
        shape=number("fraction from 0 to 1"),
        meaning="the share of trials that may fail before the run ends with exit code 4",
        default=0.2,
    ),
    "start_method": Key(
        shape=one_of(START_METHODS),
        meaning="how containers start; fork: as copies of a warm process; auto: fork where the system has it",
        default="auto",
    ),
}

# --- the config ------------------------------------------------------------------------------------------

TOP: Keys = {
    "name": Key(
        shape=TEXT, meaning="names the run's folder; left out: the config's folder or file", example="sp500"
    ),
    "seed": Key(shape=whole(0), meaning="the same seed gives the same trials", default=0),
    "data": Key(shape=mapping(DATA), meaning="the bars", keys=DATA, null=False),
    "simulation": Key(shape=mapping(SIMULATION), meaning="how signals are traded", keys=SIMULATION),
    "costs": Key(
        shape=mapping(COSTS),
        meaning="what trading costs; where commission and slippage are left out, every report warns",
        keys=COSTS,
    ),
    "benchmark": Key(
        shape=one_of(["buy_and_hold", "none"]),
        meaning="what results are compared with",
        default="buy_and_hold",
    ),
    "components": Key(
        shape=defined("components", "mapping of names to components, or a list of them"),
        meaning="what is searched: a name, and null (a registered component), a use, or a mapping",
        keys=COMPONENT,
    ),
    "objective": Key(
        shape=either(
            mapping(OBJECTIVE),
            defined("metric", ""),
            _WEIGHTS,
            _SEVERAL,
            words="mapping, or its metric alone",
        ),
        meaning="what is sought, and what must hold",
        keys=OBJECTIVE,
    ),
    "workflow": Key(
        shape=listed(mapping(STAGE, required=("stage",)), "a list of stages", 1),
        meaning="the stages in their order; left out: one, with every component and its whole grid",
        keys=STAGE,
        listed=True,
    ),
    "execution": Key(
        shape=mapping(EXECUTION), meaning="how trials run, which changes no result", keys=EXECUTION
    ),
    "containers": Key(
        shape=mapping(CONTAINERS),
        meaning="where trials live, and what they may use, in all stages",
        keys=CONTAINERS,
    ),
    "extends": Key(
        shape=TEXT,
        meaning="a config below this one's folder that this one is merged over",
        example="shared.yaml",
    ),
}
