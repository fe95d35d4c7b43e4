"""Leading operations, with participants that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import OperationAborted
from quart_hotframe.errors import OperationBusy
from quart_hotframe.errors import StoreError
from quart_hotframe.modules.operation import Coordinator
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.plan import Plan
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import State
from quart_hotframe.modules.stores.filestore import FileStore
from tests.support.sites import serving
from tests.support.sites import Site

PLAN = Plan("reload", "blog", (), {})


class FailingStore(FileStore):
    """A store that cannot be written while ``fails`` is true."""

    fails = False

    async def change(self, function: Callable[[State], State]) -> State:
        if self.fails:
            raise StoreError("the disk is full")
        return await super().change(function)


@asynccontextmanager
async def leading(folder: Path) -> AsyncIterator[tuple[Coordinator, FailingStore]]:
    site = Site(folder, {"HOTFRAME_OPERATION_TIMEOUT": 0.5})
    store = FailingStore(site.instance)
    site.modules.store = store
    async with serving(site):
        manager = site.modules
        yield Coordinator(store, manager.settings, manager.schema, manager.worker), store


async def opened(coordinator: Coordinator) -> Operation:
    operation = await coordinator.open((await coordinator.store.read()).revision, PLAN)
    assert operation is not None
    return operation


async def phase(store: FileStore) -> str | None:
    operation = (await store.read()).operation
    return operation.phase if operation else None


async def other_worker(folder: Path, operation: str, **acks: str | None) -> FileStore:
    """Register another worker; it has acknowledged what *acks* says."""
    store = FileStore(folder / "instance" / "hotframe")
    await store.register(Participant("other", 4711, "worker", 0.0))
    for name, error in acks.items():
        await store.acknowledge(operation, name, error)
    return store


async def test_only_one_operation_can_be_open(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, _):
        operation = await opened(coordinator)
        with pytest.raises(OperationBusy, match="reload of 'blog' is still running"):
            await coordinator.open(0, PLAN)
        await coordinator.abandon(operation, "done")


async def test_a_plan_for_an_older_revision_is_not_opened(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        assert await coordinator.open(99, PLAN) is None
        assert await phase(store) is None


async def test_the_error_of_another_worker_names_its_process(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)
        other = await other_worker(tmp_path, operation.id, prepare="views.py:3: no")
        with pytest.raises(OperationAborted, match=r"Worker process 4711: views\.py:3: no"):
            await coordinator.lead(operation)
        await other.unregister()
        assert await phase(store) is None
        [history] = await store.operations()
        assert list(history.phases) == ["prepare", "aborted"]
        assert "views.py:3" in (history.error or "")


async def test_a_worker_that_hangs_aborts_after_the_timeout(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)
        other = await other_worker(tmp_path, operation.id)
        with pytest.raises(OperationAborted, match=r"4711 did not follow within 0\.5 s"):
            await coordinator.lead(operation)
        await other.unregister()
        assert await phase(store) is None
        assert (await store.read()).revision == 0


async def test_a_worker_that_dies_while_all_wait_for_it_is_not_waited_for(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, _):
        operation = await opened(coordinator)
        other = await other_worker(tmp_path, operation.id)
        led = asyncio.create_task(coordinator.lead(operation))
        await asyncio.sleep(0)
        await other.unregister()
        assert list((await led).values()) == [True]


async def test_a_worker_that_serves_late_is_reported_and_nothing_is_taken_back(
    tmp_path: Path,
) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)
        other = await other_worker(tmp_path, operation.id, prepare=None)
        served = await coordinator.lead(operation)
        assert served["other"] is False
        assert sorted(served.values()) == [False, True]
        assert (await store.read()).revision == 1
        await other.unregister()


async def test_a_leader_that_is_cancelled_closes_the_operation(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)
        other = await other_worker(tmp_path, operation.id)
        led = asyncio.create_task(coordinator.lead(operation))
        while "prepare" not in {p for h in await store.operations() for p in h.phases}:
            await asyncio.sleep(0.01)
        led.cancel()
        with pytest.raises(asyncio.CancelledError):
            await led
        assert await phase(store) is None
        await other.unregister()


async def test_an_operation_that_could_not_be_closed_is_closed_later(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)
        store.fails = True
        with pytest.raises(StoreError, match="the disk is full"):
            await coordinator.lead(operation)
        assert await phase(store) == "prepare"
        store.fails = False
        while await phase(store) is not None:
            await asyncio.sleep(0.01)


async def test_a_leader_that_was_taken_for_dead_commits_nothing(tmp_path: Path) -> None:
    async with leading(tmp_path) as (coordinator, store):
        operation = await opened(coordinator)

        def end(state: State) -> State:
            return replace(state, operation=None)

        await store.change(end)
        with pytest.raises(OperationAborted, match="ended by another process"):
            await coordinator._commit(operation)
        assert (await store.read()).revision == 0
