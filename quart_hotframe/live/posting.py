"""The view that forms of pages without JavaScript are sent to."""

from __future__ import annotations

import secrets
from typing import Any
from typing import cast

from quart import abort
from quart import redirect
from quart import request
from quart import Response
from quart.datastructures import FileStorage
from werkzeug.datastructures import MultiDict

from ..globals import current_hotframe
from ..security.bodies import limit_body
from ..security.origins import own_origin
from ..security.redirects import is_own
from . import floor
from .answering import act_for
from .answering import ROOM
from .described import Described
from .described import described
from .dispatching import Dispatch
from .facade import Live
from .reading import check
from .reading import Sent
from .refusing import BadSnapshot
from .refusing import Gone
from .refusing import NeedSnapshot
from .refusing import Refused

ENDPOINT = "hotframe.live_form"


async def post() -> Any:
    """Run an event, and lead back to the page, which shows what has become of it."""
    live: Live = current_hotframe.live
    asked = cast(Any, request)._get_current_object()
    try:
        limit_body(asked, 4 * live.sizes.most + ROOM + await _room_for_files(live, asked))
        return await _counted(live, await asked.form, await asked.files)
    except Refused as refused:
        login = refused.body.get("login")
        return redirect(login, 303) if login else _told(refused)
    except (Gone, NeedSnapshot):
        abort(410)


async def _room_for_files(live: Live, asked: Any) -> int:
    """Return how many bytes of files may come, before they are read.

    :raises Refused: the user may not use their component.
    """
    name = asked.args.get(floor.FOR, "")
    if asked.mimetype != "multipart/form-data" or not name:
        return 0
    kind: Any = live.find(name).kind
    await live.rights.check_access(kind)
    return described(kind).room(live.settings)


async def _counted(
    live: Live, given: MultiDict[str, str], files: MultiDict[str, FileStorage]
) -> Any:
    try:
        return await _run(live, given, files)
    except BadSnapshot:
        await live.rights.count_forgery()
        raise


async def _run(live: Live, given: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Any:
    claims = live.snapshots.peek(given.get("hf_state", ""))
    found = live.find(claims.component)
    kind: Any = found.kind
    page = given.get(floor.PAGE, "") or secrets.token_urlsafe(16)
    url = given.get("hf_url", "")
    if not is_own(url, own_origin(request)) or not url.startswith("/"):
        url = "/"
    sent = _sent(claims.component, claims.id, page, url, given, described(kind))
    sent = sent._replace(files=described(kind).inputs.files(files))
    check(sent)
    act_for(current_hotframe.runtime, found.owner)
    held = live.residents.at(await live.binding(), page, claims.id)
    answer = await Dispatch(live, kind, held, sent).answer()
    leads = [one["url"] for one in answer["patches"] if one["action"] == "navigate"]
    if leads and leads[-1] != url and not _is_patch(answer, leads[-1]):
        return redirect(leads[-1], 303)
    return redirect(floor.address(leads[-1] if leads else url, page, claims.id), 303)


def _is_patch(answer: dict[str, Any], url: str) -> bool:
    return any(one.get("url") == url and one["how"] == "patch" for one in answer["patches"]
               if one["action"] == "navigate")  # fmt: skip


def _sent(
    component: str, id: str, page: str, url: str, given: MultiDict[str, str], shape: Described
) -> Sent:
    try:
        wanted = floor.asked(given.get("hf_event", ""))
        seq, version = int(given.get("hf_seq", "")), int(given.get("hf_version", ""))
    except ValueError:
        raise Refused(400, "malformed", "This is no form of a live component.") from None
    written = shape.inputs.posted(given)
    return Sent(
        page, id, component, seq, version, None, given["hf_state"], written, wanted.event,
        wanted.args, url,
    )  # fmt: skip


def _told(refused: Refused) -> Response:
    headers = {"Cache-Control": "no-store", **refused.headers}
    return Response(f"{refused}\n", refused.status, headers, content_type="text/plain")
