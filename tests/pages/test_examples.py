"""Every example of the documentation does what its page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from admf import registry
from tests.pages import blocks
from tests.pages.examples import WrongExampleError, fresh

WITH_WORKERS = ("first-report.md", "from-python.md", "verify.md")
"""Pages whose runs have worker processes, as a reader's have; on the others the same runs in this process."""


@pytest.fixture
def in_this_process() -> Iterator[None]:
    """Runs without worker processes: the same results, sooner."""
    before = registry.EXECUTORS["local"]
    registry.EXECUTORS["local"] = registry.EXECUTORS["inline"]
    registry.names.cache_clear()
    yield
    registry.EXECUTORS["local"] = before
    registry.names.cache_clear()


@pytest.mark.parametrize("page", blocks.pages(), ids=lambda page: str(page.relative_to(blocks.ROOT)))
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if page.name not in WITH_WORKERS:
        request.getfixturevalue("in_this_process")
    with fresh(tmp_path) as session:
        session.read(page)


WRONG = {
    "python that raises": "```python\n1 / 0\n```",
    "an answer that differs": "```pycon\n>>> 1 + 1\n3\n```",
    "output that differs": "```python\nprint(2)\n```\n\n<!-- output -->\n```text\n3\n```",
    "a command that ends with another code": "```sh\nadmf run nothing.yaml\n```",
    "a command that ends well where it should not": "<!-- exit code 2 -->\n```sh\nadmf runs\n```",
    "a command before the last that fails": "<!-- exit code 2 -->\n```sh\nadmf run nothing.yaml\nadmf runs\n```",
    "a command that is not ours": "```sh\nmake demo\n```",
    "a language that is not known": "```pyhton\nprint(2)\n```",
    "a report that is not there": "<!-- in the report of runs/x -->\n```text\nnothing\n```",
    "words that no report has": "```python\nfrom pathlib import Path\nPath('x/reports').mkdir(parents=True)\n"
    "Path('x/reports/report.html').write_text('<p>some</p>thing<script>nothing</script>')\n```\n"
    "<!-- in the report of x -->\n```text\nsome thing\nnothing\n```",
    "no language": "```\nadmf runs\n```",
    "a comment that is not just before": "<!-- not run: slow -->\n\ntext\n\n```python\n1 / 0\n```",
    "no reason why not": "<!-- not run: -->\n```python\n1 / 0\n```",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in WRONG.items()])
def test_a_wrong_example_is_found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    with fresh(tmp_path) as session, pytest.raises(WrongExampleError, match=r"page\.md:\d+: "):
        session.read(page)


def test_files_output_and_codes_are_as_a_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "```python\n# own/code.py\nX = 3\n```\n\n```python\nfrom pathlib import Path\n"
        "print(Path('own/code.py').read_text())\n```\n<!-- output -->\n```text\n# own...\nX = 3\n```\n"
        "<!-- exit code 2 -->\n```console\n$ admf run nothing.yaml   # there is none\n```\n"
        "<!-- output -->\n```text\nnothing.yaml: there must be a config...\n```\n"
        "<!-- not run: it needs make -->\n```sh\nmake demo\n```\n",
        encoding="utf-8",
    )
    with fresh(tmp_path) as session:
        session.read(page)


def test_every_link_of_a_page_leads_somewhere() -> None:
    broken = []
    for page in [*blocks.pages(), *(blocks.ROOT / "docs").rglob("errors.md")]:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", text):
            if ":" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(blocks.ROOT)}: {target}")
    assert broken == []
