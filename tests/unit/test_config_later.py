"""What the design has and this version has not is said, line by line, and never ignored."""

from __future__ import annotations

import pytest

from admf import registry
from tests.config_lines import HEAD, MA, lines

METHODS = ", ".join(registry.names("search_methods"))
STAGE = "Available: component_optimization, joint_optimization."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phases: {}\n", "config:4:1: 'phases' is not available in this version. Available: name,"),
        ("execution: {executor: ray}\n", "config:4:23: executor ray is not available in this version."),
        (
            "containers: {type: replay}\n",
            "config:4:20: type replay is not available in this version. Available: minimal, isolated.",
        ),
        (
            "workflow: [{stage: component_optimization, container_spec: {type: replay}}]\n",
            "config:4:67: type replay is not available in this version. Available: minimal, isolated.",
        ),
        (
            "workflow: [{stage: walk_forward}]\n",
            f"config:4:20: the stage walk_forward is not available in this version. {STAGE}",
        ),
        *(
            (
                f"workflow: [{{stage: component_optimization, {key}: 1}}]\n",
                f"config:4:44: '{key}' is not available in this version. Available: stage, name, needs,",
            )
            for key in ("regime_isolation", "min_samples_per_regime", "use_signal_replay")
        ),
        *(
            (
                f"workflow: [{{stage: component_optimization, method: {method}}}]\n",
                f"config:4:52: method {method} is not available in this version. Available: {METHODS}.",
            )
            for method in ("distributed",)
        ),
    ],
)
def test_what_comes_later_is_said_and_never_ignored(text: str, expected: str) -> None:
    (line,) = lines(MA + text)
    assert line.startswith(expected)
    assert "Available: " in line
    assert "must be known" not in line


ORIGINAL = """\
optimization:
  coordinator: "ThreePhaseOptimizationCoordinator"
  containers:
    type: "isolated"
    pool_size: 10
  phases:
    data_mining:
      stop_after: true
  workflow:
    - stage: "component_optimization"
      parallel: true
      components:
        - name: "ma_crossover"
          method: "grid"
          container_spec:
            type: "minimal"
        - name: "rsi"
          method: "bayesian"
    - stage: "regime_optimization"
      method: "distributed"
      regime_isolation: true
    - stage: "weight_optimization"
      method: "genetic"
"""


def test_the_original_block_is_refused_part_by_part() -> None:
    not_here = "is not available in this version."
    assert lines(HEAD + "components: [ma_crossover]\n" + ORIGINAL) == [
        f"config:3:1: the block 'optimization' {not_here} Available: containers:, and a list of"
        " component_optimization and joint_optimization stages under workflow:, both at the top of the config.",
        f"config:4:3: 'coordinator' {not_here} Available: containers, workflow.",
        f"config:8:3: 'phases' {not_here} Available: containers, workflow.",
        f"config:21:14: the stage regime_optimization {not_here} {STAGE}",
        f"config:24:14: the stage weight_optimization {not_here} {STAGE}",
    ]
