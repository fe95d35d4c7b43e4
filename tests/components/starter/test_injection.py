"""Whatever is put into a component of the starter set stays text, and runs nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from markupsafe import Markup

from quart_hotframe.components.starter.links import link_with
from quart_hotframe.components.starter.reading import found_here
from quart_hotframe.security.links import safe_link
from tests.components.test_injection import Fragment
from tests.components.test_injection import NASTY

from .conftest import Render

TEXTS = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
)
MORE = "class=b data-x=b aria-label=b"
USES = {
    "alert": f"title=a dismiss=b {MORE} %}}{{{{ a }}}}",
    "badge": f"title=a {MORE} %}}{{{{ a }}}}",
    "button": f"href=h id=b {MORE} %}}{{{{ a }}}}",
    "card": f"title=a href=h {MORE} %}}{{{{ a }}}}"
    '{% slot "media" %}{{ a }}{% endslot %}{% slot "footer" %}{{ b }}{% endslot %}',
    "field": "",  # tests of forms try them
    "form": "",
    "menu": f'id=a label=b {MORE} %}}{{{{ a }}}}{{% slot "button" %}}{{{{ b }}}}{{% endslot %}}',
    "modal": f"id=a title=b close=b {MORE} %}}{{{{ a }}}}"
    '{% slot "footer" %}{{ b }}{% endslot %}',
    "pagination": f"page=2 pages=9 href=h param=b label=a previous=b next=a {MORE} %}}",
    "progress": f"label=a value=3 {MORE} %}}",
    "tab": "",  # in tabs
    "table": 'caption=a columns=[{"key": a, "label": b, "sort": True}] rows=[{a: b}] '
    f'href=h param=a empty=b {MORE} %}}{{% slot "footer" %}}{{{{ b }}}}{{% endslot %}}',
    "tabs": f"id=a label=b {MORE} %}}"
    f'{{% component "tab" title=b id=b {MORE} %}}{{{{ a }}}}{{% endcomponent %}}',
    "toast": f"dismiss=a {MORE} %}}{{{{ b }}}}",
    "toasts": f"label=a {MORE} %}}{{{{ b }}}}",
}
EVERYTHING = "".join(
    f'{{% component "{name}" {use}{{% endcomponent %}}' for name, use in USES.items() if use
)


def shape(seen: Fragment) -> list[tuple[str, frozenset[str]]]:
    return [(tag, frozenset(attributes)) for tag, attributes in seen.elements]


def test_every_component_is_tried() -> None:
    assert USES.keys() == found_here().keys()


@settings(max_examples=25, deadline=None)
@given(TEXTS, TEXTS)
def test_props_slots_and_attributes_stay_text(render: Render, a: str, b: str) -> None:
    seen = Fragment(render(EVERYTHING, a=a, b=b, h=f"/{a}"))
    assert shape(seen) == shape(Fragment(render(EVERYTHING, a="tea", b="cup", h="/tea")))
    assert seen.text.count(a) >= 8
    assert seen.text.count(b) >= 8


@pytest.mark.parametrize("bad", [{"onclick": "x"}, {"a onload": "x"}, {'x"': "x"}])
def test_handlers_and_wrong_names_are_refused(render: Render, bad: dict[str, str]) -> None:
    for name in filter(USES.get, USES):
        use = f'{{% component "{name}" attributes=bad {USES[name]}{{% endcomponent %}}'
        with pytest.raises(Exception, match="inline handler|cannot be the name of an attribute"):
            render(use, a="tea", b="cup", h="/tea", bad=bad)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " \x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "java\tscript\r:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "blob:https://own.example/1",
        "intent://x",
        Markup("javascript&colon;alert(1)"),
        Markup("java&#10;script&#58;alert(1)"),
        "",
        None,
    ],
)
def test_addresses_that_run_code_lead_nowhere(render: Render, address: str | None) -> None:
    assert safe_link(address) is None
    seen = Fragment(render(EVERYTHING, a="tea", b="cup", h=address or ""))
    assert all(href[0] in "/#" for _, found in seen.elements if (href := found.get("href")))
    if address:
        assert link_with(address, "page", 2) is None


@pytest.mark.parametrize(
    "address",
    [
        "/tea", "tea", "?a=b:c", "#top", "./a:b", "//cdn.example/x", "https://a.example/x?y=z#w",
        "mailto:a@b.example", "tel:+34", "/javascript:x", "tea?next=javascript:x",
    ],
)  # fmt: skip
def test_addresses_that_lead_somewhere_stay(address: str) -> None:
    assert safe_link(address) == address


def test_an_address_that_is_none_leads_nowhere() -> None:
    assert link_with("http://[", "page", 2) is None
    assert link_with("", "page", 2) == "?page=2"  # outside of a request
