"""The page of search methods, made of the code: search-methods.md."""

from __future__ import annotations

from typing import Any

from admf import registry
from admf.search.options import Rule, rules_of
from tests.pages.written import cell

_HEAD = """\
# Search methods

This page is made of the code (`python -m tests.pages.reference_pages` writes it).

```yaml
# methods.yaml
data: {source: bundled:sp500}
costs: {commission: 0.0005, slippage: 0.0002}
components:
  ma_crossover:
    space: {fast: {low: 5, high: 60}, slow: {low: 20, high: 240}}
    constraints: ["fast < slow"]
  rsi: {}
workflow:
  - stage: component_optimization
    components:
      - {name: ma_crossover, method: {genetic: {population: 40}}, budget: 200}
      - {name: rsi, method: bayesian, budget: 100}
```

A method is a name, or a name with its options. In Python: `admf.optimize(..., method={"genetic": {"population": 40}})`.

| method | use it for | without a budget |
|---|---|---|
"""

_USES = {
    "grid": ("spaces that can be searched whole", "all sets"),
    "random": ("an even sample; what every other method must beat", "all sets, up to 10,000"),
    "sobol": ("a sample that covers the space more evenly", "all sets, up to 10,000"),
    "genetic": ("large spaces of any kind and cheap trials", "1,000"),
    "bayesian": ("costly trials, up to some hundred of them; any kind of space", "200"),
    "cmaes": ("numbers that go together, from about 50 trials per parameter on", "1,000"),
    "nsga2": ("two or three objectives", "1,000"),
    "nsga3": ("three objectives and more", "1,000"),
    "adaptive": ("not having to choose: it says what it chose and why", "1,000"),
    "successive_halving": ("costly trials on long histories: short windows first, the best go on", "81"),
    "differential_evolution": (
        "continuous spaces and cheap trials; needs `pip install 'admf[evolution]'`",
        "1,000",
    ),
    "swarm": ("continuous spaces and cheap trials; needs `pip install 'admf[evolution]'`", "1,000"),
    "optuna:<Sampler>": ("any other sampler of Optuna, by its name", "200"),
}

_ALL = """
## What holds for all of them

- **Each set once.** A set that a method comes to a second time is not proposed: the method answers itself from what it was
  told, learns from it, and counts it (`repeated`). `genetic`, `bayesian`, `nsga2`, `nsga3` and Optuna's samplers first look
  for a new set beside it, a step or two along one parameter (`beside`). Where three rounds bring nothing new, sets that were
  not tried yet are drawn (`drawn`), so that a small space is searched whole.
- **Constraints.** `grid`, `random` and `sobol` leave out what is not allowed. With the others a point that breaks a constraint
  is moved toward the nearest of 256 allowed ones until it holds (`repaired`). `cmaes`, `differential_evolution` and `swarm`
  rank the point they drew by the value of the set that was tried.
- **Conditions.** A parameter that does not exist in a set counts in its coordinates and is not looked at; two sets that differ
  only there are one.
- **Constraints on results** (`objective: {constraints: [...]}`) are told as constraints: what holds them all ranks before what
  does not, and among the latter the less they are broken the better, whatever the values (Deb, 2000). So a search whose first
  trials are all infeasible moves toward where they are not. `nsga2` and `nsga3` make fronts of it, pymoo's methods and, from
  Optuna 5 on, `TPESampler` (`bayesian`), `NSGAIISampler` and `NSGAIIISampler` are told of the violation itself. `cmaes`, a
  Gaussian process and Optuna's other samplers see a value below all that hold, the lower the more is broken.
- **Trials without a value** that failed, were killed, or whose objective is undefined, rank below all others.
- **Given sets first.** A stage can feed sets into a search: they are tried first, count for the budget, and the method is told of
  them as of its own. In Python: `admf.search.fed.fed(make, sets)`; `admf.search.listed.listed(sets)` is a search of these alone.
- **Generations.** A method proposes a generation, is told all of it in the order proposed, and only then proposes the next: the
  table is the same for any number of workers, and a run that is resumed asks again and gets the same sets. A generation
  has fewer proposals where some were answered from memory.
- **Asynchronous.** With `asynchronous: true` (a stage, or a component of it) nobody waits for the end of a generation: as soon as a container
  would be idle, the method is told what has ended, and proposes again; what ends late it hears later. What is proposed then depends on
  how long trials take: the study is labelled, and another run has other numbers. A run that is killed goes on in its own order, which is in its log,
  and repeats nothing. With one container, and for `grid`, `random` and `sobol`, it changes nothing; `differential_evolution` and `swarm` do not
  learn from what is late.
- **Several objectives** are for `nsga2`, `nsga3` and those samplers of Optuna that know them; `grid`, `random` and `sobol` take any
  number; the others refuse before the run ([several objectives](../how-to/several-objectives.md)).

`distributed` is not there yet.
"""

_COMPARED = """\
## How they compare

Median regret of twenty seeds at 300 trials, 2026-11-28; all ranges shifted off the optimum, the last three are strategies whose whole grid is known
([how it was measured, with intervals](../explanation/searching.md)). \\* Not certainly better than random: the paired 95 % interval reaches 0.

| | sphere | rosenbrock | rastrigin | ackley | branin | noisy sphere | noisy hartmann | crossover | rsi | breakout with stops |
|---|---|---|---|---|---|---|---|---|---|---|
| `random` | 4.35 | 25.4 | 11.4 | 16.7 | 0.103 | 8.05 | 1.07 | 0.0189 | 0.0529 | 0.0254 |
| `sobol` | 3.84 * | 29.5 * | 10 * | 16.9 * | 0.0719 * | 9.85 * | 1.07 * | 0.0128 | 0.0414 * | 0.0482 * |
| `genetic` | 0.0894 | 2.76 | 1.92 | 5.35 | 0.000439 | 2.93 | 0.272 | 0 | 0 | 0 * |
| `bayesian` | 0.0331 | 1.52 | 2.85 | 4.11 | 0.00136 | 1.64 | 0.228 * | 0 | 0 | 0 |
| `cmaes` | 0.000817 | 1.2 | 3 | 2.5 | 5.61e-09 | 2.14 | 0.2 | 0 | 0.0194 | 0.0266 * |
| `adaptive` | 0.013 | 2.28 | 1.98 | 3.3 | 0.000677 | 1.74 | 0.248 | 0 | 0 | 0 |
| `differential_evolution` | 0.0118 | 2.35 | 2.5 | 3.91 | 9.03e-05 | 1.87 | 0.281 | 0 | 0 | 0 |
| `swarm` | 0.0143 | 1.78 | 3.61 | 3.84 | 0.0017 | 3.15 | 0.309 | 0 | 0 | 0.0133 * |
| `nsga2` | 0.365 | 3.58 | 3.22 | 9.85 | 0.0166 | 3.2 | 0.481 | 0.00263 | 0.0142 | 0 |
| `nsga3` | 0.372 | 4.21 | 3.47 | 10.3 | 0.0165 | 2.84 | 0.539 | 0.00159 | 0 | 0.000161 |
"""

_TEXTS = {
    "genetic": """\
Parents win tournaments; a child takes each parameter from one of two parents or from around and between them (BLX-0.5), and
at least one of its parameters mutates by a step whose size is drawn anew each time. The best half of the parents survives
beside the children.
""",
    "bayesian": """\
Optuna's tree-structured Parzen estimator: what the better sets have in common against the others. A proposal costs 5 to 10
milliseconds and more with every result, so `genetic` is faster for trials that take less. `model: gp` is Optuna's Gaussian
process; it needs torch and is worth it for the costliest trials.
""",
    "cmaes": """\
The library `cmaes`, with margin for grids of up to 1,000 points; finer ones count as continuous. Choices without an order
are treated as if they had the order in which they are written: with many of them use `genetic` or `bayesian`.
""",
    "nsga2": "Fronts, and in a front those that stand most alone, survive (Deb et al., 2002). Variation is that of `genetic`.\n",
    "nsga3": "Fronts, and in the last one those in directions where few stand, survive (Deb and Jain, 2014).\n",
    "adaptive": """\
`grid` where all sets fit into the budget; `sobol` for fewer than 20 trials. Otherwise some sets are drawn evenly, and it goes
on, told of them, with

- `genetic` where a trial is said to take less than a proposal of `bayesian` (`trial_seconds`);
- `bayesian` for choices, conditions and coarse grids, and for fewer than 50 trials per parameter;
- `cmaes` where the space consists of numbers, continuous or on grids of at least 100 points.

`genetic` goes on from all that was tried where the last 50 results of `cmaes` rose by less than 2 % of the first results'
range from the median to the best, as in a valley that is not the deepest, or in noise; and in a budget of more than 300 after
300 trials of `bayesian`, whose proposals cost more and more. Each choice is a note in the run's log, with its reason.

What a trial costs is not measured by the method: the table would depend on the clock. Say it where it is known and small:
`method: {adaptive: {trial_seconds: 0.001}}` takes `genetic`, for the proposals of `bayesian` would cost more than the trials.
""",
    "successive_halving": """\
Many sets on the first part of the bars, the best of them on more, few on all (Jamieson and Talwalkar 2016). The budget is the number of sets on
the shortest window; each window is a search of its own in the table. It takes one objective, and constraints on results hold on the whole window only:
[search in stages](../how-to/workflow.md#stop-the-hopeless-early).
""",
    "differential_evolution": "pymoo's, one variant of four.\n",
    "swarm": "pymoo's particle swarm, whose weights follow its state.\n",
}

_OPTUNA = """
## optuna:&lt;Sampler&gt;

`optuna:TPESampler`, `optuna:CmaEsSampler`, `optuna:NSGAIISampler` ...: any sampler of Optuna with its own options as far as
these are numbers, texts or truths, and `generation`, how many sets are proposed at once (the population where the sampler has
one, else 8). The seed comes from the run. Steps are whole numbers to it, choices categories, and all else lies between 0 and 1.
`GridSampler`, `BruteForceSampler` and `PartialFixedSampler` are refused: use `grid`, or a space with one value.

```yaml
# sampler.yaml
data: {source: bundled:sp500}
components: {rsi: {}}
workflow:
  - stage: component_optimization
    method: {"optuna:TPESampler": {n_startup_trials: 20, multivariate: true, generation: 10}}
    budget: 40
```
"""


def page() -> str:
    """docs/reference/search-methods.md as it should be."""
    rows = "".join(f"| `{name}` | {use} | {budget} |\n" for name, (use, budget) in _USES.items())
    described = [_method(name) for name in registry.SEARCH_METHODS if name in _TEXTS]
    return _HEAD + rows + _ALL + "\n" + _COMPARED + "".join(described) + _OPTUNA


def _method(name: str) -> str:
    rules = rules_of(registry.load("search_methods", name))
    rows = "".join(
        f"| `{key}` | {_words(rule)} | `{_shown(default)}` | {cell(rule.means)} |\n"
        for key, (default, rule) in rules.items()
    )
    table = f"\n| option | value | default | meaning |\n|---|---|---|---|\n{rows}"
    return f"\n## {name}\n\n{_TEXTS[name]}{table}"


def _words(rule: Rule) -> str:
    return rule.words + (", or null" if rule.auto else "")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
