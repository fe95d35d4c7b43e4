"""The operator's page: plain forms that change the set of modules while the site serves.

It is made for this demo: one key for everybody, stored in the instance folder. A real site puts
its own login here.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import zipfile
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.version import Version
from quart import abort
from quart import Blueprint
from quart import current_app
from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart import session
from quart import url_for
from werkzeug.wrappers import Response

from quart_hotframe import current_hotframe
from quart_hotframe import HotFrameError
from quart_hotframe import Manifest
from quart_hotframe import Module

NAMES = ("Anise", "Cumin", "Ginger", "Nutmeg", "Saffron", "Sumac")
"""Of those who say none."""
ARCHIVES = Path(__file__).resolve().parent / "archives"

operate = Blueprint("operate", __name__, url_prefix="/operate")


def read_secret(instance: Path) -> str:
    """Return the secret of this site; the first start makes it."""
    file = instance / "secret.key"
    instance.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32))
    return file.read_text(encoding="ascii")


def operator_key(app: Any) -> str:
    """Return the key that opens the operator's page."""
    return hmac.digest(app.secret_key.encode(), b"operator", "sha256").hex()[:20]


class Operator:
    """A user of this site; there are no others than its staff, who are known by their names."""

    is_authenticated = is_staff = True

    def __init__(self, name: str) -> None:
        self.id = self.name = name


async def find_user() -> Operator | None:
    """Return the user of the request, for guards such as those of the shop."""
    return Operator(session.get("name", "Somebody")) if session.get("operator") else None


# -- who may come in ---------------------------------------------------------------------------


@operate.before_request
async def only_the_operator() -> Any:
    """Ask for the key; a form must also carry what the page gave it."""
    if request.endpoint == "operate.enter":
        return None
    if not session.get("operator"):
        return await render_template("enter.html"), 401
    if request.method == "POST":
        form = await request.form
        if not hmac.compare_digest(form.get("csrf", ""), session["operator"]):
            abort(400, "This form is too old. Open the page again.")
    return None


@operate.route("/enter", methods=["GET", "POST"])
async def enter() -> Any:
    """Let the operator in, by the printed link or by the form."""
    said = request.args if "key" in request.args else await request.form
    given = said.get("key", "")
    if not hmac.compare_digest(given.encode(), operator_key(current_app).encode()):
        await flash("That is not the key.", "error")
        return await render_template("enter.html"), 401
    session["operator"] = secrets.token_urlsafe(16)
    session["name"] = said.get("name", "").strip()[:40] or secrets.choice(NAMES)
    return redirect(url_for("operate.index"), 303)


@operate.post("/leave")
async def leave() -> Response:
    """Let the operator out."""
    session.pop("operator", None)
    return redirect(url_for("home"), 303)


# -- what there is -----------------------------------------------------------------------------


@operate.get("/")
async def index() -> str:
    """Show modules, archives and the journal."""
    manager = current_hotframe.modules
    await manager.refresh()
    modules, archives = list(manager), await asyncio.to_thread(read_archives)
    installed = {module.name: module.version for module in modules}
    return await render_template(
        "operate.html",
        modules=modules,
        actions={module.name: actions_of(module) for module in modules},
        newer={module.name: newer(module, archives) for module in modules},
        fresh=[one for one in archives if one[1].name not in installed],
        journal=[history for history in await manager.operations(8) if history.entries],
    )


def read_archives() -> list[tuple[str, Manifest]]:
    """Return the archives that lie beside the site, with their manifests."""
    found = []
    for file in sorted(ARCHIVES.glob("*.zip")):
        found.append((file.name, manifest_of(file)))
    return found


def manifest_of(file: Path) -> Manifest:
    """Read the manifest in an archive; no code of it runs."""
    with zipfile.ZipFile(file) as archive:
        name = next(n for n in archive.namelist() if n.endswith("module.toml"))
        return Manifest.parse(archive.read(name).decode(), file.name)


def newer(module: Module, archives: list[tuple[str, Manifest]]) -> list[tuple[str, Manifest]]:
    """Return the archives with newer versions of a module."""
    same = [one for one in archives if one[1].name == module.name]
    return [one for one in same if Version(one[1].version) > Version(module.version)]


def actions_of(module: Module) -> list[str]:
    """Return what can be done with a module as it is now."""
    if module.state == "available":
        return ["enable"]
    actions = ["disable", "reload"] if module.enabled else ["enable"]
    if module.previous_version:
        actions.append("rollback")
    return [*actions, "uninstall"]


# -- what the operator does --------------------------------------------------------------------

Change = Callable[[str, str], Awaitable[Any]]

CHANGES: dict[str, Change] = {
    "install": lambda name, file: current_hotframe.modules.install(ARCHIVES / file),
    "enable": lambda name, file: current_hotframe.modules.enable(name),
    "disable": lambda name, file: current_hotframe.modules.disable(name),
    "reload": lambda name, file: current_hotframe.modules.reload(name),
    "upgrade": lambda name, file: current_hotframe.modules.upgrade(name, ARCHIVES / file),
    "rollback": lambda name, file: current_hotframe.modules.rollback(name),
    "uninstall": lambda name, file: current_hotframe.modules.uninstall(name),
}

DONE = {
    "install": "{0.title} {0.version} is installed. Enable it to serve it.",
    "enable": "{0.title} {0.version} serves.",
    "disable": "{0.title} serves no longer. Its files and data stay.",
    "reload": "{0.title} {0.version} was loaded anew.",
    "upgrade": "{0.title} {0.version} serves now. It is on trial: if it fails, it goes back.",
    "rollback": "{0.title} {0.version} serves again.",
    "uninstall": "The module is gone. Its data is kept.",
}


@operate.post("/<any(install,enable,disable,reload,upgrade,rollback,uninstall):change>")
async def apply(change: str) -> Response:
    """Make the change, in every worker, and say what came of it."""
    form = await request.form
    name, file = form.get("name", ""), Path(form.get("file", "")).name
    try:
        module = await CHANGES[change](name, file)
    except HotFrameError as error:
        await flash(f"{change.capitalize()} was refused, and nothing changed. {error}", "error")
    else:
        await flash(DONE[change].format(module), "done")
    return redirect(url_for("operate.index"), 303)


@operate.post("/plan")
async def plan() -> Response:
    """Show what a change would do; nothing happens."""
    form = await request.form
    source = ARCHIVES / Path(form.get("file", "")).name
    try:
        steps = await current_hotframe.modules.plan("upgrade", form.get("name", ""), source)
    except HotFrameError as error:
        await flash(str(error), "error")
    else:
        await flash(str(steps), "plan")
    return redirect(url_for("operate.index"), 303)
