"""The styles of the starter set: each stands alone, and they agree with each other."""

from __future__ import annotations

import re

import pytest

from quart_hotframe.components.starter.reading import found_here
from quart_hotframe.components.starter.reading import HERE

STYLES = {
    name: (HERE / found.assets["style.css"]).read_text("utf-8")
    for name, found in found_here().items()
    if "style.css" in found.assets
}
DEFINED = re.compile(r"^    (--hf-[a-z-]+): (.+);$", re.MULTILINE)
USED = re.compile(r"var\((--hf-[a-z-]+)\)")


def test_each_component_has_a_style() -> None:
    assert STYLES.keys() == found_here().keys() - {"tab"}


@pytest.mark.parametrize("name", STYLES)
def test_a_style_lies_in_its_layer_and_defines_what_it_uses(name: str) -> None:
    text = STYLES[name]
    assert text.startswith("@layer hotframe {\n")
    assert text.endswith("\n}\n")
    assert {property for property, _ in DEFINED.findall(text)} == set(USED.findall(text))
    assert not re.search(r"\b(left|right|margin-top|padding-left|url|!important)\b", text)


def test_what_a_property_is_by_default_is_the_same_everywhere() -> None:
    found: dict[str, set[str]] = {}
    for text in STYLES.values():
        for property, value in DEFINED.findall(text):
            found.setdefault(property, set()).add(value)
    assert {property: values for property, values in found.items() if len(values) > 1} == {}


def test_no_template_has_inline_style_or_script() -> None:
    for found in found_here().values():
        text = (HERE / found.template).read_text("utf-8")
        assert not re.search(r"\bstyle=|<style|<script|\bon[a-z]+=", text)
