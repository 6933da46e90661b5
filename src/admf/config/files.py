"""Config files: text from disk, and `extends: other.yaml` merged below it."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from admf.config.document import Document, Mark, Path, forget, read_document
from admf.errors import ConfigError, Problem, nearest
from admf.model.space.value import shown


def read_file(path: FilePath) -> Document:
    """The document of a config file with what it extends. Raises ConfigError with every problem."""
    return _extended(_document(_text_of(path, str(path)), str(path)), path, path.parent.resolve(), ())


def read_text(text: str, folder: FilePath, name: str = "config") -> Document:
    """The document of a config text; `extends` starts at `folder`."""
    return _extended(_document(text, name), folder / name, folder.resolve(), ())


def _document(text: str, name: str) -> Document:
    document = read_document(text, lambda line, column: f"{name}:{line}:{column}")
    if document.value is None:
        hint = "`admf init DIR` writes one to start from."
        raise ConfigError(Problem(says="a config must not be empty.", where=name, hint=hint))
    if not isinstance(document.value, dict):
        says = f"a config must be a mapping of keys, was {shown(document.value)}."
        raise ConfigError(Problem(says=says, where=document.marks[()].value))
    return document


def _text_of(path: FilePath, where: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            Problem(says="there must be a config, is no such file.", where=where, hint=_beside(path))
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            Problem(says="a config must be a file, is a folder.", where=where, hint=_inside(path))
        ) from None
    except UnicodeDecodeError as error:
        says = f"a config must be UTF-8 text, is not at byte {error.start}."
        raise ConfigError(Problem(says=says, where=where, hint="Save it as UTF-8.")) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(Problem(says=f"the config cannot be read: {reason}.", where=where)) from None


def _beside(path: FilePath) -> str:
    try:
        names = sorted(one.name for one in path.parent.iterdir() if one.suffix in (".yaml", ".yml"))
    except OSError:
        return f"There is no folder {path.parent} either."
    return nearest(path.name, names) if names else "`admf init DIR` writes one to start from."


def _inside(path: FilePath) -> str:
    return f"Did you mean '{path / 'admf.yaml'}'?" if (path / "admf.yaml").is_file() else ""


def _extended(document: Document, path: FilePath, root: FilePath, seen: tuple[FilePath, ...]) -> Document:
    """`document`, read from `path`, merged over the file it extends; files stay below `root`."""
    if "extends" not in document.value:
        return document
    named = document.value.pop("extends")
    where = document.marks[("extends",)].value
    forget(document.marks, ("extends",))
    if not isinstance(named, str) or not named.strip() or "\0" in named:
        says = f"extends must be the path of a config, was {shown(named)}."
        raise ConfigError(Problem(says=says, where=where))
    try:
        target = (path.parent / named).resolve()
        chain = (*seen, path.resolve())
    except (OSError, RuntimeError):  # links in a circle
        raise ConfigError(Problem(says=f"extends must be a file, '{named}' is none.", where=where)) from None
    if not target.is_relative_to(root):
        says = f"extends must stay below the config's folder, '{named}' is outside."
        raise ConfigError(Problem(says=says, where=where))
    if target in chain:
        circle = " -> ".join(one.name for one in (*chain[chain.index(target) :], target))
        raise ConfigError(Problem(says=f"extends must not go in a circle, was {circle}.", where=where))
    try:
        text = _text_of(target, str(path.parent / named))
    except ConfigError as error:
        problem = error.problems[0]
        says = f"extends must be a readable file, '{named}' is not: {problem.says}"
        raise ConfigError(Problem(says=says, where=where, hint=problem.hint)) from None
    label = path.parent / named
    return merged(_extended(_document(text, str(label)), label, root, chain), document)


def merged(lower: Document, upper: Document) -> Document:
    """`upper` over `lower`: mappings key by key, everything else replaced whole."""
    marks = dict(lower.marks)
    value = _merged(lower.value, upper.value, (), marks, upper.marks)
    return Document(value, marks | upper.marks)


def _merged(lower: Any, upper: Any, path: Path, marks: dict[Path, Mark], news: dict[Path, Mark]) -> Any:
    if not (isinstance(lower, dict) and isinstance(upper, dict)):
        forget(marks, path)
        return upper
    both = dict(lower)
    for key, value in upper.items():
        both[key] = _merged(lower[key], value, (*path, key), marks, news) if key in lower else value
    return both
