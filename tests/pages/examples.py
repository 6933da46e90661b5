"""Runs the examples of a page as a reader would: one after the other, in one folder and one Python session.

- `python` blocks run in order, in one namespace, and so do `pycon` blocks, whose answers are compared; `sh` and `console` blocks are commands: `admf ...` through the real
  command line, and `cd`. A block whose first line is a comment with a file's name (`# study.yaml`) is that file.
- `<!-- not run: reason -->` just before a block leaves it out; `<!-- exit code 2 -->` is the code its last command ends with.
- `<!-- output -->` just before a `text` block: this is what the block before it printed; `...` stands for anything.
- `<!-- in the report of runs/x -->` just before a `text` block: each of its lines is on that run's report.
"""

from __future__ import annotations

import contextlib
import doctest
import html
import io
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from admf.cli import progress, speak
from admf.cli.app import run_app
from tests.pages.blocks import Block, blocks

SHELL, SHOWN = ("sh", "console"), ("text", "json", "csv", "html", "toml", "mermaid")
_NOT_RUN = re.compile(r"not run: \S.+")
_REPORT = re.compile(r"in the report of (\S+)")
_CODE = re.compile(r"exit code (\d+)")
_NEVER_S = 1e6
"""When progress is said: pages show what a machine prints that has nothing else to do."""
_LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class WrongExampleError(AssertionError):
    """An example that does not do what its page says."""


class Session:
    """One reader of one page, in the working folder: what is defined, and what was printed last."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""

    def read(self, page: Path) -> None:
        """Every block of `page`; WrongExampleError at the first that is wrong."""
        for block in blocks(page):
            if not _NOT_RUN.fullmatch(block.says):
                self._do(block)

    def _do(self, block: Block) -> None:
        if block.file is not None:
            target = Path(block.file)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            self._python(block)
        elif block.language == "pycon":
            self._typed(block)
        elif block.language in SHELL:
            self._commands(block)
        elif block.says == "output":
            self._compare(block)
        elif report := _REPORT.fullmatch(block.says):
            _find(block, Path(report[1]) / "reports" / "report.html")
        elif block.language not in (*SHOWN, "yaml"):
            raise WrongExampleError(
                f"{block.place}: a block must have a language that is known here: {block.language!r}"
            )

    def _python(self, block: Block) -> None:
        """Run it; lines of tracebacks, and of what is said about functions in it, are those of the page."""
        out = io.StringIO()
        try:
            code = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec", dont_inherit=True)
            with contextlib.redirect_stdout(out):
                exec(code, self.names)
        except Exception as error:
            raise WrongExampleError(f"{block.place}: {type(error).__name__}: {error}") from error
        self.printed = out.getvalue()

    def _typed(self, block: Block) -> None:
        """What is typed at Python's prompt, and what it answers."""
        test = doctest.DocTestParser().get_doctest(
            block.text, self.names, block.place, str(block.page), block.line
        )
        said = io.StringIO()
        if doctest.DocTestRunner(optionflags=_LIKE).run(test, out=said.write, clear_globs=False).failed:
            raise WrongExampleError(f"{block.place}: {said.getvalue()}")

    def _commands(self, block: Block) -> None:
        self.printed, code = "", 0
        expected = int(found[1]) if (found := _CODE.fullmatch(block.says)) else 0
        lines = [line.removeprefix("$ ") for line in block.text.splitlines()]
        for words in (w for line in lines for w in _split(line)):
            if code:
                raise WrongExampleError(f"{block.place}: exit code {code} before {words}:\n{self.printed}")
            code = self._command(block, words)
        if code != expected:
            raise WrongExampleError(f"{block.place}: exit code {code}, expected {expected}:\n{self.printed}")

    def _command(self, block: Block, words: list[str]) -> int:
        if words[0] == "cd" and len(words) == 2:
            os.chdir(words[1])
            return 0
        if words[0] != "admf":
            raise WrongExampleError(
                f"{block.place}: only admf and cd can be run, not {words[0]}; or say why not"
            )
        to = Path(words[words.index(">") + 1]) if ">" in words else None
        code, out, err = run(words[1 : words.index(">")] if to else words[1:])
        if to:
            to.write_bytes(out)
        else:
            self.printed += out.decode()
        self.printed += err if code else ""
        return code

    def _compare(self, block: Block) -> None:
        if not doctest.OutputChecker().check_output(block.text, self.printed, _LIKE):
            raise WrongExampleError(
                f"{block.place}: the page shows\n{block.text}\nbut this was printed\n{self.printed}"
            )


def _find(block: Block, report: Path) -> None:
    """WrongExampleError for a line that a reader of the report does not see."""
    if not report.is_file():
        raise WrongExampleError(f"{block.place}: there is no {report}")
    page = re.sub(r"<(script|style).*?</\1>", "", report.read_text(encoding="utf-8"), flags=re.DOTALL)
    seen = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for line in block.text.splitlines():
        if " ".join(line.split()) not in seen:
            raise WrongExampleError(f"{block.place}: not on the report: {line}")


def run(arguments: list[str]) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error of `admf` with `arguments`."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_app(arguments)
    out.flush()
    written = out.buffer
    assert isinstance(written, io.BytesIO)
    return code, written.getvalue(), err.getvalue()


def _split(line: str) -> Iterator[list[str]]:
    """The commands of a line."""
    words: list[str] = []
    for word in shlex.split(line, comments=True):
        if word == "&&":
            yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[Session]:
    """A session in `folder`; afterwards nothing that it imported or changed of this process is left."""
    before, path, modules = Path.cwd(), list(sys.path), set(sys.modules)
    os.chdir(folder)
    sys.path.insert(0, "")  # as Python's prompt has it: files beside a reader can be imported
    said_after = speak.STEP_S, progress.EVERY_S
    speak.STEP_S = progress.EVERY_S = _NEVER_S
    try:
        yield Session()
    finally:
        speak.STEP_S, progress.EVERY_S = said_after
        os.chdir(before)
        sys.path[:] = path
        for name in [n for n in set(sys.modules) - modules if _is_of(sys.modules[n], folder)]:
            del sys.modules[name]


def _is_of(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(folder)
