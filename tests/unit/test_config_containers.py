"""Containers in a config: what is read, what wins, what is refused, and how it is written back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from admf.config.config import Config, ContainerConfig, ContainersConfig
from admf.config.container_keys import CONTAINER_SPEC, CONTAINERS, RESOURCE_LIMITS
from admf.config.load import load_config
from admf.errors import ConfigError
from admf.model.container import ContainerSpec, Kind, Limits

HEAD = "data: {source: bundled:sp500}\ncomponents: [ma_crossover, rsi]\n"
SEED = Path(__file__).parent / "seed_config.yaml"
ALL = """\
containers:
  type: isolated
  pool_size: 10
  resource_limits:
    {memory_mb: 512, cpu_shares: 2, timeout_s: 60, result_mb: 8, output_mb: 0.5, open_files: 99, processes: 4}
  trials: 3
  recycle: 500
  network: false
  write: scratch
"""
GIVEN = Limits(
    memory_mb=512.0,
    cpu_shares=2.0,
    timeout_s=60.0,
    result_mb=8.0,
    output_mb=0.5,
    open_files=99,
    processes=4,
    network=False,
    write="scratch",
)


def containers(config: Config, stage: int = 0) -> dict[str, ContainerConfig]:
    """Of each component of a stage its container."""
    return {one.name: one.container for one in config.stages[stage].components}


def problems(text: str, *overrides: str) -> list[str]:
    """Every problem, without its file."""
    with pytest.raises(ConfigError) as caught:
        load_config(text, overrides)
    return str(caught.value).replace("config:", "").splitlines()


def test_what_is_left_out_is_as_the_models_say() -> None:
    for text in ("", "containers:\n", "containers: {}\n", "containers: {resource_limits: }\n"):
        config = load_config(HEAD + text)
        assert config.containers == ContainersConfig()
        assert containers(config) == {"ma_crossover": ContainerConfig(), "rsi": ContainerConfig()}
    for kind in (Kind.MINIMAL, Kind.ISOLATED):
        assert ContainerConfig().spec(kind) == ContainerSpec(kind=kind)


def test_the_defaults_that_are_shown_are_those_of_the_model() -> None:
    limits, spec = Limits(), ContainerSpec()
    shown = {name: key.default for name, key in (*RESOURCE_LIMITS.items(), *CONTAINERS.items())}
    for name in ("cpu_shares", "timeout_s", "result_mb", "output_mb", "open_files", "processes", "network"):
        assert shown[name] == getattr(limits, name)
    assert (shown["memory_mb"], limits.memory_mb) == ("auto", None)
    assert (shown["write"], shown["trials"], shown["recycle"]) == (limits.write, spec.trials, spec.recycle)
    assert set(CONTAINER_SPEC) == {"type", *Limits.__slots__, "trials"}


def test_every_key_for_all_stages_is_read() -> None:
    config = load_config(HEAD + ALL)
    each = ContainerConfig(kind=Kind.ISOLATED, limits=GIVEN, trials=3, recycle=500)
    assert config.containers == ContainersConfig(pool_size=10, each=each)
    assert containers(config) == {"ma_crossover": each, "rsi": each}
    # a kind that is named is kept, whatever the component is
    assert each.spec(Kind.MINIMAL) == ContainerSpec(kind=Kind.ISOLATED, limits=GIVEN, trials=3, recycle=500)


def test_a_component_wins_over_its_stage_which_wins_over_all_key_by_key() -> None:
    workflow = """\
workflow:
  - stage: component_optimization
    container_spec: {type: minimal, cpu_shares: 4, processes: 9, write: anywhere}
    components:
      - rsi
      - {name: ma_crossover, container_spec: {type: isolated, processes: 1, network: true, trials: 7}}
  - stage: component_optimization
"""
    config = load_config(HEAD + ALL + workflow)
    stage = replace(GIVEN, cpu_shares=4.0, processes=9, write="anywhere")
    assert containers(config) == {
        "rsi": ContainerConfig(kind=Kind.MINIMAL, limits=stage, trials=3, recycle=500),
        "ma_crossover": ContainerConfig(
            kind=Kind.ISOLATED, limits=replace(stage, processes=1, network=True), trials=7, recycle=500
        ),
    }
    assert set(containers(config, 1).values()) == {config.containers.each}


def test_no_timeout_and_a_share_of_memory_can_be_asked_for_below_a_limit() -> None:
    spec = "{timeout_s: null, memory_mb: auto, cpu_shares: null, type: null}"
    workflow = f"workflow: [{{stage: component_optimization, container_spec: {spec}}}]\n"
    config = load_config(HEAD + ALL + workflow)
    found = containers(config)["rsi"]
    assert found.limits == replace(GIVEN, timeout_s=None, memory_mb=None)  # null elsewhere: not given
    assert found.kind is Kind.ISOLATED
    assert load_config(
        HEAD + "containers: {resource_limits: {timeout_s: null}}\n"
    ).containers.each.limits == (Limits(timeout_s=None))


@pytest.mark.parametrize(
    ("text", "at_once"),
    [
        ("", None),
        ("containers: {pool_size: 10}\n", 10),
        ("containers: {pool_size: 10}\nexecution: {workers: auto}\n", 10),
        ("containers: {pool_size: 10}\nexecution: {workers: 3}\n", 3),
        ("execution: {workers: 3}\n", 3),
    ],
)
def test_a_number_of_workers_goes_before_the_size_of_the_pool(text: str, at_once: int | None) -> None:
    config = load_config(HEAD + text)
    assert config.execution.workers == at_once
    assert load_config(config.text).execution.workers == at_once
    assert load_config(HEAD + text, ["execution.workers=5"]).execution.workers == 5


def test_the_resolved_text_says_once_what_holds_for_all() -> None:
    entry = "{name: rsi, container_spec: {timeout_s: null, type: minimal}}"
    workflow = f"workflow: [{{stage: component_optimization, components: [ma_crossover, {entry}]}}]\n"
    config = load_config(HEAD + ALL + workflow)
    written: dict[str, Any] = YAML(typ="safe", pure=True).load(config.text)
    common, own = written["workflow"][0]["components"]
    assert "container_spec" not in common
    assert own["container_spec"] == {"type": "minimal", "timeout_s": None}
    assert written["containers"]["resource_limits"]["memory_mb"] == 512
    again = load_config(config.text, folder=config.folder)
    assert again.text == config.text
    assert again.stages == config.stages
    # what is changed for all in a run's own config holds for all
    changed = load_config(config.text, ["containers.resource_limits.memory_mb=64"])
    assert {one.limits.memory_mb for one in containers(changed).values()} == {64.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "containers: {type: isolatd}",
            "3:20: type must be one of minimal, isolated, was 'isolatd'. Did you mean 'isolated'?",
        ),
        ("containers: {type: true}", "3:20: type must be one of minimal, isolated, was True."),
        ("containers: {pool_size: 0}", "3:25: pool_size must be a whole number of at least 1, was 0."),
        (
            "containers: {resource_limits: {memory_mb: -1}}",
            "3:43: memory_mb must be auto or a number above 0, was -1.",
        ),
        (
            "containers: {resource_limits: {memory_mb: '512'}}",
            "3:43: memory_mb must be auto or a number above 0, was '512'. Remove the quotes.",
        ),
        (
            "containers: {resource_limits: {timeout_s: 0}}",
            "3:43: timeout_s must be a number above 0, was 0.",
        ),
        (
            "containers: {resource_limits: {timeout_s: .inf}}",
            "3:43: timeout_s must be a number above 0, was inf. Write null: no limit.",
        ),
        (
            "containers: {resource_limits: {open_files: 8}}",
            "3:44: open_files must be a whole number of at least 16, was 8.",
        ),
        (
            "containers: {memory_mb: 512}",
            "3:14: 'memory_mb' must stand under resource_limits here."
            " Such as containers: {resource_limits: {memory_mb: 512}}.",
        ),
        ("containers: {network: no}", "3:23: network must be true or false, was 'no'. Write false."),
        ("containers: {write: tmp}", "3:21: write must be one of anywhere, scratch, was 'tmp'."),
        (
            "containers: isolated",
            "3:13: containers must be a mapping, was 'isolated'. Such as {type: isolated, pool_size: 4}.",
        ),
        (
            "workflow: [{stage: component_optimization, container_spec: minimal}]",
            "3:60: container_spec must be a mapping, was 'minimal'. Such as {type: isolated, memory_mb: 512}.",
        ),
        (
            "workflow: [{stage: component_optimization, container_spec: {memory: 5}}]",
            "3:61: a key of container_spec must be known, was 'memory'. Did you mean 'memory_mb'?",
        ),
        (
            "execution: {start_method: forkserver}",
            "3:27: start_method must be one of auto, fork, spawn, was 'forkserver'."
            " Write fork: containers are forked from a warm process of their own.",
        ),
        ("execution: {start_method: 5}", "3:27: start_method must be one of auto, fork, spawn, was 5."),
        ("execution: {batch: many}", "3:20: batch must be auto or a whole number of at least 1, was 'many'."),
    ],
)
def test_what_is_wrong_is_this_line(text: str, expected: str) -> None:
    assert problems(f"{HEAD}{text}\n") == [expected]


def test_overrides() -> None:
    overrides = ["containers.type=isolated", "containers.resource_limits.memory_mb=300"]
    each = load_config(HEAD, overrides).containers.each
    assert (each.kind, each.limits.memory_mb) == (Kind.ISOLATED, 300.0)
    assert problems(HEAD, "containers.pool_size=none") == [
        "--set containers.pool_size=none: pool_size must be a whole number of at least 1, was 'none'."
    ]


# --- the original design's own config --------------------------------------------------------------------


def seed() -> dict[str, Any]:
    """The block `optimization:` of the original config."""
    block: dict[str, Any] = YAML(typ="safe", pure=True).load(SEED)["optimization"]
    return block


def test_the_original_values_are_read_with_their_meaning_at_the_top_of_a_config() -> None:
    block = seed()
    (first, *_) = block["workflow"]
    first.pop("parallel")  # comes later, as bayesian does
    first["components"][1]["method"] = "grid"
    config = load_config(
        {
            "data": {"source": "bundled:sp500"},
            "components": ["ma_crossover", "rsi", "macd"],
            "containers": block["containers"],
            "workflow": [first, {"stage": "component_optimization", "components": ["macd"]}],
        }
    )
    assert config.containers.pool_size == config.execution.workers == 10
    limits = Limits(memory_mb=512.0, cpu_shares=1.0)
    minimal, isolated = (ContainerConfig(kind=kind, limits=limits) for kind in (Kind.MINIMAL, Kind.ISOLATED))
    assert containers(config) == {"ma_crossover": minimal, "rsi": minimal}
    assert containers(config, 1) == {"macd": isolated}


def test_of_the_original_block_all_that_is_refused_is_not_here_yet() -> None:
    found = problems(HEAD + SEED.read_text(encoding="utf-8"))
    assert all("is not available in this version" in line for line in found)
    named = [re.search(r"(?:'|stage |method )(\w+)'? is not", line) for line in found]
    assert [one[1] for one in named if one] == [
        "optimization",
        "coordinator",
        "phases",
        "regime_optimization",
        "weight_optimization",
    ]
    wrong = SEED.read_text(encoding="utf-8").replace("pool_size: 10", "pool_size: 0")
    assert [one for one in problems(HEAD + wrong) if "not available" not in one] == [
        "10:16: pool_size must be a whole number of at least 1, was 0."
    ]
