"""What is wrong with a config: exactly the expected lines, each with line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from admf import registry
from admf.config.load import load_config
from admf.errors import ConfigError
from tests.config_lines import HEAD, MA, lines

STRATEGIES = ", ".join(registry.names("strategies"))
METHODS = ", ".join(registry.names("search_methods"))
OWN = "Own code is named 'module:attribute' or 'path/to/file.py:attribute'."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            MA + "seeed: 1\n",
            "config:4:1: a key of the config must be known, was 'seeed'. Did you mean 'seed'?",
            id="unknown key at the top",
        ),
        pytest.param(
            MA + "    spcae: {fast: [5]}\n",
            "config:4:5: a key of ma_crossover must be known, was 'spcae'. Did you mean 'space'?",
            id="unknown key of a component",
        ),
        pytest.param(
            MA + "    space:\n      fast: {low: 5, high: 10, stp: 5}\n",
            "config:5:32: fast: a key of a parameter must be known, was 'stp'. Did you mean 'step'?",
            id="unknown key of a parameter",
        ),
        pytest.param(
            MA + "seed: forty-two\n",
            "config:4:7: seed must be a whole number of at least 0, was 'forty-two'.",
            id="wrong type",
        ),
        pytest.param(
            MA + "seed: '42'\n",
            "config:4:7: seed must be a whole number of at least 0, was '42'. Remove the quotes.",
            id="number in quotes",
        ),
        pytest.param(
            MA + "simulation: [fill]\n",
            "config:4:13: simulation must be a mapping, was ['fill']."
            " Such as {fill: next_open, direction: long}.",
            id="a list for a mapping",
        ),
        pytest.param(
            MA + "    space: {fast: [5], slow: [20]}\n    constraints: ['fast < slwo']\n",
            "config:5:19: a name in an expression must be a parameter, was 'slwo': col 8 of 'fast < slwo'."
            " Did you mean 'slow'?",
            id="constraint over an unknown parameter",
        ),
        pytest.param(
            MA + "    space: {fast: [5]}\n    constraints:\n      - __import__('os').system('true')\n",
            "config:6:9: an expression holds only names, numbers, texts, arithmetic, comparisons, 'in',"
            " and/or/not, min, max, abs and round; found a call: col 1 of '__import__('os').system('true')'.",
            id="code in a constraint",
        ),
        pytest.param(
            MA + "    constraints: [fast.__class__]\n    space: {fast: [5]}\n",
            "config:4:19: a name in an expression must be a parameter, was 'fast.__class__':"
            " col 1 of 'fast.__class__'. Valid: fast.",
            id="an attribute in a constraint",
        ),
        pytest.param(
            MA + "    space: {fast: {type: int, low: 5, high: 62, step: 5}}\n",
            "config:4:55: fast: step must divide high - low, was 5 over 5 to 62."
            " The nearest highs are 60 and 65.",
            id="a step that does not divide",
        ),
        pytest.param(
            MA + "    space:\n      slow: {min: 240, max: 20}\n",
            "config:5:19: slow: low must not exceed high, was 240 to 20.",
            id="low above high",
        ),
        pytest.param(
            MA + "    space: {}\n",
            "config:4:12: space must have at least one parameter, was {}."
            " Leave it out for the component's own.",
            id="a space without parameters",
        ),
        pytest.param(
            MA + "    space: {fast: []}\n",
            "config:4:19: fast: a choice must have at least one value, has none.",
            id="a parameter without values",
        ),
        pytest.param(
            MA + "    space: {fast: [50, 60], slow: [20]}\n    constraints: [fast < slow]\n",
            "config:5:18: the constraints must leave something of the space, fast < slow leave nothing."
            " Check them against the ranges.",
            id="constraints that leave nothing",
        ),
        pytest.param(
            MA + "    space:\n      - {name: fast, low: 5, high: 3}\n",
            "config:5:27: fast: low must not exceed high, was 5 to 3.",
            id="an entry of a list",
        ),
        pytest.param(
            MA + "seed: !!python/object:os.system 5\n",
            "config:4:7: a config must have no tags (words that begin with '!')."
            " Remove it, or put the text in quotes.",
            id="a tag",
        ),
        pytest.param(
            "%YAML 1.1\n---\n" + MA,
            "config:1:1: a config must have no directives. Remove the line.",
            id="a directive",
        ),
        pytest.param(
            MA + "seed: 1\nname: a\nseed: 2\n",
            "config:6:1: a key must be given once, 'seed' is on line 4 too.",
            id="a key given twice",
        ),
        pytest.param(
            MA + "    space: {fast: [5], fast: [6]}\n",
            "config:4:24: a key must be given once, 'fast' is on line 4 too.",
            id="a key given twice in one line",
        ),
        pytest.param(
            MA + "5: x\n",
            "config:4:1: a key must be a text, was 5. Put it in quotes.",
            id="a number as a key",
        ),
        pytest.param(
            MA + "seed: [1\nname: a\n",
            "config:5:5: the text must be YAML: expected ',' or ']', but got ':'.",
            id="not YAML",
        ),
        pytest.param(
            MA + "a: &a [*a]\n", "config:4:4: values must be nested at most 40 deep.", id="a circle"
        ),
        pytest.param(
            MA + "seed: " + 5000 * "[", "config:1:1: values must be nested at most 40 deep.", id="deep"
        ),
        pytest.param(
            "", "config: a config must not be empty. `admf init DIR` writes one to start from.", id="empty"
        ),
        pytest.param(
            "- 1\n- 2\n", "config:1:1: a config must be a mapping of keys, was [1, 2].", id="a list"
        ),
        pytest.param(
            "components: [rsi]\n",
            "config:1:1: data must have a source, has none."
            " Such as data: {source: bundled:sp500}, or a CSV or Parquet file.",
            id="no data",
        ),
        pytest.param(
            "data: {source: bundled:sp50}\ncomponents: [rsi]\n",
            "config:1:16: source must be bundled:sp500 or bundled:nasdaq, was 'bundled:sp50'."
            " Did you mean 'bundled:sp500'?",
            id="no such bundled data",
        ),
        pytest.param(
            "data: {source: 'mine:bars'}\ncomponents: [rsi]\n",
            "config:1:16: source from a function ('mine:bars') is not available in this version."
            " Available: files, patterns of files, bundled:NAME.",
            id="data from a function",
        ),
        pytest.param(
            HEAD,
            "config:1:1: components must be given, there are none. Such as components: [ma_crossover].",
            id="no components",
        ),
        pytest.param(
            HEAD + "components: {ma_crossovr: {}}\n",
            f"config:2:14: 'ma_crossovr' must have a use, or be a registered name: {STRATEGIES}."
            f" Did you mean 'ma_crossover'? {OWN}",
            id="no such strategy",
        ),
        pytest.param(
            HEAD + "components:\n  mine: {use: rsii}\n",
            f"config:3:15: use must be a registered name ({STRATEGIES}), was 'rsii'. Did you mean 'rsi'? {OWN}",
            id="no such use",
        ),
        pytest.param(
            HEAD + "components:\n  mine: {use: 'strategy.py'}\n",
            f"config:3:15: use must be a registered name ({STRATEGIES}), was 'strategy.py'. {OWN}",
            id="a file without an attribute",
        ),
        pytest.param(
            MA + "    allow_lookahead: true\n",
            "config:4:22: allow_lookahead must be the reason, as a text, was True."
            ' Such as "labels are lagged by the vendor".',
            id="look-ahead without a reason",
        ),
        pytest.param(
            HEAD + "components:\n  both: {of: {a: rsi}, use: rsi}\n",
            "config:3:10: either use or of must be given, not both.",
            id="a composite that is something else too",
        ),
        pytest.param(
            HEAD + "components:\n  both: {of: {a: rsi, b: {use: macdd}}}\n",
            f"config:3:32: use must be a registered name ({STRATEGIES}), was 'macdd'. Did you mean 'macd'? {OWN}",
            id="a part of a composite",
        ),
        pytest.param(
            MA + "    space: {simulation.stoploss: [0.1]}\n",
            "config:4:34: simulation.stoploss: the name after 'simulation.' must be an option, was 'stoploss'."
            " Did you mean 'stop_loss'?",
            id="no such option to search",
        ),
        pytest.param(
            MA + "    space: {simulation.lot: {low: -1, high: 5}}\n",
            "config:4:13: simulation.lot: lot must be a number above 0, was -1.",
            id="an option's value to search",
        ),
        pytest.param(
            MA + "simulation: {stop_loss: {atr: 2, window: 1.5}}\n",
            "config:4:42: stop_loss.window must be a whole number of at least 1, was 1.5.",
            id="an option of the simulation",
        ),
        pytest.param(
            MA + "costs: {commission: 5}\n",
            "config:4:21: commission must be a fraction of at least 0 and below 1, was 5. 5 % is 0.05.",
            id="a cost",
        ),
        pytest.param(
            "data:\n  source: a.csv\n  split: {out_of_sample: 30%}\ncomponents: [rsi]\n",
            "config:3:26: out_of_sample must be a fraction of at least 0 and below 1, was '30%'. Write 0.3.",
            id="a percentage",
        ),
        pytest.param(
            "data:\n  source: a.csv\n  split: {in_sample: [2010-01-01, 2015-01-01],"
            " out_of_sample: [2014-01-01, 2016-01-01]}\ncomponents: [rsi]\n",
            "config:3:63: out_of_sample must begin where in_sample ends or later, was 2014-01-01"
            " before 2015-01-01.",
            id="parts that overlap",
        ),
        pytest.param(
            "data: {source: a.csv, split: {in_sample: [2010-01-01, 2010-13-01]}}\ncomponents: [rsi]\n",
            "config:1:23: a split by dates must have out_of_sample: [from, to], has none."
            " Or give out_of_sample a fraction, such as 0.3.\n"
            "config:1:42: in_sample must be dates such as 2010-01-31, was '2010-13-01'.",
            id="no such date, and one part only",
        ),
        pytest.param(
            "data: {source: a.csv, timezone: America/NewYork}\ncomponents: [rsi]\n",
            "config:1:33: timezone must be a name such as America/New_York, is 'America/NewYork'."
            " Did you mean 'America/New_York'?",
            id="no such time zone",
        ),
        pytest.param(
            "data: {source: a.csv, columns: {clos: Last}}\ncomponents: [rsi]\n",
            "config:1:33: a key of columns must be known, was 'clos'. Did you mean 'close'?",
            id="no such column",
        ),
        pytest.param(
            "data: {source: a.csv, split: {embargo: 5d}}\ncomponents: [rsi]\n",
            "config:1:40: embargo in other units than bars ('5d') is not available in this version. Such as 20.",
            id="an embargo in days",
        ),
        pytest.param(
            MA + "objective: sharp\n",
            "config:4:12: a metric must be known, was 'sharp'. Did you mean 'sharpe'?",
            id="no such metric",
        ),
        pytest.param(
            MA + "objective: {constraints: ['n_trade >= 30']}\n",
            "config:4:27: 'n_trade >= 30' must name metrics, 'n_trade' is none. Did you mean 'n_trades'?",
            id="a constraint over no metric",
        ),
        pytest.param(
            MA + "objective: n_trades\n",
            "config:4:12: direction must be given, n_trades has no better side."
            " Say direction: maximize or minimize.",
            id="a metric without a better side",
        ),
        pytest.param(
            MA + "objective: [sharpe, max_drawdwn]\n",
            "config:4:21: a metric must be known, was 'max_drawdwn'. Did you mean 'max_drawdown'?",
            id="no such metric among several",
        ),
        pytest.param(
            MA + "objective: {metric: [sharpe, {metric: n_trades}]}\n",
            "config:4:39: direction must be given, n_trades has no better side."
            " Say direction: maximize or minimize.",
            id="one of several without a better side",
        ),
        pytest.param(
            MA + "objective: [sharpe, {metric: sharpe, direction: minimize}]\n",
            "config:4:21: each objective must be named once, sharpe is there twice.",
            id="one objective twice",
        ),
        pytest.param(
            MA + "objective: [{metric: sharpe, weight: 1}, max_drawdown]\n",
            "config:4:42: each entry must have a weight (a weighted sum is one objective), or none (several"
            " objectives); this list has both. Several: [{metric: sharpe, direction: maximize}, {metric: max_drawdown,"
            " direction: minimize}].",
            id="a weighted sum and several objectives at once",
        ),
        pytest.param(
            MA + "objective: {metric: [sharpe, costs], direction: minimize}\n",
            "config:4:49: direction must be said of each of several objectives, not of all of them. Such as metric:"
            " [{metric: sharpe, direction: maximize}, {metric: max_drawdown, direction: minimize}].",
            id="one direction for several objectives",
        ),
        pytest.param(
            MA + "objective: [sharpe, 'own.py:judge']\n",
            "config:4:21: each of several objectives must be a metric, was 'own.py:judge'."
            " A function of yours can be sought alone.",
            id="a function among several objectives",
        ),
        pytest.param(
            MA + "objective: [sharpe, {direction: minimize}]\n",
            "config:4:21: each of several objectives must be a metric's name, or a mapping of metric and direction,"
            " has no metric.",
            id="an objective without a metric",
        ),
        pytest.param(
            MA + "objective: [sharpe, {metric: costs, direction: down}]\n",
            "config:4:48: direction must be one of maximize, minimize, max, min, was 'down'.",
            id="an objective with a direction that is none",
        ),
        pytest.param(
            MA + "objective: {metric: [{metric: sharpe, weight: 0}]}\n",
            "config:4:47: weight must be a number that is not 0, was 0.",
            id="a weight of nothing",
        ),
        pytest.param(
            MA + "execution: {workers: many}\n",
            "config:4:22: workers must be auto or a whole number of at least 1, was 'many'.",
            id="workers",
        ),
        pytest.param(
            MA + "name: ../up\n",
            "config:4:7: name must be letters, digits, '_', '-' and '.' (it names a folder), was '../up'.",
            id="a name that is no folder",
        ),
        pytest.param(
            MA + "workflow:\n  - {stage: component_optimization, method: girid}\n",
            "config:5:45: method must be known, was 'girid'. Did you mean 'grid'?",
            id="no such method",
        ),
        pytest.param(
            MA + "workflow:\n  - {stage: component_optimization, components: [ma_crosover]}\n",
            "config:5:50: a stage's component must be under components: or registered, was 'ma_crosover'."
            " Did you mean 'ma_crossover'?",
            id="no such component in a stage",
        ),
    ],
)
def test_a_problem_is_this_line(text: str, expected: str) -> None:
    assert "\n".join(lines(text)) == expected


def test_every_problem_at_once_in_the_order_of_the_file() -> None:
    text = """\
seed: -1
data: {source: bundled:sp500, timestamp: clsoe}
simulation: {fil: close, stop_loss: 2}
components:
  ma_crossover:
    space:
      fast: {low: 5, high: 3}
      simulation.lot: [-1]
    constraints: ["fast < slow", "fast <"]
execution: {max_failures: 2}
"""
    assert lines(text) == [
        "config:1:7: seed must be a whole number of at least 0, was -1.",
        "config:2:42: timestamp must be one of open, close, was 'clsoe'. Did you mean 'close'?",
        "config:3:14: a key of simulation must be known, was 'fil'. Did you mean 'fill'?",
        "config:3:37: stop_loss must be a fraction above 0 and below 1, {atr: multiple} or null, was 2."
        " 2 % is 0.02.",
        "config:7:19: fast: low must not exceed high, was 5 to 3.",
        "config:8:23: simulation.lot: lot must be a number above 0, was -1.",
        "config:9:19: a name in an expression must be a parameter, was 'slow': col 8 of 'fast < slow'."
        " Valid: fast, simulation.lot.",
        "config:9:34: an expression must be readable, stopped at col 7 of 'fast <'.",
        "config:10:27: max_failures must be a fraction from 0 to 1, was 2.",
    ]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=x", "--set seed=x: seed must be a whole number of at least 0, was 'x'."),
        ("seeed=1", "--set seeed=1: a key of the config must be known, was 'seeed'. Did you mean 'seed'?"),
        (
            "seed",
            "--set seed: an override must be a key and a value. Such as --set data.split.out_of_sample=0.2.",
        ),
        ("seed=[1", "--set seed=[1: the text must be YAML: expected ',' or ']', but got '<stream end>'."),
        (
            "data.source.x.y=1",
            "--set data.source.x.y=1: data.source must be a mapping for 'x' to be set, was 'bundled:sp500'.",
        ),
        (
            "components.ma_crossover.space.fast.low=70",
            "--set components.ma_crossover.space.fast.low=70: fast: low must not exceed high, was 70 to 60.",
        ),
        ("extends=x.yaml", "--set extends=x.yaml: extends must be in the config, it cannot be set."),
    ],
)
def test_a_problem_of_an_override(override: str, expected: str) -> None:
    text = MA + "    space: {fast: {low: 5, high: 60, step: 5}}\n"
    assert lines(text, override) == [expected]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(MA)
    (tmp_path / "latin.yaml").write_bytes("name: caf\u00e9\n".encode("latin-1"))
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    found = {}
    for name in ("studdy.yaml", "latin.yaml", "empty.yaml", "."):
        with pytest.raises(ConfigError) as caught:
            load_config(tmp_path / name)
        found[name] = str(caught.value).removeprefix(str(tmp_path)).removeprefix("/")
    assert found == {
        "studdy.yaml": "studdy.yaml: there must be a config, is no such file. Did you mean 'study.yaml'?",
        "latin.yaml": "latin.yaml: a config must be UTF-8 text, is not at byte 9. Save it as UTF-8.",
        "empty.yaml": "empty.yaml: a config must not be empty. `admf init DIR` writes one to start from.",
        ".": ": a config must be a file, is a folder.",
    }


def test_extends_stays_below_the_folder_and_out_of_circles(tmp_path: Path) -> None:
    below = tmp_path / "study"
    below.mkdir()
    (tmp_path / "up.yaml").write_text(MA)
    (below / "link.yaml").symlink_to(tmp_path / "up.yaml")
    (below / "a.yaml").write_text(f"extends: b.yaml\n{MA}")
    (below / "b.yaml").write_text("name: b\nextends: a.yaml\n")
    (below / "bad.yaml").write_text("components: [rsi]\nseed: x\n")
    cases = {
        "extends: ../up.yaml\n": "admf.yaml:1:10: extends must stay below the config's folder, '../up.yaml' is"
        " outside.",
        "extends: link.yaml\n": "admf.yaml:1:10: extends must stay below the config's folder, 'link.yaml' is"
        " outside.",
        "extends: c.yaml\n": "admf.yaml:1:10: extends must be a readable file, 'c.yaml' is not: there must be a"
        " config, is no such file. Did you mean 'b.yaml'?",
        "extends: a.yaml\n": "b.yaml:2:10: extends must not go in a circle, was a.yaml -> b.yaml -> a.yaml.",
        "extends: [a.yaml]\n": "admf.yaml:1:10: extends must be the path of a config, was ['a.yaml'].",
        f"extends: bad.yaml\n{HEAD}": "bad.yaml:2:7: seed must be a whole number of at least 0, was 'x'.",
    }
    for text, expected in cases.items():
        (below / "admf.yaml").write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_config(below / "admf.yaml")
        assert str(caught.value).removeprefix(f"{below}/") == expected
