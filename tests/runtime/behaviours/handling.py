"""What runs around a view: hooks, handlers of errors, sessions, contexts."""

from __future__ import annotations

from typing import Any

from quart import abort
from quart import after_this_request
from quart import Blueprint
from quart import current_app
from quart import flash
from quart import g
from quart import get_flashed_messages
from quart import has_request_context
from quart import jsonify
from quart import make_response
from quart import request
from quart import Response
from quart import session
from werkzeug.exceptions import Conflict
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound
from werkzeug.exceptions import RequestEntityTooLarge

from tests.runtime.site import behaviour
from tests.runtime.site import see
from tests.runtime.site import Site


def logging_hooks(log: list[Any], target: Any, name: str, prefix: str = "") -> None:
    """Make a blueprint or an app write down which of its hooks ran."""

    async def before() -> None:
        log.append(f"before {name}")

    async def after(response: Response) -> Response:
        log.append(f"after {name}")
        response.headers.add("X-After", name)
        return response

    async def teardown(error: BaseException | None) -> None:
        log.append(f"teardown {name} {error!r}")

    getattr(target, f"before_{prefix}request")(before)
    getattr(target, f"after_{prefix}request")(after)
    getattr(target, f"teardown_{prefix}request")(teardown)


@behaviour()
def order_of_hooks(site: Site) -> Any:
    child = Blueprint("child", "site", url_prefix="/child")
    for target, name in ((site.app, "app"), (site.blueprint, "shop"), (child, "child")):
        logging_hooks(site.log, target, name)
        logging_hooks(site.log, target, f"{name} again")
    logging_hooks(site.log, site.blueprint, "shop everywhere", "app_")
    logging_hooks(site.log, site.other, "blog everywhere", "app_")

    @site.blueprint.get("/")
    @child.get("/")
    async def index() -> str:
        site.log.append("view")
        return "index"

    @site.app.get("/")
    async def home() -> str:
        return "home"

    site.blueprint.register_blueprint(child)
    return ["/", "/shop/", "/shop/child/", "/absent", "/shop/absent"]


@behaviour()
def a_before_hook_that_answers(site: Site) -> Any:
    @site.blueprint.before_app_request
    async def gate() -> tuple[str, int] | None:
        return ("closed", 401) if request.args.get("stop") == "app" else None

    @site.blueprint.before_request
    async def own_gate() -> tuple[str, int] | None:
        return ("own", 402) if request.args.get("stop") == "own" else None

    @site.blueprint.get("/")
    @site.other.get("/")
    async def index() -> str:
        return "open"

    paths = ("/shop/", "/blog/", "/absent")
    return [f"{path}?stop={stop}" for path in paths for stop in ("app", "own", "no")]


@behaviour(contained=True)
def hooks_that_fail(site: Site) -> Any:
    logging_hooks(site.log, site.app, "app")

    @site.blueprint.before_request
    async def fail() -> None:
        if request.args.get("at") == "before":
            raise ValueError("before")

    @site.blueprint.after_request
    async def fail_after(response: Response) -> Response:
        if request.args.get("at") == "after":
            raise ValueError("after")
        return response

    @site.blueprint.get("/")
    async def index() -> str:
        return "index"

    return ["/shop/?at=before", "/shop/?at=after", "/shop/"]


@behaviour()
def after_this_request_and_response_objects(site: Site) -> Any:
    @site.blueprint.get("/")
    async def index() -> Any:
        @after_this_request
        async def mark(response: Any) -> Any:
            response.headers["X-Mark"] = request.endpoint
            return response

        response = await make_response("made", 202)
        response.set_cookie("taste", "sweet", path="/shop", httponly=True)
        return response

    @site.blueprint.get("/json")
    async def json() -> Any:
        return jsonify(b=2, a=[1, None])

    @site.blueprint.get("/pair")
    async def pair() -> Any:
        return {"pair": True}, 203, {"X-Pair": "1"}

    return ["/shop/", "/shop/json", "/shop/pair"]


@behaviour()
def error_handlers_of_a_blueprint(site: Site) -> Any:
    @site.blueprint.errorhandler(ValueError)
    async def of_value(error: ValueError) -> tuple[str, int]:
        return f"value {error}", 418

    @site.blueprint.errorhandler(409)
    async def of_code(error: Conflict) -> tuple[str, int]:
        return f"code {error.description}", 409

    @site.blueprint.errorhandler(404)
    async def absent(error: NotFound) -> tuple[str, int]:
        return "shop has none", 404

    @site.blueprint.get("/<what>")
    async def fail(what: str) -> str:
        if what == "value":
            raise ValueError(what)
        if what == "unicode":
            raise UnicodeError(what)
        abort(409 if what == "conflict" else 404)

    found = ("value", "unicode", "conflict", "absent", "a/path/without/a/rule")
    return [f"/shop/{what}" for what in found] + ["/blog/absent"]


@behaviour()
def error_handlers_of_the_whole_app(site: Site) -> Any:
    @site.blueprint.app_errorhandler(404)
    async def absent(error: NotFound) -> tuple[str, int]:
        return f"nothing at {request.path} {request.endpoint}", 404

    @site.blueprint.app_errorhandler(HTTPException)
    async def http(error: HTTPException) -> tuple[str, int]:
        return f"http {error.code}", error.code or 500

    @site.app.errorhandler(LookupError)
    async def lookup(error: LookupError) -> tuple[str, int]:
        return f"app {error!r}", 420

    @site.blueprint.app_errorhandler(KeyError)
    async def key(error: KeyError) -> tuple[str, int]:
        return f"shop {error!r}", 421

    @site.other.get("/<what>")
    async def fail(what: str) -> str:
        raise {"key": KeyError("k"), "index": IndexError("i"), "gone": NotFound()}[what]

    @site.other.post("/key")
    async def post() -> str:
        abort(400)

    failing = [
        "/blog/key",
        "/blog/index",
        "/blog/gone",
        *[(m, "/blog/key") for m in ("PUT", "POST")],
    ]
    return ["/absent", "/shop/absent", *failing]


@behaviour()
def handlers_of_server_errors(site: Site) -> Any:
    @site.app.errorhandler(500)
    async def broken(error: Any) -> tuple[str, int]:
        return f"broken {error.original_exception!r}", 500

    @site.blueprint.get("/")
    async def index() -> str:
        raise RuntimeError("inside")

    @site.app.get("/")
    async def home() -> str:
        raise RuntimeError("outside")

    return ["/shop/", "/"]


@behaviour()
def handlers_of_every_exception(site: Site) -> Any:
    @site.app.errorhandler(Exception)
    async def anything(error: Exception) -> tuple[str, int]:
        return f"{type(error).__name__}", getattr(error, "code", None) or 599

    @site.blueprint.get("/")
    async def index() -> str:
        raise RuntimeError("inside")

    return ["/shop/", "/absent", ("POST", "/shop/")]


@behaviour(contained=True)
def errors_that_nobody_handles(site: Site) -> Any:
    logging_hooks(site.log, site.app, "app")

    @site.blueprint.get("/")
    async def index() -> str:
        raise RuntimeError("inside")

    @site.blueprint.get("/nothing")
    async def nothing() -> Any:
        return None

    @site.app.get("/")
    async def home() -> str:
        raise RuntimeError("outside")

    return ["/shop/", "/shop/nothing", "/"]


@behaviour()
def an_error_page_of_werkzeug(site: Site) -> Any:
    @site.app.get("/")
    async def home() -> Any:
        abort(500)

    @site.app.get("/other")
    async def other() -> Any:
        abort(503)

    return ["/", "/other"]


@behaviour()
def errors_while_testing(site: Site) -> Any:
    site.app.testing = True

    @site.blueprint.get("/")
    async def index() -> str:
        raise RuntimeError("inside")

    return ["/shop/", "/absent"]


@behaviour()
def errors_that_propagate(site: Site) -> Any:
    site.app.config["PROPAGATE_EXCEPTIONS"] = True

    @site.blueprint.get("/")
    async def index() -> str:
        raise RuntimeError("inside")

    return ["/shop/"]


@behaviour()
def trapped_http_errors(site: Site) -> Any:
    site.app.config["TRAP_HTTP_EXCEPTIONS"] = True

    @site.app.errorhandler(Exception)
    async def anything(error: Exception) -> tuple[str, int]:
        return f"trapped {error!r}", 500

    return ["/absent", "/shop/absent"]


@behaviour()
def sessions(site: Site) -> Any:
    @site.blueprint.get("/put/<value>")
    async def put(value: str) -> str:
        session["value"] = value
        session.permanent = value == "long"
        return "put"

    @site.other.get("/get")
    async def get() -> str:
        return str(dict(session))

    @site.other.get("/drop")
    async def drop() -> str:
        session.clear()
        return "dropped"

    return ["/blog/get", "/shop/put/a", "/blog/get", "/shop/put/long", "/blog/drop", "/blog/get"]


@behaviour()
def flashed_messages(site: Site) -> Any:
    @site.blueprint.get("/say")
    async def say() -> str:
        await flash("one")
        await flash("two", "warning")
        return "said"

    @site.other.get("/read")
    async def read() -> str:
        return str(get_flashed_messages(with_categories=True))

    return ["/blog/read", "/shop/say", "/blog/read", "/blog/read"]


@behaviour()
def g_and_the_contexts(site: Site) -> Any:
    @site.blueprint.before_app_request
    async def fill() -> None:
        g.filled = request.endpoint

    @site.app.teardown_appcontext
    async def end(error: BaseException | None) -> None:
        if "filled" in g:
            site.log.append(f"app context ends {g.filled} {error!r}")

    @site.blueprint.get("/")
    async def index() -> str:
        proxy: Any = current_app
        same = proxy._get_current_object() is site.app
        return f"{g.filled} {same} {current_app.name} {type(site.app).__name__}"

    async def look(client: Any) -> Any:
        seen = await see(client, "/shop/")
        async with site.app.test_request_context("/shop/?a=1"):
            inside = (request.endpoint, request.args["a"], request.blueprint)
        return seen, inside, has_request_context()

    return look


@behaviour()
def request_data(site: Site) -> Any:
    site.app.config["MAX_CONTENT_LENGTH"] = 50

    @site.blueprint.post("/form")
    async def form() -> str:
        return str(sorted((await request.form).items()))

    @site.blueprint.post("/json")
    async def json() -> Any:
        return await request.get_json() or "no JSON"

    @site.blueprint.errorhandler(RequestEntityTooLarge)
    async def large(error: Exception) -> tuple[str, int]:
        return "too large", 413

    @site.blueprint.post("/raw")
    async def raw() -> str:
        return str(len(await request.get_data()))

    return [("POST", "/shop/form", {"form": {"a": "1", "b": "x y"}}),
            ("POST", "/shop/json", {"json": {"a": 1}}),
            ("POST", "/shop/json", {"data": b"{"}),
            ("POST", "/shop/raw", {"data": b"x" * 10}),
            ("POST", "/shop/raw", {"data": b"x" * 60})]  # fmt: skip


@behaviour()
def signals(site: Site) -> Any:
    from quart import request_finished
    from quart import request_started
    from quart import request_tearing_down

    async def note(sender: Any, **extra: Any) -> None:
        site.log.append((sender is site.app, sorted(extra)))

    for signal in (request_started, request_finished, request_tearing_down):
        signal.connect(note, site.app)
    site.keep = note  # type: ignore[attr-defined]  # a signal holds its receivers weakly

    @site.blueprint.get("/")
    async def index() -> str:
        return "index"

    return ["/shop/", "/absent"]
