"""Many processes that migrate one database, and one that is killed while it does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Subject
from quart_hotframe.errors import MigrationBusy
from tests.support.migrations import engine as engine
from tests.support.migrations import migrator as migrator
from tests.support.migrations import subject_in
from tests.support.migrations import table
from tests.support.migrations import tables
from tests.support.migrations import write_revision

ROOT = Path(__file__).parents[2]
HANGS = """
from pathlib import Path
from time import sleep

{table}
op.execute("INSERT INTO shop_product (id) VALUES (1)")
Path({begun!r}).touch()
while not Path({go!r}).exists():
    sleep(0.01)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Subject:
    """A subject whose revision waits for the file ``go`` after its second statement."""
    subject = subject_in(tmp_path, "shop")
    code = HANGS.format(
        table=table("shop_product"), begun=str(tmp_path / "begun"), go=str(tmp_path / "go")
    )
    write_revision(subject, "0001", upgrade=code)
    return subject


async def start(url: str, folder: Path, name: str = "shop") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.database.migrating_process", url, str(folder), name,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def outcome(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().strip(), err.decode()


@pytest.mark.by_turns
async def test_four_processes_at_once_run_each_revision_once(
    engine: AsyncEngine, migrator: Migrator, database_url: str, tmp_path: Path
) -> None:
    subject = subject_in(tmp_path, "blog")
    for number in range(1, 6):
        down = str(number - 1) if number > 1 else None
        write_revision(subject, str(number), down, upgrade=table(f"blog_{number}"))
    started = [await start(database_url, tmp_path, "blog") for _ in range(4)]
    ended = [await outcome(one) for one in started]
    assert [code for code, _, _ in ended] == [0, 0, 0, 0], ended
    assert sorted(out for _, out, _ in ended) == ["", "", "", "1,2,3,4,5"]
    assert await migrator.current(subject) == ("5",)


async def test_a_killed_migration_leaves_nothing_and_the_next_one_runs(
    engine: AsyncEngine, migrator: Migrator, shop: Subject, database_url: str, tmp_path: Path
) -> None:
    process = await start(database_url, tmp_path)
    await until((tmp_path / "begun").exists)
    process.kill()
    assert (await outcome(process))[0] == -9
    assert await tables(engine) == set()
    (tmp_path / "go").touch()
    assert await migrator.upgrade(shop) == ("0001",)
    assert await tables(engine) == {"shop_product", "hotframe_shop_version"}


@pytest.mark.by_turns
async def test_who_waits_says_once_for_what_and_then_goes_on(
    engine: AsyncEngine, shop: Subject, database_url: str, tmp_path: Path
) -> None:
    first = await start(database_url, tmp_path)
    await until((tmp_path / "begun").exists)
    second = await start(database_url, tmp_path)
    assert second.stderr is not None
    async with asyncio.timeout(30):
        said = (await second.stderr.readline()).decode()
    assert said.startswith("Migrating 'shop' waits for another process that migrates")
    (tmp_path / "go").touch()
    assert (await outcome(first))[:2] == (0, "0001")
    assert await outcome(second) == (0, "", "")


@pytest.mark.by_turns
async def test_waiting_ends(
    engine: AsyncEngine, shop: Subject, database_url: str, tmp_path: Path
) -> None:
    process = await start(database_url, tmp_path)
    try:
        await until((tmp_path / "begun").exists)
        with pytest.raises(MigrationBusy, match="waited 0.2 s for another process"):
            await Migrator(engine, patience=0.2).upgrade(shop)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await outcome(process)


async def test_two_subjects_at_once_in_one_process(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    subjects = [subject_in(tmp_path, name) for name in ("one", "two", "three")]
    for subject in subjects:
        for number in range(1, 4):
            down = str(number - 1) if number > 1 else None
            code = table(f"{subject.name}_{number}")
            write_revision(subject, str(number), down, upgrade=code)
    work = [migrator.upgrade(one) for one in subjects]
    found = await asyncio.gather(*work, *(migrator.history(one) for one in subjects))
    assert found[:3] == [("1", "2", "3")] * 3
    assert len(await tables(engine)) == 12
