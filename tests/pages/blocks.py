"""A page of the documentation as its fenced blocks, each with what an HTML comment just before it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"(`{3,})([\w-]*)\s*$")
_COMMENT = re.compile(r"<!-- (.*) -->\s*$")
_FILE = re.compile(r"# ([\w./-]+\.(?:py|yaml|csv))[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block. `line` is that of its first line of text; `says` the comment before it, else empty."""

    page: Path
    line: int
    language: str
    text: str
    says: str

    @property
    def place(self) -> str:
        """Page and line, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the file that this block is, where its first line is a comment with one."""
        found = _FILE.match(self.text)
        return found[1] if found else None


def pages() -> list[Path]:
    """README and all pages below docs/; errors.md is made of what is wrong, and has tests of its own."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if page.name != "errors.md"]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found: list[Block] = []
    says, fence, begun = "", "", 0
    language, text = "", list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if fence:
            if line.rstrip() == fence:
                whole = "\n".join(text) + "\n"
                found.append(Block(page=page, line=begun, language=language, text=whole, says=says))
                says, fence = "", ""
            else:
                text.append(line)
        elif opened := _FENCE.match(line):
            fence, language, begun, text = opened[1], opened[2], number + 1, []
        elif comment := _COMMENT.match(line):
            says = comment[1]
        elif line.strip():
            says = ""
    assert not fence, f"{page}: the block of line {begun} has no end"
    return found
