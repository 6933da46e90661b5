"""The container of each study: from a config and what its components are to the plan, and kept beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf
from admf.cli.app import run_app
from admf.config.load import load_config
from admf.coordinator.prepare import mine, prepare
from admf.errors import ConfigError
from admf.executors.inline import InlineExecutor
from admf.model.container import ContainerSpec, Kind, Limits
from admf.plan.specs_json import container_data, container_of
from admf.plan.studies_file import read_containers, read_kept
from admf.store.provenance import read_provenance

OWN = """\
import functools

import numpy as np


def plain(bars, n=5):
    return np.arange(len(bars)) % n == 0


@functools.lru_cache
def cached(bars, n=5):
    return np.arange(len(bars)) % n == 0


part = functools.partial(plain)


class Kept:
    def __init__(self, n=5):
        self.n = n

    def signal(self, bars):
        return plain(bars, self.n)


class Callable:
    def __call__(self, bars, n=5):
        return plain(bars, n)

    def method(self, bars, n=5):
        return plain(bars, n)


made = Callable()
bound = made.method
"""
CONFIG = """\
data: {source: bundled:sp500, split: {out_of_sample: 0.9}}
components:
  rsi: {space: {window: [5, 10]}}
  plain: {use: 'own.py:plain', space: {n: [5, 6]}, warmup: 0}
  cached: {use: 'own.py:cached', space: {n: [5, 6]}, warmup: 0}
  part: {use: 'own.py:part', space: {n: [5, 6]}, warmup: 0}
  Kept: {use: 'own.py:Kept', space: {n: [5, 6]}, warmup: 0}
  made: {use: 'own.py:made', space: {n: [5, 6]}, warmup: 0}
  bound: {use: 'own.py:bound', space: {n: [5, 6]}, warmup: 0}
  ours: {of: [rsi, macd], space: {rsi.window: [5, 6]}}
  mixed: {of: {a: rsi, b: {use: 'own.py:plain'}}, space: {a.window: [5, 6]}, warmup: 30}
  deep: {of: {a: rsi, b: {of: {c: macd, d: {use: 'own.py:Kept'}}}}, space: {a.window: [5, 6]}, warmup: 30}
execution: {executor: inline}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "admf.yaml").write_text(CONFIG)
    return tmp_path


def planned(*overrides: str) -> dict[str, ContainerSpec]:
    """Of each component of the config its container in the plan."""
    config = load_config("admf.yaml", overrides)
    plan = prepare(config, mine(config), InlineExecutor(workers=1)).plan
    return {study.component: study.container for study in plan.studies}


def test_functions_and_what_is_built_in_get_minimal_all_else_isolated(folder: Path) -> None:
    kinds = {name: spec.kind.value for name, spec in planned().items()}
    assert kinds == {
        "rsi": "minimal",
        "plain": "minimal",
        "cached": "isolated",
        "part": "isolated",
        "Kept": "isolated",
        "made": "isolated",
        "bound": "isolated",
        "ours": "minimal",
        "mixed": "minimal",
        "deep": "isolated",
    }


def test_a_kind_that_is_named_is_kept_and_limits_come_with_it(folder: Path) -> None:
    stage = (
        "workflow=[{stage: component_optimization, components: [plain, {name: Kept, container_spec: OWN}]}]"
    )
    limits = "containers.resource_limits.memory_mb=300"
    own = stage.replace("OWN", "{type: minimal, timeout_s: null}")
    found = planned(own, "containers.type=isolated", limits, "containers.recycle=9")
    assert found == {
        "plain": ContainerSpec(kind=Kind.ISOLATED, limits=Limits(memory_mb=300.0), recycle=9),
        "Kept": ContainerSpec(kind=Kind.MINIMAL, limits=Limits(memory_mb=300.0, timeout_s=None), recycle=9),
    }
    # limits alone leave the kind to what the component is
    found = planned(stage.replace("OWN", "{trials: 4}"), limits)
    assert found["plain"] == ContainerSpec(kind=Kind.MINIMAL, limits=Limits(memory_mb=300.0))
    assert found["Kept"] == ContainerSpec(kind=Kind.ISOLATED, limits=Limits(memory_mb=300.0), trials=4)


@pytest.mark.parametrize(
    "spec",
    [
        ContainerSpec(),
        ContainerSpec(
            kind=Kind.MINIMAL,
            limits=Limits(memory_mb=0.5, timeout_s=None, network=False, write="scratch"),
            trials=2,
            recycle=3,
        ),
    ],
)
def test_a_container_is_written_and_read(spec: ContainerSpec) -> None:
    assert container_of(json.loads(json.dumps(container_data(spec)))) == spec


SHORT = ("workflow=[{stage: component_optimization, components: [plain, Kept]}]", "containers.trials=3")


def test_a_run_keeps_them(folder: Path) -> None:
    assert run_app(["run", "--out", "run", *(a for one in SHORT for a in ("--set", one))]) == 0
    run, stage = folder / "run", "component_optimization"
    assert read_containers(run) == {
        (stage, "plain", "in_sample"): ContainerSpec(kind=Kind.MINIMAL, trials=3),
        (stage, "Kept", "in_sample"): ContainerSpec(kind=Kind.ISOLATED, trials=3),
    }
    assert all("container" not in study for study in read_kept(run).studies)  # a resumed run compares these
    assert read_provenance(run / "provenance.json")["machine"]["enforced"] == {}
    (run / "reports" / "report.html").unlink()
    assert run_app(["resume", "run"]) == 0


# --- from Python -----------------------------------------------------------------------------------------


def often(bars: Any, n: int = 5) -> Any:
    return np.arange(len(bars)) % n == 0


class Often:
    def __init__(self, n: int = 5) -> None:
        self.n = n

    def signal(self, bars: Any) -> Any:
        return often(bars, self.n)


def container_of_study(component: Any, **options: Any) -> ContainerSpec:
    study = admf.optimize(
        component, "bundled:sp500", space={"n": [5, 6]}, warmup=0, executor="inline", **options
    )
    (one,) = study.launched.prepared.plan.studies
    return one.container


def test_optimize_takes_a_kind_or_a_mapping() -> None:
    assert container_of_study(often) == ContainerSpec(kind=Kind.MINIMAL)
    assert container_of_study(Often) == ContainerSpec(kind=Kind.ISOLATED)
    assert container_of_study(Often, container="minimal") == ContainerSpec(kind=Kind.MINIMAL)
    given = {"memory_mb": np.float64(256.0), "timeout_s": None, "network": False}
    assert container_of_study(often, container=given) == ContainerSpec(
        kind=Kind.MINIMAL, limits=Limits(memory_mb=256.0, timeout_s=None, network=False)
    )


@pytest.mark.parametrize(
    ("container", "says"),
    [
        ("isolatd", "type must be one of minimal, isolated, was 'isolatd'. Did you mean 'isolated'?"),
        ("replay", "type replay is not available in this version. Available: minimal, isolated."),
        ({"memory": 5}, "a key of container_spec must be known, was 'memory'. Did you mean 'memory_mb'?"),
        (5, "container_spec must be a mapping, was 5. Such as {type: isolated, memory_mb: 512}."),
    ],
)
def test_optimize_says_what_is_wrong_with_a_container(container: Any, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        container_of_study(often, container=container)
    assert str(caught.value).partition(": ")[2] == says


ODD = """\
import io
import signal
import sys

sys.stdout = io.StringIO()
signal.signal(signal.SIGTERM, lambda *_: None)


def odd(bars, n=5):
    return bars.close > bars.close[n]
"""


@pytest.mark.parametrize("kind", ["minimal", "isolated"])
def test_a_module_that_changes_the_process_when_it_is_imported_is_scored(tmp_path: Path, kind: str) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    with admf.Pool(workers=1) as pool:
        found = admf.optimize(
            f"{tmp_path / 'odd.py'}:odd",
            "bundled:sp500",
            space={"n": [1, 2]},
            container=kind,
            warmup=0,
            executor=pool,
            allow_lookahead="it compares with the beginning",
        )
    assert list(found.trials["outcome"]) == ["scored", "scored"], list(found.trials["reason"])
