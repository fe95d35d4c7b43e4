"""Components that are mounted after their page."""

from __future__ import annotations

import re
from html import unescape

import pytest

from quart_hotframe.testing import live_page
from quart_hotframe.testing.apps import RunningApp

from .conftest import LiveSite

CHART = """\
class Chart(LiveComponent):
    start: Prop[int] = 0
    zoom: Url[int] = 1
    points: int = 0
    mounted: int = 0

    async def mount(self) -> None:
        self.points = self.start * self.zoom
        self.mounted += 1

    @event
    async def add(self) -> None: self.points += 1
"""
TEMPLATE = '<b>{{ points }} {{ mounted }}</b><button {{ on.click("add") }}>+</button>'
USE = """{% component "chart" start=5 loading="LOADING" %}\
{% slot "loading" %}<i>One moment</i>{% endslot %}{% endcomponent %}"""
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def charts(live: LiveSite) -> LiveSite:
    live.component("chart", TEMPLATE, CHART)
    return live


def running(live: LiveSite) -> RunningApp:
    return RunningApp(live.app, live.hotframe, live.client)


@pytest.mark.parametrize("loading", ["lazy", "defer"])
async def test_the_page_does_not_wait_for_it(charts: LiveSite, loading: str) -> None:
    (chart,) = await charts.load(USE.replace("LOADING", loading), "/?zoom=2")
    assert "<i>One moment</i>" in charts.html
    assert "<b>" not in charts.html
    assert (await chart.send("hotframe.begin")).html.startswith("<b>10 1</b>")
    assert (await chart.send("add")).html.startswith("<b>11 1</b>")
    assert (await chart.send("hotframe.begin")).body["patches"] == []


async def test_a_page_of_tests_has_it_soon(charts: LiveSite) -> None:
    await charts.load(USE.replace("LOADING", "lazy"))
    async with live_page(running(charts)) as page:
        await page.until(lambda: page.text("b") == "5 1")
        await page.click("add")
        assert page.text("b") == "6 1"
        await page.assert_current()


async def test_it_is_mounted_again_where_its_state_is_lost_as_any_other(charts: LiveSite) -> None:
    (chart,) = await charts.load(USE.replace("LOADING", "lazy"))
    await chart.send("hotframe.begin")
    await chart.send("add")
    live = charts.hotframe.live
    for held in live.residents:
        await live.store.forget(held.key)
    assert (await chart.send("add")).status == 409
    again = await chart.send("add", handle=None, snapshot=chart.snapshot)
    assert again.html.startswith("<b>7 1</b>")


async def test_a_mount_that_fails_leaves_what_is_shown_meanwhile(charts: LiveSite) -> None:
    charts.component("chart", TEMPLATE, CHART.replace("self.mounted += 1", "1 // 0"))
    (chart,) = await charts.load(USE.replace("LOADING", "lazy"))
    assert (await chart.send("hotframe.begin")).status == 500


async def test_an_event_mounts_it_first(charts: LiveSite) -> None:
    (chart,) = await charts.load(USE.replace("LOADING", "lazy"))
    assert (await chart.send("add")).html.startswith("<b>6 1</b>")


async def test_without_javascript_a_button_brings_it(charts: LiveSite) -> None:
    await charts.load(USE.replace("LOADING", "lazy"))
    assert '<noscript><button form="app-chart.form"' in charts.html
    form = {name: unescape(value) for name, value in HIDDEN.findall(charts.html)}
    form["hf_event"] = "hotframe.begin"
    response = await charts.client.post("/hotframe/live/form", form=form)
    shown = await charts.client.get(response.headers["Location"].partition("#")[0])
    assert "<b>5 1</b>" in await shown.get_data(as_text=True)


async def test_one_in_another_component_comes_by_itself_and_keeps_its_place(
    charts: LiveSite,
) -> None:
    outer = "class Outer(LiveComponent):\n    n: int = 0\n    @event\n    def up(self): self.n += 1"
    charts.component("outer", USE.replace("LOADING", "lazy") + OUTER, outer)
    await charts.load("{% component 'outer' %}{% endcomponent %}")
    async with live_page(running(charts)) as page:
        await page.until(lambda: page.text("b") == "5 1")
        await page.click("up")
        await page.click("add")
        await page.click("up")
        assert page.text("b") == "6 1"
        await page.assert_current()


OUTER = '<u>{{ n }}</u><button {{ on.click("up") }}>up</button>'


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("{% component 'chart' loading='lasy' %}{% endcomponent %}", "Did you mean 'lazy'"),
        ("{% component 'chart' loading='lazy' %}x{% endcomponent %}", "the slot 'default'"),
        ("{% component 'row' loading='lazy' %}{% endcomponent %}", "Nothing can wait in <tr>"),
        (
            "{% component 'chart' loading='lazy' %}{% slot 'loading' let a %}{% endslot %}"
            "{% endcomponent %}",
            "The slot 'loading' gives no 'a'",
        ),
    ],
)
async def test_what_cannot_wait_is_told(
    charts: LiveSite, use: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    charts.component("row", "", "class Row(LiveComponent):\n    element = 'tr'\n")
    with pytest.raises(AssertionError):  # it is not answered with 200
        await charts.load(use)
    assert "ComponentError: " in caplog.text
    assert said in caplog.text


async def test_a_prop_of_that_name_stays_a_prop(live: LiveSite) -> None:
    live.component(
        "box", "{{ loading }}", 'class Box(LiveComponent):\n    loading: Prop[str] = ""\n'
    )
    await live.load("{% component 'box' loading='much' %}{% endcomponent %}")
    assert "much" in live.html
