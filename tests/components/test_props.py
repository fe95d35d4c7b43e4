"""Props: declared in a template or a class, checked at every use."""

from __future__ import annotations

from typing import Any
from typing import Literal

import pytest
from markupsafe import Markup

from quart_hotframe import Component
from quart_hotframe import Prop

from .conftest import Pages

LABEL = """\
from quart_hotframe import Component, Prop


class Label(Component):
    text: Prop[str]
    size: Prop[int | None] = None
"""


class Label(Component):
    text: Prop[str]
    tone: Prop[Literal["info", "warn"]] = "info"
    rows: Prop[list[int]] = []
    ratio: Prop[float] = 1
    note: str = "no prop"


def test_a_component_is_made_in_python_with_its_defaults() -> None:
    label = Label(text="hello", rows=[1])
    assert (label.text, label.tone, label.rows, label.ratio) == ("hello", "info", [1], 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Label needs the prop 'text' (str)."),
        ({"text": 5}, "Label has a wrong prop: 'text' must be str, not int."),
        ({"text": None}, "Label has a wrong prop: 'text' must be str, not NoneType."),
        (
            {"text": "", "tone": "loud"},
            "Label has a wrong prop: 'tone' must be 'info' | 'warn', not str.",
        ),
        (
            {"text": "", "rows": ["1"]},
            "Label has a wrong prop: 'rows' must be list[int], not list.",
        ),
        ({"text": "", "ratio": True}, "Label has a wrong prop: 'ratio' must be float, not bool."),
        ({"text": "", "tune": "info"}, "Label has no prop 'tune'. Did you mean 'tone'?"),
        (
            {"text": "", "note": ""},
            "Label has no prop 'note'. It has: text, tone, rows, ratio.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Label(**given)
    assert str(caught.value) == message


def test_a_default_list_is_not_shared_between_uses() -> None:
    Label(text="").rows.append(1)
    assert Label(text="").rows == []


def test_props_are_inherited() -> None:
    class Loud(Label):
        tone: Prop[Literal["info", "warn"]] = "warn"
        volume: Prop[int] = 11

    loud = Loud(text="x")
    assert (loud.tone, loud.volume, Label(text="x").tone) == ("warn", 11, "info")


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        ("str", "'x'", "1"),
        ("int", "1", "true"),
        ("float", "1", "'1'"),
        ("bool", "true", "1"),
        ("list", "[1]", "'x'"),
        ("list[int]", "[1]", "['x']"),
        ("dict[str, int]", "{'a': 1}", "{'a': 'b'}"),
        ("str | None", "none", "1"),
        ('"info" | "warn"', "'warn'", "'loud'"),
        ("any", "[1]", ""),
    ],
)
async def test_a_template_declares_types(pages: Pages, declared: str, good: str, bad: str) -> None:
    pages.component("one", f"{{% props value: {declared} %}}{{{{ value }}}}")
    use = '{{% component "one" value={} %}}{{% endcomponent %}}'
    assert await pages.page(use.format(good))
    if bad:
        assert "has a wrong prop: 'value' must be" in await pages.fault(use.format(bad))


async def test_a_class_beside_the_template_declares_props(pages: Pages) -> None:
    pages.component("label", "<b>{{ text }}{{ size is none }}</b>", LABEL)
    use = '{% component "label" text="<x>" %}{% endcomponent %}'
    assert await pages.page(use) == "<b>&lt;x&gt;True</b>"


async def test_a_class_prepares_what_the_template_sees(pages: Pages) -> None:
    code = """\
        from typing import Any
        from quart_hotframe import Component, Prop


        class Stars(Component):
            count: Prop[int]

            async def context(self) -> dict[str, Any]:
                return {"stars": "*" * self.count, "count": self.count + 1}
        """
    template = "{{ stars }}{{ count }}{{ url_for is defined }}{{ nothing is defined }}"
    pages.component("stars", template, code)
    use = '{% component "stars" count=2 %}{% endcomponent %}'
    assert await pages.page(use) == "**3TrueFalse"
    sync = code.replace("async def", "def").replace("Stars", "Points")
    pages.component("points", template, sync)
    use = '{% component "points" count=3 %}{% endcomponent %}'
    assert await pages.page(use) == "***4TrueFalse"


class Safe:
    def __html__(self) -> str:
        return "<i>safe</i>"


async def test_a_text_prop_takes_what_is_html_and_does_not_escape_it_again(pages: Pages) -> None:
    pages.component("one", "{% props text: str | None = none %}{{ text }}")
    use = '{% component "one" text=text %}{% endcomponent %}'
    assert await pages.page(use, text=Markup("<b>1</b>")) == "<b>1</b>"
    assert await pages.page(use, text=Safe()) == "<i>safe</i>"
    pages.component("one", "{% props text: int = 0 %}{{ text }}")
    assert "must be int, not Safe" in await pages.fault(use, text=Safe())


async def test_a_choice_may_be_markup_and_true_is_no_number(pages: Pages) -> None:
    pages.component("one", '{% props tone: "info" | "warn" %}{{ tone }}')
    use = '{% component "one" tone=tone %}{% endcomponent %}'
    assert await pages.page(use, tone=Markup("warn")) == "warn"
    code = """\
        from typing import Literal
        from quart_hotframe import Component, Prop


        class Two(Component):
            level: Prop[Literal[1, 2]]
        """
    pages.component("two", "{{ level }}", code)
    use = '{% component "two" level=level %}{% endcomponent %}'
    assert await pages.page(use, level=1) == "1"
    assert "'level' must be 1 | 2, not bool" in await pages.fault(use, level=True)


async def test_a_default_of_a_template_is_not_changed_by_a_use(pages: Pages) -> None:
    pages.component("one", "{% props rows: list = [] %}{{ rows.append(1) or rows|length }}")
    use = '{% component "one" %}{% endcomponent %}'
    assert await pages.page(use + use) == "11"
