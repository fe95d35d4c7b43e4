"""Code that was compiled before: taken only for the same bytes at the same place."""

from __future__ import annotations

import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from quart_hotframe.modules.compiling import compiled
from tests.support.modules import write_module
from tests.support.sites import Site
from tests.support.sites import site as site

SOURCE = b"value = 1\n"


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python keep what it compiles, whatever the environment says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


class Folder:
    """A folder of a module, that counts what is compiled in it."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "views.py")
        self.kept = Path(cache_from_source(self.path))
        self.compiled = 0

    def keep(self, path: str, data: bytes) -> None:
        self.compiled += 1
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(data)

    def value(self, source: bytes) -> int:
        code = compiled(source, self.path, self.keep)
        assert code.co_filename == self.path
        found: dict[str, int] = {}
        exec(code, found)
        return found["value"]


def test_the_same_bytes_are_compiled_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert [folder.value(SOURCE) for _ in range(3)] == [1, 1, 1]
    assert folder.compiled == 1


def test_other_bytes_of_the_same_length_are_compiled_anew(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert [folder.value(b"value = %d\n" % number) for number in (1, 2, 1)] == [1, 2, 1]


def test_what_was_cut_short_or_is_something_else_is_compiled_anew(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.value(SOURCE)
    whole = folder.kept.read_bytes()
    for data in (*(whole[:length] for length in range(len(whole))), whole[:16] + b"N"):
        folder.kept.write_bytes(data)
        assert folder.value(SOURCE) == 1
    assert folder.compiled == len(whole) + 2


def test_code_of_a_folder_that_was_moved_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    Folder(tmp_path / "old").value(SOURCE)
    (tmp_path / "old").rename(tmp_path / "new")
    folder = Folder(tmp_path / "new")
    assert folder.value(SOURCE) == 1
    assert folder.compiled == 1


def test_nothing_is_kept_when_python_is_told_to_keep_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = Folder(tmp_path)
    assert folder.value(SOURCE) == 1
    assert not folder.kept.exists()


def views(answer: str) -> dict[str, str]:
    text = "from . import blueprint\n@blueprint.get('/')\nasync def index():\n    return {!r}\n"
    return {"views.py": text.format(answer)}


async def test_a_module_keeps_its_code_and_answers_with_it(site: Site) -> None:
    site.write("shop", files=views("one"))
    await site.modules.enable("shop")
    kept = Path(cache_from_source(str(site.project / "shop" / "views.py")))
    assert b"one" in kept.read_bytes()
    await site.modules.disable("shop")
    kept.write_bytes(kept.read_bytes().replace(b"one", b"two"))
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "two")


async def test_a_folder_that_cannot_be_written_serves(site: Site) -> None:
    folder = site.write("shop", files=views("one"))
    (folder / "__pycache__").write_text("a file where Python wants a folder")
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "one")


async def test_compiled_code_in_an_archive_is_not_taken(site: Site, tmp_path: Path) -> None:
    folder = write_module(tmp_path, "shop", files=views("honest"))
    await site.modules.install(_archive(tmp_path, folder))
    [installed] = (site.instance / "modules").rglob("views.py")
    await site.modules.uninstall("shop")
    await site.modules.install(_archive(tmp_path, folder, _forged(folder, str(installed))))
    assert installed.exists()  # what is forged is of this very place
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "honest")


def _archive(path: Path, folder: Path, kept: bytes | None = None) -> Path:
    """Return an archive of a module, with compiled code of its views if that is given."""
    archive = path / "shop.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for file in folder.rglob("*.*"):
            whole.write(file, file.relative_to(path))
        if kept is not None:
            whole.writestr(cache_from_source("shop/views.py"), kept)
    return archive


def _forged(folder: Path, path: str) -> bytes:
    kept: list[bytes] = []
    compiled((folder / "views.py").read_bytes(), path, lambda _, data: kept.append(data))
    return kept[0].replace(b"honest", b"forged")
