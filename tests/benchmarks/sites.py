"""A site of many modules on disk, served by plain Quart or through HotFrame.

Both serve the same blueprints from the same text: plain Quart imports them from ``plain/`` and
registers them, HotFrame loads them from ``modules/``.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from quart import abort
from quart import Quart
from quart import render_template
from quart import Response
from quart import session

VIEWS = """\
from __future__ import annotations

from quart import Blueprint
from quart import render_template

blueprint = Blueprint({name!r}, __name__, template_folder="templates"{prefix})


@blueprint.get("/")
async def hello() -> str:
    return "Hello"


@blueprint.get("/page")
async def page() -> str:
    return await render_template("{name}/page.html", name="World", rows=range(10))


@blueprint.get("/item/<int:number>")
async def item(number: int) -> dict[str, int]:
    return {{"number": number}}


@blueprint.post("/item")
async def add() -> tuple[str, int]:
    return "Added", 201


@blueprint.before_request
async def before() -> None:
    pass
"""
BASE = (
    "<!doctype html><title>{% block title %}{% endblock %}</title>{% block body %}{% endblock %}\n"
)
PAGE = """\
{% extends "base.html" %}
{% block title %}{{ name }}{% endblock %}
{% block body %}<h1>Hello, {{ name }}</h1>
<ul>{% for row in rows %}
<li><a href="{{ url_for('own_hello') }}">{{ row }}</a></li>
{% endfor %}</ul>
{% endblock %}
"""


def name_of(number: int) -> str:
    """Return the name of a module."""
    return f"part{number}"


def write(root: Path, count: int) -> None:
    """Write *count* modules twice, and the app's own templates."""
    _write(root / "templates" / "base.html", BASE)
    _write(root / "templates" / "page.html", PAGE)
    for number in range(count):
        name = name_of(number)
        own_prefix = f', url_prefix="/{name}"'
        for folder, prefix in (("modules", ""), ("plain", own_prefix)):
            place = root / folder / name
            _write(place / "__init__.py", VIEWS.format(name=name, prefix=prefix))
            _write(place / "templates" / name / "page.html", PAGE)
        manifest = f'name = "{name}"\nversion = "1.0"\nurl_prefix = "/{name}"\n'
        _write(root / "modules" / name / "module.toml", manifest)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def bare(root: Path, name: str) -> Quart:
    """Return an app with two views of its own: ``/`` and ``/page``."""
    app = Quart(name, root_path=str(root), instance_path=str(root / "instance" / name))

    @app.get("/")
    async def own_hello() -> str:
        return "Hello"

    @app.get("/page")
    async def own_page() -> str:
        return await render_template("page.html", name="World", rows=range(10))

    return app


def plain(root: Path, count: int) -> Quart:
    """Return the site as plain Quart has it: imported and registered."""
    app = bare(root, "plain")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    for number in range(count):
        module = importlib.import_module(f"plain.{name_of(number)}")
        app.register_blueprint(module.blueprint)
    return app


def hotframe(root: Path, count: int) -> Quart:
    """Return the site with HotFrame; the modules are enabled when it starts."""
    from quart_hotframe import HotFrame

    app = bare(root, "hotframe")
    app.config.from_prefixed_env()
    app.config["HOTFRAME_MODULES"] = [name_of(number) for number in range(count)]
    HotFrame(app)
    return app


def _send_headers(app: Quart) -> Quart:
    """Let an app send by hand what HotFrame sends to protect an answer."""
    from quart_hotframe.config import CSP

    policy = CSP.replace(" 'nonce'", "")

    @app.after_request
    async def protect(response: Response) -> Response:
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = policy
        headers["Request-Id"] = f"{random.getrandbits(64):016x}"
        return response

    return app


def _keep_private(app: Quart) -> Quart:
    """Let an app say by hand that its answers are for one user only."""

    @app.after_request
    async def keep_private(response: Response) -> Response:
        response.headers["Cache-Control"] = "private"
        response.headers["Vary"] = "Cookie"
        return response

    return app


def with_headers(root: Path, count: int) -> Quart:
    """Return the site as plain Quart has it, sending protective headers."""
    return _send_headers(plain(root, count))


def _with_sign_in(root: Path, name: str) -> Quart:
    app = bare(root, name)
    app.secret_key = "benchmark" * 4

    @app.get("/sign-in")
    async def sign_in() -> str:
        session["user"] = "ada"
        return "Hello"

    return app


def checking(root: Path, count: int) -> Quart:
    """Return an app with a page that itself looks who has signed in, with the same headers."""
    app = _keep_private(_send_headers(_with_sign_in(root, "checking")))

    @app.get("/mine")
    async def mine() -> str:
        if "user" not in session:
            abort(401)
        return await render_template("page.html", name="World", rows=range(10))

    return app


def shop(root: Path, count: int) -> Quart:
    """Return an app with a page of products, and all that it sends and asks written by hand."""
    app = _keep_private(_send_headers(_with_sign_in(root, "shop")))
    from . import catalogue  # not where a start is measured: it imports SQLAlchemy

    catalogue.add_plain(app, root)
    return app


def protected_shop(root: Path, count: int) -> Quart:
    """Return the app with the same page behind all that HotFrame has to protect it."""
    from . import catalogue

    app = protected(root, count, HOTFRAME_DATABASE_URL=catalogue.url_of(root))
    catalogue.add_protected(app)
    return app


def protected(root: Path, count: int, **settings: str) -> Quart:
    """Return the app with the same page behind all that HotFrame has to protect it."""
    from quart_hotframe import HotFrame
    from quart_hotframe.security import guard
    from quart_hotframe.security import IsAuthenticated
    from quart_hotframe.security import limit
    from quart_hotframe.security import policy

    async def load() -> SimpleNamespace | None:
        name = session.get("user")
        return SimpleNamespace(id=name, is_authenticated=True) if name else None

    app = _with_sign_in(root, "protected")
    app.config.from_prefixed_env()
    app.config |= {
        "HOTFRAME_SECURITY": "strict",
        "HOTFRAME_TRUSTED_HOSTS": ["127.0.0.1"],
        "HOTFRAME_USER_LOADER": load,
        **settings,
    }
    HotFrame(app)

    @app.get("/mine")
    @guard(IsAuthenticated)
    @limit("1000000/minute", by="user")
    @policy(max_body=1024)
    async def mine() -> str:
        return await render_template("page.html", name="World", rows=range(10))

    return app


SITES: dict[str, Callable[[Path, int], Quart]] = {
    "plain": plain,
    "headers": with_headers,
    "hotframe": hotframe,
    "checking": checking,
    "protected": protected,
    "shop": shop,
    "protected_shop": protected_shop,
}
