"""The graph of stages: what follows what, what is fed, what conditions decide; without a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from admf.config.config import Condition, Config, Stop
from admf.config.load import load_config
from admf.coordinator.begin import begun
from admf.errors import ConfigError
from admf.model.space import parse_space
from admf.model.trial import Params
from admf.model.window import Window
from admf.plan.joint import joined_space
from admf.plan.lay_out import lay_out
from admf.plan.opening import Opening, Standing, opening
from admf.plan.plan import Plan, StudyPlan
from admf.plan.stopping import Course, reached, told
from admf.trials.probe import Probe
from tests.config_lines import HEAD, lines

COMPONENTS = "components: [ma_crossover, rsi, breakout]\n"
SPACES = {
    "ma_crossover": {"fast": [5, 10], "slow": [20, 40]},
    "rsi": {"window": [4, 6, 8], "lower": [20, 30], "upper": [70]},
    "breakout": {"entry": [20, 40, 60], "exit": [10]},
}


def probe_of(name: str, config: Config) -> Probe:
    parts = config.components[name].parts
    space = (
        joined_space(name, {part: parse_space(SPACES[part]) for part in parts})
        if parts
        else parse_space(SPACES[name])
    )
    return Probe(
        space=space, warmup=60, warmup_from="declared", source="", objective="sharpe", maximize=True,
        plain=True, built_in=True, lookahead=None, lookahead_checked=True, where="",
    )  # fmt: skip


def plan_of(workflow: str, bars: int = 1000) -> Plan:
    config = load_config(HEAD + COMPONENTS + "workflow:\n" + workflow)
    probes = {name: probe_of(name, config) for name in config.components}
    return lay_out(config, probes, "", Window(name="in_sample", start=0, stop=bars))


def after(plan: Plan) -> dict[str, set[str]]:
    """What each study waits for, by their names."""
    names = [f"{study.stage}.{study.component}" for study in plan.studies]
    return {name: {names[n] for n in study.after} for name, study in zip(names, plan.studies, strict=True)}


def test_without_a_word_stages_and_components_follow_one_another() -> None:
    plan = plan_of(
        "  - {stage: component_optimization, name: a}\n"
        "  - {stage: component_optimization, name: b, components: [rsi]}\n"
    )
    assert after(plan) == {
        "a.ma_crossover": set(),
        "a.rsi": {"a.ma_crossover"},
        "a.breakout": {"a.rsi"},
        "b.rsi": {"a.ma_crossover", "a.rsi", "a.breakout"},
    }


def test_parallel_components_wait_for_nobody_but_those_they_need() -> None:
    plan = plan_of(
        "  - stage: component_optimization\n    name: a\n    parallel: true\n"
        "    components: [ma_crossover, {name: rsi, needs: ma_crossover}, breakout]\n"
        "  - {stage: component_optimization, name: b, needs: [], components: [rsi]}\n"
        "  - {stage: joint_optimization, name: c, needs: [a, b], components: [rsi, breakout]}\n"
    )
    assert after(plan) == {
        "a.ma_crossover": set(),
        "a.rsi": {"a.ma_crossover"},
        "a.breakout": set(),
        "b.rsi": set(),
        "c.c": {"a.ma_crossover", "a.rsi", "a.breakout", "b.rsi"},
    }
    assert plan.studies[-1].space.names == (
        "rsi.window",
        "rsi.lower",
        "rsi.upper",
        "breakout.entry",
        "breakout.exit",
    )


class Known:
    """What is known of earlier studies."""

    def __init__(self, tops: dict[str, list[Params]], standing: Standing | None = None) -> None:
        self.tops = tops
        self.found = standing or Standing(passed=1, trials=1, failed=0, best=1.0)

    def standing(self, _: Sequence[StudyPlan], /) -> Standing:
        return self.found

    def top(self, study: StudyPlan, n: int, /) -> Sequence[Params]:
        return self.tops.get(f"{study.stage}.{study.component}", [])[:n]


def test_a_search_is_fed_the_best_sets_of_each_stage_in_turn_and_none_twice() -> None:
    plan = plan_of(
        "  - {stage: component_optimization, name: a, components: [breakout]}\n"
        "  - {stage: component_optimization, name: b, components: [breakout]}\n"
        "  - {stage: component_optimization, name: c, components: [breakout], feed: {from: [a, b], top: 3}}\n"
    )
    one, two, three = ({"entry": n, "exit": 10} for n in (20, 40, 60))
    known = Known({"a.breakout": [one, two], "b.breakout": [two, three]})
    searching = begun(plan, plan.studies[2], known).searching
    assert searching is not None
    assert list(searching.first) == [two, one, three]


def test_a_joint_search_is_fed_combinations_the_best_ranks_first() -> None:
    plan = plan_of(
        "  - {stage: component_optimization, name: a, components: [rsi, breakout]}\n"
        "  - {stage: joint_optimization, name: j, components: [rsi, breakout], feed: {from: a, top: 4}}\n"
    )
    windows, entries = [4, 6, 8], [60, 20]
    known = Known(
        {
            "a.rsi": [{"window": w, "lower": 20, "upper": 70} for w in windows],
            "a.breakout": [{"entry": e, "exit": 10} for e in entries],
        }
    )
    searching = begun(plan, plan.studies[2], known).searching
    assert searching is not None
    found = [(one["rsi.window"], one["breakout.entry"]) for one in searching.first]
    assert found == [(4, 60), (4, 20), (6, 60), (6, 20)]
    nothing = begun(plan, plan.studies[2], Known({"a.rsi": [{"window": 4}]}))
    assert nothing.searching is not None
    assert nothing.searching.first == ()
    assert nothing.why == ("earlier stages found nothing to begin with",)


def test_successive_halving_is_a_study_for_each_window_and_fed_by_the_one_before() -> None:
    plan = plan_of(
        "  - stage: component_optimization\n    name: h\n    budget: 6\n"
        "    components: [{name: rsi, method: {successive_halving: {eta: 2, rungs: 3}}}]\n"
        "objective: {metric: sharpe, constraints: ['n_trades >= 5']}\n"
    )
    rungs = plan.studies
    assert [one.window for one in rungs] == ["in_sample-1of4", "in_sample-1of2", "in_sample"]
    assert [one.trials for one in rungs] == [6, 3, 1]
    assert [one.spec.stop for one in rungs] == [60 + 940 // 4, 60 + 940 // 2, 1000]
    assert [bool(one.spec.objective.constraints) for one in rungs] == [False, False, True]
    assert [one.after for one in rungs] == [(), (0,), (1,)]
    assert [one.number for one in rungs] == [0, 1, 2]
    for before, one in pairwise(rungs):
        assert one.feed is not None
        assert one.feed.alone
        assert one.feed.parts == {"": (before.number,)}
    assert plan.whole == rungs[2:]


def test_halving_needs_a_window_that_can_be_scored() -> None:
    with pytest.raises(ConfigError, match="the shortest window of successive_halving must have 20 bars"):
        plan_of(
            "  - {stage: component_optimization, components: [rsi], method: successive_halving}\n", bars=200
        )


STANDING = Standing(passed=2, trials=10, failed=1, best=0.5)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ((Condition(text="passed >= 2"),), ("grid", False, 0)),
        ((Condition(text="passed >= 3"),), ("grid", True, 1)),
        ((Condition(text="not (failed > 0)"),), ("grid", True, 1)),
        ((Condition(text="failed > 0", skips=True),), ("grid", True, 1)),
        ((Condition(text="failed > 1", skips=True),), ("grid", False, 0)),
        ((Condition(text="grid_size > 3", method="genetic"),), ("genetic", False, 1)),
        ((Condition(text="grid_size > 4", method="genetic"),), ("grid", False, 0)),
        ((Condition(text="grid_size > budget", method="genetic"),), ("genetic", False, 1)),
        ((Condition(text="a.best > 0.4", method="random"), Condition(text="grid_size > 1", method="cmaes")),
         ("random", False, 1)),
        ((Condition(text="grid_size > 1", method="cmaes"), Condition(text="a.rsi.trials < 5")),
         ("cmaes", True, 1)),
    ],
)  # fmt: skip
def test_conditions_choose_a_method_or_skip(
    when: tuple[Condition, ...], expected: tuple[str, bool, int]
) -> None:
    plan = plan_of(
        "  - {stage: component_optimization, name: a, components: [rsi]}\n"
        "  - stage: component_optimization\n    components: [{name: ma_crossover, method: random, budget: 3}]\n"
        "    when: 'a.best > 1'\n"
    )
    study = replace(plan.studies[1], when=when, method="grid")
    found: Opening = opening(study, lambda _: STANDING)
    assert (found.method, found.skipped, len(found.why)) == expected


def test_what_is_not_known_does_not_hold() -> None:
    plan = plan_of(
        "  - {stage: component_optimization, name: a, components: [rsi]}\n"
        "  - {stage: component_optimization, components: [rsi], when: 'best > 0'}\n"
    )
    found = opening(plan.studies[1], lambda _: Standing(passed=0, trials=5, failed=5, best=None))
    assert found.skipped
    assert "nothing of it is known" in found.why[0]
    other = replace(plan.studies[1], when=(Condition(text="best > 0", skips=True),))
    assert not opening(other, lambda _: Standing(passed=0, trials=5, failed=5, best=None)).skipped


def test_conditions_that_are_known_before_decide_which_methods_must_fit() -> None:
    text = "  - {{stage: component_optimization, components: [rsi], budget: 3, when: [{{if: '{}', method: random}}]}}\n"
    assert plan_of(text.format("grid_size > 3")).trials == 3
    with pytest.raises(ConfigError, match="a grid must fit into the budget"):
        plan_of(text.format("grid_size > 300"))


@pytest.mark.parametrize(
    ("generations", "stop", "ends"),
    [
        ([[1.0, 2.0], [1.5], [2.0]], Stop(no_progress=2), [False, False, True]),
        ([[1.0], [np.nan], [1.5]], Stop(no_progress=1), [False, True, False]),
        ([[1.0], [3.0]], Stop(target=3.0), [False, True]),
        ([[0.0, 10.0], [9.95, 10.0, 0.0], [1.0]], Stop(plateau=0.01), [False, True, False]),
        ([[np.nan], [np.nan]], Stop(plateau=0.5, target=0.0), [False, False]),
    ],
)
def test_what_ends_a_search(generations: list[list[float]], stop: Stop, ends: list[bool]) -> None:
    course, found = Course(), []
    for values in generations:
        course = told(course, np.array(values))
        found.append(reached(stop, course, maximize=True, seconds=0.0) is not None)
    assert found == ends


def test_a_target_of_what_is_minimised_lies_below() -> None:
    course = told(Course(), -np.array([0.3, 0.2]))
    assert reached(Stop(target=0.2), course, maximize=False, seconds=0.0) == (
        "target",
        "its target was reached: 0.2",
    )
    assert reached(Stop(target=0.1), course, maximize=False, seconds=0.0) is None
    assert reached(Stop(time_s=5.0), course, maximize=False, seconds=5.0) == ("time", "its time was up (5 s)")


STAGES = (
    HEAD + COMPONENTS + "workflow:\n  - {stage: component_optimization, name: a, components: [rsi]}\n"
    "  - {stage: component_optimization, name: b, needs: [], components: [rsi]}\n"
)


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("{stage: component_optimization, needs: [c]}", "needs must name an earlier stage, was 'c'."),
        ("{stage: component_optimization, needs: 3}", "needs must be a name or a list of names, was 3."),
        ("{stage: component_optimization, feed: a}", "feed must name a stage that this one needs, was 'a'."),
        ("{stage: component_optimization, needs: [], feed: true}", "feed must name a stage, this one needs none."),
        ("{stage: component_optimization, feed: {top: 3}}", "feed must say from which stage."),
        ("{stage: component_optimization, feed: {from: b, top: 0}}", "top must be a whole number of at least 1"),
        ("{stage: component_optimization, when: 'passd > 1'}", "was 'passd'. Did you mean 'passed'?"),
        ("{stage: component_optimization, when: 'a.best > 1'}", "was 'a.best'."),
        ("{stage: component_optimization, when: '1 > 0'}", "when must be a condition over grid_size"),
        ("{stage: component_optimization, when: [{if: 'best > 1'}]}", "must have if, and either method or skip"),
        ("{stage: component_optimization, when: [{if: 'best > 1', method: nope}]}", "method must be known"),
        ("{stage: component_optimization, components: [{name: rsi, needs: breakout}]}",
         "needs must name a component before it in the stage, was 'breakout'."),
        ("{stage: component_optimization, combine: vote}", "a key of workflow[2] must be known, was 'combine'."),
        ("{stage: joint_optimization, components: [rsi]}", "must join at least two components, was ['rsi']."),
        ("{stage: joint_optimization, name: rsi}", "a joint optimization must have a name of its own"),
        ("{stage: joint_optimization, components: [rsi, nope]}", "components must name a component of the config"),
        ("{stage: joint_optimization, combine: sum}", "combine must be one of weighted_mean, vote, and, or"),
        ("{stage: component_optimization, budget: {trials: 0}}", "trials must be a whole number of at least 1"),
        ("{stage: component_optimization, budget: {time: 10}}", "time must be a time with its unit"),
        ("{stage: component_optimization, budget: {time: 0s}}", "time must be a time with its unit"),
        ("{stage: component_optimization, budget: {plateau: 1}}", "plateau must be a fraction above 0 and below 1"),
        ("{stage: component_optimization, budget: {target: much}}", "target must be a number"),
        ("{stage: component_optimization, budget: {tim: 3s}}", "Did you mean 'time'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(stage: str, says: str) -> None:
    found = lines(STAGES + f"  - {stage}\n")
    assert any(line.startswith("config:") and says in line for line in found), found


def test_the_resolved_config_is_the_same_graph() -> None:
    text = STAGES + (
        "  - {stage: joint_optimization, name: j, needs: [a], combine: vote, components: [rsi, breakout],\n"
        "     constraints: ['rsi.window > breakout.exit'], feed: {from: a, top: 3},\n"
        "     budget: {trials: 9, time: 1.5min, target: 2}}\n"
        "  - {stage: component_optimization, name: p, parallel: true, when: ['passed >= 1',\n"
        "     {if: 'j.best > 2', skip: true}, {if: 'grid_size > 9', method: {genetic: {population: 8}}}],\n"
        "     components: [rsi, {name: breakout, needs: rsi}]}\n"
    )
    config = load_config(text)
    again = load_config(config.text)
    assert again.stages == config.stages
    assert again.components == config.components
    assert again.text == config.text
