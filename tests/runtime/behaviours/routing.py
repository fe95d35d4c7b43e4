"""Which view answers, and under which address."""

from __future__ import annotations

from typing import Any

from quart import Blueprint
from quart import redirect
from quart import request
from quart import url_for
from quart.views import MethodView
from quart.views import View
from werkzeug.routing import BaseConverter
from werkzeug.routing import Rule

from tests.runtime.site import behaviour
from tests.runtime.site import Site


@behaviour()
def strict_slashes(site: Site) -> Any:
    @site.blueprint.get("/branch/")
    async def branch() -> str:
        return "branch"

    @site.blueprint.get("/leaf")
    async def leaf() -> str:
        return "leaf"

    return ["/shop/branch", "/shop/branch/", "/shop/leaf", "/shop/leaf/", "/shop/branch?x=1"]


@behaviour()
def slashes_that_are_not_strict(site: Site) -> Any:
    @site.blueprint.get("/branch/", strict_slashes=False)
    async def branch() -> str:
        return request.path

    return ["/shop/branch", "/shop/branch/"]


@behaviour()
def merged_slashes(site: Site) -> Any:
    @site.blueprint.get("/a/<int:number>")
    async def merged(number: int) -> str:
        return str(number)

    return ["/shop//a/1", "/shop/a///2", "//shop/a/3", "/shop/a/4"]


@behaviour()
def slashes_that_are_not_merged(site: Site) -> Any:
    @site.blueprint.get("/raw/<path:rest>", merge_slashes=False)
    async def raw(rest: str) -> str:
        return rest

    return ["/shop/raw/a//b", "/shop//raw/a"]


@behaviour()
def redirect_to_the_rule_without_defaults(site: Site) -> Any:
    @site.blueprint.get("/pages/", defaults={"page": 1})
    @site.blueprint.get("/pages/<int:page>")
    async def pages(page: int) -> str:
        return f"{page} {url_for('.pages', page=1)} {url_for('.pages', page=2)}"

    return ["/shop/pages/", "/shop/pages/1", "/shop/pages/2"]


@behaviour()
def rules_that_redirect(site: Site) -> Any:
    @site.blueprint.get("/new/<int:number>")
    async def new(number: int) -> str:
        return str(number)

    @site.blueprint.record
    def bring(state: Any) -> None:
        rule = Rule("/shop/old/<int:number>", endpoint="shop.old", redirect_to="shop/new/<number>")
        state.app.url_map.add(rule)

    return ["/shop/old/7", "/shop/new/7"]


@behaviour()
def unknown_paths(site: Site) -> Any:
    return ["/", "/shop", "/shop/", "/shop/none", "/shopping", "/%00", "/shop/%2e%2e/x"]


@behaviour()
def wrong_methods(site: Site) -> Any:
    @site.blueprint.get("/one")
    async def one() -> str:
        return "one"

    @site.blueprint.post("/one")
    async def posted() -> str:
        return "posted"

    return [(method, "/shop/one") for method in ("GET", "POST", "PUT", "DELETE", "BREW")]


@behaviour()
def options_and_head(site: Site) -> Any:
    @site.blueprint.route("/thing", methods=["GET", "PUT"])
    async def thing() -> str:
        return "body"

    @site.blueprint.route("/own", methods=["OPTIONS"])
    async def own() -> tuple[str, dict[str, str]]:
        return "own", {"X-Own": "1"}

    @site.blueprint.route("/none", provide_automatic_options=False)
    async def none() -> str:
        return "none"

    paths = ("/shop/thing", "/shop/own", "/shop/none", "/shop/absent")
    return [(method, path) for path in paths for method in ("OPTIONS", "HEAD")]


@behaviour()
def two_owners_share_a_path_by_method(site: Site) -> Any:
    @site.blueprint.get("/both")
    async def got() -> str:
        return "got"

    @site.app.post("/shop/both")
    async def posted() -> str:
        return "posted"

    return [("GET", "/shop/both"), ("POST", "/shop/both"), ("PUT", "/shop/both")]


@behaviour()
def converters(site: Site) -> Any:
    rules = {
        "int": "<int(min=2,max=9):value>",
        "float": "<float(signed=True):value>",
        "path": "<path:value>/end",
        "any": "<any(red,green):value>",
        "uuid": "<uuid:value>",
        "text": "<string(length=2):value>",
    }
    for name, part in rules.items():

        async def view(value: Any, name: str = name) -> str:
            return f"{name} {value!r} {url_for(f'shop.{name}', value=value)}"

        site.blueprint.add_url_rule(f"/{name}/{part}", name, view)
    found = ["int/1", "int/5", "int/10", "float/-1.5", "float/x", "path/a/b/end", "any/red",
             "any/blue", "uuid/12345678-1234-5678-1234-567812345678", "uuid/1", "text/ab",
             "text/abc"]  # fmt: skip
    return [f"/shop/{path}" for path in found]


class Reversed(BaseConverter):
    """Reads a word backwards."""

    regex = "[a-z]+"
    weight = 10

    def to_python(self, value: str) -> str:
        return value[::-1]

    def to_url(self, value: str) -> str:
        return value[::-1]


@behaviour()
def a_converter_of_the_app(site: Site) -> Any:
    site.app.url_map.converters["reversed"] = Reversed

    @site.blueprint.get("/word/<reversed:word>")
    async def word(word: str) -> str:
        return f"{word} {url_for('shop.word', word='xyz')}"

    return ["/shop/word/abc", "/shop/word/ABC"]


@behaviour()
def a_converter_that_the_blueprint_brings(site: Site) -> Any:
    @site.blueprint.record_once
    def bring(state: Any) -> None:
        state.app.url_map.converters["reversed"] = Reversed

    @site.blueprint.get("/word/<reversed:word>")
    async def word(word: str) -> str:
        return f"{word} {url_for('shop.word', word='xyz')}"

    @site.other.get("/")
    async def index() -> str:
        return url_for("shop.word", word="abc")

    return ["/shop/word/abc", "/shop/word/1", "/blog/"]


@behaviour()
def nested_blueprints(site: Site) -> Any:
    child = Blueprint("child", "site", url_prefix="/child")
    grandchild = Blueprint("grandchild", "site")

    @child.get("/")
    async def index() -> str:
        return f"{request.blueprints} {url_for('.index')} {url_for('shop.child.grandchild.leaf')}"

    @grandchild.get("/leaf")
    async def leaf() -> str:
        return f"{request.endpoint} {url_for('.leaf')}"

    child.register_blueprint(grandchild, url_prefix="/grand")
    site.blueprint.register_blueprint(child)
    site.blueprint.register_blueprint(child, name="twin", url_prefix="/twin")
    return ["/shop/child/", "/shop/child/grand/leaf", "/shop/twin/"]


@behaviour()
def subdomains(site: Site) -> Any:
    site.app.config["SERVER_NAME"] = "site.test"
    site.app.subdomain_matching = True

    @site.blueprint.get("/", subdomain="<user>")
    async def user(user: str) -> str:
        return f"{user} {url_for('shop.user', user='other')} {url_for('blog.api')}"

    @site.other.get("/", subdomain="api")
    async def api() -> str:
        return f"api {url_for('shop.user', user='me', _external=True)}"

    hosts = ("me.site.test", "api.site.test", "site.test", "else.test")
    paths = ("/shop/", "/blog/")
    return [("GET", path, {"headers": {"Host": host}}) for host in hosts for path in paths]


@behaviour(host_matching=True, static_host="static.test")
def host_matching(site: Site) -> Any:
    @site.blueprint.get("/", host="one.test")
    async def one() -> str:
        return url_for("shop.two", name="a", _external=True)

    @site.blueprint.get("/", host="<name>.two.test", endpoint="two", defaults={"more": 1})
    async def two(name: str = "", more: int = 0) -> str:
        return f"{name}{more}"

    @site.other.get("/<int:number>", host="one.test")
    async def three(number: int) -> str:
        return f"{number} {url_for('.three', number=4)}"

    sought = [("one.test", "/shop/"), ("x.two.test", "/shop/"), ("x.test", "/shop/"),
              ("one.test", "/blog/3")]  # fmt: skip
    return [("GET", path, {"headers": {"Host": host}}) for host, path in sought]


@behaviour()
def url_for_from_everywhere(site: Site) -> Any:
    @site.app.get("/")
    async def index() -> str:
        return f"{url_for('shop.item', number=1, q='a b')} {url_for('blog.static', filename='x')}"

    @site.blueprint.get("/items/<int:number>")
    async def item(number: int) -> str:
        found = [url_for(".item", number=2), url_for("index"), url_for("blog.post", _anchor="top")]
        return " ".join([*found, url_for("static", filename="a.css"), request.url])

    @site.other.get("/post")
    async def post() -> str:
        return f"{url_for('shop.item', number=3, _external=True, _scheme='https')}"

    return ["/", "/shop/items/1", "/blog/post"]


@behaviour(contained=True)
def url_for_an_unknown_endpoint(site: Site) -> Any:
    @site.blueprint.get("/")
    async def index() -> str:
        return url_for("shop.absent")

    return ["/shop/"]


@behaviour()
def url_build_error_handlers(site: Site) -> Any:
    site.app.url_build_error_handlers.append(lambda error, endpoint, values: f"/no/{endpoint}")

    @site.blueprint.get("/")
    async def index() -> str:
        return url_for("shop.absent")

    return ["/shop/"]


@behaviour()
def url_defaults_and_value_preprocessors(site: Site) -> Any:
    from quart import g

    @site.blueprint.url_value_preprocessor
    def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.language = (values or {}).pop("language", None)

    @site.blueprint.url_defaults
    def give(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("language", g.get("language", "en"))

    @site.blueprint.app_url_defaults
    def everywhere(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("x", "1")

    @site.blueprint.get("/<language>/page")
    async def page() -> str:
        return f"{g.language} {url_for('.page')} {url_for('blog.index')}"

    @site.other.get("/")
    async def index() -> str:
        return f"{g.get('language')} {url_for('shop.page')}"

    return ["/shop/de/page", "/blog/"]


@behaviour()
def class_based_views(site: Site) -> Any:
    class Items(MethodView):
        init_every_request = False

        async def get(self, number: int | None = None) -> str:
            return f"get {number}"

        async def post(self, number: int | None = None) -> tuple[str, int]:
            return "post", 201

    class Page(View):
        methods = ["GET", "PATCH"]

        def __init__(self, text: str) -> None:
            self.text = text

        async def dispatch_request(self) -> str:  # type: ignore[override]
            return f"{self.text} {request.method}"

    site.blueprint.add_url_rule("/items", view_func=Items.as_view("items"))
    site.blueprint.add_url_rule("/items/<int:number>", view_func=Items.as_view("item"))
    site.blueprint.add_url_rule("/page", view_func=Page.as_view("page", "text"))
    paths = ("/shop/items", "/shop/items/3", "/shop/page")
    return [(method, path) for path in paths for method in ("GET", "POST", "PATCH", "OPTIONS")]


@behaviour()
def synchronous_views(site: Site) -> Any:
    @site.blueprint.get("/")
    def index() -> str:
        return f"{request.endpoint} {url_for('.index')}"

    return ["/shop/"]


@behaviour()
def views_that_redirect_and_abort(site: Site) -> Any:
    from quart import abort

    @site.blueprint.get("/go")
    async def go() -> Any:
        return redirect(url_for("blog.index"), 303)

    @site.blueprint.get("/stop/<int:code>")
    async def stop(code: int) -> Any:
        abort(code, description="told so")

    @site.other.get("/")
    async def index() -> str:
        return "there"

    return ["/shop/go", "/shop/stop/403", "/shop/stop/410", "/shop/stop/429"]


@behaviour()
def order_of_overlapping_rules(site: Site) -> Any:
    @site.app.get("/<path:rest>")
    async def anything(rest: str) -> str:
        return f"anything {rest}"

    @site.app.get("/shop/<word>")
    async def of_the_app(word: str) -> str:
        return f"app {word}"

    @site.blueprint.get("/<int:number>")
    async def number(number: int) -> str:
        return f"number {number}"

    @site.blueprint.get("/fixed")
    async def fixed() -> str:
        return "fixed"

    return ["/x/y", "/shop/word", "/shop/3", "/shop/fixed", "/shop/a/b"]


@behaviour()
def rules_listed(site: Site) -> Any:
    @site.blueprint.get("/a/<int:x>")
    async def a(x: int) -> str:
        return ""

    async def listed(client: Any) -> Any:
        rules = [
            (str(r), r.endpoint, sorted(r.methods or ())) for r in site.app.url_map.iter_rules()
        ]
        names = [blueprint.name for blueprint in site.app.iter_blueprints()]
        return sorted(rules), names, sorted(site.app.view_functions)

    return listed
