"""What is said of revision files that are wrong, missing or do not fit together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Subject
from quart_hotframe.errors import RevisionError
from tests.support.migrations import engine as engine
from tests.support.migrations import migrator as migrator
from tests.support.migrations import subject_in
from tests.support.migrations import table
from tests.support.migrations import write_revision


@pytest.fixture
def shop(tmp_path: Path) -> Subject:
    subject = subject_in(tmp_path, "shop")
    write_revision(subject, "0001", upgrade=table("shop_product"))
    return subject


async def refusal(migrator: Migrator, subject: Subject, target: str = "head") -> str:
    with pytest.raises(RevisionError) as caught:
        await migrator.upgrade(subject, target)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("revision = '2'\nx = = 1\n", 2, "SyntaxError: invalid syntax"),
        ("\n\nimport nowhere\n", 3, "ModuleNotFoundError: No module named 'nowhere'"),
        ("revision = '2'\n", 1, "must define down_revision, upgrade, downgrade."),
        (
            "down_revision = upgrade = downgrade = None\n\nrevision = 2\n", 3,
            "A revision is text of 1 to 32 characters, not 2.",
        ),
        (
            "down_revision = upgrade = downgrade = None\nrevision: str = 'x' * 33\n", 2,
            "A revision is text of 1 to 32 characters, not 'xxx",
        ),
    ],
)  # fmt: skip
async def test_a_broken_file_is_named_with_its_line(
    migrator: Migrator, shop: Subject, text: str, line: int, message: str
) -> None:
    path = shop.versions / "0002.py"
    path.write_text(text, encoding="utf-8")
    said = await refusal(migrator, shop)
    assert said.startswith(f"{path}:{line}: ")
    assert message in said


async def test_a_file_that_is_gone_is_missed_by_the_one_that_revises_it(
    migrator: Migrator, shop: Subject
) -> None:
    path = write_revision(shop, "0003", "0002")
    said = await refusal(migrator, shop)
    assert said.startswith(f"{path}:7: down_revision is '0002', which no file in {shop.versions}")
    assert "Did you mean '0001'?" in said


async def test_two_files_with_one_revision_are_both_named(
    migrator: Migrator, shop: Subject
) -> None:
    path = write_revision(shop, "0002", "0001").rename(shop.versions / "0002_again.py")
    first = write_revision(shop, "0002", "0001")
    said = await refusal(migrator, shop)
    assert said == (f"{path}:6: The revision '0002' of 'shop' is in {first} too: delete one file.")


async def test_several_heads_are_named_until_they_are_joined(
    migrator: Migrator, shop: Subject
) -> None:
    one, other = write_revision(shop, "0002", "0001"), write_revision(shop, "0003", "0001")
    said = await refusal(migrator, shop)
    assert said.startswith("'shop' has several heads: ")
    assert f"'0002' ({one}:7)" in said
    assert f"'0003' ({other}:7)" in said
    write_revision(shop, "0004", ("0002", "0003"))
    assert set(await migrator.upgrade(shop)) == {"0001", "0002", "0003", "0004"}
    assert await migrator.current(shop) == ("0004",)
    assert [one.applied for one in await migrator.history(shop)] == [True] * 4


async def test_a_circle_is_refused(migrator: Migrator, shop: Subject) -> None:
    write_revision(shop, "0002", "0003")
    write_revision(shop, "0003", "0002")
    assert "Cycle is detected" in await refusal(migrator, shop)


async def test_an_unknown_target_suggests_the_nearest(migrator: Migrator, shop: Subject) -> None:
    write_revision(shop, "add_price", "0001")
    said = await refusal(migrator, shop, "ad_price")
    assert said == (
        f"'shop' has no revision 'ad_price' in {shop.versions}. Did you mean 'add_price'?"
    )


async def test_a_revision_of_the_database_without_a_file_is_refused(
    migrator: Migrator, shop: Subject
) -> None:
    path = write_revision(shop, "0002", "0001")
    await migrator.upgrade(shop)
    path.unlink()
    said = await refusal(migrator, shop)
    assert said.startswith("The database has revision '0002' of 'shop', but no file in")
    assert said == await refusal(migrator, shop, "0001")
    with pytest.raises(RevisionError, match="no file in"):
        await migrator.history(shop)


async def test_a_file_that_was_corrected_is_read_anew(migrator: Migrator, shop: Subject) -> None:
    path = write_revision(shop, "0002", "0001", upgrade="1 / 0")
    size = path.stat()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        await migrator.upgrade(shop)
    write_revision(shop, "0002", "0001", upgrade="1 / 1")
    os.utime(path, ns=(size.st_atime_ns, size.st_mtime_ns))
    assert await migrator.upgrade(shop) == ("0001", "0002")
