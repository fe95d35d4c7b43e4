"""The store in files: whole after any kill, shared by processes, true about who lives."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules import locking
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.state import State
from quart_hotframe.modules.state import Wanted
from quart_hotframe.modules.stores.filestore import FileStore
from quart_hotframe.modules.stores.journal import KEPT_OPERATIONS
from quart_hotframe.modules.stores.membership import KEPT_DEATHS

PREAMBLE = """
import asyncio, os, sys, time
from dataclasses import replace
from pathlib import Path
from quart_hotframe.modules.stores.filestore import FileStore
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.state import State, Wanted
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
    assert await store.changed(seen)


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
        await store.changed(State())


def test_a_system_without_flock_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match="POSIX"):
        FileStore(folder)


# Several processes


# Each state is long, so that kills hit the writing, and says of itself what belongs together.


async def test_a_lock_that_stays_taken_is_reported_with_its_holder(
    folder: Path, start: Start
) -> None:
    holder = start(HOLDER)
    wait_ready(holder)
    with pytest.raises(StoreError, match=rf"lock is held by process {holder.pid} .*0\.05 s"):
        await FileStore(folder, patience=0.05).change(risen)
    kill(holder)
    assert (await FileStore(folder, patience=0.05).change(risen)).revision == 1


# Participants


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
