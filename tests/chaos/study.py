"""The study that is tormented: cheap trials that take two milliseconds each, and how far it has come."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from admf.coordinator.sessions import FINISHED
from admf.errors import RunError
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable, has_trials

GRAPH = "graph"
"""Not a method: three searches, two of them at the same time, and the third fed by one of these."""
METHODS = ("grid", "random", "sobol", GRAPH)
TRIALS = 1_500
_PATIENT = Path(__file__).parents[1] / "components" / "patient.py"
_CONFIG = """\
name: chaos
seed: 3
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  mine: {{use: '{patient}:patient', space: {{fast: {{low: 2, high: 51}}, slow: {{low: 60, high: {slow}}}}}, warmup: 0}}
execution: {{workers: 2}}
workflow:
  - {{stage: component_optimization, components: [{{name: mine, method: {method}, budget: {trials}}}]{spec}}}
"""
_GRAPH = """\
name: chaos
seed: 3
data: {{source: bundled:sp500, split: {{out_of_sample: 0.9}}}}
components:
  mine: {{use: '{patient}:patient', space: {{fast: {{low: 2, high: 51}}, slow: {{low: 60, high: {slow}}}}}, warmup: 0}}
  other: {{use: '{patient}:patient', space: {{fast: {{low: 2, high: 90}}, slow: {{low: 60, high: 190}}}}, warmup: 0}}
execution: {{workers: 2}}
workflow:
  - stage: component_optimization
    name: both
    parallel: true
    components: [{{name: mine, method: grid}}, {{name: other, method: random, budget: {drawn}}}]
    {spec}
  - stage: component_optimization
    name: fine
    components: [{{name: other, method: {{genetic: {{population: 10}}}}, budget: 50}}]
    feed: {{from: both, top: 5}}
    when: both.passed == 2
    {spec}
"""


def write_config(folder: Path, method: str, *, trials: int = TRIALS, container: str = "") -> None:
    """A study of `trials` trials (a multiple of 100, so that the grid has as many); `container`: its kind."""
    if method == GRAPH:
        half = trials // 100 * 50
        spec = f"container_spec: {{type: {container}}}" if container else ""
        config = _GRAPH.format(patient=_PATIENT, slow=59 + half // 50, drawn=trials - half - 50, spec=spec)
        (folder / "admf.yaml").write_text(config)
        return
    config = _CONFIG.format(
        patient=_PATIENT,
        method=method,
        trials=trials,
        slow=59 + trials // 50,
        spec=f", container_spec: {{type: {container}}}" if container else "",
    )
    (folder / "admf.yaml").write_text(config)


def ended(folder: RunFolder) -> int:
    """How many trials of a run have ended; 0 where there is no run yet."""
    with suppress(RunError):
        if has_trials(folder.db):
            with TrialTable.open(folder.db, readonly=True) as table:
                return sum(table.count().values())
    return 0


def is_finished(folder: RunFolder) -> bool:
    """Whether all trials of a run have ended."""
    with suppress(RunError), RunLog.open(folder.db, readonly=True) as log:
        return bool(log.events(kind=FINISHED))
    return False
