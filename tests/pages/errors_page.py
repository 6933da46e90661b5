"""The page docs/reference/errors.md, made of what the program says of each bad input; run this file to write it."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from admf.cli.app import run_app
from tests.pages.bad_case import Case, write
from tests.pages.bad_input import CASES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"

_HEAD = """\
# Bad input, and what is said of it

A command that is given bad input ends with exit code 2 and one line per problem on standard error: where it is, what
must hold, what it was, and what to do. Every problem is said at once, as far as one does not hide another: first those
of the config, then those of the data, then those of the strategies. Nothing is written before all of them are gone.
There is no traceback; `admf --debug run` shows one.

The messages below are what the program prints: `python -m tests.pages.errors_page` runs each case and writes this page,
and a test compares them. A signal that is wrong with other parameters than the defaults, and not with all, ends the
trials with these parameters as `failed`, with the reason in the trial table.

Exit codes: 0 done, 2 bad input, 4 more trials failed than `max_failures` allows, 130 interrupted, 1 a fault of ours.
"""


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A new folder that anybody may enter and write, as the working folder; the cache of bars is in it."""
    folder = Path(tempfile.mkdtemp(prefix="admf-case-")).resolve()
    before, cache = Path.cwd(), os.environ.get("ADMF_CACHE")
    try:
        folder.chmod(0o777)
        (folder / "study").mkdir()
        (folder / "study").chmod(0o777)
        (folder / "cache").mkdir()
        (folder / "cache").chmod(0o777)
        os.environ["ADMF_CACHE"] = str(folder / "cache")
        os.chdir(folder / "study")
        yield folder / "study"
    finally:
        os.chdir(before)
        os.environ.pop("ADMF_CACHE")
        if cache is not None:
            os.environ["ADMF_CACHE"] = cache
        shutil.rmtree(folder, ignore_errors=True)


def run(case: Case) -> tuple[int, str]:
    """The exit code of `admf run` on a case, and what it says on standard error."""
    said = io.StringIO()
    with place() as folder:
        write(case, folder)
        path, modules = list(sys.path), set(sys.modules)
        with case.around(), contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = run_app(["run", *case.arguments, "--executor", "inline"])
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if name.startswith("_admf_"):
                del sys.modules[name]
    return code, said.getvalue()


def page() -> str:
    """The page as it should be."""
    parts = [_HEAD]
    for section, cases in CASES.items():
        parts.append(f"## {section}\n")
        parts += [_shown(case) for case in cases]
    return "\n".join(parts)


def _shown(case: Case) -> str:
    _, said = run(case)
    named = {"admf.yaml": case.config} if not case.arguments or case.arguments[0] != "studdy.yaml" else {}
    blocks = [
        f"`{name}`:\n\n```{'python' if name.endswith('.py') else 'yaml'}\n{text.strip()}\n```"
        for name, text in {**named, **case.files}.items()
        if name.endswith((".yaml", ".py")) and name not in ("study.yaml",)
    ]
    command = " ".join(["admf run", *(f"'{a}'" if " " in a else a for a in case.arguments)])
    blocks.append(f"```text\n$ {command}\n{said.strip()}\n```")
    return f"### {case.title[0].upper()}{case.title[1:]}\n\n" + "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
