"""What a developer is told of queries: how many, how slow, which are repeated, and from where."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import render_template
from quart import Response
from quart import stream_with_context
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from quart_hotframe import db
from quart_hotframe.database import Repository
from quart_hotframe.database.callers import place_of_caller
from quart_hotframe.database.tally import KEPT
from quart_hotframe.database.tally import Tally
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.sites import serving
from tests.support.sites import Site

LOGGER = "quart_hotframe.queries"
HERE = __file__
SECRET = "7f3a-secret"


class Base(AsyncAttrs, DeclarativeBase):
    """Models with a relationship."""


class Child(Base):
    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))


class Parent(Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[Child]] = relationship()


class Watched(Notes):
    """An app whose queries are watched, and what was told."""

    caplog: pytest.LogCaptureFixture

    def told(self, level: int = logging.WARNING) -> list[str]:
        """Return the messages of a level."""
        records = [one for one in self.caplog.records if one.name == LOGGER]
        return [one.getMessage() for one in records if one.levelno == level]

    async def answers(self, view: Callable[[], Awaitable[Any]]) -> Response:
        """Serve a view once."""
        self.app.get("/page")(view)
        self.caplog.clear()
        response: Any = await self.client.get("/page")
        assert response.status_code == 200
        return response


@pytest.fixture
async def site(
    tmp_path: Path,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Watched]:
    config = {"HOTFRAME_DATABASE_URL": database_url, "HOTFRAME_QUERY_WATCH": True}
    site = Watched(tmp_path, {**config, **getattr(request, "param", {})})
    site.caplog = caplog
    caplog.set_level(logging.INFO, LOGGER)
    async with site.app.test_app():
        await site.make_table()
        async with site.db.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with site.db.transaction() as session:
            session.add_all(Parent(children=[Child()]) for _ in range(8))
        yield site
        assert site.checked_out == 0


def line_of(mark: str, file: str = HERE) -> str:
    """Return ``file:line`` of the line with a mark."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, line in enumerate(lines, 1) if line.endswith(f"# {mark}")]
    return f"{file}:{number}"


async def one_query() -> str:
    await db.session.scalar(select(Note.id))
    return ""


async def children_of(parent: Parent) -> list[Child]:
    found = select(Child).where(Child.parent_id == parent.id)
    return list(await db.session.scalars(found))  # children of


async def test_a_request_is_counted_in_the_log_and_for_the_browser(site: Watched) -> None:
    response = await site.answers(one_query)
    (line,) = site.told(logging.INFO)
    assert line.startswith("GET /page: 1 query, ") and line.endswith(" ms")
    name, took, count = response.headers["Server-Timing"].split(";")
    assert (name, count) == ("db", 'desc="1 query"') and float(took.removeprefix("dur=")) >= 0


async def test_all_that_a_request_does_before_its_answer_is_one_sum(site: Watched) -> None:
    @site.hotframe.hooks.on("app.Note.created")
    async def look(change: Any) -> None:
        async with db.transaction() as session:
            await session.get_one(Note, change.instance.id)

    async def view() -> str:
        db.session.add(Note(text="a"))
        await db.session.flush()
        async with db.transaction(read_only=True) as session:
            await session.scalar(select(Note.id))
        async with db.transaction():
            await db.session.scalar(select(Note.id))
        return ""

    response = await site.answers(view)
    assert [line.partition(",")[0] for line in site.told(logging.INFO)] == ["GET /page: 4 queries"]
    assert 'desc="4 queries"' in response.headers["Server-Timing"]


async def test_a_request_that_fails_is_counted(site: Watched) -> None:
    async def view() -> str:
        await one_query()
        raise RuntimeError("It cannot be helped.")

    site.app.get("/fails")(view)
    site.caplog.clear()
    assert (await site.client.get("/fails")).status_code == 500
    assert [line.partition(",")[0] for line in site.told(logging.INFO)] == ["GET /fails: 1 query"]


async def test_a_request_without_queries_is_told_of_nowhere(site: Watched) -> None:
    async def view() -> str:
        db.session  # noqa: B018
        return ""

    response = await site.answers(view)
    assert site.told(logging.INFO) == [] and "Server-Timing" not in response.headers


async def test_a_transaction_elsewhere_is_counted_with_its_place(site: Watched) -> None:
    site.caplog.clear()
    async with site.db.transaction() as session:  # elsewhere
        await session.scalar(select(Note.id))
        async with site.db.transaction():
            await session.scalar(select(Note.id))
    (line,) = site.told(logging.INFO)
    assert line.startswith(f"Transaction at {line_of('elsewhere')}: 2 queries, ")


async def test_what_goes_on_after_the_answer_counts_for_itself(site: Watched) -> None:
    done = asyncio.Event()

    async def later() -> None:
        async with site.db.transaction() as session:  # later
            await session.scalar(select(Note.id))
        done.set()

    async def view() -> str:
        await one_query()
        site.app.add_background_task(later)
        return ""

    await site.answers(view)
    async with asyncio.timeout(10):
        await done.wait()
    request, task = sorted(site.told(logging.INFO))
    assert request.startswith("GET /page: 1 query")
    assert task.startswith(f"Transaction at {line_of('later')}: 1 query")


@pytest.mark.parametrize("before", [True, False])
async def test_a_stream_counts_for_itself(site: Watched, before: bool) -> None:
    async def view() -> Any:
        @stream_with_context
        async def chunks() -> AsyncIterator[str]:
            for _ in range(2):
                async with db.transaction() as session:  # in a stream
                    await session.scalar(select(Note.id))
                yield "x"

        if before:
            await one_query()
        return chunks()

    response = await site.answers(view)
    assert await response.get_data() == b"xx"
    found = sorted(line.partition(",")[0] for line in site.told(logging.INFO))
    of_stream = [f"Transaction at {line_of('in a stream')}: 1 query"] * 2
    assert found == (["GET /page: 1 query", *of_stream] if before else ["GET /page: 2 queries"])


async def repeated_in_a_loop() -> str:
    for parent in await db.session.scalars(select(Parent)):
        await db.session.scalars(select(Child).where(Child.parent_id == parent.id))  # in a loop
    return ""


async def repeated_by_a_function() -> str:
    for parent in await db.session.scalars(select(Parent)):
        await children_of(parent)  # by a function
    return ""


async def repeated_by_attributes() -> str:
    for parent in await db.session.scalars(select(Parent)):
        await parent.awaitable_attrs.children  # by attributes
    return ""


async def repeated_by_a_repository() -> str:
    children = Repository(Child, lambda: db.session)
    for key in range(8):
        await children.get(key + 100)  # by a repository
    return ""


async def repeated_in_sync_code() -> str:
    def work(session: Any) -> None:
        for key in range(8):
            session.get(Child, key + 100)  # in sync code

    await db.session.run_sync(work)  # runs sync code
    return ""


@pytest.mark.parametrize(
    ("view", "marks"),
    [
        (repeated_in_a_loop, ["in a loop"]),
        (repeated_by_a_function, ["children of", "by a function"]),
        (repeated_by_attributes, ["by attributes"]),
        (repeated_by_a_repository, ["by a repository"]),
        (repeated_in_sync_code, ["in sync code", "runs sync code"]),
    ],
)
async def test_a_repeated_query_is_told_with_the_line_that_makes_it(
    site: Watched, view: Callable[[], Awaitable[str]], marks: list[str]
) -> None:
    await site.answers(view)
    (warning,) = site.told()
    place = ", called from ".join(map(line_of, marks))
    assert warning.startswith(
        f"GET /page: 8 times the same query with other parameters, at {place}. "
    )
    assert "SELECT child.id" in warning


async def test_a_template_is_told_with_its_own_file_and_line(site: Watched) -> None:
    folder = Path(site.app.root_path) / "templates"
    folder.mkdir()
    page = (
        "{% for parent in parents %}\n\n  {{ children_of(parent)|length }}{# here #}\n{% endfor %}"
    )
    (folder / "page.html").write_text(page)

    async def view() -> str:
        parents = await db.session.scalars(select(Parent))
        return await render_template("page.html", parents=parents, children_of=children_of)

    await site.answers(view)
    (warning,) = site.told()
    assert f"at {line_of('children of')}, called from {folder / 'page.html'}:3. " in warning


async def test_code_and_templates_of_a_module_have_the_places_of_its_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    views = """\
        from quart import render_template
        from quart_hotframe import db
        from sqlalchemy import text
        from . import blueprint

        async def ask(number):
            return await db.session.scalar(text("SELECT :n"), {"n": str(number)})

        @blueprint.get("/")
        async def index():
            return await render_template("shop/index.html", ask=ask)
        """
    page = "{% for number in range(5) %}\n{{ ask(number) }}\n{% endfor %}"
    files = {"views.py": views, "templates/shop/index.html": page}
    async with serving(Site(tmp_path, {"HOTFRAME_QUERY_WATCH": True})) as site:
        folder = site.write("shop", files=files)
        await site.modules.enable("shop")
        assert (await site.get("/shop/"))[0] == 200
    (warning,) = [one.getMessage() for one in caplog.records if one.name == LOGGER]
    template = folder / "templates" / "shop" / "index.html"
    assert f"at {folder / 'views.py'}:7, called from {template}:2. " in warning


async def test_who_runs_the_event_loop_is_no_caller() -> None:
    names: dict[str, Any] = {"__name__": "sqlalchemy.part", "place": place_of_caller}
    exec("async def library():\n    return place()", names)
    assert await asyncio.create_task(names["library"]()) == ""
    assert await names["library"]() == line_of("a caller")  # a caller


async def few() -> str:
    for key in range(4):
        await db.session.get(Child, key + 100)
    return ""


async def at_different_places() -> str:
    await few()
    await few()
    return ""


async def with_the_same_parameters() -> str:
    for _ in range(8):
        await db.session.scalar(select(Child.id).where(Child.id == 1))
    return ""


async def of_different_shapes() -> str:
    for length in range(8):
        await db.session.scalars(select(Child).where(Child.id.in_(range(length))))
    return ""


async def that_write() -> str:
    for key in range(8):
        db.session.add(Note(text=str(key)))
        await db.session.flush()
    return ""


@pytest.mark.parametrize(
    "view", [few, at_different_places, with_the_same_parameters, of_different_shapes, that_write]
)
async def test_queries_that_could_not_be_one_are_not_told(
    site: Watched, view: Callable[[], Awaitable[str]]
) -> None:
    await site.answers(view)
    assert site.told() == []


@pytest.mark.parametrize(
    ("site", "warnings"),
    [({"HOTFRAME_QUERY_WATCH_REPEATS": n}, count) for n, count in ((0, 0), (8, 1), (9, 0))],
    indirect=["site"],
)
async def test_how_often_a_query_must_be_repeated_is_a_setting(
    site: Watched, warnings: int
) -> None:
    await site.answers(repeated_in_a_loop)
    assert len(site.told()) == warnings


SLOW = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) "
    "SELECT count(*) FROM n WHERE x || '' != :secret",
    "postgresql": "SELECT pg_sleep(0.02) WHERE 'a' != :secret",
}


async def slow_query() -> str:
    statement = text(SLOW[db.engine.dialect.name])
    await db.session.execute(statement, {"secret": SECRET})  # slow
    return ""


@pytest.mark.parametrize("site", [{"HOTFRAME_QUERY_WATCH_SLOW_MS": 1}], indirect=True)
async def test_a_slow_query_is_told_with_its_place_and_without_its_parameters(
    site: Watched,
) -> None:
    await site.answers(slow_query)
    (warning,) = [line for line in site.told() if "count(*)" in line or "pg_sleep" in line]
    assert warning.startswith("A query took ") and f" ms, at {line_of('slow')}: " in warning
    assert SECRET not in site.caplog.text


@pytest.mark.parametrize("site", [{"HOTFRAME_QUERY_WATCH_SLOW_MS": 0}], indirect=True)
async def test_no_query_is_slow_when_nobody_wants_to_know(site: Watched) -> None:
    await site.answers(slow_query)
    assert site.told() == []


async def test_a_query_that_fails_changes_nothing(site: Watched) -> None:
    async def view() -> str:
        with pytest.raises(DBAPIError):
            async with db.transaction() as session:
                await session.execute(text("SELECT nothing FROM nowhere"))
        return await one_query()

    await site.answers(view)
    assert [line.partition(",")[0] for line in site.told(logging.INFO)] == ["GET /page: 1 query"]


async def test_a_query_is_told_of_in_one_line_of_some_length(site: Watched) -> None:
    async def view() -> str:
        for number in range(5):
            names = ",\n".join(f"{n} AS name_{n}" for n in range(100))
            await db.session.execute(text(f"SELECT {names}, :x"), {"x": str(number)})
        return ""

    await site.answers(view)
    (warning,) = site.told()
    assert "\n" not in warning and len(warning) < 700 and warning.endswith(" …")


def test_a_tally_tells_a_bounded_number_of_queries_apart(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    tally = Tally("GET /", 5)
    for number in range(5):
        for query in range(KEPT + 50):
            tally.add(f"SELECT {query}", (number,), 0.0, "views.py:1")
    tally.end()
    assert tally.count == 5 * (KEPT + 50)
    assert len(caplog.records) == 1 + KEPT


PLAIN = """
import asyncio, sys
from quart import Quart
from quart_hotframe import HotFrame, db
from sqlalchemy import text

app = Quart("plain", instance_path=sys.argv[1])
app.debug = sys.argv[2] == "debug"
if len(sys.argv) > 3:
    app.config["HOTFRAME_QUERY_WATCH"] = sys.argv[3]
HotFrame(app)

@app.get("/")
async def view():
    return str(await db.session.scalar(text("SELECT 1")))

async def main():
    async with app.test_app():
        response = await app.test_client().get("/")
        print("Server-Timing" in response.headers, "quart_hotframe.database.tally" in sys.modules)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("arguments", "watched"),
    [(["debug"], True), (["plain"], False), (["debug", "0"], False), (["plain", "1"], True)],
)
def test_queries_are_watched_in_debug_mode_or_when_somebody_wants_it(
    tmp_path: Path, arguments: list[str], watched: bool
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [str(watched)] * 2
