"""What visitors get who are refused: the login page, a page, or JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from quart import Blueprint
from quart import make_response
from quart import Quart
from quart import Response

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import PermissionDenied
from quart_hotframe.security import AllowAny
from quart_hotframe.security import check
from quart_hotframe.security import guard
from quart_hotframe.security import IsAuthenticated
from quart_hotframe.security import IsStaff
from quart_hotframe.security import load_user
from tests.support.people import GuardedSite

LOGIN = {"HOTFRAME_LOGIN_URL": "/login"}
HTMX = {"HX-Request": "true"}
PAGE = {"Sec-Fetch-Mode": "navigate"}
login = pytest.mark.parametrize("guarded", [LOGIN], indirect=True)


@pytest.fixture
def site(guarded: GuardedSite) -> GuardedSite:
    """A site with a page for the staff, and one on which a part is looked at."""
    blueprint = Blueprint("shop", __name__)

    @blueprint.route("/page/<path:name>", methods=["GET", "POST"])
    @blueprint.route("/", defaults={"name": ""}, methods=["GET", "POST"])
    @guard(IsStaff)
    async def page(name: str) -> str:
        return "secret"

    @blueprint.get("/order")
    async def order() -> str:
        await check(lambda user, order: order == user.id, subject=1)
        return "secret"

    guarded.app.register_blueprint(blueprint)
    return guarded


async def text_of(response: Any) -> str:
    text: str = await response.get_data(as_text=True)
    return text


@login
@pytest.mark.parametrize("path", ["/", "/order"])
async def test_a_page_leads_to_the_login_and_back(site: GuardedSite, path: str) -> None:
    for headers in ({}, PAGE, {"Accept": "text/html,*/*;q=0.8"}):
        response = await site.asks(f"{path}?a=1&b=%C3%BC", headers=headers)
        assert response.status_code == 303
        place = urlsplit(response.headers["Location"])
        assert (place.netloc, place.path) == ("", "/login")
        assert parse_qs(place.query) == {"next": [f"{path}?a=1&b=%C3%BC"]}
        assert "private" in response.headers["Cache-Control"]


@login
@pytest.mark.parametrize("path", ["/", "/order"])
async def test_a_program_gets_json(site: GuardedSite, path: str) -> None:
    fetched = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}
    for headers in (fetched, {"Accept": "application/json"}, {**HTMX, **PAGE}):
        response = await site.asks(path, headers=headers)
        assert (response.status_code, response.mimetype) == (401, "application/json")
        assert await response.get_json() == {"error": "authentication_required"}
        assert response.headers.getlist("WWW-Authenticate") == ["Cookie"]
        assert "Location" not in response.headers
        refused = await site.asks(path, "editor", headers=headers)
        assert (refused.status_code, refused.mimetype) == (403, "application/json")
        assert await refused.get_json() == {"error": "permission_denied"}
        assert "WWW-Authenticate" not in refused.headers


@login
@pytest.mark.parametrize(
    ("asks", "leads"), [("HX-Request", "HX-Redirect"), ("HF-Request", "HF-Redirect")]
)
async def test_a_fragment_leads_its_page_to_the_login(
    site: GuardedSite, asks: str, leads: str
) -> None:
    source = {"Referer": "http://localhost/page/list?sort=1", asks: "true"}
    response = await site.asks("/page/row", headers=source)
    assert response.status_code == 401
    assert response.headers[leads] == "/login?next=%2Fpage%2Flist%3Fsort%3D1"
    assert leads not in (await site.asks("/page/row", "ann", headers=source)).headers


@login
async def test_who_is_signed_in_is_never_sent_to_the_login(site: GuardedSite) -> None:
    response = await site.asks("/", "ann")
    assert (response.status_code, response.mimetype) == (403, "text/html")
    assert "You may not see this." in await text_of(response)


async def test_without_a_login_page_it_is_a_page_with_401(site: GuardedSite) -> None:
    response = await site.asks("/")
    assert (response.status_code, response.mimetype) == (401, "text/html")
    assert response.headers["WWW-Authenticate"] == "Cookie"
    assert "Sign in to see this." in await text_of(response)


@login
async def test_a_form_comes_back_to_its_page(site: GuardedSite) -> None:
    source = {"Referer": "http://localhost/page/form"}
    response = await site.asks("/", headers=source, method="POST")
    assert response.headers["Location"] == "/login?next=%2Fpage%2Fform"
    response = await site.asks("/", method="POST")
    assert response.headers["Location"] == "/login"


@login
@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
@pytest.mark.parametrize(
    "source",
    ["http://evil.example/", "https://localhost/", "http://localhost:81/", "//evil.example/",
     "http://localhost//evil.example", "http://localhost/\\evil.example", "javascript:alert(1)",
     "http://user@localhost/", "http://[", "/\\evil.example", "http://localhost/" + "a" * 3000],
)  # fmt: skip
async def test_no_address_of_others_comes_back(site: GuardedSite, source: str, header: str) -> None:
    headers = {**HTMX, header: source}
    response = await site.asks("/", headers=headers)
    assert response.headers["HX-Redirect"] == "/login"


@login
@pytest.mark.parametrize("path", ["//evil.example/page", "/\\evil.example", "/%5cevil.example"])
async def test_a_path_that_browsers_take_for_a_host_does_not_come_back(
    site: GuardedSite, path: str
) -> None:
    @site.app.get("/<path:anything>", merge_slashes=False)
    @guard(IsStaff)
    async def anything(anything: str) -> str:
        return "secret"

    response = await site.asks(path)
    assert response.status_code in (303, 308)
    place = urlsplit(response.headers["Location"])
    assert place.path == "/login" or response.status_code == 308
    for back in parse_qs(place.query).get("next", []):
        assert back.startswith("/") and back[1:2] not in ("/", "\\")


@login
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rest=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
async def test_whatever_comes_back_is_a_path_of_ours(site: GuardedSite, rest: str) -> None:
    headers = {**HTMX, "Referer": f"http://localhost{rest}".strip()}
    response = await site.asks("/", headers=headers)
    place = urlsplit(response.headers["HX-Redirect"])
    assert (place.scheme, place.netloc, place.path) == ("", "", "/login")
    for back in parse_qs(place.query).get("next", []):
        assert back[:1] == "/" and back[1:2] not in ("/", "\\") and back.isascii()


@pytest.mark.parametrize(
    ("guarded", "location"),
    [
        ({"HOTFRAME_LOGIN_URL": "enter"}, "/door?next=%2F"),
        ({"HOTFRAME_LOGIN_URL": "/door?lang=en"}, "/door?lang=en&next=%2F"),
        ({"HOTFRAME_LOGIN_URL": "https://login.example/x"}, "https://login.example/x"),
    ],
    indirect=["guarded"],
)
async def test_where_the_login_page_may_be(site: GuardedSite, location: str) -> None:
    @site.app.get("/door")
    async def enter() -> str:
        return "Who are you?"

    assert (await site.asks("/")).headers["Location"] == location


@pytest.mark.parametrize(
    "guarded",
    [{"HOTFRAME_LOGIN_URL": url} for url in ("/door", "enter", "http://localhost/door")],
    indirect=True,
)
async def test_a_guarded_login_page_does_not_lead_to_itself(site: GuardedSite) -> None:
    @site.app.get("/door")
    @guard(IsAuthenticated)
    async def enter() -> str:
        return "Who are you?"

    assert await site.status("/door?next=/") == 401


@pytest.mark.parametrize("guarded", [{"HOTFRAME_LOGIN_URL": "shop.entre"}], indirect=True)
async def test_a_login_page_that_is_not_there_is_told_once(
    site: GuardedSite, caplog: pytest.LogCaptureFixture
) -> None:
    assert [await site.status("/") for _ in range(3)] == [401] * 3
    told = [one.getMessage() for one in caplog.records if "HOTFRAME_LOGIN_URL" in one.getMessage()]
    assert len(told) == 1
    assert "Did you mean 'shop.order'?" in told[0]


@pytest.mark.parametrize(
    "url",
    ["//evil.example", "/\\evil.example", "javascript:alert(1)", "http://", "login page", ".login",
     "/a\r\nSet-Cookie: a=b", "ftp://example/", "/ü"],
)  # fmt: skip
def test_a_login_page_that_leads_nowhere_stops_the_start(url: str) -> None:
    app = Quart(__name__)
    app.config["HOTFRAME_LOGIN_URL"] = url
    with pytest.raises(ConfigurationError, match="HOTFRAME_LOGIN_URL"):
        HotFrame(app)


@login
async def test_handlers_of_the_app_write_its_pages(site: GuardedSite) -> None:
    @site.app.errorhandler(401)
    @site.app.errorhandler(PermissionDenied)
    async def own(error: Any) -> tuple[str, int]:
        return f"own page {error.code}", error.code

    site.app.config["HOTFRAME_LOGIN_URL"] = ""
    assert (await site.asks("/")).status_code == 303  # a redirect is no error page
    assert await text_of(await site.asks("/", "ann")) == "own page 403"
    assert await text_of(await site.asks("/", headers=HTMX)) == "own page 401"


# -- caches --------------------------------------------------------------------------------------


def cached(site: GuardedSite, value: str) -> None:
    async def answer() -> Response:
        response: Response = await make_response("page")  # type: ignore[assignment]
        if value:
            response.headers["Cache-Control"] = value
        return response

    async def asked() -> Response:
        await load_user()
        return await answer()

    site.app.add_url_rule("/host", "host", answer)
    site.app.add_url_rule("/any", "any", guard(AllowAny)(answer))
    site.app.add_url_rule("/asked", "asked", asked)
    site.app.add_url_rule("/guarded", "guarded", guard(IsAuthenticated)(answer))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("", "private"),
        ("public, max-age=60, s-maxage=90", "max-age=60, private"),
        ("no-store", "no-store"),
        ("max-age=5", "max-age=5, private"),
    ],
)
async def test_what_depends_on_the_user_is_for_nobody_else(
    site: GuardedSite, value: str, kept: str
) -> None:
    cached(site, value)
    for path in ("/asked", "/guarded"):
        response = await site.asks(path, "ann")
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == kept
        assert "Cookie" in response.vary
    for path in ("/host", "/any"):
        response = await site.asks(path, "ann")
        assert response.headers.get("Cache-Control", "") == value
        assert "Vary" not in response.headers
    assert site.lookups == ["/asked", "/guarded"]


async def test_what_an_answer_varies_by_already_is_kept(site: GuardedSite) -> None:
    async def asked() -> Response:
        await load_user()
        response: Response = await make_response("page")  # type: ignore[assignment]
        response.headers["Vary"] = "Accept-Language"
        return response

    site.app.add_url_rule("/languages", "languages", asked)
    response = await site.asks("/languages", "ann")
    assert sorted(response.vary) == ["Accept-Language", "Cookie"]
    assert len(response.headers.getlist("Vary")) == 1
