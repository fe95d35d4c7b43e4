"""The bazaar: a small site whose stalls are modules that come and go while it serves.

Run it in any of these ways, from the folder of the project::

    python examples/bazaar/demo.py
    quart --app examples/bazaar/app run
    hypercorn examples/bazaar/app:app
"""

from __future__ import annotations

import os
from pathlib import Path

from operate import find_user
from operate import operate
from operate import operator_key
from operate import read_secret
from quart import Quart
from quart import render_template
from quart import request
from quart import Response
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import InternalServerError

from quart_hotframe import current_hotframe
from quart_hotframe import HotFrame

HERE = Path(__file__).resolve().parent

POLICY = "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""Only files of this site: no inline style, no script."""


def create_app(instance: Path | None = None) -> Quart:
    """Return the site; what it stores lies in *instance*, or where ``BAZAAR_INSTANCE`` says.

    ``BAZAAR_DATABASE_URL`` names a database of PostgreSQL; without it SQLite lies there too.
    """
    folder = instance or Path(os.environ.get("BAZAAR_INSTANCE") or HERE / "instance")
    app = Quart(__name__, instance_path=str(folder.resolve()))
    app.secret_key = read_secret(folder)
    app.config.from_mapping(
        SESSION_COOKIE_SAMESITE="Lax",
        HOTFRAME_DATABASE_URL=os.environ.get("BAZAAR_DATABASE_URL", ""),
        HOTFRAME_CLIENT=True,  # pages go on without full loads
        HOTFRAME_USER_LOADER=find_user,
        HOTFRAME_MODULES=("shop", "orders"),  # enabled at the first start
        HOTFRAME_ERROR_THRESHOLD=3,  # a site with more visitors wants more
        HOTFRAME_PROVISIONAL_SECONDS=30,
    )
    HotFrame(app)
    app.register_blueprint(operate)
    app.add_url_rule("/", "home", home)
    app.after_request(restrict)
    app.register_error_handler(HTTPException, problem)

    @app.cli.command("operator-key")
    def print_operator_key() -> None:
        """Print the key of the page /operate."""
        print(operator_key(app))

    return app


async def home() -> str:
    """Show what the stalls put on the front page."""
    return await render_template("home.html")


async def problem(error: HTTPException) -> tuple[str, int]:
    """Show an error in the dress of the site; of a stall that failed, say which."""
    owner = request.blueprint or ""
    failed = isinstance(error, InternalServerError) and owner in current_hotframe.modules
    stall = current_hotframe.modules[owner] if failed else None
    page = await render_template("problem.html", error=error, stall=stall)
    return page, error.code or 500


async def restrict(response: Response) -> Response:
    """Tell browsers to load and send to this site only."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


app = create_app()
