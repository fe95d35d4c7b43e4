"""The store in files: whole after any kill, shared by processes, true about who lives."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import stat
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules import locking
from quart_hotframe.modules.filestore import FileStore
from quart_hotframe.modules.journal import KEPT_OPERATIONS
from quart_hotframe.modules.membership import KEPT_ACKS
from quart_hotframe.modules.membership import KEPT_DEATHS
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.store import ModuleStore
from quart_hotframe.modules.store import Operation
from quart_hotframe.modules.store import State
from quart_hotframe.modules.store import Wanted

PREAMBLE = """
import asyncio, os, sys, time
from dataclasses import replace
from pathlib import Path
from quart_hotframe.modules.filestore import FileStore
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.store import State, Wanted
folder = Path(sys.argv[1])
store = FileStore(folder)
def say(*words): print(*words, flush=True)
"""

WORKER = """
async def main():
    await store.register(replace(Participant.new(sys.argv[2]), id=sys.argv[3]))
    await store.acknowledge("op1", "prepare")
    await store.served(7)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await store.unregister()
asyncio.run(main())
"""

HOLDER = """
def wait(state):
    say("ready")
    sys.stdin.readline()
    return state
asyncio.run(store.change(wait))
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hotframe"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start a Python process on the folder of the store."""
    running: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), str(folder), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def wait_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def end(process: subprocess.Popen[str]) -> None:
    """Let a process that reads a line end in an orderly way."""
    process.communicate("\n", timeout=20)
    assert process.returncode == 0


def start_worker(
    start: Start, identifier: str = "w1", kind: str = "worker"
) -> subprocess.Popen[str]:
    process = start(WORKER, kind, identifier)
    wait_ready(process)
    return process


def risen(state: State) -> State:
    return replace(state, revision=state.revision + 1)


def shop(**fields: object) -> Wanted:
    return replace(Wanted("shop", "1.0", "project"), **fields)  # type: ignore[arg-type]


# The state


async def test_reading_an_absent_store_gives_an_empty_state_and_creates_nothing(
    store: ModuleStore, folder: Path
) -> None:
    state = await store.read()
    assert state == State(0, {}, None, initialised=False)
    assert not store.changed(state)
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert await store.operations() == []
    await store.unregister()
    assert not folder.exists()


async def test_what_was_changed_is_read_by_another_store(store: FileStore, folder: Path) -> None:
    operation = Operation("op1", "enable", "shop", {"shop": shop(enabled=True)}, detail={"a": [1]})
    changed = await store.change(
        lambda state: replace(state, modules={"shop": shop()}, operation=operation)
    )
    assert changed.modules == {"shop": shop()}
    assert changed.operation == operation
    assert await FileStore(folder).read() == changed


async def test_the_function_gets_the_newest_state_and_its_error_writes_nothing(
    store: FileStore, folder: Path
) -> None:
    await store.change(risen)
    before = (folder / "state.json").read_bytes()

    def refuse(state: State) -> State:
        assert state.revision == 1
        raise LookupError("not that one")

    with pytest.raises(LookupError, match="not that one"):
        await store.change(refuse)
    assert (folder / "state.json").read_bytes() == before
    assert (await store.change(risen)).revision == 2


async def test_an_error_of_the_system_in_the_function_reaches_the_caller_as_it_is(
    store: FileStore,
) -> None:
    def refuse(state: State) -> State:
        raise PermissionError("mine")

    with pytest.raises(PermissionError, match="mine"):
        await store.change(refuse)


async def test_an_unchanged_state_is_not_written_again(store: FileStore) -> None:
    first = await store.change(risen)
    await store.change(lambda state: replace(state))
    assert not store.changed(first)


async def test_a_falling_revision_is_refused(store: FileStore) -> None:
    await store.change(lambda state: replace(state, revision=5))
    with pytest.raises(StoreError, match="may not fall from 5 to 4"):
        await store.change(lambda state: replace(state, revision=4))
    assert (await store.read()).revision == 5


async def test_what_json_cannot_hold_is_refused_and_nothing_is_written(store: FileStore) -> None:
    operation = Operation("op1", "enable", "shop", {}, detail={"folder": Path("x")})
    with pytest.raises(StoreError, match="cannot be written as JSON"):
        await store.change(lambda state: replace(state, operation=operation))
    assert await store.read() == State()


async def test_a_value_of_a_wrong_type_is_refused_before_it_is_written(store: FileStore) -> None:
    with pytest.raises(StoreError, match="'enabled' must be true or false"):
        await store.change(lambda state: replace(state, modules={"shop": shop(enabled="yes")}))
    assert await store.read() == State()


async def test_changed_tells_every_change_of_another_store(store: FileStore, folder: Path) -> None:
    other = FileStore(folder)
    seen = await store.read()
    for _ in range(50):  # fast enough that several changes share a tick of the clock
        await other.change(risen)
        assert store.changed(seen)
        seen = await store.read()
        assert not store.changed(seen)


async def test_changed_tells_one_reader_although_another_has_read(store: FileStore) -> None:
    seen = await store.read()
    newest = await store.change(risen)
    await store.read()
    assert store.changed(seen)
    assert not store.changed(newest)


async def test_changed_tells_changes_apart_that_the_clock_does_not(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    signatures = [(await store.change(risen)).signature for _ in range(6)]
    times = [signature[0] for signature in signatures if isinstance(signature, tuple)]
    assert times == sorted(set(times))


async def test_changed_tells_that_the_store_was_removed(store: FileStore, folder: Path) -> None:
    seen = await store.change(risen)
    (folder / "state.json").unlink()
    assert store.changed(seen)


async def test_the_files_are_for_this_user_only(store: FileStore, folder: Path) -> None:
    await store.change(risen)
    await store.change(risen)
    await store.register(Participant.new("worker"))
    await store.journal("op1", {})
    for path in (folder, *folder.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path
    await store.unregister()


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "rev', b"[]", b"\xff\xfe", b"null"])
async def test_a_damaged_state_is_refused_and_names_the_backup(
    store: FileStore, folder: Path, content: bytes
) -> None:
    before = await store.change(risen)
    await store.change(risen)
    (folder / "state.json").write_bytes(content)
    for attempt in (store.read, lambda: store.change(risen)):
        with pytest.raises(StoreError) as caught:
            await attempt()
        assert str(folder / "state.json") in str(caught.value)
        assert f"copy {folder / 'state.json.bak'} over it" in str(caught.value)
    assert (folder / "state.json").read_bytes() == content
    (folder / "state.json.bak").replace(folder / "state.json")
    assert await store.read() == before


async def test_a_damaged_state_without_a_backup_says_what_to_do(
    store: FileStore, folder: Path
) -> None:
    folder.mkdir()
    (folder / "state.json").write_text("{")
    with pytest.raises(StoreError, match="remove it to begin anew"):
        await store.read()


async def test_a_newer_format_or_key_is_refused(store: FileStore, folder: Path) -> None:
    await store.change(risen)
    path = folder / "state.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "format": 2}))
    with pytest.raises(StoreError, match=r"state\.json: the format is 2.*reads 1.*newer version"):
        await store.read()
    path.write_text(json.dumps({**data, "revison": 2}))
    with pytest.raises(StoreError, match=r"state\.json: unknown key 'revison'.*'revision'"):
        await store.read()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileStore(tmp_path / "file" / "hotframe")
    actions: list[Callable[[], Awaitable[object]]] = [store.read, lambda: store.change(risen)]
    for action in actions:
        with pytest.raises(StoreError, match=str(tmp_path / "file")):
            await action()
    with pytest.raises(StoreError, match=str(tmp_path / "file")):
        store.changed(State())


def test_a_system_without_flock_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match="POSIX"):
        FileStore(folder)


# Several processes

INCREMENT = """
async def main():
    for _ in range(int(sys.argv[2])):
        await store.change(lambda state: replace(state, revision=state.revision + 1))
asyncio.run(main())
"""


async def test_two_processes_that_count_lose_nothing(store: FileStore, start: Start) -> None:
    processes = [start(INCREMENT, "60") for _ in range(2)]
    for process in processes:
        await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0
    assert (await store.read()).revision == 120


async def test_tasks_of_one_process_that_count_lose_nothing(store: FileStore, folder: Path) -> None:
    stores = [store, FileStore(folder)]
    await asyncio.gather(*(each.change(risen) for each in stores for _ in range(10)))
    assert (await store.read()).revision == 20


# Each state is long, so that kills hit the writing, and says of itself what belongs together.
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


async def test_a_writer_killed_at_any_moment_leaves_a_committed_state(
    store: FileStore, folder: Path, start: Start
) -> None:
    chance = random.Random(20)
    for _ in range(30):
        process = start(WRITE_ENDLESSLY)
        wait_ready(process)
        assert process.stdout is not None
        process.stdout.readline()
        await asyncio.sleep(chance.uniform(0, 0.03))  # the moment of the kill
        process.kill()
        told = process.communicate()[0].split()
        state = await store.read()
        assert_whole(state, int(told[-1]) if told else state.revision)
    # The next writer is not hindered by what the killed left, and little was left.
    assert (await store.change(risen)).revision == state.revision + 1
    left = {path.name for path in folder.iterdir()}
    assert left <= {"state.json", "state.json.bak", "lock", ".state.json.bak.tmp"}


async def test_a_lock_that_stays_taken_is_reported_with_its_holder(
    folder: Path, start: Start
) -> None:
    holder = start(HOLDER)
    wait_ready(holder)
    with pytest.raises(StoreError, match=rf"lock is held by process {holder.pid} .*0\.05 s"):
        await FileStore(folder, patience=0.05).change(risen)
    kill(holder)
    assert (await FileStore(folder, patience=0.05).change(risen)).revision == 1


async def test_the_event_loop_ticks_on_while_another_process_has_the_lock(
    store: FileStore, start: Start
) -> None:
    holder = start(HOLDER)
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


async def test_files_are_never_written_in_the_thread_of_the_event_loop(store: FileStore) -> None:
    threads: list[int] = []

    def note(state: State) -> State:
        threads.append(threading.get_ident())
        return risen(state)

    await store.change(note)
    assert threads and threading.get_ident() not in threads


async def test_a_change_cancelled_while_it_waits_writes_nothing(
    store: FileStore, start: Start
) -> None:
    holder = start(HOLDER)
    wait_ready(holder)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.change(risen), 0.1)
    end(holder)
    assert await store.read() == State()


# Participants


async def test_a_participant_tells_what_it_did(store: FileStore, start: Start) -> None:
    process = start_worker(start)
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


async def test_an_orderly_end_is_no_death(store: FileStore, folder: Path, start: Start) -> None:
    process = start_worker(start)
    end(process)
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert list((folder / "workers").iterdir()) == []


async def test_a_killed_worker_is_gone_at_once_and_its_death_is_known(
    store: FileStore, folder: Path, start: Start
) -> None:
    process = start_worker(start)
    before = time.time()
    kill(process)
    (folder / "workers" / ".w1.json.tmp").touch()  # killed while it wrote its file
    os.utime(folder / "workers" / "w1.json", (before - 50, before - 50))
    assert await store.participants() == {}
    (death,) = await store.deaths()
    assert (death.id, death.pid, death.revision) == ("w1", process.pid, 7)
    assert before - 1 < death.noticed < time.time() + 1
    assert 0 <= death.seconds < 60
    assert death.started <= death.noticed
    assert list((folder / "workers").iterdir()) == []
    assert await FileStore(folder).deaths() == [death]


async def test_a_death_counts_from_the_revision_served_last(
    store: FileStore, folder: Path, start: Start
) -> None:
    kill(start_worker(start))
    path = folder / "workers" / "w1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "serving_since": time.time() - 90}))
    (death,) = await store.deaths()
    assert 90 <= death.seconds < 120


async def test_a_worker_that_died_before_it_served_has_no_revision(
    store: FileStore, folder: Path, start: Start
) -> None:
    process = start(
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


async def test_the_end_of_a_command_is_no_death(
    store: FileStore, folder: Path, start: Start
) -> None:
    kill(start_worker(start, "c1", kind="command"))
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert list((folder / "workers").iterdir()) == []


async def test_a_death_is_recorded_once_by_many_who_look(folder: Path, start: Start) -> None:
    live = start_worker(start, "w0")
    for identifier in ("w1", "w2"):
        kill(start_worker(start, identifier))
    stores = [FileStore(folder) for _ in range(8)]
    seen = await asyncio.gather(*(each.participants() for each in stores))
    assert [set(each) for each in seen] == [{"w0"}] * 8
    assert {death.id for death in await stores[0].deaths()} == {"w1", "w2"}
    end(live)


async def test_readers_never_take_each_other_for_the_dead_worker(
    folder: Path, start: Start
) -> None:
    kill(start_worker(start))
    lock = locking.try_lock(folder / "workers" / "w1.lock", shared=True)
    assert lock is not None
    assert await FileStore(folder).participants() == {}
    lock.release()


async def test_only_the_newest_deaths_are_kept(store: FileStore, folder: Path) -> None:
    workers = folder / "workers"
    workers.mkdir(parents=True)
    for number in range(KEPT_DEATHS + 10):
        worker = Participant(f"w{number:03}", 1, "worker", float(number))
        (workers / f"{worker.id}.json").write_text(json.dumps(worker.to_dict()))
    deaths = await store.deaths()
    assert len(deaths) == KEPT_DEATHS
    assert deaths[-1].id == f"w{KEPT_DEATHS + 9:03}"


async def test_a_lock_left_without_a_file_is_cleared_away(store: FileStore, folder: Path) -> None:
    (folder / "workers").mkdir(parents=True)
    (folder / "workers" / "w1.lock").touch()
    assert await store.participants() == {}
    assert await store.deaths() == []
    assert list((folder / "workers").iterdir()) == []


async def test_only_the_newest_acknowledgements_are_kept(store: FileStore) -> None:
    me = Participant.new("worker")
    await store.register(me)
    for number in range(KEPT_ACKS + 5):
        await store.acknowledge(f"op{number}", "prepare")
    acks = (await store.participants())[me.id].acks
    assert list(acks) == [f"op{number}" for number in range(5, KEPT_ACKS + 5)]
    await store.unregister()


async def test_acknowledgements_at_the_same_time_are_all_kept(store: FileStore) -> None:
    me = Participant.new("worker")
    await store.register(me)
    await asyncio.gather(*(store.acknowledge("op1", f"phase{number}") for number in range(10)))
    acks = (await store.participants())[me.id].acks
    assert set(acks["op1"]) == {f"phase{number}" for number in range(10)}
    await store.unregister()


async def test_serving_the_same_revision_again_keeps_its_beginning(store: FileStore) -> None:
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


async def test_acknowledging_without_registration_is_refused(store: FileStore) -> None:
    for action in (store.acknowledge("op1", "prepare"), store.served(1)):
        with pytest.raises(StoreError, match=r"not registered.*register\(\) first"):
            await action


async def test_a_second_registration_and_a_taken_id_are_refused(
    store: FileStore, folder: Path, start: Start
) -> None:
    process = start_worker(start)
    taken = replace(Participant.new("worker"), id="w1")
    with pytest.raises(StoreError, match="another live process is registered as w1"):
        await store.register(taken)
    await store.register(Participant.new("worker"))
    with pytest.raises(StoreError, match="has registered participant"):
        await store.register(Participant.new("worker"))
    await store.unregister()
    assert set(await store.participants()) == {"w1"}
    end(process)


async def test_a_registration_can_be_given_up_and_taken_again(store: FileStore) -> None:
    for _ in range(3):
        me = Participant.new("worker")
        await store.register(me)
        assert set(await store.participants()) == {me.id}
        await store.unregister()
        await store.unregister()
    assert await store.deaths() == []


async def test_a_registration_that_fails_leaves_nothing_and_another_succeeds(
    store: FileStore, folder: Path
) -> None:
    obstacle = folder / "workers" / ".w1.json.tmp"
    obstacle.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"\.w1\.json\.tmp"):
        await store.register(replace(Participant.new("worker"), id="w1"))
    assert list((folder / "workers").iterdir()) == [obstacle]
    me = Participant.new("worker")
    await store.register(me)
    assert set(await store.participants()) == {me.id}
    await store.unregister()


async def test_two_stores_of_one_process_are_two_participants(
    store: FileStore, folder: Path
) -> None:
    other = FileStore(folder)
    first, second = Participant.new("worker"), Participant.new("worker")
    await store.register(first)
    await other.register(second)
    assert set(await store.participants()) == {first.id, second.id}
    await other.unregister()
    assert set(await store.participants()) == {first.id}
    await store.unregister()


async def test_a_live_worker_whose_lock_file_was_removed_comes_back_when_it_tells(
    store: FileStore, folder: Path
) -> None:
    me = Participant.new("worker")
    await store.register(me)
    (folder / "workers" / f"{me.id}.lock").unlink()
    await store.acknowledge("op1", "prepare")
    assert set(await store.participants()) == {me.id}
    assert await store.deaths() == []
    await store.unregister()


async def test_a_forked_child_does_not_keep_a_killed_worker_alive(
    store: FileStore, start: Start
) -> None:
    process = start(
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
    store: FileStore, start: Start
) -> None:
    process = start(
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
    store: FileStore, folder: Path, identifier: str
) -> None:
    with pytest.raises(StoreError, match="not fit for a file name"):
        await store.register(replace(Participant.new("worker"), id=identifier))
    with pytest.raises(StoreError, match="not fit for a file name"):
        await store.journal(identifier, {})
    assert not folder.exists()


async def test_a_damaged_file_of_a_participant_is_named(store: FileStore, folder: Path) -> None:
    me = Participant.new("worker")
    await store.register(me)
    path = folder / "workers" / f"{me.id}.json"
    path.write_text("{")
    with pytest.raises(StoreError, match=rf"{path} is damaged .*Remove the file"):
        await store.participants()
    path.write_text('{"hosts": 1}')
    with pytest.raises(StoreError, match=rf"{path}: unknown key 'hosts'.*remove the file"):
        await store.participants()
    await store.unregister()


# The journal


async def test_the_journal_tells_the_phases_of_operations_newest_first(
    store: FileStore, folder: Path
) -> None:
    before = time.time()
    await store.journal("first", {"phase": "prepare", "module": "shop"})
    await store.journal("second", {"phase": "prepare"})
    await FileStore(folder).journal("first", {"phase": "abort", "error": "no such file"})
    second, first = await store.operations()
    assert (first.id, second.id) == ("first", "second")
    assert first.entries[0]["module"] == "shop"
    assert first.error == "no such file"
    assert list(first.phases) == ["prepare", "abort"]
    assert before <= first.phases["prepare"] <= first.phases["abort"] <= time.time()
    assert [history.id for history in await store.operations(limit=1)] == ["second"]
    assert await store.operations(limit=0) == []


async def test_the_journal_keeps_the_newest_operations_only(store: FileStore, folder: Path) -> None:
    operations = folder / "operations"
    operations.mkdir(parents=True)
    for number in range(KEPT_OPERATIONS + 5):
        path = operations / f"op{number}.jsonl"
        path.write_text(f'\n{{"time": {number}}}')
        os.utime(path, (number, number))
    await store.journal("last", {"phase": "prepare"})
    histories = await store.operations(limit=1000)
    assert len(histories) == KEPT_OPERATIONS
    assert histories[0].id == "last"
    assert histories[-1].id == "op6"


async def test_a_torn_entry_harms_neither_those_before_nor_after(
    store: FileStore, folder: Path
) -> None:
    await store.journal("op1", {"phase": "prepare"})
    path = folder / "operations" / "op1.jsonl"
    with path.open("a") as file:
        file.write('\n{"phase": "mig')
    await store.journal("op1", {"phase": "commit"})
    (history,) = await store.operations()
    assert list(history.phases) == ["prepare", "commit"]


async def test_an_entry_that_json_cannot_hold_is_refused(store: FileStore) -> None:
    with pytest.raises(StoreError, match="operation op1 cannot be written as JSON"):
        await store.journal("op1", {"path": Path("x")})
    assert await store.operations() == []


async def test_entries_of_two_processes_are_all_kept(store: FileStore, start: Start) -> None:
    script = """
    async def main():
        for number in range(40):
            await store.journal("op1", {"who": sys.argv[2], "number": number})
    asyncio.run(main())
    """
    for process in [start(script, "a"), start(script, "b")]:
        await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0
    (history,) = await store.operations()
    found = sorted((entry["who"], entry["number"]) for entry in history.entries)
    assert found == [(who, number) for who in "ab" for number in range(40)]
