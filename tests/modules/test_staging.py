"""Staging folders come and go, also those of killed processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from quart_hotframe.modules.staging import clean_staging
from quart_hotframe.modules.staging import staging

HOLD = """
import sys
from pathlib import Path
from quart_hotframe.modules.staging import staging
with staging(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("x")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_a_staging_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    with staging(tmp_path / "into") as folder:
        assert folder.parent == tmp_path / "into"
        assert folder.name.startswith(f".staging-{os.getpid()}-")
        (folder / "file").touch()
    assert list((tmp_path / "into").iterdir()) == []


def test_a_staging_folder_is_gone_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), staging(tmp_path) as folder:
        (folder / "file").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_have_folders_of_their_own(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as two:
        assert one != two


def test_folders_of_dead_processes_are_removed_and_those_of_living_ones_stay(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        theirs = process.stdout.readline().strip()
        with staging(tmp_path) as ours:
            assert clean_staging(tmp_path) == []
            process.kill()
            process.wait()
            assert (tmp_path / theirs / "half").exists()
            assert clean_staging(tmp_path) == [theirs]
            assert list(tmp_path.iterdir()) == [ours]


def test_a_folder_of_an_earlier_process_with_our_number_is_removed(tmp_path: Path) -> None:
    stale = tmp_path / f".staging-{os.getpid()}-00ff"
    stale.mkdir()
    assert clean_staging(tmp_path) == [stale.name]
    assert not stale.exists()


def test_a_process_of_another_user_counts_as_living(tmp_path: Path) -> None:
    (tmp_path / ".staging-1-00ff").mkdir()
    assert clean_staging(tmp_path) == []


def test_an_impossible_number_counts_as_dead(tmp_path: Path) -> None:
    (tmp_path / f".staging-{10**30}-00ff").mkdir()
    assert clean_staging(tmp_path) == [f".staging-{10**30}-00ff"]


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    for name in ("shop", ".staging", ".staging-x-1", ".staging-99999999", "staging-99999999-00"):
        (tmp_path / name).mkdir()
    assert clean_staging(tmp_path) == []
    assert clean_staging(tmp_path / "absent") == []
    assert len(list(tmp_path.iterdir())) == 5
