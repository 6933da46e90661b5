"""Every kind of bad input: how to make it, and what of its message must be there. Tests run it, the page shows it."""

from __future__ import annotations

from tests.pages.bad_case import Case, runs_cannot_be_written

HEAD = "data: {source: bundled:sp500}\n"
MA = HEAD + "components:\n  ma_crossover:\n"
MINE = HEAD + "components:\n  mine: {use: 'strategy.py:mine', space: {fast: [5, 10]}}\n"
FUNCTION = "import numpy as np\n\n\ndef mine(bars, fast=10):\n    return "


def strategy(answer: str) -> dict[str, str]:
    """A strategy file whose function returns an expression."""
    return {"strategy.py": f"{FUNCTION}{answer}\n"}


_DAYS = "".join(f"2020-01-{day:02},1,1,1,1\n" for day in range(1, 21))
PRICES = {"prices.csv": f"time,open,high,low,close\n{_DAYS}"}

CASES: dict[str, list[Case]] = {
    "The config file": [
        Case(
            title="no config",
            config=HEAD,
            arguments=("studdy.yaml",),
            says=("studdy.yaml: ", "no such file", "'study.yaml'"),
            files={"study.yaml": MA},
        ),
        Case(
            title="an empty config",
            config="# nothing\n",
            says=("admf.yaml: ", "must not be empty", "admf init"),
        ),
        Case(
            title="not YAML",
            config=MA + "seed: [1\nname: a\n",
            says=("admf.yaml:5:5: ", "must be YAML", "expected ',' or ']'"),
        ),
        Case(
            title="a tag",
            config=MA + "seed: !!python/object:os.system 5\n",
            says=("admf.yaml:4:7: ", "no tags"),
        ),
        Case(
            title="a key given twice",
            config=MA + "seed: 1\nname: a\nseed: 2\n",
            says=("admf.yaml:6:1: ", "'seed' is on line 4 too"),
        ),
        Case(
            title="a key given twice further down",
            config=HEAD + "components:\n  rsi: {space: {window: [5], window: [6]}}\n",
            says=("admf.yaml:3:30: ", "'window' is on line 3 too"),
        ),
        Case(
            title="an alias that holds itself",
            config=MA + "a: &a [*a]\n",
            says=("admf.yaml:4:4: ", "nested at most"),
        ),
        Case(
            title="an alias without an anchor",
            config=MA + "seed: *other\n",
            says=("admf.yaml:4:7: ", "must be YAML", "undefined alias"),
        ),
        Case(
            title="an `extends` that is not there",
            config="extends: shard.yaml\n",
            files={"shared.yaml": MA},
            says=("admf.yaml:1:10: ", "no such file", "'shared.yaml'"),
        ),
        Case(
            title="a problem in the config that is extended",
            config="extends: shared.yaml\n",
            files={"shared.yaml": MA + "seed: x\n"},
            says=("shared.yaml:4:7: ", "seed must be a whole number"),
        ),
    ],
    "Keys and values": [
        Case(
            title="unknown keys at several levels, all at once",
            config="seeed: 1\n"
            "data: {source: bundled:sp500, splt: none}\n"
            "simulation: {stop_loss: {atr: 2, windw: 5}}\n"
            "components:\n"
            "  ma_crossover:\n"
            "    spase: {fast: [5]}\n"
            "  rsi: {space: {window: {low: 5, high: 9, stp: 1}}}\n"
            "workflow: [{stage: component_optimization, metod: grid}]\n",
            says=(
                "admf.yaml:1:1: ",
                "'seed'",
                "admf.yaml:2:31: ",
                "'split'",
                "admf.yaml:3:34: ",
                "'window'",
                "admf.yaml:6:5: ",
                "'space'",
                "admf.yaml:7:43: ",
                "'step'",
                "admf.yaml:8:44: ",
                "'method'",
            ),
        ),
        Case(
            title="wrong types, all at once",
            config="seed: forty-two\n"
            "data: {source: [a.csv], split: {out_of_sample: 30%}}\n"
            "simulation: [fill]\n"
            "costs: {commission: 5}\n"
            "components: {rsi: 5}\n"
            "execution: {workers: many, max_failures: '0.2'}\n",
            says=(
                "admf.yaml:1:7: seed must be a whole number",
                "admf.yaml:2:16: source must be a path",
                "admf.yaml:2:48: ",
                "Write 0.3.",
                "admf.yaml:3:13: simulation must be a mapping",
                "admf.yaml:4:21: ",
                "5 % is 0.05.",
                "admf.yaml:5:19: ",
                "admf.yaml:6:22: workers must be auto or a whole number",
                "admf.yaml:6:42: ",
                "Remove the quotes.",
            ),
        ),
        Case(
            title="a wrong value on the command line",
            config=MA,
            arguments=("--set", "seed=-1"),
            says=("--set seed=-1: ", "seed must be a whole number of at least 0, was -1."),
        ),
        Case(
            title="an unknown key on the command line",
            config=MA,
            arguments=("--set", "data.splt=none"),
            says=("--set data.splt=none: ", "Did you mean 'split'?"),
        ),
        Case(
            title="containers, all at once",
            config=MA + "containers:\n"
            "  type: isolatd\n"
            "  pool_size: 0\n"
            "  memory_mb: 512\n"
            "  resource_limits: {memory_mb: -1, timeout: 60, open_files: 8}\n"
            "workflow:\n"
            "  - stage: component_optimization\n"
            "    container_spec: {memory: 512, timeout_s: 0}\n"
            "    components: [{name: ma_crossover, container_spec: {type: replay}}]\n"
            "execution: {start_method: forkserver, batch: all}\n",
            says=(
                "admf.yaml:5:9: type must be one of minimal, isolated, was 'isolatd'. Did you mean 'isolated'?",
                "admf.yaml:6:14: pool_size must be a whole number of at least 1, was 0.",
                "admf.yaml:7:3: 'memory_mb' must stand under resource_limits here.",
                "admf.yaml:8:32: memory_mb must be auto or a number above 0, was -1.",
                "admf.yaml:8:36: ",
                "'timeout_s'",
                "admf.yaml:8:61: open_files must be a whole number of at least 16, was 8.",
                "admf.yaml:11:22: a key of container_spec must be known, was 'memory'. Did you mean 'memory_mb'?",
                "admf.yaml:11:46: timeout_s must be a number above 0, was 0.",
                "admf.yaml:12:62: type replay is not available in this version. Available: minimal, isolated.",
                "admf.yaml:13:27: start_method must be one of auto, fork, spawn, was 'forkserver'. Write fork",
                "admf.yaml:13:46: batch must be auto or a whole number of at least 1, was 'all'.",
            ),
        ),
        Case(
            title="what this version does not have",
            config=MA + "phases: {}\n",
            says=("admf.yaml:4:1: ", "'phases' is not available in this version"),
        ),
    ],
    "Parameter spaces and constraints": [
        Case(
            title="a constraint over an unknown parameter",
            config=MA + "    space: {fast: [5], slow: [20]}\n    constraints: [fast < slwo]\n",
            says=("admf.yaml:5:19: ", "was 'slwo'", "Did you mean 'slow'?"),
        ),
        Case(
            title="a constraint over an unknown parameter, where the component brings its space",
            config=MA + "    constraints: [fast < slwo]\n",
            says=("admf.yaml:4:19: ", "was 'slwo'", "Did you mean 'slow'?"),
        ),
        Case(
            title="constraints that leave nothing",
            config=MA + "    space: {fast: [50, 60], slow: [20]}\n    constraints: [fast < slow]\n",
            says=("admf.yaml:5:18: ", "leave nothing", "fast < slow"),
        ),
        Case(
            title="constraints that leave nothing of the component's own space",
            config=MA + "    constraints: [fast > slow + 500]\n",
            says=("admf.yaml:4:18: ", "leave nothing", "fast > slow + 500"),
        ),
        Case(
            title="constraints that leave nothing of a range without steps",
            config=HEAD
            + "components:\n  mine: {use: 'strategy.py:mine', space: {fast: {low: 0.1, high: 1.0}},"
            " constraints: [fast > 2]}\n"
            "workflow: [{stage: component_optimization, method: random, budget: 5}]\n",
            files=strategy("bars.close > 1"),
            says=("admf.yaml:3:86: ", "leave nothing", "fast > 2"),
        ),
        Case(
            title="code in a constraint",
            config=MA + "    space: {fast: [5]}\n    constraints: [\"__import__('os').system('true')\"]\n",
            says=("admf.yaml:5:19: ", "an expression holds only", "found a call"),
        ),
        Case(
            title="a step that does not divide",
            config=MA + "    space: {fast: {low: 5, high: 62, step: 5}}\n",
            says=("admf.yaml:4:44: ", "step must divide high - low", "60 and 65"),
        ),
        Case(
            title="low above high",
            config=MA + "    space: {slow: {low: 240, high: 20}}\n",
            says=("admf.yaml:4:25: ", "low must not exceed high, was 240 to 20"),
        ),
        Case(
            title="an empty space",
            config=MA + "    space: {}\n",
            says=("admf.yaml:4:12: ", "space must have at least one parameter"),
        ),
        Case(
            title="a parameter without values",
            config=MA + "    space: {fast: []}\n",
            says=("admf.yaml:4:19: ", "at least one value"),
        ),
        Case(
            title="a parameter that the strategy does not take",
            config=HEAD + "components:\n  mine: {use: 'strategy.py:mine', space: {fst: [5]}}\n",
            files=strategy("bars.close > 1"),
            says=("admf.yaml:3:48: ", "takes no parameter 'fst'", "'fast'"),
        ),
    ],
    "Data": [
        Case(
            title="a missing data file",
            config="data: {source: prices.csv}\ncomponents: [rsi]\n",
            files={"price.csv": PRICES["prices.csv"]},
            says=("admf.yaml:1:16: ", "prices.csv", "no such file", "'price.csv'"),
        ),
        Case(
            title="missing data files of several symbols",
            config="data:\n  source:\n    A: a.csv\n    B: b.csv\ncomponents: [rsi]\n",
            files={"ab.csv": PRICES["prices.csv"]},
            says=("admf.yaml:3:8: ", "a.csv", "admf.yaml:4:8: ", "b.csv", "no such file"),
        ),
        Case(
            title="a missing data file named on the command line",
            config=MA,
            arguments=("--data", "prices.csv"),
            files={"price.csv": PRICES["prices.csv"]},
            says=("--data: ", "prices.csv", "no such file", "'price.csv'"),
        ),
        Case(
            title="no such bundled data",
            config="data: {source: bundled:sp50}\ncomponents: [rsi]\n",
            says=("admf.yaml:1:16: ", "'bundled:sp500'"),
        ),
        Case(
            title="data too short for the largest window",
            config="data: {source: prices.csv, split: none}\ncomponents:\n  rsi: {space: {window: [5, 60]}}\n",
            files=PRICES,
            says=("admf.yaml:1:1: ", "too short", "20 bars", "(rsi)"),
        ),
        Case(
            title="data too short for the split",
            config="data: {source: prices.csv, split: {out_of_sample: 0.5, embargo: 15}}\ncomponents: [rsi]\n",
            files=PRICES,
            says=("admf.yaml:1:51: ", "leave 0 of 20 bars"),
        ),
        Case(
            title="dates outside the data",
            config="data:\n  source: prices.csv\n  split:\n    in_sample: [2030-01-01, 2031-01-01]\n"
            "    out_of_sample: [2031-01-01, 2032-01-01]\ncomponents: [rsi]\n",
            files=PRICES,
            says=("admf.yaml:4:16: ", "2030-01-01 to 2031-01-01 holds 0", "2020-01-01 to 2020-01-20"),
        ),
        Case(
            title="a row that is no bar",
            config="data: {source: prices.csv}\ncomponents: [rsi]\n",
            files={"prices.csv": f"time,open,high,low,close\n{_DAYS}2020-01-21,1,1,2,1\n"},
            says=("prices.csv:22: ", "high must not be below low"),
        ),
    ],
    "Strategies": [
        Case(
            title="no such strategy",
            config=HEAD + "components: [ma_crosover]\n",
            says=("admf.yaml:2:14: ", "'ma_crossover'"),
        ),
        Case(
            title="a strategy file that is not there",
            config=HEAD + "components:\n  mine: {use: 'stratgy.py:mine'}\n",
            files=strategy("bars.close > 1"),
            says=("admf.yaml:3:15: ", "no file 'stratgy.py'", "'strategy.py'"),
        ),
        Case(
            title="a name that the strategy file does not have",
            config=HEAD + "components:\n  mine: {use: 'strategy.py:mien'}\n",
            files=strategy("bars.close > 1"),
            says=("admf.yaml:3:15: ", "no 'mien'", "'mine'"),
        ),
        Case(
            title="a strategy file that imports what is not there",
            config=MINE,
            files={"strategy.py": "import numpy as np\nimport nowhere_at_all\n"},
            says=("strategy.py:2:1: ", "ModuleNotFoundError", "nowhere_at_all", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy file that is no Python",
            config=MINE,
            files={"strategy.py": "def mine(bars, fast=10)\n    return bars.close > 1\n"},
            says=("strategy.py:1:24: ", "SyntaxError: expected ':'", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy file that raises while it is read",
            config=MINE,
            files={"strategy.py": "LIMIT = 1 / 0\n"},
            says=("strategy.py:1:9: ", "ZeroDivisionError", "admf.yaml:3:15"),
        ),
        Case(
            title="a module that is not there",
            config=HEAD + "components:\n  mine: {use: 'nowhere_at_all:mine', space: {fast: [5]}}\n",
            says=("admf.yaml:3:15: ", "ModuleNotFoundError", "nowhere_at_all"),
        ),
        Case(
            title="a space of the strategy's own that does not hold",
            config=HEAD + "components:\n  mine: {use: 'strategy.py:mine'}\n",
            files={
                "strategy.py": f"{FUNCTION}bars.close > 1\n\n\nmine.space = {{'fast': {{'low': 9, 'high': 5}}}}\n"
            },
            says=("strategy.py:4: ", "fast: low must not exceed high", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that returns the wrong length",
            config=MINE,
            files=strategy("np.zeros(len(bars.close) - 1)"),
            says=("strategy.py:4: ", "one value per bar", "(3501,)", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that returns the wrong dtype",
            config=MINE,
            files=strategy("np.array(['long'] * len(bars.close))"),
            says=("strategy.py:4: ", "must be numbers or bool per bar", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that returns values outside [-1, 1]",
            config=MINE,
            files=strategy("np.full(len(bars.close), 2.0)"),
            says=("strategy.py:4: ", "must lie in [-1, 1], got 2.0 at bar 0", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that is wrong with its defaults only",
            config=MINE,
            files=strategy("np.full(len(bars.close), 2.0 if fast == 10 else 1.0)"),
            says=("strategy.py:4: ", "with its defaults", "must lie in [-1, 1]", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that returns nothing",
            config=MINE,
            files=strategy("None"),
            says=("strategy.py:4: ", "returned None", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that always raises",
            config=MINE,
            files=strategy("bars.close[10**9]"),
            says=("strategy.py:5:12: ", "IndexError", "admf.yaml:3:15"),
        ),
        Case(
            title="a strategy that looks ahead",
            config=MINE,
            files=strategy("bars.close > np.mean(bars.close)"),
            says=("strategy.py:4: the signal at ", "changes when later bars are removed"),
        ),
    ],
    "The run's folder": [
        Case(
            title="a folder that holds another run",
            config=MINE,
            files={**strategy("bars.close > 1"), "runs/first/run.db": "SQLite"},
            arguments=("--out", "runs/first"),
            says=("runs/first: ", "holds a run", "--out"),
        ),
        Case(
            title="a folder that holds something else",
            config=MINE,
            files={**strategy("bars.close > 1"), "thesis/chapter.txt": "years of work"},
            arguments=("--out", "thesis"),
            says=("thesis: ", "chapter.txt", "--out"),
        ),
        Case(
            title="a file where a folder should be",
            config=MINE,
            files=strategy("bars.close > 1"),
            arguments=("--out", "strategy.py/run"),
            says=("strategy.py/run: ", "must be writable: Not a directory", "--out"),
        ),
        Case(
            title="a read-only folder",
            config=MINE,
            files=strategy("bars.close > 1"),
            around=runs_cannot_be_written,
            says=("runs/", "must be writable: Permission denied", "--out"),
        ),
    ],
}
