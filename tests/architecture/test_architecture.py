"""The house keeps its rules: every file says what it is for, the page shows the tree, names say something."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from admf import registry
from admf.containers.job import Job
from admf.executors.local import LocalExecutor
from admf.model.container import ContainerSpec, Kind
from tests.architecture.tree import PAGE, SOURCE, first_line, page_tree, tree

FILES = sorted(SOURCE.rglob("*.py"))
_SAYS_NOTHING = re.compile(
    r"(^|_)(utils?|helpers?|common|base|misc|managers?|handlers?|engine|service|factory|v2|new|fixed)(_|$)"
)


def test_every_file_says_what_it_is_for() -> None:
    assert [str(p) for p in FILES if not first_line(p)] == []


def test_no_name_says_nothing() -> None:
    assert [
        str(p) for p in FILES if any(_SAYS_NOTHING.search(part) for part in (p.stem, p.parent.name))
    ] == []


def test_files_read_like_a_page() -> None:
    long = {str(p.relative_to(SOURCE)): n for p in FILES if (n := len(p.read_text().splitlines())) > 340}
    assert long == {}, "a file of more than 340 lines does two things"


def test_the_architecture_page_shows_the_tree_as_it_is() -> None:
    assert page_tree() == tree(), f"run `python -m tests.architecture.tree` to bring {PAGE.name} up to date"


def test_inheritance_only_where_it_is_allowed() -> None:
    allowed = {"Enum", "IntEnum", "NamedTuple", "Protocol", "Exception", "TypedDict", "Generic", "Sequence"}
    allowed |= {"_SafeDumper", "pickle.Unpickler"}  # how PyYAML and pickle are told anything
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base).split("[")[0] for base in node.bases}
                if bases - allowed and not all(base.endswith("Error") for base in bases - allowed):
                    wrong.append(f"{path.name}: {node.name}({', '.join(bases)})")
    assert wrong == []


@pytest.mark.parametrize("kind", ["indicators", "strategies", "search_methods", "executors"])
def test_everything_registered_is_there(kind: str) -> None:
    for name in registry.names(kind):
        assert callable(registry.load(kind, name)), name


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = "import sys, admf.cli.app; print(*sorted(set(m.partition('.')[0] for m in sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"numba", "scipy", "pandas", "polars", "plotly", "optuna", "sklearn", "arch", "pyarrow"}
    assert heavy & set(found) == set()


HEAVY = {"polars", "pandas", "plotly", "pydantic", "typer", "ruamel", "arch", "pyarrow", "matplotlib"}


def test_trials_are_listed_without_heavy_libraries() -> None:
    code = (
        "import sys, admf.cli.trials, admf.cli.tables, admf.plan.studies_data\n"
        "from pathlib import Path\n"
        "admf.cli.tables.descending_by(None, Path())\n"
        "print(sorted({'numba', 'scipy', 'pandas', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
@pytest.mark.parametrize("kind", [Kind.MINIMAL, Kind.ISOLATED])
def test_a_container_is_lean(start_method: str, kind: Kind) -> None:
    """What the template, a keeper and a container load, a container has in the end."""
    spec = ContainerSpec(kind=kind)
    with LocalExecutor(start_method=start_method) as executor:
        executor.submit(0, Job(function="admf.testing.jobs:modules", argument=None, container=spec))
        answer = executor.next().answer
    assert answer is not None
    found = answer.result
    assert "admf.trials.evaluate" in found, "what all trials need is there before the first one"
    assert HEAVY & {name.partition(".")[0] for name in found} == set()
    assert "scipy.special" not in found  # numba itself loads the empty top of scipy
    above = (
        "data",
        "store",
        "config",
        "plan",
        "search",
        "executors",
        "coordinator",
        "analysis",
        "reports",
        "cli",
    )
    assert [name for name in found if name.startswith(tuple(f"admf.{floor}" for floor in above))] == []


def test_no_path_of_a_machine_or_host_of_a_registry_is_written_down() -> None:
    hosts = re.compile(
        "|".join(a + b + r"\.org" for a, b in (("py", "pi"), ("python", "hosted"), ("npm", "js")))
    )
    root = Path(__file__).parents[2]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.split()
    texts = [
        root / name
        for name in listed
        if name.endswith((".py", ".md", ".toml", ".txt", ".yaml", ".html", "run"))
    ]
    found = [
        str(p) for p in texts if p.is_file() and hosts.search(p.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
