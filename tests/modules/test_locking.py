"""Locks of the kernel: exclusive, shared, and never on a file that others no longer find."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quart_hotframe.modules import locking
from quart_hotframe.modules.locking import try_lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_a_lock_excludes_others_until_it_is_released(path: Path) -> None:
    lock = try_lock(path)
    assert lock is not None
    assert try_lock(path) is None
    assert try_lock(path, shared=True) is None
    lock.release()
    lock.release()
    again = try_lock(path)
    assert again is not None
    again.release()


def test_those_who_share_a_lock_exclude_only_its_owner(path: Path) -> None:
    first, second = try_lock(path, shared=True), try_lock(path, shared=True)
    assert first is not None and second is not None
    assert try_lock(path) is None
    first.release()
    second.release()


def test_an_absent_file_is_made_only_when_wanted(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        try_lock(path, create=False)
    assert not path.exists()


def test_a_file_removed_before_it_was_locked_is_no_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def open_and_lose(name: Path, flags: int, mode: int) -> int:
        descriptor = really_open(name, flags, mode)
        os.unlink(name)
        return descriptor

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_and_lose)
        assert try_lock(path) is None
    lock = try_lock(path)
    assert lock is not None
    lock.release()


def test_a_lock_knows_when_its_file_was_removed_or_replaced(path: Path) -> None:
    lock = try_lock(path)
    assert lock is not None
    assert lock.is_in_place()
    path.unlink()
    assert not lock.is_in_place()
    path.touch()
    assert not lock.is_in_place()
    lock.release()
    assert not lock.is_in_place()


def test_a_release_frees_the_lock_although_a_copy_of_the_file_is_open(path: Path) -> None:
    lock = try_lock(path)
    assert lock is not None and lock._descriptor is not None
    copy = os.dup(lock._descriptor)
    lock.release()
    again = try_lock(path)
    os.close(copy)
    assert again is not None
    again.release()


def test_the_holder_is_named_by_its_process_id(path: Path) -> None:
    assert locking.signer(path) == "another process"
    path.write_text("12345 left from before")
    assert locking.signer(path) == "another process"
    lock = try_lock(path)
    assert lock is not None
    lock.sign()
    assert locking.signer(path) == f"process {os.getpid()}"
    lock.release()
