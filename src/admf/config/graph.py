"""How the stages of a `workflow:` hang together: `needs`, `feed` and `when`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admf.config.config import Condition, Feed, StageComponent, StageConfig
from admf.config.document import Path
from admf.config.method import read_method
from admf.config.reading import Reading
from admf.config.workflow_keys import FEED, WHEN
from admf.errors import ConfigError, Problem, SpaceError, nearest
from admf.finance.simulation.parse import refusal, truth, whole
from admf.model.space import Expression, parse
from admf.model.space.value import shown

BEFOREHAND = ("grid_size", "budget")
"""What a condition may name that is known before the run."""
OF_RESULTS = ("passed", "trials", "failed", "best")
"""What it may name of earlier stages; also after a stage's name, and after its component's."""
KNOWN = (*BEFOREHAND, *OF_RESULTS)


@dataclass(frozen=True, slots=True)
class Links:
    """What a stage says of others."""

    needs: tuple[str, ...]
    feed: Feed | None
    when: tuple[Condition, ...]


def read_links(reading: Reading, path: Path, earlier: Sequence[StageConfig], every: StageComponent) -> Links:
    """The links of the stage at `path` to `earlier` ones; without `needs` it follows the last of them."""
    before = tuple(stage.name for stage in earlier)
    needs = read_names(reading, (*path, "needs"), before, "an earlier stage")
    if needs is None:
        needs = before[-1:]
    known = _names(earlier, needs)
    return Links(
        needs=needs,
        feed=_feed(reading, (*path, "feed"), tuple(_all_needed(earlier, needs)), needs),
        when=_when(reading, (*path, "when"), known, every),
    )


def read_names(reading: Reading, path: Path, known: Sequence[str], what: str) -> tuple[str, ...] | None:
    """A name or a list of them, each one of `known`; None where nothing is said."""
    raw = reading.get(path)
    if raw is None:
        return None
    if not isinstance(raw, str | list):
        reading.problem(path, f"{path[-1]} must be a name or a list of names, was {shown(raw)}.")
        return ()
    found = []
    for i, one in enumerate([raw] if isinstance(raw, str) else raw):
        place = path if isinstance(raw, str) else (*path, i)
        if one in known and isinstance(one, str):
            found.append(one)
            continue
        hint = nearest(str(one), known) if known else "There is none: leave it out."
        reading.problem(place, f"{path[-1]} must name {what}, was {shown(one)}.", hint)
    return tuple(dict.fromkeys(found))


def _all_needed(earlier: Sequence[StageConfig], needs: Sequence[str]) -> list[str]:
    """The needed stages, and those that these need."""
    by_name = {stage.name: stage for stage in earlier}
    found, waiting = [], list(needs)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += by_name[name].needs
    return found


def _names(earlier: Sequence[StageConfig], needs: Sequence[str]) -> tuple[str, ...]:
    """All that a condition may name."""
    stages = [stage for stage in earlier if stage.name in _all_needed(earlier, needs)]
    components = [f"{stage.name}.{one.name}" for stage in stages for one in stage.components]
    dotted = [f"{of}.{what}" for of in [*(s.name for s in stages), *components] for what in OF_RESULTS]
    return (*KNOWN, *dotted)


def _feed(reading: Reading, path: Path, needed: tuple[str, ...], needs: tuple[str, ...]) -> Feed | None:
    raw = reading.get(path)
    if raw is None or raw is False:
        return None
    if raw is True:
        if not needs:
            reading.problem(path, "feed must name a stage, this one needs none.", "Such as needs: [coarse].")
        return Feed(stages=needs)
    what = "a stage that this one needs"
    if not isinstance(raw, Mapping):
        return Feed(stages=read_names(reading, path, needed, what) or ())
    given = reading.section(path, FEED, example="{from: coarse, top: 10}")
    if "from" not in given:
        reading.problem(path, "feed must say from which stage.", "Such as {from: coarse, top: 10}.")
    stages = read_names(reading, (*path, "from"), needed, what) or ()
    return Feed(stages=stages, top=reading.take((*path, "top"), lambda value: whole(value, 1), 10))


def _when(
    reading: Reading, path: Path, known: tuple[str, ...], every: StageComponent
) -> tuple[Condition, ...]:
    raw = reading.get(path)
    if raw is None:
        return ()
    check = _expression(known)
    if not isinstance(raw, list):
        found = [_condition(reading, path, check, every)]
    else:
        found = [_condition(reading, (*path, i), check, every) for i in range(len(raw))]
    return tuple(one for one in found if one is not None)


def _condition(
    reading: Reading, path: Path, check: Callable[[object], str], every: StageComponent
) -> Condition | None:
    """A text: what must hold, else the stage is skipped. {if: ..., method: ...}: another method where it holds."""
    raw = reading.get(path)
    if not isinstance(raw, Mapping):
        text = reading.take(path, check, None)
        return None if text is None else Condition(text=text)
    given = reading.section(path, WHEN, example="{if: 'grid_size > 5000', method: genetic}")
    text = reading.take((*path, "if"), check, None)
    skips = reading.take((*path, "skip"), truth, False)
    if "if" not in given or skips == ("method" in given):
        says = f"an entry of when must have if, and either method or skip: true, was {shown(raw)}."
        reading.problem(path, says, "Such as {if: 'grid_size > 5000', method: genetic}.")
        return None
    if text is None:
        return None
    if skips:
        return Condition(text=text, skips=True)
    method, options = read_method(reading, (*path, "method"), every)
    return Condition(text=text, method=method, options=options)


def _expression(known: tuple[str, ...]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str):
            raise refusal("a condition such as 'passed >= 2'", value)
        try:
            found: Expression = parse(value)
        except SpaceError as error:
            raise ConfigError(*error.problems) from None
        unknown = [name for name in found.names if name not in known]
        if unknown:
            says = f"a condition must name what is known when its stage begins, was '{unknown[0]}'."
            raise ConfigError(Problem(says=says, hint=nearest(unknown[0], known)))
        if not found.names:
            raise refusal(f"a condition over {', '.join(KNOWN)}", value)
        return str(found)

    return check


def written_links(stage: StageConfig) -> dict[str, Any]:
    """The same as `read_links` reads it."""
    written: dict[str, Any] = {"needs": list(stage.needs)}
    if stage.feed is not None:
        written["feed"] = {"from": list(stage.feed.stages), "top": stage.feed.top}
    if stage.when:
        written["when"] = [_written_condition(one) for one in stage.when]
    return written


def _written_condition(one: Condition) -> Any:
    if one.skips:
        return {"if": one.text, "skip": True}
    return one.text if one.method is None else {"if": one.text, "method": {one.method: dict(one.options)}}
