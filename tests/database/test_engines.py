"""Engines: what a setting says, what a file of SQLite gets, and that nothing comes too soon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from quart_hotframe import db
from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import DatabaseUnavailable
from quart_hotframe.errors import MissingExtra
from quart_hotframe.errors import SetupError
from tests.support.databases import url_of_sqlite
from tests.support.notes import ask
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site
from tests.support.sites import new_app


async def test_no_file_appears_before_the_database_is_needed(tmp_path: Path) -> None:
    notes = Notes(tmp_path, {})
    file = tmp_path / "instance" / "hotframe" / "database.sqlite3"
    rules = list(Quart("plain").url_map.iter_rules())

    @notes.app.get("/")
    async def view() -> str:
        assert db.session is not None
        return ""

    async with notes.app.test_app():
        await notes.client.get("/")
        assert notes.db.engine is not None
        assert not file.exists()
        assert len(list(notes.app.url_map.iter_rules())) == len(rules) + 1
        await notes.make_table()
        assert file.exists()


async def test_a_file_of_sqlite_is_prepared(tmp_path: Path) -> None:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_TIMEOUT": 7})
    found = {}
    async with notes.db.transaction() as session:
        for name in ("journal_mode", "foreign_keys", "busy_timeout"):
            found[name] = await session.scalar(text(f"PRAGMA {name}"))
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 7000}


async def test_reading_and_writing_units_of_sqlite_do_not_wait_for_each_other(
    tmp_path: Path,
) -> None:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_TIMEOUT": 0})
    statuses = []

    @notes.app.route("/", methods=["GET", "POST"])
    async def view() -> str:
        await db.session.get(Note, 1)
        return ""

    async with notes.app.test_app():
        await notes.make_table()
        async with notes.db.transaction() as session:
            await session.get(Note, 1)
            for method in ("GET", "POST"):
                statuses.append((await ask(notes, method, "/")).status_code)
    assert statuses == [200, 503]


async def test_a_unit_that_only_reads_begins_to_write_with_its_first_write(
    tmp_path: Path,
) -> None:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_TIMEOUT": 0})

    @notes.app.get("/<int:status>")
    async def view(status: int) -> tuple[str, int]:
        await db.session.get(Note, 1)
        async with notes.db.transaction(separate=True) as session:
            session.add(Note(text=f"meanwhile {status}"))
        await notes.write(f"kept {status}")
        with pytest.raises(DatabaseUnavailable, match="HOTFRAME_DATABASE_TIMEOUT"):
            async with notes.db.transaction(separate=True) as session:
                await session.get(Note, 1)
        return "", status

    async with notes.app.test_app():
        await notes.make_table()
        for status in (400, 200):
            assert (await notes.client.get(f"/{status}")).status_code == status
        assert await notes.texts() == ["kept 200", "meanwhile 200", "meanwhile 400"]


async def test_several_databases(tmp_path: Path, database_url: str) -> None:
    urls = {"reports": database_url, "old": url_of_sqlite(tmp_path, "old.sqlite3")}
    notes = Notes(tmp_path, {"HOTFRAME_DATABASES": urls, "HOTFRAME_DATABASES_READ_ONLY": "old"})

    @notes.app.post("/<int:status>")
    async def view(status: int) -> tuple[str, int]:
        for one in (db.session, db["reports"].session):
            await one.execute(text("INSERT INTO note (text) VALUES ('n')"))
        async with db["reports"].transaction() as session:
            assert session is db["reports"].session is not db.session
        return "", status

    create = "CREATE TABLE note (text VARCHAR)"
    async with notes.app.test_app():
        for name in ("default", "reports"):
            async with db_of(notes, name).transaction() as session:
                await session.execute(text(create))
        with pytest.raises(DBAPIError, match="readonly"):
            async with notes.db["old"].transaction() as session:
                await session.execute(text(create))
        for status in (400, 200):
            await notes.client.post(f"/{status}")
        for name in ("default", "reports"):
            async with db_of(notes, name).transaction(read_only=True) as session:
                assert await session.scalar(text("SELECT count(*) FROM note")) == 1
        with pytest.raises(ConfigurationError, match="Did you mean 'reports'"):
            notes.db["report"]


def db_of(notes: Notes, name: str) -> Any:
    return notes.db[name]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("HOTFRAME_DATABASE_URL", "secret", "HOTFRAME_DATABASE_URL is no URL"),
        ("HOTFRAME_DATABASE_URL", "mysql://u:secret@h/n", "of kind 'mysql'"),
        ("HOTFRAME_DATABASES", {"a": "secret"}, r"HOTFRAME_DATABASES\['a'\] is no URL"),
        ("HOTFRAME_DATABASES", "secret", "must be like 'name=value name=value'"),
        ("HOTFRAME_DATABASES", {"default": "sqlite://"}, "cannot have the name 'default'"),
        ("HOTFRAME_DATABASES_READ_ONLY", ["defualt"], "Did you mean 'default'"),
    ],
)
def test_a_wrong_address_is_refused_at_once(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        HotFrame(new_app(tmp_path, {key: value}))
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quart_hotframe.database.urls.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"quart-hotframe\[postgres\]"):
        HotFrame(new_app(tmp_path, {"HOTFRAME_DATABASE_URL": "postgresql://localhost/n"}))


def test_settings_do_not_show_passwords(tmp_path: Path) -> None:
    urls = {"HOTFRAME_DATABASE_URL": "sqlite:///secret", "HOTFRAME_DATABASES": "a=sqlite:///secret"}
    assert "secret" not in repr(HotFrame(new_app(tmp_path, urls)).settings)


async def test_outside_of_a_request_a_transaction_is_needed(tmp_path: Path) -> None:
    notes = Notes(tmp_path, {})
    async with notes.app.app_context():
        with pytest.raises(SetupError, match="write `async with db.transaction"):
            db.session  # noqa: B018
        with pytest.raises(SetupError, match="write `async with db.transaction"):
            db.on_commit(print)
        async with db.transaction() as session:
            assert db.session is session
        with pytest.raises(SetupError):
            db.session  # noqa: B018


async def test_who_does_not_serve_keeps_no_connection(tmp_path: Path, database_url: str) -> None:
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_URL": database_url})
    async with notes.app.app_context(), db.transaction() as session:
        await session.execute(text("SELECT 1"))
    assert kept(notes) == 0
    async with notes.app.test_app():
        assert await notes.db.healthy()
        assert kept(notes) == 1
    assert kept(notes) == 0


def kept(notes: Notes) -> int:
    pool: Any = notes.db.engine.pool
    count: int = pool.checkedin()
    return count


async def test_a_start_that_fails_keeps_no_connection(tmp_path: Path) -> None:
    notes = Notes(tmp_path, {})

    @notes.app.before_serving
    async def look() -> None:
        notes.db.serve()
        await notes.db.healthy()
        raise RuntimeError("The start failed.")

    with pytest.raises(RuntimeError, match="The start failed"):
        await notes.app.startup()
    assert kept(notes) == 0


async def test_too_few_connections_answer_503(tmp_path: Path, database_url: str) -> None:
    config = {"HOTFRAME_DATABASE_URL": database_url, "HOTFRAME_DATABASE_POOL_SIZE": 1,
              "HOTFRAME_DATABASE_POOL_TIMEOUT": 0.05}  # fmt: skip
    notes = Notes(tmp_path, config)

    @notes.app.get("/")
    async def view() -> str:
        await db.session.execute(text("SELECT 1"))
        return ""

    async with notes.app.test_app():
        async with notes.db.transaction(read_only=True) as session:
            await session.execute(text("SELECT 1"))
            assert not await notes.db.healthy()
            with pytest.raises(DatabaseUnavailable, match="HOTFRAME_DATABASE_POOL_SIZE"):
                async with notes.db.transaction(read_only=True) as other:
                    await other.execute(text("SELECT 1"))
            response = await notes.client.get("/")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert (await notes.client.get("/")).status_code == 200


NO_IMPORT = """\
import asyncio, sys
from quart import Quart
from quart_hotframe import HotFrame
app = Quart(__name__, instance_path=sys.argv[1])
HotFrame(app)
@app.get("/")
async def view(): return "Hello"
async def main():
    async with app.test_app():
        assert (await app.test_client().get("/")).status_code == 200
asyncio.run(main())
print(sorted({name.split(".")[0] for name in sys.modules} & {"sqlalchemy", "aiosqlite"}))
"""


def test_an_app_without_a_database_does_not_import_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(NO_IMPORT)
    command = [sys.executable, "app.py", str(tmp_path / "instance")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert list((tmp_path / "instance").rglob("*.sqlite3")) == []
