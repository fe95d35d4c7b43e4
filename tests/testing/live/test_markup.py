"""HTML as pages of tests read it."""

from __future__ import annotations

import pytest

from quart_hotframe.testing.live.changing import Changing
from quart_hotframe.testing.live.markup import parse
from quart_hotframe.testing.live.selecting import select

PAGE = """\
<div id="a.b" class="one two"><p>Tea &amp; <b>rice</b>s<br>salt</p>
<ul><li data-key="1">x<li data-key="2">y <i hidden>z</i></ul><script>no</script></div>
<input name="q"><div class="two"><b>other</b></div>"""


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("div b", ["rice", "other"]),
        (".one b", ["rice"]),
        ("div.two > b", None),
        ("li[data-key]", ["x", "y"]),
        ("ul li[data-key='2']", ["y"]),
        ('.two [data-key="1"]', ["x"]),
        ("p", ["Tea & rices salt"]),
        ("LI", ["x", "y"]),
        ("#a.b b", ["rice"]),
        ("", None),
    ],
)
def test_selectors(selector: str, texts: list[str] | None) -> None:
    page = parse(PAGE)
    if texts is None:
        with pytest.raises(ValueError, match=r"cannot be selected|is empty"):
            select(page, selector)
    else:
        assert [one.text for one in select(page, selector)] == texts


@pytest.mark.parametrize(
    ("patch", "html"),
    [
        ({"action": "append", "html": "<b>3</b>"}, "<p id='x'>1<b>3</b></p>"),
        ({"action": "prepend", "html": "0"}, "<p id='x'>01</p>"),
        ({"action": "before", "html": "0"}, "0<p id='x'>1</p>"),
        ({"action": "after", "html": "2<i id='x2'></i>"}, "<p id='x'>1</p>2<i id='x2'></i>"),
        ({"action": "replace", "html": "0"}, "0"),
        ({"action": "update", "html": "0"}, "<p id='x'>0</p>"),
        ({"action": "remove"}, ""),
        ({"action": "morph", "html": "<p id='x' class='y'>0</p>"}, "<p class='y' id='x'>0</p>"),
        ({"action": "after", "html": "<p id='x'>2</p>"}, "<p id='x'>2</p>"),
        ({"action": "gone"}, "<p data-hf-gone='' id='x'>1</p>"),
    ],
)
def test_patches(patch: dict[str, str], html: str) -> None:
    page = parse('<p id="x">1</p>')
    Changing(page, lambda root: False).apply({"target": "x", **patch}, ())
    assert page.inner == html.replace("'", '"')


def test_what_is_not_there_is_told() -> None:
    changing = Changing(parse(""), lambda root: False)
    with pytest.raises(LookupError, match="There is no #x"):
        changing.apply({"action": "remove", "target": "x"}, ())
    with pytest.raises(LookupError, match="insert: there is no such action"):
        changing.apply({"action": "insert", "target": "x"}, ())
