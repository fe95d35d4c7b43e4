"""What belongs to a module's folder, and the hash over it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.errors import ArchiveError
from quart_hotframe.modules.content import content_hash
from quart_hotframe.modules.content import files
from quart_hotframe.modules.content import is_ignored


def make(folder: Path, **contents: str) -> Path:
    for name, content in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_a_copy_has_the_same_hash(tmp_path: Path) -> None:
    one = make(tmp_path / "one", a="1", sub__b="2")
    shutil.copytree(one, tmp_path / "two")
    os.utime(tmp_path / "two" / "a", (1, 1))
    (tmp_path / "two" / "a").chmod(0o600)
    (tmp_path / "two" / "empty").mkdir()
    assert content_hash(one) == content_hash(tmp_path / "two")
    assert len(content_hash(one)) == 64


@pytest.mark.parametrize(
    "change",
    [{"a": "2"}, {"new": ""}, {"sub__b": "2 "}],
    ids=["other bytes", "one file more", "one byte more"],
)
def test_every_change_changes_the_hash(tmp_path: Path, change: dict[str, str]) -> None:
    folder = make(tmp_path, a="1", sub__b="2")
    before = content_hash(folder)
    assert content_hash(make(folder, **change)) != before


def test_another_name_changes_the_hash(tmp_path: Path) -> None:
    assert content_hash(make(tmp_path / "1", ab="c")) != content_hash(make(tmp_path / "2", a="bc"))
    assert content_hash(make(tmp_path / "3", a__b="")) != content_hash(make(tmp_path / "4", ab=""))


@settings(deadline=None)
@given(st.permutations(["a", "a b", "a.b", "b/a", "b/c", "ä"]))
def test_the_hash_does_not_depend_on_the_order_of_creation(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("content")
    for name in names:
        make(folder, **{name: name})
    reference = make(tmp_path_factory.mktemp("content"), **{name: name for name in sorted(names)})
    assert content_hash(folder) == content_hash(reference)


@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/a.cpython-311.pyc",
        "sub/__pycache__/x",
        "a.pyc",
        ".git/HEAD",
        "sub/.DS_Store",
        "views.py~",
        ".views.py.swp",
        ".#views.py",
        "#views.py#",
    ],
)
def test_caches_and_backups_do_not_count(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path, a="1")
    before = content_hash(folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("x")
    assert is_ignored(name)
    assert content_hash(folder) == before


def test_ordinary_files_count() -> None:
    assert not any(map(is_ignored, ["a.py", ".env", "git/x", "pycache", "a~b"]))


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    plain = make(tmp_path / "plain", a="1", b="1", sub__c="2", other__c="2")
    linked = make(tmp_path / "linked", a="1", sub__c="2")
    (linked / "b").symlink_to("a")
    (linked / "other").symlink_to(linked / "sub")
    assert content_hash(plain) == content_hash(linked)
    assert [name for name, _ in files(linked)] == ["a", "b", "other/c", "sub/c"]


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path, sub__a="1")
    (folder / "sub" / "up").symlink_to(folder)
    with pytest.raises(ArchiveError, match="'sub/up' is a link that leads in a circle"):
        content_hash(folder)


def test_two_links_into_each_other_are_refused(tmp_path: Path) -> None:
    folder = make(tmp_path, a__x="1", b__y="1")
    (folder / "a" / "to_b").symlink_to(folder / "b")
    (folder / "b" / "to_a").symlink_to(folder / "a")
    with pytest.raises(ArchiveError, match="'a/to_b/to_a' is a link that leads in a circle"):
        content_hash(folder)


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lost").symlink_to("nowhere")
    with pytest.raises(ArchiveError, match="'lost' is a link that leads nowhere"):
        content_hash(tmp_path)


def test_a_link_may_be_kept_inside_a_folder(tmp_path: Path) -> None:
    make(tmp_path, secret="x", module__a="1")
    folder = tmp_path / "module"
    (folder / "out").symlink_to(tmp_path / "secret")
    assert dict(files(folder))["out"] == folder / "out"
    with pytest.raises(ArchiveError, match="'out' is a link that leads outside"):
        list(files(folder, inside=folder))


def test_a_special_file_is_refused_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="'pipe' is a special file"):
        content_hash(tmp_path)
