"""Which trial of a mixed run does what: places drawn by a seed, and the config and strategy file made of them."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admf.model.container import Kind
from admf.model.space.forms import parse_space
from admf.model.trial import ComponentSpec
from admf.trials.component import load_component
from admf.trials.probe import parameter_sets
from tests.hostile.act import MEMORY_MB, PATIENCE_S, WAITING
from tests.hostile.leavers import BAIT
from tests.hostile.zoo import GOOD, ZOO

USUAL, WAITERS, SEED = "mixed", "waiting", 11
_AMONG_WAITERS = 30
"""Good trials that may take no longer than acts that wait: few, for a machine may stand still for so long."""
_BESIDE = 8
"""Good trials beside acts that have a container of their own kind."""

_STRATEGY = """\
import json
from pathlib import Path

from tests.hostile.zoo import act_out

PLAN = json.loads((Path(__file__).parent / "plan.json").read_text())
"""
_FUNCTION = """

def {name}(bars, i=0):
    act, n = PLAN["{name}"][i]
    return act_out(act, bars, n)
"""
_CONFIG = """\
name: zoo
seed: {seed}
data: {{source: bundled:sp500, split: {{out_of_sample: 0.8}}}}
components:
{components}
execution: {{workers: {workers}, max_failures: 1.0{start_method}}}
workflow:
  - stage: component_optimization
    components:
{searched}
"""
_COMPONENT = "  {name}: {{use: 'strategy.py:{name}', space: {{i: {{low: 0, high: {last}}}}}, warmup: 0}}"
_SEARCHED = "    - {{name: {name}, method: grid{spec}}}"

Places = Mapping[str, list[tuple[str, int]]]
"""Per component what trial i does: the name of its act, and the n of its rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What is mixed, and how it is run. `kind` None, `start_method` '': as it is without saying."""

    kind: Kind | None = Kind.ISOLATED
    start_method: str = "fork"
    workers: int = 4
    good: int = 500
    acts: tuple[str, ...] = tuple(ZOO)
    seed: int = SEED

    def write(self, folder: Path, *, calm: bool = False) -> Places:
        """Write the run's files; `calm`: the same trials, and all of them good."""
        folder.mkdir()
        groups = self._groups()
        components = [_COMPONENT.format(name=name, last=len(some) - 1) for name, (_, some) in groups.items()]
        searched = [_SEARCHED.format(name=name, spec=self._spec(spec)) for name, (spec, _) in groups.items()]
        config = _CONFIG.format(
            seed=self.seed,
            components="\n".join(components),
            workers=self.workers,
            start_method=f", start_method: {self.start_method}" if self.start_method else "",
            searched="\n".join(searched),
        )
        (folder / "admf.yaml").write_text(config)
        strategy = _STRATEGY + "".join(_FUNCTION.format(name=name) for name in groups)
        (folder / "strategy.py").write_text(strategy)
        (folder / BAIT).write_text("bait")
        (folder / "plan.json").write_text("{}")
        places = {name: self._placed(folder, name, some) for name, (_, some) in groups.items()}
        played = {name: [(GOOD if calm else act, n) for act, n in trials] for name, trials in places.items()}
        (folder / "plan.json").write_text(json.dumps(played))
        return places

    def _groups(self) -> dict[str, tuple[Mapping[str, Any], list[str]]]:
        """Components by what their containers are given, all searched at once: their acts and good trials.

        Those who wait are among some of the good ones: what ends by itself has time, however busy the machine.
        """
        specs: dict[str, Mapping[str, Any]] = {USUAL: {}, WAITERS: WAITING}
        named: defaultdict[str, list[str]] = defaultdict(list)
        waiting = min(_AMONG_WAITERS, self.good // 2)
        named[USUAL] += [GOOD] * (self.good - waiting)
        named[WAITERS] += [GOOD] * waiting
        for name in self.acts:
            if self.kind is not None and self.kind not in ZOO[name].kinds:
                continue
            spec = ZOO[name].spec
            group = next((g for g, known in specs.items() if known == spec), f"own_{len(specs)}")
            if group not in specs:
                specs[group] = spec
                named[group] += [GOOD] * _BESIDE
            named[group].append(name)
        return {group: (specs[group], named[group]) for group in specs}

    def _spec(self, spec: Mapping[str, Any]) -> str:
        if self.kind is None:
            return ""
        whole = {"type": self.kind.value, "memory_mb": MEMORY_MB, "timeout_s": PATIENCE_S, **spec}
        return f", container_spec: {json.dumps(whole)}"

    def _placed(self, folder: Path, name: str, acts: list[str]) -> list[tuple[str, int]]:
        """In an order drawn by the seed; trials that are looked at before the run begins are good ones."""
        order = [(act, n) for n, act in enumerate(acts)]
        random.Random(self.seed).shuffle(order)
        looked_at = self._looked_at(folder, name, len(acts))
        spare = (i for i, (act, _) in enumerate(order) if act == GOOD and i not in looked_at)
        for i in sorted(looked_at):
            if order[i][0] != GOOD:
                other = next(spare)
                order[i], order[other] = order[other], order[i]
        return order

    def _looked_at(self, folder: Path, name: str, size: int) -> set[int]:
        component = load_component(
            ComponentSpec(name=name, use=f"strategy.py:{name}", warmup=0, folder=str(folder))
        )
        space = parse_space({"i": {"low": 0, "high": size - 1}})
        return {int(params.get("i", 0)) for params in parameter_sets(component, space, self.seed)}


def those(names: Iterable[str]) -> tuple[str, ...]:
    """Acts by name; ValueError with all names where one is unknown."""
    chosen = tuple(names)
    if unknown := [name for name in chosen if name not in ZOO]:
        raise ValueError(f"no act is called {unknown[0]}; there are {', '.join(ZOO)}")
    return chosen
