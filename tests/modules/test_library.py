from __future__ import annotations

from pathlib import Path

import pytest

from quart_hotframe.config import Settings
from quart_hotframe.errors import ArchiveError
from quart_hotframe.errors import ManifestError
from quart_hotframe.errors import ModuleNotFound
from quart_hotframe.errors import ModuleStateError
from quart_hotframe.modules.library import Library
from quart_hotframe.modules.library import PROJECT
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import State
from tests.support.modules import write_module


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "modules", tmp_path / "installed", Settings(archive_max_files=20))


def source(tmp_path: Path, version: str = "1.0") -> Path:
    return write_module(tmp_path / "sources" / version, "news", version)


def test_a_version_taken_in_lies_in_a_folder_of_its_own(library: Library, tmp_path: Path) -> None:
    first, second = library.add(source(tmp_path)), library.add(source(tmp_path, "2.0"))
    assert library.folder(first) != library.folder(second)
    assert library.manifest(first).version == "1.0"
    assert library.manifest(second).version == "2.0"
    assert library.add(source(tmp_path)) == first


def test_looking_keeps_nothing(library: Library, tmp_path: Path) -> None:
    with library.look(source(tmp_path)) as (wanted, manifest, folder):
        assert (wanted.name, manifest.version) == ("news", "1.0")
        assert (folder / "module.toml").is_file()
    assert not library.installed.exists() and not folder.exists()


def test_the_limits_of_the_settings_hold(library: Library, tmp_path: Path) -> None:
    files = {f"data/{number}.txt": "x" for number in range(30)}
    with pytest.raises(ArchiveError, match="20"):
        library.add(write_module(tmp_path / "sources", "news", files=files))


def test_a_module_of_the_project_stays_where_it_is(library: Library) -> None:
    folder = write_module(library.project, "news")
    wanted = library.add(folder)
    assert (wanted.source, library.folder(wanted)) == (PROJECT, folder)
    assert not library.installed.exists()


def test_a_source_of_a_name_in_the_project_is_refused(library: Library, tmp_path: Path) -> None:
    write_module(library.project, "news")
    with pytest.raises(ModuleStateError, match="which wins: edit it there"):
        library.look(source(tmp_path)).__enter__()


def test_what_is_not_there_is_named_with_the_nearest(library: Library) -> None:
    write_module(library.project, "news")
    with pytest.raises(ModuleNotFound, match="Did you mean 'news'"):
        library.own("new")
    write_module(library.project, "broken", manifest="= =")
    with pytest.raises(ManifestError, match=r"module\.toml"):
        library.own("broken")


def test_cleaning_keeps_what_the_state_or_an_open_change_names(
    library: Library, tmp_path: Path
) -> None:
    versions = [library.add(source(tmp_path, version)) for version in ("1.0", "2.0", "3.0")]
    coming = Operation("1", "upgrade", "news", {"news": versions[2]})
    library.clean(State(modules={"news": versions[1]}, operation=coming))
    assert [library.folder(one).exists() for one in versions] == [False, True, True]
    library.clean(State())
    assert not (library.installed / "news").exists()


def test_a_folder_of_the_project_that_is_another_module_is_refused(
    library: Library, tmp_path: Path
) -> None:
    shop = write_module(tmp_path / "modules", "shop")
    for take in (library.add, lambda *given: library.look(*given).__enter__()):
        with pytest.raises(ArchiveError, match="It is the module 'shop', not 'news'"):
            take(shop, "news")
