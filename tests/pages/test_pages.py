"""The reference pages that are made of the code are as the code is."""

from __future__ import annotations

import pytest

from admf import registry
from admf.cli.app import app
from admf.config.keys import COLUMNS, TOP
from admf.config.shape import Keys
from admf.finance.metrics.table import NAMES
from admf.model.space.form import SPELLINGS
from tests.pages import commands_page, config_page, finance_pages, python_page, search_page
from tests.pages.reference_pages import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), (
        "run `python -m tests.pages.reference_pages` to bring it up to date"
    )


def test_the_pages_name_all_that_is_public() -> None:
    found = python_page.page()
    assert [name for name in python_page.public_names() if name not in found] == []
    metrics, commands = finance_pages.metrics_page(), commands_page.page()
    assert [name for name in NAMES if f"| `{name}` |" not in metrics] == []
    assert [one.name for one in app.registered_commands if f"## `admf {one.name}`" not in commands] == []


def test_the_page_of_search_methods_describes_each() -> None:
    found = search_page.page()
    assert [name for name in registry.SEARCH_METHODS if f"| `{name}` | " not in found] == []
    with_options = [
        name for name in registry.SEARCH_METHODS if isinstance(registry.load("search_methods", name), type)
    ]
    assert [name for name in with_options if f"\n## {name}\n" not in found] == []


def test_the_config_page_names_every_key() -> None:
    found = config_page.page()

    def names(keys: Keys) -> list[str]:
        return [one for name, key in keys.items() for one in (name, *names(key.keys))]

    assert [name for name in (*names(TOP), *COLUMNS, *SPELLINGS) if f"`{name}`" not in found] == []
