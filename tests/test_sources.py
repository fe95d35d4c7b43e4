from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.config import Settings
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.sources import gather

ENV = """\
# the shop
DEBUG=1
export HOTFRAME_LOAD_TIMEOUT=3   # seconds
HOTFRAME_DATABASE_URL='postgresql://ann:a$b${c}#d@host/shop'
HOTFRAME_MODULES="shop, reviews"
HOTFRAME_TEST_REQUIRE=all
SECRET_KEY=of-the-host
"""


def write(folder: Path, text: str | bytes = ENV) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_only_our_keys_are_taken_as_they_are_written(tmp_path: Path) -> None:
    before = dict(os.environ)
    path = write(tmp_path)
    found = {key: one.value for key, one in gather({}, [tmp_path]).items()}
    assert found == {
        "HOTFRAME_LOAD_TIMEOUT": "3",
        "HOTFRAME_DATABASE_URL": "postgresql://ann:a$b${c}#d@host/shop",
        "HOTFRAME_MODULES": "shop, reviews",
    }
    assert gather({}, [tmp_path])["HOTFRAME_MODULES"].source == f"{path}, line 5"
    assert dict(os.environ) == before


def test_the_config_wins_over_the_environment_and_that_over_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ("DRAIN_TIMEOUT", "LOAD_TIMEOUT", "LIFECYCLE_TIMEOUT", "POLL_INTERVAL")
    write(tmp_path / "far", "".join(f"HOTFRAME_{line}=1\n" for line in lines))
    write(tmp_path / "near", "".join(f"HOTFRAME_{line}=2\n" for line in lines[:3]))
    monkeypatch.setenv("HOTFRAME_LOAD_TIMEOUT", "3")
    monkeypatch.setenv("HOTFRAME_DRAIN_TIMEOUT", "3")
    settings = Settings.from_config(
        {"HOTFRAME_DRAIN_TIMEOUT": 4}, [tmp_path / "near", tmp_path / "far"]
    )
    assert (settings.drain_timeout, settings.load_timeout) == (4, 3)
    assert (settings.lifecycle_timeout, settings.poll_interval) == (2, 1)
    assert settings.source_of("HOTFRAME_DRAIN_TIMEOUT") == "app.config"
    assert settings.source_of("HOTFRAME_STORE") == "default"


@pytest.mark.parametrize("where", ["beside the app", "in the current folder"])
def test_an_app_reads_the_file_once(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "app" if where == "beside the app" else tmp_path)
    (tmp_path / "app").mkdir(exist_ok=True)
    app = Quart("site", root_path=str(tmp_path / "app"))
    hotframe = HotFrame(app)
    assert hotframe.settings.load_timeout == 3
    assert app.config["SECRET_KEY"] is None and app.config["DEBUG"] is False
    path.unlink()
    assert hotframe.settings.load_timeout == 3


def test_quarts_switch_for_such_files_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    monkeypatch.setenv("QUART_SKIP_DOTENV", "1")
    assert gather({}, [tmp_path]) == {}


@pytest.mark.parametrize(
    "text", ['A=1\nHOTFRAME_STORE="file\n', "A=1\nHOTFRAME_STORE\n", "A=1\nHOTFRAME_STORE file\n"]
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError, match=rf"^{path}, line 2: .* HOTFRAME_STORE"):
        gather({}, [tmp_path])


def test_an_unknown_key_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, "HOTFRAME_STOER=file\n")
    with pytest.raises(ConfigurationError, match=rf"HOTFRAME_STOER in {path}, line 1\. Did you"):
        Settings.from_config({}, [tmp_path])


@pytest.mark.parametrize(
    "text", [b"\xef\xbb\xbfHOTFRAME_STORE=file\r\n", b"A=\xff\xfe\nHOTFRAME_STORE=file\n"]
)
def test_marks_line_ends_and_foreign_bytes_do_not_matter(tmp_path: Path, text: bytes) -> None:
    write(tmp_path, text)
    assert gather({}, [tmp_path])["HOTFRAME_STORE"].value == "file"


@pytest.mark.parametrize("text", ['THIS IS "NO FILE of ours\n=\n', "A=${HOTFRAME_B}\n", ""])
def test_the_file_of_a_host_without_our_keys_is_not_looked_at(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, text)
    assert gather({}, [tmp_path]) == {}
    assert caplog.records == []


def test_what_is_no_file_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").mkdir()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert gather({}, [tmp_path, tmp_path / "nowhere", "."]) == {}
    os.chdir(tmp_path)


def test_without_python_dotenv_the_command_that_installs_it_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path)
    monkeypatch.setitem(sys.modules, "dotenv", None)
    with caplog.at_level(logging.WARNING):
        assert gather({}, [tmp_path, tmp_path]) == {}
    assert [one.getMessage() for one in caplog.records] == [
        f"{tmp_path / '.env'} has HOTFRAME_ lines, which are not read: "
        "pip install 'quart-hotframe[dotenv]'."
    ]
