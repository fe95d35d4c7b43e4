"""What every store does, in files and in databases: whole after any kill, true about who lives."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules.participants import KEPT_ACKS
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import State
from quart_hotframe.modules.state import Wanted
from quart_hotframe.modules.store import ModuleStore
from quart_hotframe.modules.stores.journal import KEPT_OPERATIONS
from tests.support.stores import end
from tests.support.stores import kill
from tests.support.stores import Place
from tests.support.stores import place as place
from tests.support.stores import store as store
from tests.support.stores import wait_ready

HOLDER = """
def wait(state):
    say("ready")
    sys.stdin.readline()
    return state
asyncio.run(store.change(wait))
"""


def risen(state: State) -> State:
    return replace(state, revision=state.revision + 1)


def shop(**fields: object) -> Wanted:
    return replace(Wanted("shop", "1.0", "project"), **fields)  # type: ignore[arg-type]


async def test_reading_an_absent_store_gives_an_empty_state_and_creates_nothing(
    store: ModuleStore, place: Place
) -> None:
    state = await store.read()
    assert state == State(0, {}, None, initialised=False)
    assert not await store.changed(state)
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert await store.operations() == []
    await store.unregister()
    assert await place.is_untouched()


async def test_what_was_changed_is_read_by_another_store(store: ModuleStore, place: Place) -> None:
    operation = Operation("op1", "enable", "shop", {"shop": shop(enabled=True)}, detail={"a": [1]})
    changed = await store.change(
        lambda state: replace(state, modules={"shop": shop()}, operation=operation)
    )
    assert changed.modules == {"shop": shop()}
    assert changed.operation == operation
    assert await place.open().read() == changed


async def test_the_function_gets_the_newest_state_and_its_error_writes_nothing(
    store: ModuleStore, place: Place
) -> None:
    await store.change(risen)
    before = await store.read()

    def refuse(state: State) -> State:
        assert state.revision == 1
        raise LookupError("not that one")

    with pytest.raises(LookupError, match="not that one"):
        await store.change(refuse)
    assert not await store.changed(before)
    assert await store.read() == before
    assert (await store.change(risen)).revision == 2


async def test_an_error_of_the_system_in_the_function_reaches_the_caller_as_it_is(
    store: ModuleStore,
) -> None:
    def refuse(state: State) -> State:
        raise PermissionError("mine")

    with pytest.raises(PermissionError, match="mine"):
        await store.change(refuse)


async def test_an_unchanged_state_is_not_written_again(store: ModuleStore) -> None:
    first = await store.change(risen)
    await store.change(lambda state: replace(state))
    assert not await store.changed(first)


async def test_a_falling_revision_is_refused(store: ModuleStore) -> None:
    await store.change(lambda state: replace(state, revision=5))
    with pytest.raises(StoreError, match="may not fall from 5 to 4"):
        await store.change(lambda state: replace(state, revision=4))
    assert (await store.read()).revision == 5


async def test_what_json_cannot_hold_is_refused_and_nothing_is_written(store: ModuleStore) -> None:
    operation = Operation("op1", "enable", "shop", {}, detail={"folder": Path("x")})
    with pytest.raises(StoreError, match="cannot be written as JSON"):
        await store.change(lambda state: replace(state, operation=operation))
    assert await store.read() == State()


async def test_a_value_of_a_wrong_type_is_refused_before_it_is_written(store: ModuleStore) -> None:
    with pytest.raises(StoreError, match="'enabled' must be true or false"):
        await store.change(lambda state: replace(state, modules={"shop": shop(enabled="yes")}))
    assert await store.read() == State()


@pytest.mark.by_turns
async def test_changed_tells_every_change_of_another_store(
    store: ModuleStore, place: Place
) -> None:
    other = place.open()
    seen = await store.read()
    for _ in range(50):  # fast enough that several changes share a tick of the clock
        await other.change(risen)
        assert await store.changed(seen)
        seen = await store.read()
        assert not await store.changed(seen)


async def test_changed_tells_one_reader_although_another_has_read(store: ModuleStore) -> None:
    seen = await store.read()
    newest = await store.change(risen)
    await store.read()
    assert await store.changed(seen)
    assert not await store.changed(newest)


INCREMENT = """
async def main():
    for _ in range(int(sys.argv[1])):
        await store.change(lambda state: replace(state, revision=state.revision + 1))
asyncio.run(main())
"""


@pytest.mark.by_turns
async def test_two_processes_that_count_lose_nothing(store: ModuleStore, place: Place) -> None:
    processes = [place.start(INCREMENT, "60") for _ in range(2)]
    for process in processes:
        await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0
    assert (await store.read()).revision == 120


async def test_tasks_of_one_process_that_count_lose_nothing(
    store: ModuleStore, place: Place
) -> None:
    stores = [store, place.open()]
    await asyncio.gather(*(each.change(risen) for each in stores for _ in range(10)))
    assert (await store.read()).revision == 20


WRITE_ENDLESSLY = """
def following(state):
    number = state.revision + 1
    names = [f"m{index}" for index in range(300)]
    modules = {name: Wanted(name, str(number), "project", error="x" * 200) for name in names}
    return State(number, modules)
async def main():
    state = await store.read()
    say("ready")
    while True:
        state = await store.change(following)
        say(state.revision)
asyncio.run(main())
"""


def assert_whole(state: State, told: int) -> None:
    """Check that one committed state is there, and none that was promised is lost."""
    assert state.revision in {told, told + 1}
    versions = {wanted.version for wanted in state.modules.values()}
    assert versions == {str(state.revision)}
    assert len(state.modules) == 300


@pytest.mark.by_turns
async def test_a_writer_killed_at_any_moment_leaves_a_committed_state(
    store: ModuleStore, place: Place
) -> None:
    chance = random.Random(20)
    for _ in range(8):
        process = place.start(WRITE_ENDLESSLY)
        wait_ready(process)
        assert process.stdout is not None
        process.stdout.readline()
        await asyncio.sleep(chance.uniform(0, 0.03))  # the moment of the kill
        process.kill()
        told = process.communicate()[0].split()
        state = await store.read()
        assert_whole(state, int(told[-1]) if told else state.revision)
    # The next writer is not hindered by what the killed left.
    assert (await store.change(risen)).revision == state.revision + 1


@pytest.mark.by_turns
async def test_the_event_loop_ticks_on_while_another_process_has_the_lock(
    store: ModuleStore, place: Place
) -> None:
    holder = place.start(HOLDER)
    wait_ready(holder)
    gaps: list[float] = []
    waiting = asyncio.create_task(store.change(risen))
    began = last = time.monotonic()
    while last - began < 0.5:
        await asyncio.sleep(0.005)
        now = time.monotonic()
        gaps.append(now - last)
        last = now
    assert not waiting.done()
    end(holder)
    assert (await asyncio.wait_for(waiting, 10)).revision == 1
    assert max(gaps) < 0.25
    assert statistics.median(gaps) < 0.03


async def test_the_function_of_a_change_does_not_run_in_the_thread_of_the_event_loop(
    store: ModuleStore,
) -> None:
    threads: list[int] = []

    def note(state: State) -> State:
        threads.append(threading.get_ident())
        return risen(state)

    await store.change(note)
    assert threads and threading.get_ident() not in threads


async def test_a_change_cancelled_while_it_waits_writes_nothing(
    store: ModuleStore, place: Place
) -> None:
    holder = place.start(HOLDER)
    wait_ready(holder)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.change(risen), 0.1)
    end(holder)
    assert await store.read() == State()


async def test_a_participant_tells_what_it_did(store: ModuleStore, place: Place) -> None:
    process = place.start_worker()
    me = Participant.new("command")
    await store.register(me)
    await store.acknowledge("op1", "prepare", "cannot import blog")
    await store.acknowledge("op1", "abort")
    live = await store.participants()
    assert set(live) == {"w1", me.id}
    assert (live["w1"].pid, live["w1"].kind, live["w1"].revision) == (process.pid, "worker", 7)
    assert live["w1"].acks == {"op1": {"prepare": None}}
    assert live[me.id].acks == {"op1": {"prepare": "cannot import blog", "abort": None}}
    assert live[me.id].revision is None
    await store.unregister()
    assert set(await store.participants()) == {"w1"}


async def test_an_orderly_end_is_no_death(store: ModuleStore, place: Place) -> None:
    process = place.start_worker()
    end(process)
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert place.locks() == []


async def test_a_worker_that_died_before_it_served_has_no_revision(
    store: ModuleStore, place: Place
) -> None:
    process = place.start(
        """
        async def main():
            await store.register(Participant.new("worker"))
            os.kill(os.getpid(), 9)
        asyncio.run(main())
        """
    )
    await asyncio.to_thread(process.wait, 20)
    assert process.returncode == -signal.SIGKILL
    (death,) = await store.deaths()
    assert (death.revision, death.seconds) == (None, 0.0)


@pytest.mark.by_turns
async def test_the_end_of_a_command_is_no_death(store: ModuleStore, place: Place) -> None:
    kill(place.start_worker("c1", kind="command"))
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert place.locks() == []


@pytest.mark.by_turns
async def test_a_death_is_recorded_once_by_many_who_look(place: Place) -> None:
    live = place.start_worker("w0")
    for identifier in ("w1", "w2"):
        kill(place.start_worker(identifier))
    stores = [place.open() for _ in range(8)]
    seen = await asyncio.gather(*(each.participants() for each in stores))
    assert [set(each) for each in seen] == [{"w0"}] * 8
    assert {death.id for death in await stores[0].deaths()} == {"w1", "w2"}
    end(live)


async def test_only_the_newest_acknowledgements_are_kept(store: ModuleStore) -> None:
    me = Participant.new("worker")
    await store.register(me)
    for number in range(KEPT_ACKS + 5):
        await store.acknowledge(f"op{number}", "prepare")
    acks = (await store.participants())[me.id].acks
    assert list(acks) == [f"op{number}" for number in range(5, KEPT_ACKS + 5)]
    await store.unregister()


async def test_acknowledgements_at_the_same_time_are_all_kept(store: ModuleStore) -> None:
    me = Participant.new("worker")
    await store.register(me)
    await asyncio.gather(*(store.acknowledge("op1", f"phase{number}") for number in range(10)))
    acks = (await store.participants())[me.id].acks
    assert set(acks["op1"]) == {f"phase{number}" for number in range(10)}
    await store.unregister()


async def test_serving_the_same_revision_again_keeps_its_beginning(store: ModuleStore) -> None:
    me = Participant.new("worker")
    await store.register(me)
    await store.served(1)
    first = (await store.participants())[me.id]
    await store.served(1)
    assert (await store.participants())[me.id] == first
    await store.served(2)
    second = (await store.participants())[me.id]
    assert second.revision == 2
    assert second.serving_since is not None and first.serving_since is not None
    assert second.serving_since > first.serving_since
    await store.unregister()


async def test_acknowledging_without_registration_is_refused(store: ModuleStore) -> None:
    for action in (store.acknowledge("op1", "prepare"), store.served(1)):
        with pytest.raises(StoreError, match=r"not registered.*register\(\) first"):
            await action


@pytest.mark.by_turns
async def test_a_second_registration_and_a_taken_id_are_refused(
    store: ModuleStore, place: Place
) -> None:
    process = place.start_worker()
    taken = replace(Participant.new("worker"), id="w1")
    with pytest.raises(StoreError, match="another live process is registered as w1"):
        await store.register(taken)
    await store.register(Participant.new("worker"))
    with pytest.raises(StoreError, match="has registered participant"):
        await store.register(Participant.new("worker"))
    await store.unregister()
    assert set(await store.participants()) == {"w1"}
    end(process)


async def test_a_registration_can_be_given_up_and_taken_again(store: ModuleStore) -> None:
    for _ in range(3):
        me = Participant.new("worker")
        await store.register(me)
        assert set(await store.participants()) == {me.id}
        await store.unregister()
        await store.unregister()
    assert await store.deaths() == []


async def test_two_stores_of_one_process_are_two_participants(
    store: ModuleStore, place: Place
) -> None:
    other = place.open()
    first, second = Participant.new("worker"), Participant.new("worker")
    await store.register(first)
    await other.register(second)
    assert set(await store.participants()) == {first.id, second.id}
    await other.unregister()
    assert set(await store.participants()) == {first.id}
    await store.unregister()


async def test_a_forked_child_does_not_keep_a_killed_worker_alive(
    store: ModuleStore, place: Place
) -> None:
    process = place.start(
        """
        async def main():
            await store.register(replace(Participant.new("worker"), id="w1"))
        asyncio.run(main())
        import warnings
        warnings.simplefilter("ignore")  # of a fork beside threads; only the fork matters here
        child = os.fork()
        if child == 0:
            asyncio.run(store.unregister())  # nor does it remove its parent's file
            say("ready")
        sys.stdin.readline()
        """
    )
    wait_ready(process)
    assert set(await store.participants()) == {"w1"}
    process.kill()
    process.wait()
    assert await store.participants() == {}
    assert [death.id for death in await store.deaths()] == ["w1"]


async def test_a_started_program_does_not_keep_a_killed_worker_alive(
    store: ModuleStore, place: Place
) -> None:
    process = place.start(
        """
        import subprocess
        async def main():
            await store.register(replace(Participant.new("worker"), id="w1"))
        asyncio.run(main())
        wait = "import sys; print('ready', flush=True); sys.stdin.readline()"
        subprocess.run([sys.executable, "-c", wait], close_fds=False)
        """
    )
    wait_ready(process)
    process.kill()
    process.wait()
    assert await store.participants() == {}


@pytest.mark.parametrize("identifier", ["", "../w1", "a/b", ".w", "x" * 65, "w\n"])
async def test_an_id_that_is_no_file_name_is_refused(
    store: ModuleStore, place: Place, identifier: str
) -> None:
    with pytest.raises(StoreError, match="not fit for a file name"):
        await store.register(replace(Participant.new("worker"), id=identifier))
    with pytest.raises(StoreError, match="not fit for a file name"):
        await store.journal(identifier, {})
    assert await place.is_untouched()


async def test_the_journal_tells_the_phases_of_operations_newest_first(
    store: ModuleStore, place: Place
) -> None:
    before = time.time()
    await store.journal("first", {"phase": "prepare", "module": "shop"})
    await store.journal("second", {"phase": "prepare"})
    await place.open().journal("first", {"phase": "abort", "error": "no such file"})
    second, first = await store.operations()
    assert (first.id, second.id) == ("first", "second")
    assert first.entries[0]["module"] == "shop"
    assert first.error == "no such file"
    assert list(first.phases) == ["prepare", "abort"]
    assert before <= first.phases["prepare"] <= first.phases["abort"] <= time.time()
    assert [history.id for history in await store.operations(limit=1)] == ["second"]
    assert await store.operations(limit=0) == []


async def test_an_entry_that_json_cannot_hold_is_refused(store: ModuleStore) -> None:
    with pytest.raises(StoreError, match="operation op1 cannot be written as JSON"):
        await store.journal("op1", {"path": Path("x")})
    assert await store.operations() == []


@pytest.mark.by_turns
async def test_entries_of_two_processes_are_all_kept(store: ModuleStore, place: Place) -> None:
    script = """
    async def main():
        for number in range(40):
            await store.journal("op1", {"who": sys.argv[1], "number": number})
    asyncio.run(main())
    """
    for process in [place.start(script, "a"), place.start(script, "b")]:
        await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0
    (history,) = await store.operations()
    found = sorted((entry["who"], entry["number"]) for entry in history.entries)
    assert found == [(who, number) for who in "ab" for number in range(40)]


@pytest.mark.by_turns
async def test_the_journal_keeps_the_newest_operations_only(store: ModuleStore) -> None:
    for number in range(KEPT_OPERATIONS + 5):
        await store.journal(f"op{number}", {"phase": "prepare"})
    histories = await store.operations(limit=1000)
    assert len(histories) == KEPT_OPERATIONS
    assert histories[0].id == f"op{KEPT_OPERATIONS + 4}"
    assert histories[-1].id == "op5"
