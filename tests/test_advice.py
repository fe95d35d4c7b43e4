"""Modules fill places on pages of others with functions, templates and components."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import render_template

from quart_hotframe.errors import ClashError
from quart_hotframe.errors import SetupError
from tests.support.modules import write_file
from tests.support.people import GuardedSite
from tests.support.sites import becomes
from tests.support.sites import serving

REVIEWS: dict[str, str | bytes] = {
    "hooks.py": """\
        from quart_hotframe import hooks
        from quart_hotframe.security import IsStaff

        hooks.outlet("page.end", template="reviews/end.html")
        hooks.outlet("page.end", component="stars", when=lambda name, n: n == 3, priority=5)
        hooks.outlet("page.end", component="app:note", guard=IsStaff, priority=50)

        @hooks.outlet("page.end", priority=60, guard=lambda user: user.id == 3)
        async def root(name, n): return "[root]"
        """,
    "templates/reviews/end.html": "[{{ name }} {{ whose }}]",
    "components/stars.html": "{% props n: int %}({{ '*' * n }})",
}
EVERYBODY = "<(***)[&lt;Tea&gt; mine]>"


class Outlets(GuardedSite):
    """A site with a page that has an outlet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {})
        self.template("<{{ outlet('page.end', name=name, n=3) }}>")
        write_file(folder / "app/components/note.html", "{% props name: str %}note for {{ name }}")

        @self.app.get("/page")
        async def page() -> str:
            return await render_template("page.html", name="<Tea>")

        @self.app.context_processor
        def whose() -> dict[str, str]:
            return {"whose": "mine"}

    def template(self, text: str) -> None:
        """Write the template of the page."""
        write_file(self.folder / "app/templates/page.html", text)

    async def enables(self, name: str, **files: str | bytes) -> None:
        """Enable a module with hooks, or with these files."""
        self.write(name, files=files)
        await self.modules.enable(name)

    async def page(self, visitor: str = "") -> str:
        """Return the page as somebody sees it."""
        text: str = await (await self.asks("/page", visitor)).get_data(as_text=True)
        return text


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Outlets]:
    """A serving site."""
    async with serving(Outlets(tmp_path)) as made:
        yield made


async def test_templates_and_components_fill_a_place_and_go_with_their_module(
    site: Outlets,
) -> None:
    assert await site.page() == "<>"
    await site.enables("reviews", **REVIEWS)
    assert await site.page() == EVERYBODY
    await site.modules.disable("reviews")
    assert await site.page() == "<>"


async def test_guards_say_who_sees_what_fills_a_place(site: Outlets) -> None:
    await site.enables("reviews", **REVIEWS)
    assert await site.page("ann") == EVERYBODY
    assert await site.page("staff") == EVERYBODY[:-1] + "note for &lt;Tea&gt;>"
    assert await site.page("root") == EVERYBODY[:-1] + "[root]>"


async def test_a_guard_that_fails_shows_nothing(
    site: Outlets, caplog: pytest.LogCaptureFixture
) -> None:
    code = """\
        from quart_hotframe import hooks
        hooks.outlet("page.end", template="reviews/end.html", guard=lambda user: 1 / 0)
        hooks.outlet("page.end", template="reviews/absent.html")
        hooks.outlet("page.end", component="absent")
        hooks.outlet("page.end", component="app:note", priority=50)
        """
    await site.enables("reviews", **{**REVIEWS, "hooks.py": code})
    assert await site.page("ann") == "<note for &lt;Tea&gt;>"
    assert "'reviews/end.html' of 'reviews' failed on outlet 'page.end'" in caplog.text
    assert "'reviews/absent.html' of 'reviews' failed on outlet 'page.end'" in caplog.text
    assert "hooks.py:4: There is no component 'absent'." in caplog.text


async def test_a_component_is_given_only_what_it_has_props_for(site: Outlets) -> None:
    stars = {"components/stars.html": "{% props n: int, more: int = 1 %}{{ n + more }}"}
    await site.enables("reviews", **{**REVIEWS, **stars})
    assert await site.page() == EVERYBODY.replace("(***)", "4")


async def test_a_template_for_text_is_escaped(site: Outlets) -> None:
    code = 'from quart_hotframe import hooks\nhooks.outlet("page.end", template="reviews/a.txt")'
    files = {"hooks.py": code, "templates/reviews/a.txt": "{{ name }}"}
    await site.enables("reviews", **files)
    assert await site.page() == "<&lt;Tea&gt;>"


async def test_a_place_is_filled_by_the_version_that_the_page_began_with(site: Outlets) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        waiting.set()
        await go.wait()
        return ""

    site.app.jinja_env.globals["wait"] = wait
    site.template("{{ wait() }}{{ outlet('page.end', name='', n=3) }}")

    def version(number: int) -> dict[str, str | bytes]:
        page = f"[{number}]"
        return {**REVIEWS, "templates/reviews/end.html": page, "components/stars.html": page}

    await site.has("reviews", files=version(1))
    new = site.source("reviews", "2.0", files=version(2))
    old = asyncio.create_task(site.page())
    await asyncio.wait_for(waiting.wait(), 15)
    await site.modules.upgrade("reviews", new)
    young = asyncio.create_task(site.page())
    go.set()
    assert (await old, await young) == ("[1][1]", "[2][2]")


async def test_the_app_fills_places_too_and_one_kind_at_a_time(site: Outlets) -> None:
    site.hotframe.hooks.outlet("page.*", component="note")
    assert await site.page() == "<note for &lt;Tea&gt;>"
    with pytest.raises(SetupError, match="with a template or a component, not both"):
        site.hotframe.hooks.outlet("a", template="a.html", component="a")  # type: ignore[call-overload]
    with pytest.raises(SetupError, match="'staff' is no guard"):
        site.hotframe.hooks.outlet("a", template="a.html", guard="staff")  # type: ignore[call-overload]


FAULTY = """\
    from quart_hotframe import hooks
    hooks.outlet("page.ned", template="reviews/end.html")
    hooks.outlet("page.end", template="reviews/edn.html")
    hooks.outlet("page.*", template="reviews/end.html")
    hooks.outlet("only.python", template="reviews/end.html")
    """


async def test_in_development_a_place_that_no_page_has_is_told_with_the_nearest(
    site: Outlets, caplog: pytest.LogCaptureFixture
) -> None:
    site.app.debug = True
    site.write(
        "reviews", manifest='outlets = ["only.python"]', files={**REVIEWS, "hooks.py": FAULTY}
    )
    await site.modules.enable("reviews")
    await becomes(lambda: "page.ned" in caplog.text)
    told = [one.getMessage() for one in caplog.records if "fills the outlet" in one.getMessage()]
    assert told == [
        "'reviews' fills the outlet 'page.end' with the template 'reviews/edn.html', which does "
        "not exist. Did you mean 'reviews/end.html'?",
        "'reviews/end.html' of 'reviews' fills the outlet 'page.ned', which no template names. Did "
        "you mean 'page.end'? One that only Python renders belongs into 'outlets' of its module's "
        "manifest.",
    ]


async def test_a_place_whose_name_is_computed_may_have_any_name(
    site: Outlets, caplog: pytest.LogCaptureFixture
) -> None:
    site.app.debug = True
    write_file(site.folder / "app/templates/other.html", "{{ outlet('page.' ~ name) }}")
    await site.enables("reviews", **{**REVIEWS, "hooks.py": FAULTY})
    await becomes(lambda: "reviews/edn.html" in caplog.text)
    assert "page.ned" not in caplog.text


def beside(place: str, text: str) -> dict[str, str | bytes]:
    """Return the files of a module that fills the page's end beside another one."""
    code = f'hooks.outlet("page.end", {place})(lambda name, n: "{text}")'
    return {"hooks.py": f"from quart_hotframe import hooks\n{code}\n"}


async def test_modules_that_wait_for_each_other_in_a_place_are_refused(site: Outlets) -> None:
    await site.enables("reviews", **beside('after="news"', "reviews "))
    site.write("news", files=beside('after="reviews"', "news "))
    with pytest.raises(
        ClashError, match=r"'page\.end' are in a circle: 'news' after 'reviews' after 'news'"
    ):
        await site.modules.enable("news")
    assert await site.page() == "<reviews >"
    site.hotframe.hooks.outlet("page.end", before="reviews")(lambda name, n: "app ")
    await site.enables("news", **beside('after="app"', "news "))
    with pytest.raises(ClashError, match="in a circle"):
        site.hotframe.hooks.outlet("page.end", after="news")(lambda name, n: "")
    site.hotframe.hooks.outlet("page.end", priority=-1)(lambda name, n: "begin ")
    assert await site.page() == "<begin app news reviews >"


async def test_in_development_a_module_beside_which_one_fills_a_place_is_told_if_it_is_absent(
    site: Outlets, caplog: pytest.LogCaptureFixture
) -> None:
    site.app.debug = True
    await site.enables("reviews", **REVIEWS)
    await site.enables("news", **beside('before="reveiws", after="app"', "news"))
    await becomes(lambda: "reveiws" in caplog.text)
    assert (
        "of 'news' fills the outlet 'page.end' before 'reveiws', which is not mounted. Did you "
        "mean 'reviews'?"
    ) in caplog.text
    assert "after 'app'" not in caplog.text
