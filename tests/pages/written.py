"""How pages made of the code show signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

_EXAMPLE = re.compile(r"^>>> .*(?:\n(?!\s*$).*)*", re.MULTILINE)
_LONG = 100


def signature_of(name: str, target: Any) -> str:
    """`name(...)` as code; one parameter a line where it would be long. Types as they are written in the code."""
    found = inspect.signature(target)
    parameters = [p for p in found.parameters.values() if p.name not in ("self", "cls")]
    result = found.return_annotation
    shown = _plain(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    back = "" if result in (inspect.Signature.empty, None, "None") else f" -> {result}"
    if len(name + shown + back) > _LONG:
        lines = [f"    {part}," for part in _parts(found.replace(parameters=parameters))]
        shown = "(\n" + "\n".join(lines) + "\n)"
    return f"{name}{shown}{back}"


def _plain(signature: inspect.Signature) -> str:
    """Without the quotes that annotations of later evaluation have."""
    return re.sub(r"'([^']*)'", lambda m: m[1] if _is_type(m[1]) else m[0], str(signature))


def _is_type(text: str) -> bool:
    return text[:1].isupper() or text.split("[")[0].split(" ")[0] in (
        "int", "str", "float", "bool", "object", "list", "tuple", "dict",
    )  # fmt: skip


def _parts(signature: inspect.Signature) -> list[str]:
    parts, only = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not only:
            only = True
            parts.append("*")
        shown = parameter
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:  # the star has a line of its own
            shown = parameter.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parts.append(_plain(inspect.Signature([shown]))[1:-1])
    return parts


def doc_of(target: Any) -> str:
    """The docstring as Markdown: its words, and its examples as a block that is run; skipped ones are left out."""
    text = inspect.getdoc(target) or ""
    examples = [e for e in _EXAMPLE.findall(text) if "+SKIP" not in e]
    words = re.sub(r"\n{3,}", "\n\n", _EXAMPLE.sub("", text)).strip()
    blocks = [f"```pycon\n{example}\n```" for example in examples]
    return "\n\n".join([words, *blocks])


def cell(text: str) -> str:
    """Text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
