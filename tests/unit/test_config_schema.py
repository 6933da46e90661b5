"""The schema for editors: it accepts what loads, and refuses what is wrong in form at every level."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from admf.cli import demo, init
from admf.config.document import read_document
from admf.config.full import full_text
from admf.config.keys import TOP
from admf.config.load import load_config
from admf.config.schema import schema
from admf.config.shape import Keys
from admf.errors import ConfigError
from tests.unit.test_config_containers import ALL, HEAD
from tests.unit.test_config_load import LONG, SHORT

SCHEMA = schema()
ROOT = Path(__file__).parents[2]


def valid(text: str) -> bool:
    """Whether an editor would accept a config's text."""
    value = read_document(text, lambda line, column: f"{line}:{column}").value
    return bool(Draft7Validator(SCHEMA).is_valid(value))


def examples() -> list[Any]:
    """Every config that the repository shows or ships."""
    shown = [
        pytest.param(text, id=f"{page.name}-{i}")
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        if page.name != "errors.md"  # made of configs that are wrong
        for i, text in enumerate(
            re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        )
        if "components:" in text and "data:" in text
    ]
    short = init._CONFIG.format(modeline="# a line")
    return [
        *shown,
        pytest.param(demo._CONFIG, id="demo"),
        pytest.param(short, id="init"),
        pytest.param(full_text(init._VALUES), id="init --full"),
        pytest.param(LONG, id="long"),
        pytest.param(SHORT, id="short"),
        pytest.param(HEAD + ALL, id="containers"),
    ]


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert "http" not in str(SCHEMA)


@pytest.mark.parametrize("text", examples())
def test_every_example_is_accepted(text: str) -> None:
    load_config(text)
    assert valid(text)


SPACES = [
    "{fast: [5, 10]}",
    "{fast: 5, mode: [a, b], simulation.stop_loss: [null, 0.02, {atr: 2}]}",
    "{fast: {min: 5, max: 60, step: 5}, slow: {type: INTEGER, range: [5, 10]}, x: {values: [1, 2], ordinal: true}}",
    "{fast: {type: float, low: 0.1, high: 1, log: true}, up: {type: boolean}, k: {value: 3}}",
    "{a: {fast: [1, 2], low: [1, 2]}, b: {c: {high: 3, low: 1}}}",
    "[{name: fast, low: 1, high: 3}, {name: mode, type: categorical, choices: [a, b], when: 'fast > 1'}]",
    "{parameters: [{name: fast, low: 1, high: 3}]}",
]


@pytest.mark.parametrize("space", SPACES)
def test_every_form_of_a_space_is_accepted(space: str) -> None:
    text = f"data: {{source: a.csv}}\ncomponents: {{mine: {{use: 'a.py:f', space: {space}}}}}\n"
    load_config(text)
    assert valid(text)


UNKNOWN = [
    "seeed: 1",
    "data: {source: a.csv, sauce: 1}",
    "data: {source: a.csv, split: {embargoo: 1}}",
    "data: {source: a.csv, columns: {clos: Last}}",
    "simulation: {fil: close}",
    "simulation: {sizing: {fractoin: 0.5}}",
    "simulation: {stop_loss: {atr: 2, windw: 14}}",
    "costs: {comission: 0.1}",
    "components: {rsi: {spcae: {window: [5]}}}",
    "components: {rsi: {space: {window: {low: 5, high: 9, stp: 1}}}}",
    "components: {rsi: {space: [{name: window, low: 5, high: 9, stp: 1}]}}",
    "components: {rsi: {space: {parameters: [{name: window, low: 5, high: 9, stp: 1}]}}}",
    "components: {both: {of: {a: {use: rsi, spcae: 1}}}}",
    "components: [{name: rsi, spcae: 1}]",
    "objective: {metrc: sharpe}",
    "objective: {metric: [{metric: sharpe, weigth: 1}]}",
    "workflow: [{stage: component_optimization, metod: grid}]",
    "workflow: [{stage: component_optimization, components: [{name: rsi, metod: grid}]}]",
    "execution: {worker: 2}",
    "containers: {poolsize: 2}",
    "containers: {memory_mb: 512}",
    "containers: {resource_limits: {memory: 512}}",
    "workflow: [{stage: component_optimization, container_spec: {pool_size: 2}}]",
    "workflow: [{stage: component_optimization, components: [{name: rsi, container_spec: {memory: 5}}]}]",
]
WRONG = [
    "seed: forty-two",
    "seed: '42'",
    "seed: 1.5",
    "name: [a]",
    "data: a.csv",
    "data: {source: [a.csv]}",
    "data: {source: {A: 1}}",
    "data: {source: a.csv, split: 0.3}",
    "data: {source: a.csv, split: {embargo: [1]}}",
    "data: {source: a.csv, timestamp: clsoe}",
    "simulation: [fill]",
    "simulation: {fill: nxt_open}",
    "simulation: {fill: null}",
    "simulation: {close_at_end: yes please}",
    "costs: {commission: '5 %'}",
    "components: 5",
    "components: {rsi: 5}",
    "components: {rsi: {space: {window: {low: five, high: 9}}}}",
    "components: {rsi: {space: {window: []}}}",
    "components: {rsi: {space: {}}}",
    "components: {rsi: {constraints: 5}}",
    "components: {rsi: {warmup: [5]}}",
    "objective: 5",
    "objective: {direction: up}",
    "objective: {select: middle}",
    "objective: [{metric: sharpe, direction: up}]",
    "objective: [{metric: sharpe, wieght: 1}]",
    "objective: [sharpe, 5]",
    "workflow: component_optimization",
    "workflow: [{stage: component_optimization, method: girid}]",
    "workflow: [{stage: component_optimization, budget: 0}]",
    "workflow: [{method: grid}]",
    "execution: {workers: many}",
    "execution: {max_failures: [1]}",
    "execution: {start_method: forkserver}",
    "execution: {batch: 0}",
    "containers: isolated",
    "containers: {type: isolatd}",
    "containers: {type: replay}",
    "containers: {pool_size: 0}",
    "containers: {pool_size: auto}",
    "containers: {resource_limits: 512}",
    "containers: {resource_limits: {memory_mb: 512 MB}}",
    "containers: {resource_limits: {open_files: 15}}",
    "containers: {resource_limits: {processes: 0}}",
    "containers: {recycle: 0}",
    "containers: {network: 'no'}",
    "containers: {write: nowhere}",
    "workflow: [{stage: component_optimization, container_spec: minimal}]",
    "workflow: [{stage: component_optimization, container_spec: {trials: 0}}]",
    "workflow: [{stage: component_optimization, components: [{name: rsi, container_spec: {timeout_s: long}}]}]",
]


@pytest.mark.parametrize("line", [*UNKNOWN, *WRONG])
def test_what_is_wrong_in_form_is_refused_by_the_schema_and_by_reading(line: str) -> None:
    top = line.partition(":")[0]
    rest = {"data": "data: {source: a.csv}", "components": "components: {rsi: }"}
    text = "\n".join([line, *(one for key, one in rest.items() if key != top)]) + "\n"
    with pytest.raises(ConfigError) as caught:
        load_config(text)
    assert not valid(text), str(caught.value)


def test_a_config_that_extends_another_may_leave_things_to_it() -> None:
    assert valid("extends: shared.yaml\nseed: 1\n")
    assert not valid("seed: 1\n")


def test_the_full_config_names_every_key_and_is_at_its_defaults(tmp_path: Path) -> None:
    text = full_text(init._VALUES)

    def names(keys: Keys) -> set[str]:
        return {one for name, key in keys.items() for one in (name, *names(key.keys))}

    assert {name for name in names(TOP) if not re.search(rf"\b{name}:", text)} == set()
    defaults = re.sub(r"^( *)#(?=[^ ])", r"\1", text, flags=re.MULTILINE)
    assert defaults.count("\n") == text.count("\n")
    assert "\nseed: 0\n" in defaults
    assert valid(defaults)
    short = init._CONFIG.format(modeline="# a line")
    assert load_config(defaults).text == load_config(text).text == load_config(short).text
