"""One view answers with its page or with a part, by what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import jsonify
from quart import Quart
from quart import redirect
from quart import Response
from quart.typing import ResponseReturnValue
from quart.views import MethodView

from quart_hotframe import page
from quart_hotframe.errors import SetupError
from tests.support.modules import write_file
from tests.support.sites import Site

from .conftest import Templates

INDEX = (
    "<html>{% block rows %}<i>{{ n }}</i>{% endblock %}{% block cart %}cart{% endblock %}</html>"
)
WHOLE = "<html><i>1</i>cart</html>"
ROWS = "<i>1</i>"
HTMX = {"HX-Request": "true"}
LOOKED_AT = {
    "HF-Request", "HF-Frame", "HX-Request", "HX-Request-Type", "HX-Boosted",
    "HX-History-Restore-Request", "Turbo-Frame",
}  # fmt: skip


@pytest.fixture
def shop(made: Templates) -> Templates:
    """A shop whose first page has a block of rows, and one with blocks for each frame."""
    made.write(index=INDEX)

    @made.app.route("/", methods=["GET", "POST"])
    @page("index.html", block="rows")
    async def index() -> dict[str, int]:
        return {"n": 1}

    @made.app.get("/named")
    @page("index.html", blocks={"cart": "cart"})
    async def named() -> dict[str, int]:
        return {"n": 1}

    return made


async def answer(shop: Templates, path: str, headers: Mapping[str, str]) -> tuple[str, Any]:
    response = await shop.app.test_client().get(path, headers=headers)
    return await response.get_data(as_text=True), response


@pytest.mark.parametrize(
    "headers",
    [
        {"HF-Request": "frame"},
        {"HF-Request": "submit", "HF-Frame": "list"},
        {"HF-Request": "prefetch", "HF-Frame": "list"},
        HTMX,
        {**HTMX, "HX-Request-Type": "partial", "HX-Target": "div#list"},
    ],
)
async def test_who_asks_for_a_part_gets_the_block(shop: Templates, headers: dict[str, str]) -> None:
    text, response = await answer(shop, "/", headers)
    assert (text, response.mimetype) == (ROWS, "text/html")
    assert response.headers.get("HF-Frame") == headers.get("HF-Frame")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HF-Request": "visit"},
        {"HF-Request": "submit"},
        {"HF-Request": "prefetch"},
        {"HF-Request": "visit", "HF-Frame": 'a" onload="x'},
        {**HTMX, "HX-Boosted": "true"},
        {**HTMX, "HX-History-Restore-Request": "true"},
        {"HX-History-Restore-Request": "true"},
        {**HTMX, "HX-Request-Type": "full", "HX-Target": "body"},
        {"Turbo-Frame": "_top"},
        {"Turbo-Frame": "<script>"},
    ],
)
async def test_who_asks_for_all_gets_the_page(shop: Templates, headers: dict[str, str]) -> None:
    text, response = await answer(shop, "/", headers)
    assert text == WHOLE
    assert "HF-Frame" not in response.headers


async def test_a_turbo_frame_gets_the_block_within_its_element(shop: Templates) -> None:
    text, _ = await answer(shop, "/", {"Turbo-Frame": "list"})
    assert text == f'<turbo-frame id="list">{ROWS}</turbo-frame>'
    own = '<turbo-frame id="list">own</turbo-frame>'
    shop.write(index=f"{{% block rows %}}{own}{{% endblock %}}")
    shop.app.jinja_env.auto_reload = True
    assert (await answer(shop, "/", {"Turbo-Frame": "list"}))[0] == own


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"HF-Frame": "cart"}, "cart"),
        ({**HTMX, "HX-Target": "cart"}, "cart"),
        ({**HTMX, "HX-Request-Type": "partial", "HX-Target": "div#cart"}, "cart"),
        ({"Turbo-Frame": "cart"}, '<turbo-frame id="cart">cart</turbo-frame>'),
        ({"HF-Frame": "other"}, WHOLE),
        ({**HTMX, "HX-Target": "#cart"}, WHOLE),
        ({**HTMX, "HX-Request-Type": "partial", "HX-Target": "div"}, WHOLE),
        (HTMX, WHOLE),
        ({}, WHOLE),
    ],
)
async def test_a_block_can_be_named_for_a_frame_or_target(
    shop: Templates, headers: dict[str, str], expected: str
) -> None:
    text, response = await answer(shop, "/named", headers)
    assert text == expected
    assert set(response.vary) == LOOKED_AT | {"HX-Target"}


@pytest.mark.parametrize("headers", [{}, HTMX, {"HF-Frame": "x"}, {"Turbo-Frame": "x"}])
async def test_vary_names_what_was_looked_at_on_pages_and_parts(
    shop: Templates, headers: dict[str, str]
) -> None:
    _, response = await answer(shop, "/", headers)
    assert set(response.vary) == LOOKED_AT
    assert len(response.headers.getlist("Vary")) == 1


async def test_vary_of_the_view_is_kept(shop: Templates) -> None:
    @shop.app.get("/own")
    @page("index.html")
    async def own() -> tuple[dict[str, int], dict[str, str]]:
        return {"n": 1}, {"Vary": "Cookie"}

    _, response = await answer(shop, "/own", {})
    assert set(response.vary) == {"Cookie", "HF-Request", "HF-Frame"}


async def test_a_view_may_answer_otherwise(shop: Templates) -> None:
    @shop.app.get("/otherwise/<kind>")
    @page("index.html", block="rows")
    async def otherwise(kind: str) -> ResponseReturnValue:
        answers: dict[str, ResponseReturnValue] = {
            "redirect": redirect("/"),
            "text": ("text", 201),
            "json": jsonify(n=1),
            "response": Response("r"),
        }
        return answers[kind]

    for kind, expected in {"redirect": 302, "text": 201, "json": 200, "response": 200}.items():
        _, response = await answer(shop, f"/otherwise/{kind}", HTMX)
        assert (response.status_code, response.headers.get("Vary")) == (expected, None)


async def test_status_and_headers_go_with_the_variables(shop: Templates) -> None:
    @shop.app.get("/both")
    @page("index.html", block="rows")
    async def both() -> tuple[dict[str, int], int, dict[str, str]]:
        return {"n": 1}, 422, {"X-A": "b"}

    @shop.app.get("/status")
    @page("index.html", block="rows")
    async def status() -> tuple[dict[str, int], int]:
        return {"n": 1}, 422

    for path in ("/both", "/status"):
        text, response = await answer(shop, path, HTMX)
        assert (text, response.status_code) == (ROWS, 422)
    assert (await answer(shop, "/both", {}))[1].headers["X-A"] == "b"


async def test_sync_views_and_class_based_views_are_answered_too(shop: Templates) -> None:
    @shop.app.get("/sync/<int:n>")
    @page("index.html", block="rows")
    def sync(n: int) -> dict[str, int]:
        return {"n": n}

    class Decorated(MethodView):
        decorators = [page("index.html", block="rows")]  # noqa: RUF012

        async def get(self) -> dict[str, int]:
            return {"n": 1}

        async def post(self) -> tuple[dict[str, int], int]:
            return {"n": 1}, 422

    class ByMethod(MethodView):
        @page("index.html", block="rows")
        async def get(self) -> dict[str, int]:
            return {"n": 1}

    shop.app.add_url_rule("/decorated", view_func=Decorated.as_view("decorated"))
    shop.app.add_url_rule("/by-method", view_func=ByMethod.as_view("by_method"))
    for path in ("/sync/1", "/decorated", "/by-method"):
        assert (await answer(shop, path, HTMX))[0] == ROWS
        assert (await answer(shop, path, {}))[0] == WHOLE
    posted = await shop.app.test_client().post("/decorated")
    assert posted.status_code == 422


async def test_a_page_of_a_module_comes_with_its_templates_and_processors(site: Site) -> None:
    views = """\
        from quart_hotframe import page
        from . import blueprint

        @blueprint.context_processor
        def more():
            return {"more": "more"}

        @blueprint.get("/")
        @page("shop/index.html", block="rows")
        async def index():
            return {"n": 1}
        """
    template = "<p>{% block rows %}{{ n }}{{ more }}{% endblock %}</p>"
    await site.has("shop", files={"views.py": views, "templates/shop/index.html": template})
    assert await site.get("/shop/") == (200, "<p>1more</p>")
    assert await site.get("/shop/", headers=HTMX) == (200, "1more")


async def test_an_unknown_block_fails_for_parts_and_not_for_the_page(
    made: Templates, caplog: pytest.LogCaptureFixture
) -> None:
    made.write(index=INDEX)

    @made.app.get("/")
    @page("index.html", block="row")
    async def index() -> dict[str, int]:
        return {"n": 1}

    assert (await answer(made, "/", {}))[0] == WHOLE
    assert (await answer(made, "/", HTMX))[1].status_code == 500
    assert "BlockNotFound: The template 'index.html' has no block 'row'" in caplog.text


@pytest.mark.parametrize("headers", [HTMX, {"HF-Frame": "other"}, {"Turbo-Frame": "other"}])
async def test_a_whole_page_in_the_place_of_a_part_is_told_in_debug_mode(
    made: Templates, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    made.write(index="<!doctype html><HTML>{% block rows %}{% endblock %}")

    async def empty() -> dict[str, int]:
        return {}

    made.app.get("/", endpoint="a")(page("index.html", blocks={"a": "rows"})(empty))
    made.app.get("/part", endpoint="b")(page("index.html", block="rows")(empty))
    await answer(made, "/", headers)
    made.app.debug = True
    await answer(made, "/", {})
    await answer(made, "/part", headers)
    assert caplog.messages == []
    await answer(made, "/", headers)
    (message,) = caplog.messages
    assert "'index.html' answers with a whole page to" in message


def test_it_stands_before_views_only() -> None:
    class View(MethodView):
        pass

    for target, message in {View: "'decorators = ", Blueprint("b", "b"): "before a view"}.items():
        with pytest.raises(SetupError, match=message):
            page("index.html")(target)  # type: ignore[arg-type]


def test_it_keeps_name_and_text_of_the_view() -> None:
    @page("index.html")
    async def index() -> dict[str, int]:
        """Say something."""
        return {}

    assert (index.__name__, index.__doc__) == ("index", "Say something.")


async def test_an_app_without_hotframe_can_use_it(tmp_path: Path) -> None:
    write_file(tmp_path / "templates" / "index.html", INDEX)
    app = Quart("plain", root_path=str(tmp_path))
    app.get("/")(page("index.html", block="rows")(lambda: {"n": 1}))
    response = await app.test_client().get("/", headers=HTMX)
    assert await response.get_data(as_text=True) == ROWS
