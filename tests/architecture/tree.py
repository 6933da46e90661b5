"""The tree of docs/architecture.md, made of the first docstring lines; run this file to write it there."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "admf"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- tree: begin -->", "<!-- tree: end -->"


def first_line(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


def tree() -> str:
    """Folders and files with what they are for."""
    lines: list[str] = []
    _add(SOURCE, 0, lines)
    return "\n".join(lines)


def _add(folder: Path, depth: int, lines: list[str]) -> None:
    init = folder / "__init__.py"
    lines.append(
        f"{'  ' * depth}{folder.name + '/':<{30 - 2 * depth}} {first_line(init) if init.exists() else ''}".rstrip()
    )
    for path in sorted(p for p in folder.glob("*.py") if p.name != "__init__.py"):
        lines.append(f"{'  ' * (depth + 1)}{path.name:<{28 - 2 * depth}} {first_line(path)}")
    for sub in sorted(p for p in folder.iterdir() if p.is_dir() and list(p.glob("*.py"))):
        _add(sub, depth + 1, lines)


def page_tree() -> str:
    """What the page shows now."""
    text = PAGE.read_text(encoding="utf-8")
    return (
        text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
        .strip()
        .removeprefix("```text")
        .removesuffix("```")
        .strip("\n")
    )


def write() -> None:
    """Put the tree into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(f"{before}\n```text\n{tree()}\n```\n{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
