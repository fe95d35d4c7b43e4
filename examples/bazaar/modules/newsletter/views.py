"""Signing up, and leaving again."""

from __future__ import annotations

from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart import session
from quart import url_for
from werkzeug.wrappers import Response

from . import blueprint


@blueprint.get("/")
async def index() -> str:
    """Show the form, or who is signed up."""
    return await render_template("newsletter/index.html", subscriber=session.get("subscriber"))


@blueprint.post("/")
async def sign_up() -> Response:
    """Remember the visitor in the session; this demo sends no mail."""
    address = (await request.form).get("address", "").strip()[:200]
    if "@" in address.strip("@"):
        session["subscriber"] = address
        await flash("Welcome. From now on you pay a little less.", "done")
    else:
        await flash("That is no mail address. It needs an @ in the middle.", "error")
    return redirect(url_for("newsletter.index"), 303)


@blueprint.post("/leave")
async def leave() -> Response:
    """Forget the visitor."""
    session.pop("subscriber", None)
    await flash("You get no more letters.", "done")
    return redirect(url_for("newsletter.index"), 303)
