"""From a file or text to a validated config: `load_config`, the one way in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from admf.config import available
from admf.config.components import read_components
from admf.config.config import ComponentConfig, Config
from admf.config.containers import read_containers
from admf.config.data import read_data
from admf.config.document import Document, Mark
from admf.config.execution import read_execution
from admf.config.files import read_file, read_text
from admf.config.keys import TOP
from admf.config.mapping import read_mapping
from admf.config.objective import read_objective, read_select
from admf.config.override import with_overrides, with_value
from admf.config.reading import Reading
from admf.config.resolved import resolved_text
from admf.config.simulation import hashable_options, read_simulation
from admf.config.workflow import read_workflow, report_original
from admf.errors import ConfigError, Problem
from admf.finance.simulation.parse import one_of, refusal, whole
from admf.model.trial import ComponentSpec

_FILE_NAMES = ("admf", "config")
"""Stems that say nothing about a study: the folder's name does."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_BENCHMARKS: Mapping[str, str | None] = {"buy_and_hold": "buy_and_hold", "none": None}


def load_config(
    source: Path | str | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    folder: Path | str | None = None,
    data: str | Mapping[str, str] | None = None,
) -> Config:
    """The config in a file, text or mapping; raises ConfigError with every problem, each with file:line:column.

    Of a mapping the problems name the keys. A str with a line break or ': ' in it, or none at all, is text, any
    other a path. `overrides` are
    'a.b=c' as `--set` takes them. `folder` is what relative paths start from (default: the file's folder,
    else the working folder); `data` replaces data.source. No code of the user's is imported.
    """
    path = None if isinstance(source, Mapping) else _path_of(source)
    base = Path(folder) if folder is not None else path.parent if path is not None else Path()
    if isinstance(source, Mapping):
        document = read_mapping(source)
    else:
        document = read_file(path) if path is not None else read_text(str(source), base)
    if data is not None:
        chosen = Document(data if isinstance(data, str) else dict(data), {(): Mark("", "")})
        document = with_value(document, "data.source", chosen, "--data")
    reading = Reading(with_overrides(document, tuple(overrides)))
    config = _config(reading, path, base)
    if reading.problems:
        raise ConfigError(*sorted(dict.fromkeys(reading.problems), key=_position))
    return replace(config, text=resolved_text(config))


def _position(problem: Problem) -> tuple[str, int, int]:
    """In the order of the file, whatever the order of the checks."""
    found = re.fullmatch(r"(.*):(\d+):(\d+)", problem.where)
    return (found[1], int(found[2]), int(found[3])) if found else (problem.where, 0, 0)


def _path_of(source: Path | str) -> Path | None:
    if isinstance(source, Path):
        return source
    is_text = "\n" in source or ": " in source or not source.strip() or source.lstrip().startswith("{")
    return None if is_text else Path(source)


def _config(reading: Reading, path: Path | None, folder: Path) -> Config:
    """The config, whole only where no problem was noted."""
    later = [key for key in available.LATER_TOP if key != "optimization"]
    reading.section((), TOP, later, beside=("optimization",))
    if reading.get(("optimization",)) is not None:
        report_original(reading)
    if reading.get(("extends",)) is not None:
        reading.problem(("extends",), "extends must be in the config, it cannot be set.")
    data = read_data(reading)
    simulation, costs_given = read_simulation(reading)
    components = read_components(reading, simulation, str(folder.resolve()))
    containers = read_containers(reading)
    stages, components = read_workflow(reading, components, containers.each, str(folder.resolve()))
    if not components and reading.get(("components",)) is None and reading.get(("workflow",)) is None:
        example = f"Such as components: [{available.strategies()[0]}]."
        reading.problem((), "components must be given, there are none.", example)
    return Config(
        name=reading.take(("name",), _name, _default_name(path)),
        seed=reading.take(("seed",), lambda value: whole(value, 0), 0),
        data=data,
        simulation=simulation,
        simulation_options=hashable_options(simulation),
        costs_given=costs_given,
        benchmark=reading.take(("benchmark",), lambda value: one_of(value, _BENCHMARKS), "buy_and_hold"),
        components=components,
        objective=read_objective(reading, str(folder.resolve()), own_metrics=_has_own_code(components)),
        select=read_select(reading),
        stages=stages,
        execution=read_execution(reading, containers.pool_size),
        containers=containers,
        folder=folder,
        path=path,
        places=reading.places,
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refusal("letters, digits, '_', '-' and '.' (it names a folder)", value)
    return value


def _default_name(path: Path | None) -> str:
    if path is None:
        return "config"
    stem = path.resolve().parent.name if path.stem in _FILE_NAMES else path.stem
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-.")[:100] or "config"


def _has_own_code(components: Mapping[str, ComponentConfig]) -> bool:
    return any(_is_own(component.spec) for component in components.values())


def _is_own(spec: ComponentSpec) -> bool:
    return ":" in (spec.use or "") or any(_is_own(part) for part in spec.of or ())
