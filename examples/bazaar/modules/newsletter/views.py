"""Signing up, and leaving again."""

from __future__ import annotations

from typing import Any

from quart import flash
from quart import redirect
from quart import session
from quart import url_for
from werkzeug.wrappers import Response

from quart_hotframe import page
from quart_hotframe.forms import Form

from . import blueprint
from .subscription import Subscription


@blueprint.route("/", methods=["GET", "POST"])
@page("newsletter/index.html")
async def index() -> Any:
    """Show the form or who is signed up, and remember who signs up; this demo sends no mail."""
    form = await Form.read(Subscription)
    if form.valid:
        session["subscriber"] = form.data.address
        await flash("Welcome. From now on you pay a little less.", "done")
        return redirect(url_for("newsletter.index"), 303)
    return {"form": form, "subscriber": session.get("subscriber")}


@blueprint.post("/leave")
async def leave() -> Response:
    """Forget the visitor."""
    session.pop("subscriber", None)
    await flash("You get no more letters.", "done")
    return redirect(url_for("newsletter.index"), 303)
