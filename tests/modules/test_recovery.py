from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.config import Settings
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.recovery import close
from quart_hotframe.modules.recovery import Recovery
from quart_hotframe.modules.recovery import taken_back
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import Provisional
from quart_hotframe.modules.state import State
from quart_hotframe.modules.state import Wanted
from quart_hotframe.modules.stores.filestore import FileStore

ME = Participant("me", 1, "worker", 0.0)
DEAD = Operation("1-a", "enable", "blog", {}, coordinator="nobody", started=time.time())
BLOG = Wanted("blog", "2.0", "2.0-b", enabled=True, previous="1.0-a", previous_version="1.0",
              provisional=Provisional("1-a", 1.0))  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def recovery(store: FileStore, leading: frozenset[str] = frozenset()) -> Recovery:
    return Recovery(store, Settings(), ME, set(leading), lambda _: None)


async def opened(store: FileStore, operation: Operation) -> State:
    return await store.change(lambda state: replace(state, operation=operation))


@pytest.mark.parametrize(
    ("phase", "ended"), [("prepare", "aborted"), ("migrate", "aborted"), ("commit", "finished")]
)
async def test_the_operation_of_a_dead_coordinator_is_ended_once(
    store: FileStore, phase: str, ended: str
) -> None:
    state = await opened(store, replace(DEAD, phase=phase))
    states = await asyncio.gather(*(recovery(store).resolve(state) for _ in range(5)))
    assert [one.operation for one in states] == [None] * 5
    [history] = await store.operations()
    assert [entry["phase"] for entry in history.entries] == [ended]


async def test_the_operation_of_a_live_coordinator_is_left_alone(
    store: FileStore, tmp_path: Path
) -> None:
    other = FileStore(tmp_path / "store")
    await other.register(Participant("other", 2, "command", 0.0))
    state = await opened(store, replace(DEAD, coordinator="other"))
    assert (await recovery(store).resolve(state)).operation is not None
    await other.unregister()
    assert (await recovery(store).resolve(state)).operation is None


async def test_what_this_process_leads_is_its_own_and_what_it_gave_up_is_not(
    store: FileStore,
) -> None:
    await store.register(ME)
    state = await opened(store, replace(DEAD, coordinator="me"))
    assert (await recovery(store, frozenset({"1-a"})).resolve(state)).operation is not None
    assert (await recovery(store).resolve(state)).operation is None
    await store.unregister()


async def test_a_committed_operation_stays_open_until_every_worker_serves_it(
    store: FileStore,
) -> None:
    await store.register(ME)
    committed = replace(DEAD, phase="commit", started=time.time())  # not when it was collected
    state = await store.change(lambda state: replace(state, revision=3, operation=committed))
    assert (await recovery(store).resolve(state)).operation is not None
    await store.served(3)
    assert (await recovery(store).resolve(state)).operation is None
    await store.unregister()


async def test_closing_says_nothing_when_another_was_first(store: FileStore) -> None:
    await opened(store, replace(DEAD, id="2-b"))
    state, ended = await close(store, DEAD, "late")
    assert ended is None
    assert state.operation is not None
    assert await store.operations() == []


async def die(folder: Path, number: int, revision: int | None) -> None:
    """Leave behind what a killed worker leaves: its file without a lock."""
    dying = FileStore(folder)
    now = time.time()
    await dying.register(Participant(f"w{number}", number, "worker", now, revision, now))
    assert dying._membership._presence.is_held()
    dying._membership._presence.let_go()


@pytest.mark.parametrize("revision", [1, 5, None], ids=["served", "a later one", "never served"])
async def test_two_crashes_during_a_trial_take_the_version_back(
    store: FileStore, tmp_path: Path, revision: int | None
) -> None:
    state = await store.change(lambda state: replace(state, revision=1, modules={"blog": BLOG}))
    await die(tmp_path / "store", 1, revision)
    assert await recovery(store).judge_crashes(state) == state
    await die(tmp_path / "store", 2, revision)
    judged = await recovery(store).judge_crashes(state)
    assert judged.modules["blog"].version == "1.0"
    assert judged.revision == 2
    assert await recovery(store).judge_crashes(state) == judged, "and only once"


async def test_crashes_before_the_trial_do_not_count(store: FileStore, tmp_path: Path) -> None:
    for number in range(3):
        await die(tmp_path / "store", number, 1)
    await store.participants()
    fresh = replace(BLOG, provisional=Provisional("1-a", time.time() + 1))
    state = await store.change(lambda state: replace(state, revision=1, modules={"blog": fresh}))
    assert await recovery(store).judge_crashes(state) == state


async def test_a_worker_that_was_asked_to_end_is_no_crash(store: FileStore, tmp_path: Path) -> None:
    for number in range(3):
        dying = FileStore(tmp_path / "store")
        await dying.register(Participant(f"w{number}", number, "worker", time.time(), 1))
        dying.leaving()
        assert dying._membership._presence.is_held()
        dying._membership._presence.let_go()
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert list((tmp_path / "store" / "workers").iterdir()) == []


def test_a_version_without_a_confirmed_one_before_it_is_quarantined() -> None:
    assert taken_back(replace(BLOG, previous=None), "x").quarantined == "x"
    assert taken_back(replace(BLOG, source="project"), "x").quarantined == "x"
    back = taken_back(BLOG, "x")
    assert (back.version, back.source, back.error) == ("1.0", "1.0-a", "2.0: x")
