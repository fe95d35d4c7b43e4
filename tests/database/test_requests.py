"""One unit of work for each request: committed before the answer, or rolled back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import abort
from quart import redirect
from quart import Response
from quart import session as cookies
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession

from quart_hotframe import db
from quart_hotframe.errors import SetupError
from tests.benchmarks.inprocess import scope_of
from tests.support.notes import ask
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site


async def test_a_request_commits_what_it_wrote(site: Notes) -> None:
    @site.app.post("/")
    async def view() -> str:
        db.session.add(Note(text="kept"))
        return ""

    assert (await site.client.post("/")).status_code == 200
    assert await site.texts() == ["kept"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_use_in_a_request_gives_the_same_session(site: Notes, method: str) -> None:
    @site.app.route("/", methods=["GET", "POST"])
    async def view() -> dict[str, bool]:
        return {"same": db.session is site.db.session is site.hotframe.db["default"].session}

    response = await ask(site, method, "/")
    assert (await response.get_json())["same"]


class Refused(Exception):
    """What a view raises and the app handles."""


def prepare_failures(site: Notes) -> None:
    @site.app.post("/raises")
    async def raises() -> str:
        await site.write("lost")
        raise RuntimeError("The view failed.")

    @site.app.post("/aborts")
    async def aborts() -> str:
        await site.write("lost")
        abort(409)

    @site.app.post("/answers")
    async def answers() -> tuple[str, int]:
        await site.write("lost")
        return "No", 422

    @site.app.post("/handled")
    async def handled() -> str:
        await site.write("lost")
        raise Refused

    @site.app.errorhandler(Refused)
    async def handle(error: Refused) -> Any:
        await site.write("lost, too")
        return redirect("/")

    @site.app.post("/late")
    async def late() -> str:
        await site.write("lost")
        return "ok"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/raises", 500), ("/aborts", 409), ("/answers", 422), ("/handled", 302)],
)
async def test_a_request_that_fails_writes_nothing(site: Notes, path: str, status: int) -> None:
    prepare_failures(site)
    assert (await site.client.post(path)).status_code == status
    assert await site.texts() == []


async def test_a_failing_after_request_function_undoes_the_request(site: Notes) -> None:
    prepare_failures(site)

    @site.app.after_request
    async def fail(response: Response) -> Response:
        raise RuntimeError("Too late.")

    assert (await site.client.post("/late")).status_code == 500
    assert await site.texts() == []


async def test_handlers_of_errors_get_a_session_that_works(site: Notes) -> None:
    @site.app.post("/")
    async def view() -> str:
        await site.write("one")
        await site.write("one")
        return ""

    @site.app.errorhandler(IntegrityError)
    async def handle(error: IntegrityError) -> tuple[str, int]:
        found = await db.session.get(Note, 1)
        return f"found {found}", 409

    response = await site.client.post("/")
    assert (response.status_code, await response.get_data()) == (409, b"found None")


async def test_a_commit_that_fails_is_an_error_of_the_request(site: Notes) -> None:
    seen = []

    @site.app.post("/")
    async def view() -> str:
        db.session.add(Note(text="one"))
        db.session.add(Note(text="one"))
        return "all is well"

    @site.app.errorhandler(500)
    async def handle(error: Any) -> tuple[str, int]:
        seen.append(type(error.original_exception))
        return f"{await db.session.get(Note, 1)}", 500

    response = await site.client.post("/")
    assert (response.status_code, await response.get_data()) == (500, b"None")
    assert seen == [IntegrityError]
    assert await site.texts() == []


async def test_what_runs_after_the_view_belongs_to_the_unit(site: Notes) -> None:
    class Interface(type(site.app.session_interface)):  # type: ignore[misc]
        async def save_session(self, *args: Any) -> None:
            await site.write("session")

    site.app.session_interface = Interface()

    @site.app.post("/")
    async def view() -> str:
        cookies["a"] = "b"
        await site.write("view")
        return ""

    @site.app.after_request
    async def after(response: Response) -> Response:
        await site.write("after")
        return response

    await site.client.post("/")
    assert await site.texts() == ["after", "session", "view"]


async def test_the_commit_comes_before_the_first_byte(site: Notes) -> None:
    seen: list[Any] = []
    ended = asyncio.Event()
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    @site.app.post("/")
    async def view() -> str:
        await site.write("kept")
        return ""

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        seen.append((message["type"], site.checked_out, await site.texts()))
        if not message.get("more_body", True):
            ended.set()

    await site.app({**scope_of("/"), "method": "POST"}, receive, send)  # type: ignore[arg-type]
    assert seen[0] == ("http.response.start", 0, ["kept"])


async def test_a_client_that_goes_away_undoes_the_request(site: Notes) -> None:
    written = asyncio.Event()
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    @site.app.post("/")
    async def view() -> str:
        await site.write("lost")
        written.set()
        await asyncio.Event().wait()
        return ""

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await written.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there")

    await site.app({**scope_of("/"), "method": "POST"}, receive, send)  # type: ignore[arg-type]
    assert site.checked_out == 0
    assert await site.texts() == []


async def test_a_cancelled_request_is_rolled_back_in_the_middle_of_a_query(site: Notes) -> None:
    begun: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    @site.app.post("/")
    async def view() -> str:
        await site.write("lost")
        asyncio.get_running_loop().call_soon(begun.set_result, asyncio.current_task())
        while True:
            await db.session.get(Note, 1, populate_existing=True)

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await asyncio.wait([await asyncio.shield(begun)])
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError("nothing is answered")

    scope: Any = {**scope_of("/"), "method": "POST"}
    call = asyncio.create_task(site.app(scope, receive, send))
    (await asyncio.shield(begun)).cancel()
    await call
    assert site.checked_out == 0
    assert await site.texts() == []


async def test_two_requests_never_share_a_session(site: Notes) -> None:
    sessions: list[AsyncSession] = []
    together = asyncio.Barrier(5)

    @site.app.get("/")
    async def view() -> str:
        sessions.append(db.session)
        await db.session.get(Note, 1)
        await together.wait()
        sessions.append(db.session)
        return ""

    async with site.app.app_context():  # as tests do; requests inside must not share either
        await asyncio.gather(*(site.client.get("/") for _ in range(5)))
    assert len({id(one) for one in sessions[:5]}) == 5
    assert {id(one) for one in sessions[:5]} == {id(one) for one in sessions[5:]}


async def test_two_hundred_requests_with_five_connections(site: Notes) -> None:
    @site.app.get("/<int:number>")
    async def read(number: int) -> str:
        await db.session.get(Note, number)
        await asyncio.sleep(0)
        if number % 3 == 0:
            raise RuntimeError("Every third one fails.")
        return str(await db.session.get(Note, 1) is None)

    @site.app.post("/<int:number>")
    async def write(number: int) -> str:
        await site.write(f"{number}")
        async with db.transaction():
            await site.write(f"{number} again")
        return ""

    async def status(number: int) -> int:
        method = "POST" if number % 10 == 0 else "GET"
        return (await ask(site, method, f"/{number}")).status_code

    async with asyncio.timeout(60):
        statuses = await asyncio.gather(*(status(number) for number in range(200)))
    assert [n for n, status in enumerate(statuses) if status == 500] == [
        n for n in range(200) if n % 3 == 0 and n % 10
    ]
    assert set(statuses) == {200, 500}
    assert site.checked_out == 0
    assert len(await site.texts()) == 40


async def test_a_session_that_was_kept_cannot_be_used_after_its_unit(site: Notes) -> None:
    kept: list[AsyncSession] = []

    @site.app.get("/")
    async def view() -> str:
        kept.append(db.session)
        return ""

    await site.client.get("/")
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        await kept[0].get(Note, 1)


async def test_a_sync_view_is_told_what_to_write(site: Notes) -> None:
    errors: list[str] = []

    @site.app.get("/")
    def view() -> str:
        with pytest.raises(SetupError) as caught:
            db.session  # noqa: B018
        errors.append(str(caught.value))
        return ""

    assert (await site.client.get("/")).status_code == 200
    assert "write `async def`" in errors[0]
