"""`method:` in a config: a name, or a name with options; each wrong one at its own place."""

from __future__ import annotations

import pytest

from admf.config.load import load_config
from admf.config.resolved import resolved_text
from tests.config_lines import MA, lines

FORMS = {
    "genetic": ("genetic", {}),
    "{genetic: }": ("genetic", {}),
    "{genetic: {population: 40, elite: null, mutation: 0.2}}": (
        "genetic",
        {"population": 40, "elite": None, "mutation": 0.2},
    ),
    "'optuna:TPESampler'": ("optuna:TPESampler", {}),
    "{'optuna:TPESampler': {n_startup_trials: 5, generation: 4}}": (
        "optuna:TPESampler",
        {"n_startup_trials": 5, "generation": 4},
    ),
    "{adaptive: {trial_seconds: 2}}": ("adaptive", {"trial_seconds": 2}),
}


@pytest.mark.parametrize("text", FORMS)
def test_a_method_with_or_without_options(text: str) -> None:
    config = load_config(f"{MA}workflow: [{{stage: component_optimization, method: {text}}}]\n")
    again = load_config(resolved_text(config))
    for one in (config, again):
        (part,) = one.stages[0].components
        assert (part.method, dict(part.options)) == FORMS[text]


def test_a_component_has_its_own_method_and_never_the_options_of_another() -> None:
    config = load_config(
        "data: {source: bundled:sp500}\ncomponents: [ma_crossover, rsi]\n"
        "workflow: [{stage: component_optimization, method: {genetic: {population: 9}},"
        " components: [ma_crossover, {name: rsi, method: bayesian}]}]\n"
    )
    first, second = config.stages[0].components
    assert (first.method, dict(first.options)) == ("genetic", {"population": 9})
    assert (second.method, dict(second.options)) == ("bayesian", {})


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("genetical", "config:4:52: method must be known, was 'genetical'. Did you mean 'genetic'?"),
        ("[genetic]", "config:4:52: method must be one of grid, random,"),
        ("{genetic: {}, random: {}}", "config:4:52: method must be one of grid, random,"),
        ("{genetic: 40}", "config:4:62: the options of genetic must be a mapping, were 40. Such as"),
        (
            "{genetic: {populaton: 40}}",
            "config:4:63: an option of genetic must be known, was 'populaton'. Did you mean 'population'?",
        ),
        (
            "{genetic: {population: 1}}",
            "population must be a whole number of at least 2 and at most 10,000, was 1.",
        ),
        ("{genetic: {population: many}}", "population must be a whole number of at least 2 and"),
        ("{genetic: {crossover: 1.5}}", "crossover must be a number of at least 0 and at most 1, was 1.5."),
        (
            "{genetic: {mutation: true}}",
            "mutation must be a number of at least 0 and at most 1 or null, was True.",
        ),
        ("{cmaes: {sigma: 0}}", "sigma must be a number above 0 and at most 1, was 0."),
        ("{bayesian: {model: forest}}", "model must be one of tpe, gp, was 'forest'."),
        ("{grid: {step: 2}}", "config:4:60: grid has no options, was given 'step'."),
        (
            "'optuna:TPESample'",
            "config:4:52: a sampler of Optuna must be one that can be used here, was 'TPESample'.",
        ),
        ("'optuna:GridSampler'", "was 'GridSampler', and use the method grid."),
        ("'optuna:<Sampler>'", "config:4:52: method must be known, was 'optuna:<Sampler>'."),
        ("'other:TPESampler'", "config:4:52: method must be known, was 'other:TPESampler'."),
        (
            "{'optuna:TPESampler': {n_startup_trial: 1}}",
            "an option of optuna:TPESampler must be known, was 'n_startup_trial'. Did you mean 'n_startup_trials'?",
        ),
        ("{'optuna:TPESampler': {generation: 0}}", "generation must be a whole number of at least 1 and"),
        ("{'optuna:NSGAIISampler': {population_size: 1}}", "Optuna does not make a NSGAIISampler of this: "),
    ],
)
def test_what_is_wrong_with_a_method_is_said_at_its_place(method: str, expected: str) -> None:
    (line,) = lines(f"{MA}workflow: [{{stage: component_optimization, method: {method}}}]\n")
    assert expected in line
    assert line.startswith("config:4:")


def test_every_wrong_option_is_said_at_once() -> None:
    method = "{genetic: {populaton: 40, elite: -1, tournament: 0.5}}"
    found = lines(f"{MA}workflow: [{{stage: component_optimization, method: {method}}}]\n")
    assert [line.split(": ")[0] for line in found] == ["config:4:63", "config:4:78", "config:4:89"]
