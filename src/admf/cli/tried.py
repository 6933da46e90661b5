"""What `admf try` does: from a strategy file and bars to a config, from the config to a run, from the run to words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from admf.cli.checked import check
from admf.cli.speak import say, watching
from admf.cli.try_words import in_own_words
from admf.config.load import load_config
from admf.coordinator.launch import launch
from admf.errors import ComponentError, ConfigError, Problem, nearest
from admf.plan.guess_space import guess_space
from admf.plan.strategy_file import Sketch, sketch_of
from admf.reports.five_lines import five_lines
from admf.store.files import write_text

SECONDS = 25.0
"""What the trials may take without --budget; the checks before and the report after them take as long again."""
_LIMIT_S = 60.0
_LEAST, _MOST = 20, 2_000
_CHECKS = 36
"""Trials' worth of work in the look-ahead check: four sets, each on its 16 cut histories and on the whole one."""
_TOO_MANY_FAILURES = 4
CONFIG = "try.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line; `options` are those of `data:`, `space` changes the guess."""

    strategy: str
    data: str
    options: Mapping[str, Any]
    costs: Mapping[str, float | None]
    space: tuple[str, ...]
    objective: str
    budget: int | None
    workers: int | None
    seed: int
    allow_lookahead: str | None


def try_it(asked: Asked, out: Path | None) -> int:
    """Run it and say what came of it; the exit code. What is wrong is said in words of the command line."""
    with in_own_words():
        return _try_it(asked, out)


def _try_it(asked: Asked, out: Path | None) -> int:
    file, _, name = (
        asked.strategy.partition(":") if not Path(asked.strategy).exists() else (asked.strategy, "", "")
    )
    sketch = sketch_of(Path(file), name or None)
    component = _component(asked, Path(file), sketch)
    raw = _config(asked, sketch, component)
    checked = check(load_config(raw), _LIMIT_S)
    method, budget, why = _search(asked, checked)
    raw["workflow"] = [
        {
            "stage": "component_optimization",
            "components": [{"name": sketch.name, "method": method} | ({"budget": budget} if budget else {})],
        }
    ]
    config = load_config(raw)
    say(why)
    text = _text(raw)
    with watching() as watcher:
        launched = launch(config, out=out, watcher=replace(watcher, estimates=False))
    write_text(launched.folder / CONFIG, text)
    say()
    for line in five_lines(*launched.told) if launched.told is not None else ():
        say(line)
    say()
    say(f"Report: {launched.report.resolve() if launched.report else ''}")
    say(
        f"Config: {(launched.folder / CONFIG).resolve()}, to edit and run: admf run {launched.folder / CONFIG}"
    )
    return _TOO_MANY_FAILURES if launched.too_many_failures else 0


def _component(asked: Asked, file: Path, sketch: Sketch) -> dict[str, Any]:
    """The component's part of the config: where it is, and its space, guessed or as asked."""
    part: dict[str, Any] = {"use": f"{file.resolve()}:{sketch.name}"}
    if asked.allow_lookahead is not None:
        part["allow_lookahead"] = asked.allow_lookahead
    asked_for = dict(map(_asked_space, (part for text in asked.space for part in _NEXT.split(text))))
    _check_asked(asked_for, file, sketch)
    if sketch.own_space and not asked_for:
        say(f"{sketch.name} says itself what is searched.")
        return part
    if not (sketch.defaults or sketch.odd or asked_for):
        say(f"{sketch.name} has no parameters: there is nothing to search, it is run once.")
        return part
    guess = guess_space({n: v for n, v in sketch.defaults.items() if n not in asked_for})
    space = {
        n: asked_for.get(n) or guess.space[n]
        for n in (*sketch.defaults, *asked_for)
        if n in asked_for or n in guess.space
    }
    if not space and sketch.defaults:  # what cannot be guessed is there to be edited
        space = {name: [default] for name, default in sketch.defaults.items()}
    if not space:
        says = f"{sketch.name} must have a parameter to vary; {', '.join(sketch.odd)} holds no plain value."
        hint = "Give it a number as a default, such as window=20."
        raise ComponentError(Problem(where=f"{file}:{sketch.line}", says=says, hint=hint))
    part["space"] = space
    constraints = [c for c in guess_space(sketch.defaults).constraints if set(c.split(" < ")) <= space.keys()]
    part |= {"constraints": constraints} if constraints else {}
    say(f"{sketch.name} is searched over (a guess from its defaults; change it with --space):")
    for line in _text({"space": space, **({"constraints": constraints} if constraints else {})}).splitlines():
        say(f"  {line}")
    for one, reason in guess.fixed.items():
        say(f"  # {one} {reason}")
    for one in sketch.odd:
        say(f"  # {one} keeps its default: it is no plain value")
    return part


def _check_asked(asked_for: Mapping[str, Any], file: Path, sketch: Sketch) -> None:
    """What --space names must be there, and what has no default must be in it."""
    known = (*sketch.defaults, *sketch.required, *sketch.odd)
    wrong = [n for n in asked_for if n not in known and "." not in n and known and not sketch.own_space]
    missing = [] if sketch.own_space else [one for one in sketch.required if one not in asked_for]
    problems = [
        Problem(where="--space", says=f"{sketch.name} takes no parameter '{n}'.", hint=nearest(n, known))
        for n in wrong
    ]
    if missing:
        says = (
            f"{sketch.name} must have a default for {', '.join(missing)}, from which a space can be guessed."
        )
        ranges = ",".join(f"{one}=5:60:5" for one in missing)
        hint = f"Give it one, or say what to search: --space {ranges}"
        problems.append(Problem(where=f"{file}:{sketch.line}", says=says, hint=hint))
    if problems:
        raise ComponentError(*problems)


_NEXT = re.compile(r"\s*,\s*(?=[A-Za-z_][\w.]*\s*=)")
"""Between two parameters of one --space."""


def _asked_space(text: str) -> tuple[str, Any]:
    """'fast=5:60:5' or 'mode=a,b' as a name and a form of the config."""
    name, equals, form = (part.strip() for part in text.partition("="))
    if not (name and equals and form):
        says = f"a part of the space must be name=low:high:step or name=a,b, was '{text}'."
        raise ConfigError(Problem(where="--space", says=says, hint="Such as --space fast=5:60:5"))
    if ":" not in form:
        return name, [_value(one) for one in form.split(",")]
    numbers = [_value(one) for one in form.split(":")]
    if len(numbers) not in (2, 3) or any(isinstance(one, str | bool) for one in numbers):
        says = f"a range must be low:high or low:high:step in numbers, was '{form}'."
        raise ConfigError(Problem(where=f"--space {name}", says=says))
    whole = all(isinstance(one, int) for one in numbers)
    keys = dict(zip(("low", "high", "step"), numbers, strict=False))
    return name, {"type": "int" if whole else "float", **keys}


def _value(text: str) -> Any:
    text = text.strip()
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _config(asked: Asked, sketch: Sketch, component: Mapping[str, Any]) -> dict[str, Any]:
    bundled = asked.data.startswith("bundled:")
    options = {name: value for name, value in asked.options.items() if value is not None}
    raw: dict[str, Any] = {
        "name": f"try-{sketch.name}",
        "seed": asked.seed,
        "data": {"source": asked.data if bundled else str(Path(asked.data).absolute()), **options},
        "components": {sketch.name: dict(component)},
        "objective": {"metric": asked.objective},
    }
    if costs := {name: cost for name, cost in asked.costs.items() if cost is not None}:
        raw["costs"] = costs
    if asked.workers is not None:
        raw["execution"] = {"workers": asked.workers}
    return raw


def _search(asked: Asked, checked: Any) -> tuple[str, int | None, str]:
    """The method, its budget (None: the whole grid), and both in words."""
    study, rehearsal = checked.prepared.plan.studies[0], checked.rehearsals[0]
    size = study.space.count(10**7) if study.space.size is not None else None
    if asked.budget is not None:
        fits, because = asked.budget, "as asked"
    elif rehearsal.trial_s is None:
        fits, because = _LEAST, f"no trial could be timed: {rehearsal.reason or 'none ended'}"
    else:
        workers = checked.estimate.workers
        left = SECONDS - _CHECKS * rehearsal.trial_s  # the run looks for look-ahead once more
        fits = int(min(max(left * workers / max(rehearsal.trial_s, 1e-9), _LEAST), _MOST))
        because = f"a trial takes about {_seconds(rehearsal.trial_s)}"
    if size is not None and size <= fits:
        return (
            "grid",
            None,
            f"All {size:,} sets are tried ({because})." if size > 1 else "There is one set to try.",
        )
    of = f" of {size:,}" if size is not None else ""
    return (
        "sobol",
        fits,
        f"{fits:,}{of} sets are tried, spread evenly over the space by Sobol points ({because}).",
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{seconds * 1e3:.2g} ms"


def _text(raw: Mapping[str, Any]) -> str:
    """YAML of a mapping, lists on one line."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 110
    stream = StringIO()
    yaml.dump(dict(raw), stream)
    return stream.getvalue()
