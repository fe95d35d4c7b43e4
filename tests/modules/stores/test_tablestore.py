"""The store in a database: made when it is needed, told at once, true about far processes."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy import make_url
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe.errors import StoreError
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.state import State
from quart_hotframe.modules.store import ModuleStore
from quart_hotframe.modules.stores import tablestore
from quart_hotframe.modules.stores.hosts import Hosts
from tests.support.databases import in_postgres
from tests.support.relay import Relay
from tests.support.sites import serving
from tests.support.sites import Site
from tests.support.stores import end
from tests.support.stores import kill
from tests.support.stores import Place
from tests.support.stores import wait_ready

TIMEOUT = 1.0  # seconds


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Any:
    made = Place(tmp_path, database_url)
    yield made
    for process in made.running:
        process.send_signal(signal.SIGCONT)
        kill(process)


@pytest.fixture
def store(place: Place) -> ModuleStore:
    return place.open(HOTFRAME_HEARTBEAT_TIMEOUT=TIMEOUT)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes that the test starts have a short timeout too."""
    monkeypatch.setenv("HOTFRAME_HEARTBEAT_TIMEOUT", str(TIMEOUT))


@pytest.fixture
async def engine(place: Place) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(place.url)
    yield made
    await made.dispose()


@asynccontextmanager
async def registered(store: ModuleStore, kind: str = "worker") -> AsyncIterator[Participant]:
    me = Participant.new(kind)
    await store.register(me)
    try:
        yield me
    finally:
        await store.unregister()


def risen(state: State) -> State:
    return replace(state, revision=state.revision + 1)


async def becomes(true: Callable[[], Awaitable[Any]], seconds: float = 15.0) -> None:
    """Wait until something is true; it fails when it does not become so in time."""
    give_up = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < give_up, "It did not come true in time."
        await asyncio.sleep(0.02)


async def ids(store: ModuleStore) -> set[str]:
    return set(await store.participants())


# The tables


async def test_an_app_that_uses_no_modules_gets_no_table(place: Place) -> None:
    site = Site(place.folder, {"HOTFRAME_DATABASE_URL": place.url, "HOTFRAME_STORE": "database"})
    async with serving(site):
        await site.modules.refresh()
    assert await place.is_untouched()


async def test_the_tables_are_made_by_many_at_once(place: Place) -> None:
    stores = [place.open() for _ in range(8)]
    entry = {"phase": "prepare"}
    await asyncio.gather(*(one.journal(f"op{n}", entry) for n, one in enumerate(stores)))
    assert {one.id for one in await stores[0].operations()} == {f"op{n}" for n in range(8)}


async def test_a_store_whose_tables_were_dropped_begins_anew(
    place: Place, store: ModuleStore, engine: AsyncEngine
) -> None:
    seen = await store.change(risen)
    async with engine.begin() as connection:
        for name in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            await connection.execute(text(f"DROP TABLE {name}"))
    with pytest.raises(StoreError, match="hotframe_store"):
        await store.read()
    assert await store.changed(seen)
    assert await store.read() == State()
    assert (await store.change(risen)).revision == 1


async def test_a_damaged_state_is_refused_and_says_what_to_do(
    store: ModuleStore, engine: AsyncEngine
) -> None:
    await store.change(risen)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE hotframe_store SET state = '{'"))
    for attempt in (store.read, lambda: store.change(risen)):
        with pytest.raises(StoreError, match="hotframe_store in .* is damaged: .*put back a good"):
            await attempt()


async def test_a_holder_that_stands_still_is_not_waited_for_for_ever(
    place: Place, store: ModuleStore
) -> None:
    store._connections._patience = 0.3  # type: ignore[attr-defined]
    holder = place.start(
        """
        def wait(state):
            say("ready")
            sys.stdin.readline()
            return state
        asyncio.run(store.change(wait))
        """
    )
    wait_ready(holder)
    with pytest.raises(StoreError, match=r"within 0\.3 s|Other transactions wrote"):
        await store.change(risen)
    kill(holder)
    store._connections._patience = 10.0  # type: ignore[attr-defined]
    assert (await store.change(risen)).revision == 1


@pytest.mark.postgres
async def test_a_change_whose_host_vanished_does_not_hold_the_others(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tablestore, "IDLE", 0.3)
    store, other = Place(tmp_path, postgres_url).open(), Place(tmp_path, postgres_url).open()
    await store.change(risen)
    begun, go_on = threading.Event(), threading.Event()

    def stand_still(state: State) -> State:
        begun.set()
        go_on.wait(20)
        return replace(state, revision=100)

    standing = asyncio.create_task(store.change(stand_still))
    await asyncio.to_thread(begun.wait, 20)
    assert (await other.change(risen)).revision == 2
    go_on.set()
    with pytest.raises(StoreError):
        await standing
    assert (await other.read()).revision == 2


async def test_no_connection_is_left_open(place: Place, store: ModuleStore) -> None:
    store.follow(lambda: None)
    async with registered(store):
        await asyncio.gather(*(store.change(risen) for _ in range(20)))
    await store.close()
    assert (await store.read()).revision == 20
    if "postgres" in place.url:
        name = make_url(place.url).database
        count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"
        await becomes(lambda: none_of(count))


async def none_of(count: str) -> bool:
    return await in_postgres(count) == [0]


async def test_an_app_that_has_taken_all_its_connections_can_still_change_modules(
    tmp_path: Path, database_url: str
) -> None:
    config = {
        "HOTFRAME_DATABASE_URL": database_url,
        "HOTFRAME_STORE": "database",
        "HOTFRAME_DATABASE_POOL_SIZE": 1,
    }
    site = Site(tmp_path, config)
    site.write("blog")
    async with serving(site), site.hotframe.db.transaction(read_only=True) as session:
        await session.execute(text("SELECT 1"))
        await site.modules.enable("blog")
        assert await site.get("/blog/") == (200, "blog 1.0")


# Heartbeats


async def test_a_killed_process_of_this_host_is_dead_at_once(
    place: Place, store: ModuleStore
) -> None:
    store = place.open(HOTFRAME_HEARTBEAT_TIMEOUT=600)
    process = place.start_worker()
    assert await ids(store) == {"w1"}
    kill(process)
    assert await ids(store) == set()
    assert [one.id for one in await store.deaths()] == ["w1"]
    assert place.locks() == []


async def test_who_is_buried_by_others_while_one_looks_is_not_alive(
    place: Place, store: ModuleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Hosts.gone
    others = [place.open()]

    def late(hosts: Hosts, known: Any) -> Any:
        while others:  # in a thread, as all looks at locks
            asyncio.run(others.pop().participants())
        return look(hosts, known)

    kill(place.start_worker("w1"))
    monkeypatch.setattr(Hosts, "gone", late)
    assert await ids(store) == set()


async def test_a_killed_process_of_another_host_is_silent_and_then_gone(
    place: Place, store: ModuleStore, quick: None
) -> None:
    process = place.elsewhere().start_worker()
    async with registered(store) as me:
        kill(process)
        assert await ids(store) == {"w1", me.id}, "nobody can know yet"
        await becomes(lambda: is_alone(store, me))
        assert await store.deaths() == [], "a silence is no crash"
    home = place.elsewhere("home").open()
    assert await ids(home) == set(), "and those who come later need not wait"


async def test_its_own_host_knows_later_that_a_silent_process_has_died(
    place: Place, store: ModuleStore, quick: None
) -> None:
    elsewhere = place.elsewhere()
    process = elsewhere.start_worker()
    async with registered(store) as me:
        kill(process)
        await becomes(lambda: is_alone(store, me))
    assert await ids(elsewhere.open()) == set()
    assert [one.id for one in await store.deaths()] == ["w1"]


async def is_alone(store: ModuleStore, me: Participant) -> bool:
    return await ids(store) == {me.id}


async def test_a_process_that_stood_still_is_not_waited_for_and_is_back_by_itself(
    place: Place, store: ModuleStore, quick: None
) -> None:
    process = place.start_worker()
    async with registered(store) as me:
        process.send_signal(signal.SIGSTOP)
        await becomes(lambda: is_alone(store, me))
        process.send_signal(signal.SIGCONT)
        await becomes(lambda: has(store, "w1"))
        assert (await store.participants())["w1"].revision == 7
        assert await store.deaths() == []
        end(process)
        assert await is_alone(store, me)
        assert await store.deaths() == []


async def has(store: ModuleStore, *wanted: str) -> bool:
    return set(wanted) <= await ids(store)


async def test_a_process_whose_row_is_gone_comes_back(
    store: ModuleStore, engine: AsyncEngine
) -> None:
    async with registered(store) as me:
        await store.served(3)
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM hotframe_store_participants"))
        await becomes(lambda: has(store, me.id))
        assert (await store.participants())[me.id].revision == 3


async def test_a_process_that_was_asked_to_end_is_no_death(
    place: Place, store: ModuleStore
) -> None:
    process = place.start(
        """
        async def main():
            await store.register(replace(Participant.new("worker"), id="w1"))
            await store.served(7)
            store.leaving()
            os.kill(os.getpid(), 9)
        asyncio.run(main())
        """
    )
    await asyncio.to_thread(process.wait, 20)
    assert await ids(store) == set()
    assert await store.deaths() == []
    assert place.locks() == []


# The database is away


@pytest.fixture
async def relay(postgres_url: str) -> AsyncIterator[Relay]:
    url = make_url(postgres_url)
    relay = Relay(str(url.host), url.port or 5432)
    await relay.mend()
    yield relay
    await relay.cut()


@pytest.fixture
def far(tmp_path: Path, postgres_url: str, relay: Relay) -> Any:
    url = make_url(postgres_url).set(host="127.0.0.1", port=relay.port)
    made = Place(tmp_path, url.render_as_string(hide_password=False))
    yield made
    for process in made.running:
        kill(process)


@pytest.mark.postgres
async def test_who_was_cut_off_judges_nobody_until_it_is_steady(
    far: Place, relay: Relay, quick: None
) -> None:
    store = far.open(HOTFRAME_HEARTBEAT_TIMEOUT=TIMEOUT)
    store.follow(lambda: None)
    await asyncio.to_thread(far.start_worker)
    async with registered(store) as me:
        await relay.cut()
        with pytest.raises(StoreError):
            await store.read()
        await asyncio.sleep(2 * TIMEOUT)  # everybody is silent for longer than the timeout
        await relay.mend()
        seen: list[set[str]] = []

        async def both_beat_again() -> bool:
            try:
                seen.append(await ids(store))
            except StoreError:
                return False
            return await beat_lately(far, 2)

        await becomes(both_beat_again)
        assert all(one == {"w1", me.id} for one in seen)
        assert await store.deaths() == []
    await store.close()


async def beat_lately(place: Place, number: int) -> bool:
    engine = create_async_engine(place.url)
    lately = "SELECT count(*) FROM hotframe_store_participants WHERE heartbeat > " \
             "extract(epoch from clock_timestamp()) - 0.3"  # fmt: skip
    try:
        async with engine.connect() as connection:
            return bool(await connection.scalar(text(lately)) == number)
    finally:
        await engine.dispose()


@pytest.mark.postgres
async def test_what_could_not_be_told_is_told_when_the_database_is_back(
    far: Place, relay: Relay
) -> None:
    store = far.open(HOTFRAME_HEARTBEAT_TIMEOUT=TIMEOUT)
    async with registered(store) as me:
        await relay.cut()
        with pytest.raises(StoreError, match="does not answer"):
            await store.acknowledge("op1", "prepare")
        await relay.mend()
        await becomes(lambda: has_acknowledged(store, me))


async def has_acknowledged(store: ModuleStore, me: Participant) -> bool:
    try:
        return (await store.participants())[me.id].acks == {"op1": {"prepare": None}}
    except StoreError:
        return False


@pytest.mark.postgres
async def test_a_process_that_ends_while_the_database_is_away_is_no_death(
    far: Place, relay: Relay
) -> None:
    store = far.open()
    await store.register(Participant.new("worker"))
    await relay.cut()
    await store.unregister()
    await relay.mend()
    assert await ids(store) == set()
    assert await store.deaths() == []
    assert far.locks() == []


# Telling


SLOW = {"HOTFRAME_POLL_INTERVAL": 60.0}


@pytest.mark.postgres
async def test_a_change_wakes_the_workers_at_once(tmp_path: Path, postgres_url: str) -> None:
    config = {"HOTFRAME_DATABASE_URL": postgres_url, "HOTFRAME_PROVISIONAL_SECONDS": 0}
    first, second = (Site(tmp_path / name, {**config, **SLOW}) for name in ("a", "b"))
    for site in (first, second):
        site.write("blog")
    async with serving(first), serving(second), asyncio.timeout(20):
        await first.modules.enable("blog")
        assert await second.get("/blog/") == (200, "blog 1.0")


@pytest.mark.postgres
async def test_a_connection_that_listens_and_breaks_is_made_anew(
    tmp_path: Path, postgres_url: str
) -> None:
    woken = asyncio.Event()
    store, other = Place(tmp_path, postgres_url).open(), Place(tmp_path, postgres_url).open()
    store.follow(woken.set)
    await asyncio.wait_for(woken.wait(), 10)
    woken.clear()
    await in_postgres(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = '{make_url(postgres_url).database}'"
    )
    await asyncio.wait_for(woken.wait(), 10)
    woken.clear()
    await other.change(risen)
    await asyncio.wait_for(woken.wait(), 10)
    await store.close()
