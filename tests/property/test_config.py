"""Laws of reading configs: any text is a config or a list of problems; the resolved text is stable."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from io import StringIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from admf.config.document import read_document
from admf.config.load import load_config
from admf.config.schema import schema
from admf.errors import InputError

SCHEMA = Draft7Validator(schema())

VALID: dict[str, Any] = {
    "name": "sp500",
    "seed": 42,
    "data": {
        "source": "bundled:sp500",
        "split": {"out_of_sample": 0.3, "embargo": 20},
        "timezone": "America/New_York",
        "timestamp": "close",
        "columns": {"close": "Last"},
    },
    "simulation": {"fill": "next_open", "sizing": {"fraction": 0.5}, "stop_loss": {"atr": 2, "window": 14}},
    "costs": {"commission": 0.0005, "slippage": 0.0002},
    "benchmark": "buy_and_hold",
    "components": {
        "ma_crossover": {
            "use": "ma_crossover",
            "space": {
                "fast": {"type": "int", "low": 5, "high": 60, "step": 5},
                "slow": [20, 50, 100],
                "simulation.stop_loss": [None, 0.02, {"atr": 2, "window": 14}],
            },
            "constraints": ["fast < slow"],
        },
        "both": {"of": {"a": "rsi", "b": {"use": "macd"}}, "combine": "vote"},
    },
    "objective": {"metric": "sharpe", "constraints": ["n_trades >= 30"], "select": "best"},
    "workflow": [
        {
            "stage": "component_optimization",
            "method": "random",
            "budget": 9,
            "container_spec": {"type": "isolated", "timeout_s": None, "trials": 2},
            "components": [{"name": "both", "container_spec": {"memory_mb": "auto", "network": False}}],
        }
    ],
    "execution": {"executor": "local", "workers": "auto", "batch": 8, "max_failures": 0.2},
    "containers": {
        "type": "minimal",
        "pool_size": 10,
        "resource_limits": {"memory_mb": 512, "cpu_shares": 1.0},
        "write": "scratch",
    },
}

WORDS = """
use space of name stage method budget components metric weight low high step choices when type range values
atr window fast slow rsi grid none auto best int log fast<slow a:b mine.py:f container_spec containers
resource_limits memory_mb timeout_s isolated recycle 2010-01-01 bundled: extends
optimization phases in_sample out_of_sample << = ~ .inf 1e400 0o17 simulation.lot
"""
words = st.sampled_from(WORDS.split())
texts = words | st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-3, 70) | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
tops = st.sampled_from([*VALID, "optimization", "phases", "extends"])
PLACE = re.compile(r"(config:\d+:\d+|config|--set .*|--data): .", re.DOTALL)


def written(value: object) -> str:
    """The value as YAML text."""
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.representer.ignore_aliases = lambda _: True
    yaml.dump(value, stream)
    return stream.getvalue()


def check(text: str, overrides: tuple[str, ...] = ()) -> None:
    """A config that the schema accepts and whose resolved text is itself, or problems that each have a place."""
    try:
        config = load_config(f"# a text\n{text}", overrides)
    except InputError as error:
        problems = [str(problem) for problem in error.problems]
    else:
        problems = []
        if not overrides:  # an editor sees the text alone
            value = read_document(text, lambda line, column: f"{line}:{column}").value
            assert [error.message for error in SCHEMA.iter_errors(value)] == []
        again = load_config(config.text, folder=config.folder)
        assert again.text == config.text
        assert replace(again, text="") == replace(config, text="")
        assert again.simulation_options == config.simulation_options
    assert [one for one in problems if not PLACE.match(one)] == []


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [one for key, inner in items for one in ((*path, key), *paths(inner, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """The valid config with one to three values replaced, renamed, dropped or added."""
    config = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(config)))
        parent: Any = config
        for key in path[:-1]:
            parent = parent[key]
        match draw(st.sampled_from(["replace", "replace", "drop", "rename", "add"])):
            case "replace":
                parent[path[-1]] = draw(values)
            case "drop":
                del parent[path[-1]]
            case "rename" if isinstance(parent, dict):
                parent[draw(words | st.text(max_size=5))] = parent.pop(path[-1])
            case _ if isinstance(parent, dict):
                parent[draw(words)] = draw(values)
            case _:
                parent.append(draw(values))
        if not config:
            break
    return config


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_a_mutated_config_is_a_config_or_a_list_of_problems(config: dict[str, Any]) -> None:
    check(written(config))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(tops | words, values, max_size=5))
def test_a_random_mapping_is_a_config_or_a_list_of_problems(config: dict[str, Any]) -> None:
    check(written(config))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_broken_text_is_a_config_or_a_list_of_problems(data: st.DataObject) -> None:
    text = written(VALID)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        more = data.draw(st.text(max_size=6) | st.sampled_from(list("&*!|>%@`{}[],:#-?\n\t\"'")))
        text = text[:at] + more + text[at + data.draw(st.integers(0, 30)) :]
    check(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="abc: \n-[]{},&*!|'\"#%?<>01.~\t", max_size=60))
def test_any_text_is_a_config_or_a_list_of_problems(text: str) -> None:
    check(text)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([".".join(map(str, path)) for path in paths(VALID)]) | st.text(max_size=10),
    values.map(lambda value: written(value).removesuffix("...\n")) | st.text(max_size=10),
)
def test_any_override_is_a_config_or_a_list_of_problems(keys: str, value: str) -> None:
    check(written(VALID), (f"{keys}={value}",))


def one_of_each(**alternatives: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with any of these keys, each with one of its values."""
    return st.fixed_dictionaries(
        {}, optional={key: st.sampled_from(given) for key, given in alternatives.items()}
    )


distances = [None, 0.02, 0.5, {"atr": 2}, {"atr": 1.5, "window": 7}]
specs = [
    None,
    {},
    {"type": "isolated", "memory_mb": "auto", "timeout_s": None},
    {"type": "minimal", "memory_mb": 1e5, "timeout_s": 1, "network": True, "write": "anywhere"},
    {"cpu_shares": 4, "result_mb": 1, "output_mb": 0.1, "open_files": 99, "processes": 1, "trials": 1},
]
sound = st.fixed_dictionaries(
    {
        "data": one_of_each(
            split=["none", {"out_of_sample": 0.1}, {"embargo": 3}, {"out_of_sample": 0}],
            timezone=["UTC", None],
            bars_per_year=[252, 1e5],
            columns=[{"close": "1e3"}],
        ).map(lambda data: {"source": "010.csv", **data}),
        "simulation": one_of_each(
            fill=["close"],
            short=[True, False],
            sizing=["all_in", {"units": 2}, {"volatility": 0.1}],
            rebalance=["weekly", {"band": 0.05}],
            stop_loss=distances,
            take_profit=[*distances, 3],
            time_stop=[None, 4],
            lot=[None, 1e-5],
            cash_rate=[0.01],
        ),
        "costs": one_of_each(commission=[0, 0.001], slippage=[0.1], borrow_rate=[1e-7]),
        "components": one_of_each(
            rsi=[None, "macd", {"space": {"window": [5], "x": ["1e3", "yes", None, "a\nb"]}}],
            own=["a.py:b", {"use": "m:f", "warmup": "2 * x", "allow_lookahead": "'tis: so # yes"}],
            both=[{"of": {"a": "rsi", "b": {"of": ["macd", "rsi"]}}, "combine": "and"}],
        ).filter(bool),
        "objective": one_of_each(
            metric=["costs", "a.py:f", [{"metric": "sharpe", "weight": -0.1}]],
            direction=["maximize", "minimize"],
            constraints=[[], "n_trades > 3", ["sharpe > 0", "n_trades > 3"]],
        ),
        "execution": one_of_each(
            workers=["auto", 3],
            generation=[7],
            batch=["auto", 5],
            max_failures=[0, 1],
            start_method=["auto", "fork", "spawn"],
        ),
        "containers": one_of_each(
            type=["minimal", "isolated", None],
            pool_size=[3, 4, None],
            resource_limits=[
                {"memory_mb": 0.5, "timeout_s": None},
                {"memory_mb": "auto", "open_files": 16},
                {},
            ],
            trials=[3],
            recycle=[1, None],
            network=[True, False],
            write=["scratch", "anywhere"],
        ),
        "workflow": st.lists(
            one_of_each(
                container_spec=specs,
                components=[["rsi"], [{"name": "macd", "container_spec": {"trials": 9}}]],
            ).map(lambda stage: {"stage": "component_optimization", **stage}),
            min_size=1,
            max_size=2,
        ),
    },
    optional={"seed": st.integers(0, 2**53), "benchmark": st.sampled_from(["none", "buy_and_hold"])},
)


@settings(max_examples=60, deadline=None)
@given(sound)
def test_a_resolved_text_reads_as_the_same_config(config: dict[str, Any]) -> None:
    text = written(config)
    load_config(text)
    check(text)
