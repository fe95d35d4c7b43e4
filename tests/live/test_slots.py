"""Slots of live components: the page fills them, and keeps what is in them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from quart_hotframe.testing import live_page
from quart_hotframe.testing.apps import RunningApp

from .conftest import LiveSite

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
PANEL = """\
class Panel(LiveComponent):
    title: Prop[str] = ""
    open: bool = True

    @event
    async def toggle(self) -> None: self.open = not self.open
"""
TEMPLATE = """\
<b>{{ title }} {{ open }}</b><button {{ on.click("toggle") }}>t</button>\
<section {{ "title" if not open }}>{% slot %}nothing{% endslot %}</section>\
{% if slots.footer %}<hr>{% endif %}<i>{% slot "footer" %}no footer{% endslot %}</i>"""
OUTER = """\
class Outer(LiveComponent):
    count: int = 0
    title: str = "t"

    @event
    async def add(self) -> None: self.count += 1

    @event
    async def name(self) -> None: self.title = "other"
"""
COUNTER = """\
class Inner(LiveComponent):
    count: int = 0

    @event
    async def more(self) -> None: self.count += 1
"""


@pytest.fixture
def panels(live: LiveSite) -> LiveSite:
    live.component("panel", TEMPLATE, PANEL)
    live.component("inner", '<u {{ on.click("more") }}>{{ count }}</u>', COUNTER)
    return live


def running(live: LiveSite) -> RunningApp:
    return RunningApp(live.app, live.hotframe, live.client)


async def test_what_a_page_puts_into_it_stays(panels: LiveSite) -> None:
    panels.values["text"] = "<tea>"
    await panels.load("{% component 'panel' title='T' %}{{ text }}{% endcomponent %}")
    async with live_page(running(panels)) as page:
        assert page.text("section") == "<tea>"
        for _ in range(2):
            await page.click("toggle")
            assert page.text("section") == "<tea>"
        assert page.text("b") == "T True"


async def test_what_is_in_it_does_not_travel_again(panels: LiveSite) -> None:
    (panel,) = await panels.load("{% component 'panel' %}a long text{% endcomponent %}")
    assert "a long text" in panels.html
    assert "a long text" not in str((await panel.send("toggle")).body)


async def test_a_slot_that_nobody_fills_shows_what_the_component_says(panels: LiveSite) -> None:
    await panels.load("{% component 'panel' %}{% endcomponent %}")
    async with live_page(running(panels)) as page:
        await page.click("toggle")
        assert (page.text("section"), page.text("i"), page.all("hr")) == (
            "nothing",
            "no footer",
            [],
        )


async def test_it_is_known_later_which_are_filled(panels: LiveSite) -> None:
    footer = "{% slot 'footer' %}<em>end</em>{% endslot %}"
    await panels.load(f"{{% component 'panel' %}}{footer}{{% endcomponent %}}")
    async with live_page(running(panels)) as page:
        await page.click("toggle")
        assert (page.text("i em"), len(page.all("hr"))) == ("end", 1)


async def test_a_live_component_in_it_goes_on_by_itself(panels: LiveSite) -> None:
    inner = "{% component 'inner' %}{% endcomponent %}"
    await panels.load(f"{{% component 'panel' %}}{inner}{{% endcomponent %}}")
    async with live_page(running(panels)) as page:
        await page.click("more")
        await page.click("toggle")
        await page.click("more")
        assert page.text("u") == "2"
        await page.assert_current()


async def test_in_another_live_component_it_shows_what_that_puts_into_it(panels: LiveSite) -> None:
    use = "{% component 'panel' title=title %}{{ count }}{% endcomponent %}"
    buttons = '<button {{ on.click("add") }}>+</button><button {{ on.click("name") }}>n</button>'
    panels.component("outer", f"{use}{buttons}", OUTER)
    await panels.load("{% component 'outer' %}{% endcomponent %}")
    async with live_page(running(panels)) as page:
        await page.click("toggle")
        await page.click("add")
        assert (page.text("b"), page.text("section")) == ("t False", "1")
        await page.click("toggle")
        await page.click("name")
        assert (page.text("b"), page.text("section")) == ("other True", "1")
        await page.assert_current()


async def test_a_live_component_in_a_slot_within_another_one_keeps_its_state(
    panels: LiveSite,
) -> None:
    inner = "{% component 'inner' %}{% endcomponent %}"
    use = f"{{% component 'panel' title=title %}}{{{{ count }}}}{inner}{{% endcomponent %}}"
    panels.component("outer", f'{use}<button {{{{ on.click("add") }}}}>+</button>', OUTER)
    await panels.load("{% component 'outer' %}{% endcomponent %}")
    async with live_page(running(panels)) as page:
        await page.click("more")
        await page.click("add")
        await page.click("more")
        await page.click("add")
        assert (page.text("u"), page.text("section")) == ("2", "2 2")
        await page.assert_current()


async def test_what_is_in_an_island_stays_there(live: LiveSite) -> None:
    template = "{% island 'box' %}{{ title }} {{ open }} {% slot %}{% endslot %}{% endisland %}"
    live.component("panel", f'{template}<b {{{{ on.click("toggle") }}}}>b</b>', PANEL)
    await live.load("{% component 'panel' title='T' %}tea{% endcomponent %}")
    async with live_page(running(live)) as page:
        await page.click("toggle")
        assert page.text("[hf-island]") == "T False tea"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if open %}{% slot %}{% endslot %}{% endif %}", "stands in {% if %}"),
        ("{% for one in [1] %}\n{% slot %}{% endslot %}{% endfor %}", "stands in {% for %}"),
        ("{% slot 'row' title=title %}{% endslot %}", "it gives no values"),
    ],
)
async def test_a_slot_that_could_not_keep_its_content_is_refused(
    live: LiveSite, template: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("panel", template, PANEL)
    with pytest.raises(AssertionError):  # it is not answered with 200
        await live.load("{% component 'panel' %}{% endcomponent %}")
    assert "ComponentError: " in caplog.text
    assert said in caplog.text


async def test_without_javascript_it_is_there_after_an_event(panels: LiveSite) -> None:
    await panels.load("{% component 'panel' %}tea{% endcomponent %}")
    hidden = {name: unescape(value) for name, value in HIDDEN.findall(panels.html)}
    form = hidden | {"hf_event": "toggle"}
    response = await panels.client.post("/hotframe/live/form", form=form)
    shown = await panels.client.get(response.headers["Location"].partition("#")[0])
    html = await shown.get_data(as_text=True)
    assert "False</b>" in html
    assert ">tea</hf-slot>" in html
