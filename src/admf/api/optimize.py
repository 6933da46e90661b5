"""`admf.optimize`: search a component's parameters from Python."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from admf.api.component_spec import component_spec
from admf.api.frames import wants_polars
from admf.api.study import Study
from admf.config.config import ComponentConfig, Config
from admf.config.load import load_config
from admf.coordinator.launch import Watcher, launch
from admf.executors.protocol import Executor
from admf.model.trial import ComponentSpec, ObjectiveSpec

_BY_VALUE = "python:"
"""Stands in a config for what was handed over in Python and cannot be written down."""


def optimize(
    component: Any,
    bars: Any,
    *,
    space: Any = None,
    constraints: Sequence[str] = (),
    method: str | Mapping[str, Any] = "grid",
    budget: int | None = None,
    asynchronous: bool = False,
    objective: Any = "sharpe",
    holdout: float | None = 0.3,
    embargo: int = 20,
    seed: int = 0,
    simulation: Mapping[str, Any] | None = None,
    costs: Mapping[str, Any] | None = None,
    warmup: int | str | None = None,
    allow_lookahead: str | None = None,
    timezone: str | None = None,
    timestamp: str = "close",
    bars_per_year: float | None = None,
    executor: str | Executor = "local",
    workers: int | None = None,
    container: str | Mapping[str, Any] | None = None,
    name: str | None = None,
    out: Path | str | None = None,
    watch: Watcher | None = None,
) -> Study:
    """Search the parameters of `component` over `bars`; what a config's keys mean is meant here too.

    `component` is a function of bars, a class, an object, a registered name or 'module:attribute'. `space` is in
    any form that a config takes (None: the component's own), `method` a name or {name: options}; `asynchronous`: it is
    told of trials as they end, and what it proposes depends on how long they take. `objective` is a metric's name, a
    mapping as in a config, a weighted list, a list of metrics (several objectives: `Study.front`), or a function of
    the metrics. `holdout` is the share
    of bars at the end that stays sealed, behind `embargo` bars; None holds nothing back. `executor` is a registered
    name, or an executor that is kept warm between studies: `with admf.Pool(workers=2) as pool: ...`. `container` is
    where trials live, a kind's name ('minimal', 'isolated') or a mapping as a config's `container_spec` (None:
    functions and built-in components in `minimal`, classes and objects in `isolated`). `out` is the run's folder
    (None: one that goes with the Study, and gets its report when that is asked for).

    Raises InputError (ConfigError, DataError, SpaceError, ComponentError, LookaheadError) with every problem at
    once, before any trial runs. What a trial raises ends that trial only.

    >>> import admf
    >>> def trend(bars, window=50):
    ...     return bars.close > admf.ta.sma(bars.close, window)
    >>> study = admf.optimize(trend, "bundled:sp500", space={"window": [50, 100, 200]})
    >>> len(study.trials)
    3
    """
    spec = component_spec(component, warmup=warmup)
    called = name or spec.name
    raw = {
        "name": called,
        "seed": seed,
        "data": {
            "source": bars if isinstance(bars, str) else f"{type(bars).__module__}.{type(bars).__name__}",
            "split": {"out_of_sample": holdout, "embargo": embargo} if holdout else {"out_of_sample": 0},
            "timezone": timezone,
            "timestamp": timestamp,
            "bars_per_year": bars_per_year,
        },
        "simulation": dict(simulation or {}),
        **({"costs": dict(costs)} if costs is not None else {}),
        "components": {spec.name: {"use": spec.use or f"{_BY_VALUE}{spec.name}"}},
        "objective": _BY_VALUE + "objective" if callable(objective) else objective,
        "workflow": [
            {
                "stage": "component_optimization",
                "components": [{"name": spec.name, "method": method, "budget": budget}],
                "asynchronous": asynchronous,
                "container_spec": {"type": container} if isinstance(container, str) else container,
            }
        ],
        "execution": {
            "executor": executor if isinstance(executor, str) else "local",
            "workers": workers or "auto",
        },
    }
    config = load_config(raw)
    config = _with_objects(config, spec, space, tuple(constraints), allow_lookahead, objective)
    kept = None if isinstance(executor, str) else executor

    def run(folder: Path) -> Study:
        launched = launch(
            config, source=bars, out=folder, watcher=watch, executor=kept, report=out is not None
        )
        return Study(launched=launched, polars=wants_polars(bars))

    if out is not None:
        return run(Path(out))
    passing = tempfile.mkdtemp(prefix="admf-")
    try:
        study = run(Path(passing) / called)
    except BaseException:
        shutil.rmtree(passing, ignore_errors=True)
        raise
    weakref.finalize(study, shutil.rmtree, passing, ignore_errors=True)
    return study


def _with_objects(
    config: Config,
    spec: ComponentSpec,
    space: Any,
    constraints: tuple[str, ...],
    allow_lookahead: str | None,
    objective: Any,
) -> Config:
    """The config with what only Python can hold in place of its stand-ins."""
    part = ComponentConfig(
        spec=spec, raw_space=space, constraints=constraints, allow_lookahead=allow_lookahead
    )
    sought = config.objective
    if callable(objective):
        sought = ObjectiveSpec(metric=None, custom=component_spec(objective), maximize=sought.maximize)
    # No file is behind the config's text: places stay names, such as 'components.trend.space.fast'.
    return replace(config, components={spec.name: part}, objective=sought, places=None)
