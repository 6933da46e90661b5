"""The reference pages that are made of the code are as the code is."""

from __future__ import annotations

from admf.config.keys import COLUMNS, TOP
from admf.config.shape import Keys
from admf.model.space.form import SPELLINGS
from tests.pages import config_page


def test_the_config_page_is_what_the_keys_say() -> None:
    assert config_page.PAGE.read_text(encoding="utf-8") == config_page.page(), (
        "run `python -m tests.pages.config_page` to bring it up to date"
    )


def test_the_config_page_names_every_key() -> None:
    found = config_page.page()

    def names(keys: Keys) -> list[str]:
        return [one for name, key in keys.items() for one in (name, *names(key.keys))]

    assert [name for name in (*names(TOP), *COLUMNS, *SPELLINGS) if f"`{name}`" not in found] == []
