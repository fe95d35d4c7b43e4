"""Rows of lists and attributes change in a page of a test as they do in a browser."""

from __future__ import annotations

from typing import Any

import pytest

from quart_hotframe.testing.live.changing import Changing
from quart_hotframe.testing.live.markup import parse
from tests.support.lists import CASES
from tests.support.lists import LIST


@pytest.mark.parametrize(("patch", "rows"), CASES)
def test_a_list_changes_by_keys(patch: dict[str, Any], rows: str) -> None:
    page = parse(LIST)
    Changing(page, lambda one: False).apply({"action": "list", "target": "u", **patch}, ())
    assert page.text == f"no row {rows}"


def test_attributes_change_and_go() -> None:
    page = parse('<p id="p" title="a" class="b"></p>')
    patch = {"action": "attributes", "target": "p", "values": {"title": None, "hidden": ""}}
    Changing(page, lambda one: False).apply(patch, ())
    (one,) = page.all()
    assert one.attributes == {"id": "p", "class": "b", "hidden": ""}
