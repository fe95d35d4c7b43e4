"""A module is unpacked whole or not at all, and never outside its folder."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.errors import ArchiveError
from quart_hotframe.modules.archive import clean_staging
from quart_hotframe.modules.archive import content_hash
from quart_hotframe.modules.archive import unpack

MANIFEST = b'name = "shop"\nversion = "1.2.0"\n'
FILES: Mapping[str, bytes] = {
    "module.toml": MANIFEST,
    "__init__.py": b"from quart import Blueprint\n",
    "templates/shop/index.html": b"<h1>Shop</h1>\n",
    "static/empty.css": b"",
}


def make_folder(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def make_zip(file: Path, files: Mapping[str, bytes] = FILES, top: str = "") -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return file


def tree(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "into"


def put(
    source: Path,
    into: Path,
    *,
    max_bytes: int = 100_000,
    max_files: int = 100,
    name: str | None = None,
    version: str | None = None,
) -> Path:
    return unpack(
        source,
        into,
        max_bytes=max_bytes,
        max_files=max_files,
        expected_name=name,
        expected_version=version,
    )


def refused(source: Path, into: Path, *, max_bytes: int = 100_000, max_files: int = 100) -> str:
    """Return the message, and make sure that nothing was written."""
    before = tree(into.parent)
    with pytest.raises(ArchiveError) as caught:
        put(source, into, max_bytes=max_bytes, max_files=max_files)
    assert tree(into.parent) == before
    assert list(into.iterdir()) == []
    assert str(caught.value).startswith(str(source))
    return str(caught.value)


# What is accepted


@pytest.mark.parametrize("top", ["", "shop/", "shop-1.2.0/"])
def test_a_zip_has_its_files_at_the_top_or_in_one_folder(
    tmp_path: Path, into: Path, top: str
) -> None:
    folder = put(make_zip(tmp_path / "shop.zip", top=top), into)
    assert tree(folder) == FILES
    assert folder == into / "shop" / f"1.2.0-{content_hash(folder)[:12]}"


def test_a_folder_is_copied(tmp_path: Path, into: Path) -> None:
    source = make_folder(tmp_path / "shop")
    folder = put(source, into)
    assert tree(folder) == tree(source) == FILES
    assert folder.name == f"1.2.0-{content_hash(source)[:12]}"


def test_folder_and_archives_of_the_same_files_give_one_folder(tmp_path: Path, into: Path) -> None:
    sources = [
        make_folder(tmp_path / "shop"),
        make_zip(tmp_path / "a.zip"),
        make_zip(tmp_path / "b.zip", top="x/"),
    ]
    assert len({put(source, into) for source in sources}) == 1
    assert len(list((into / "shop").iterdir())) == 1


def test_the_content_decides_and_not_the_suffix(tmp_path: Path, into: Path) -> None:
    assert put(make_zip(tmp_path / "upload.tmp"), into).is_dir()


def test_another_content_of_one_version_gets_a_folder_of_its_own(
    tmp_path: Path, into: Path
) -> None:
    one = put(make_zip(tmp_path / "a.zip"), into)
    two = put(make_zip(tmp_path / "b.zip", {**FILES, "views.py": b"x"}), into)
    assert (one.parent, one.name[:6]) == (two.parent, two.name[:6])
    assert one != two
    assert tree(one) == FILES


def test_caches_and_backups_are_left_out(tmp_path: Path, into: Path) -> None:
    extra = {"__pycache__/x.pyc": b"1", "__MACOSX/._x": b"2", "views.py~": b"3", ".git/HEAD": b""}
    assert tree(put(make_zip(tmp_path / "a.zip", {**FILES, **extra}), into)) == FILES
    assert tree(put(make_folder(tmp_path / "f", {**FILES, **extra}), into)) == FILES


def test_folders_and_odd_names_in_a_zip_are_kept(tmp_path: Path, into: Path) -> None:
    files = {**FILES, "static/ä 日本.txt": b"x", "empty/": b""}
    folder = put(make_zip(tmp_path / "a.zip", files), into)
    assert (folder / "static" / "ä 日本.txt").read_bytes() == b"x"


def test_permissions_of_the_archive_do_not_count(tmp_path: Path, into: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("module.toml")
        info.external_attr = (stat.S_IFREG | stat.S_ISUID | 0o777) << 16
        archive.writestr(info, MANIFEST)
    mode = (put(tmp_path / "a.zip", into) / "module.toml").stat().st_mode
    assert not mode & (stat.S_ISUID | 0o111)


def test_the_expected_name_and_version_are_accepted(tmp_path: Path, into: Path) -> None:
    assert put(make_zip(tmp_path / "a.zip"), into, name="shop", version="1.2").is_dir()


def test_nothing_but_the_version_is_left_in_the_folder(tmp_path: Path, into: Path) -> None:
    folder = put(make_zip(tmp_path / "a.zip", top="x/"), into)
    assert [path.name for path in into.iterdir()] == ["shop"]
    assert list((into / "shop").iterdir()) == [folder]


# The same thing again


def test_the_same_archive_again_is_verified_and_not_written(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    folder = put(source, into)
    before = (folder / "module.toml").stat().st_ino
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").touch()
    assert put(source, into) == folder
    assert (folder / "module.toml").stat().st_ino == before
    assert [path.name for path in into.iterdir()] == ["shop"]


def test_an_installed_version_that_was_changed_is_named(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    folder = put(source, into)
    (folder / "__init__.py").write_text("changed")
    with pytest.raises(ArchiveError, match=f"installed in {folder}, but was changed there"):
        put(source, into)
    assert (folder / "__init__.py").read_text() == "changed"


def test_a_file_in_the_place_of_the_version_is_named(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    folder = put(source, into)
    shutil.rmtree(folder)
    folder.write_text("in the way")
    with pytest.raises(ArchiveError, match="was changed there"):
        put(source, into)


def unpack_at(start: float, source: Path, into: Path, results: multiprocessing.Queue[str]) -> None:
    while time.time() < start:
        pass
    results.put(str(put(source, into)))


def test_processes_that_unpack_at_once_get_one_folder(tmp_path: Path, into: Path) -> None:
    files = {**FILES, **{f"static/{number}.txt": b"x" * 50 for number in range(60)}}
    source = make_zip(tmp_path / "a.zip", files)
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[str] = context.Queue()
    start = time.time() + 1.5
    arguments = (start, source, into, results)
    processes = [context.Process(target=unpack_at, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    found = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(60)
    results.close()
    results.join_thread()
    assert len(found) == 1
    assert tree(Path(found.pop())) == files
    assert [path.name for path in into.iterdir()] == ["shop"]


def test_threads_that_unpack_at_once_get_one_folder(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    barrier = threading.Barrier(4)
    found = []

    def run() -> None:
        barrier.wait()
        found.append(put(source, into))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert tree(found[0]) == FILES


# What is refused


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "a/../../evil.py", "/tmp/evil.py", "C:/evil.py", "..\\evil.py", "a//b", "./a"],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, into: Path, name: str) -> None:
    source = make_zip(tmp_path / "a.zip", {**FILES, name: b"evil"})
    assert repr(name) in refused(source, into)
    assert not list(tmp_path.rglob("evil*"))


def test_a_bad_name_is_refused_also_where_the_file_would_be_left_out(
    tmp_path: Path, into: Path
) -> None:
    source = make_zip(tmp_path / "a.zip", {**FILES, "../__pycache__/x.pyc": b""})
    assert "leads outside" in refused(source, into)


def test_a_name_with_a_nul_is_refused(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip", {**FILES, "evil.pyX.txt": b""})
    source.write_bytes(source.read_bytes().replace(b"evil.pyX", b"evil.py\0"))
    assert "has a control character" in refused(source, into)


@pytest.mark.parametrize("names", [("a.py", "A.py"), ("\u00e4", "a\u0308"), ("s/a", "S/b")])
def test_names_that_are_one_on_some_systems_are_refused(
    tmp_path: Path, into: Path, names: tuple[str, str]
) -> None:
    files = {**FILES, **{name: b"" for name in names}}
    assert "are one name on some systems" in refused(make_zip(tmp_path / "a.zip", files), into)
    folder = make_folder(tmp_path / "folder", files)
    assert "are one name on some systems" in refused(folder, into)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path, into: Path) -> None:
    with zipfile.ZipFile(make_zip(tmp_path / "a.zip"), "a") as archive:
        archive.writestr("__init__.py", b"evil")
    assert "'__init__.py' is there twice" in refused(tmp_path / "a.zip", into)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFIFO, "is a special file"),
        (stat.S_IFCHR, "is a special file"),
        (stat.S_IFSOCK, "is a special file"),
    ],
)
def test_links_and_special_files_in_a_zip_are_refused(
    tmp_path: Path, into: Path, kind: int, words: str
) -> None:
    with zipfile.ZipFile(make_zip(tmp_path / "a.zip"), "a") as archive:
        info = zipfile.ZipInfo("secret")
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert f"'secret' {words}" in refused(tmp_path / "a.zip", into)


def test_a_link_in_a_folder_may_lead_inside_and_is_copied_as_a_file(
    tmp_path: Path, into: Path
) -> None:
    source = make_folder(tmp_path / "shop")
    (source / "again.py").symlink_to("__init__.py")
    folder = put(source, into)
    assert (folder / "again.py").read_bytes() == FILES["__init__.py"]
    assert not (folder / "again.py").is_symlink()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("../secret", "'link' is a link that leads outside"),
        ("..", "'link' is a link that leads outside"),
        (".", "'link' is a link that leads in a circle"),
        ("nowhere", "'link' is a link that leads nowhere"),
    ],
)
def test_a_link_in_a_folder_that_leads_elsewhere_is_refused(
    tmp_path: Path, into: Path, target: str, words: str
) -> None:
    (tmp_path / "secret").write_text("secret")
    source = make_folder(tmp_path / "shop")
    (source / "link").symlink_to(target)
    assert words in refused(source, into)


def test_a_pipe_and_a_socket_in_a_folder_are_refused(tmp_path: Path, into: Path) -> None:
    source = make_folder(tmp_path / "shop")
    os.mkfifo(source / "pipe")
    assert "'pipe' is a special file" in refused(source, into)
    (source / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(source / "socket"))
        assert "'socket' is a special file" in refused(source, into)


def test_too_many_files_are_refused(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    assert "more than 3 files. Raise HOTFRAME_ARCHIVE_MAX_FILES" in refused(
        source, into, max_files=3
    )
    assert "more than 3 files" in refused(make_folder(tmp_path / "f"), into, max_files=3)
    assert put(source, into, max_files=4).is_dir()


def test_too_many_bytes_are_refused(tmp_path: Path, into: Path) -> None:
    size = sum(map(len, FILES.values()))
    source = make_zip(tmp_path / "a.zip")
    assert f"more than {size - 1} bytes" in refused(source, into, max_bytes=size - 1)
    folder = make_folder(tmp_path / "f")
    assert "Raise HOTFRAME_ARCHIVE_MAX_BYTES" in refused(folder, into, max_bytes=size - 1)
    assert put(source, into, max_bytes=size).is_dir()


def test_a_zip_bomb_is_stopped_while_it_is_unpacked(tmp_path: Path, into: Path) -> None:
    bomb = {**FILES, "bomb": b"\0" * 30_000_000}
    source = make_zip(tmp_path / "a.zip", bomb)
    assert source.stat().st_size < 100_000
    assert "more than 100000 bytes" in refused(source, into)


def test_a_header_that_tells_a_smaller_size_is_not_believed(tmp_path: Path, into: Path) -> None:
    bomb = {**FILES, "bomb": b"\0" * 3_000_000}
    source = make_zip(tmp_path / "a.zip", bomb)
    raw = source.read_bytes()
    source.write_bytes(raw.replace(struct.pack("<L", 3_000_000), struct.pack("<L", 10)))
    assert "cut off or damaged" in refused(source, into)


def test_an_encrypted_archive_is_refused(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    raw = bytearray(source.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    raw[6] |= 1
    source.write_bytes(raw)
    assert "'module.toml' is encrypted" in refused(source, into)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(tmp_path: Path, into: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("module.toml", MANIFEST)
    assert "packed in an unusual way" in refused(tmp_path / "a.zip", into)


def test_a_truncated_archive_leaves_nothing_behind(tmp_path: Path, into: Path) -> None:
    whole = make_zip(tmp_path / "a.zip").read_bytes()
    for length in (4, 30, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        assert "cut off or damaged" in refused(tmp_path / "cut.zip", into)


def test_a_wrong_checksum_is_refused(tmp_path: Path, into: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("module.toml", MANIFEST)
        archive.writestr("views.py", b"right")
    raw = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(raw.replace(b"right", b"wrong"))
    assert "CRC-32" in refused(tmp_path / "a.zip", into)


def test_other_files_are_refused_with_advice(tmp_path: Path, into: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    assert "no zip file, wheel or folder" in refused(tmp_path / "a.zip", into)
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("module.toml"), io.BytesIO(b""))
    assert "Make a zip file" in refused(tmp_path / "a.tar.gz", into)
    os.mkfifo(tmp_path / "pipe")
    assert "no zip file" in refused(tmp_path / "pipe", into)
    assert "no such file" in refused(tmp_path / "absent.zip", into)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"__init__.py": b""}, "no module.toml at its top"),
        ({}, "no module.toml at its top"),
        ({"a/b/module.toml": MANIFEST}, "no module.toml at its top"),
        ({"a/module.toml": MANIFEST, "b/module.toml": MANIFEST}, "more than one module.toml"),
        ({"module.toml": MANIFEST, "b/module.toml": MANIFEST}, "more than one module.toml"),
        ({"a/module.toml": MANIFEST, "b/x": b""}, "'b' lies beside the module's folder 'a'"),
        ({"a/module.toml": MANIFEST, "x": b""}, "'x' lies beside the module's folder 'a'"),
        ({"module.toml": b"name = 'shop'"}, "module.toml, line 1, key 'version': missing"),
        ({"a/module.toml": b"name = 1"}, "module.toml, line 1, key 'name': must be text"),
        ({"module.toml": b"\xff"}, "module.toml, line 1: not UTF-8"),
        ({"module.toml": b"#" * 70_000}, "module.toml is larger than 65536 bytes"),
        ({"module.toml/x": b""}, "module.toml is a folder"),
    ],
)
def test_an_archive_without_one_good_manifest_is_refused(
    tmp_path: Path, into: Path, files: dict[str, bytes], words: str
) -> None:
    assert words in refused(make_zip(tmp_path / "a.zip", files), into)


def test_another_name_or_version_than_expected_is_refused(tmp_path: Path, into: Path) -> None:
    source = make_zip(tmp_path / "a.zip")
    with pytest.raises(ArchiveError, match="It is the module 'shop', not 'blog'"):
        put(source, into, name="blog")
    for version in ("1.3", "nonsense"):
        with pytest.raises(ArchiveError, match=f"It is version 1.2.0, not {version}"):
            put(source, into, version=version)
    assert list(into.iterdir()) == []


def test_a_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "into").write_text("a file")
    with pytest.raises(ArchiveError, match=f"cannot be unpacked into {tmp_path}/into"):
        put(make_zip(tmp_path / "a.zip"), tmp_path / "into")


def test_a_refusal_touches_no_other_version(tmp_path: Path, into: Path) -> None:
    folder = put(make_zip(tmp_path / "a.zip"), into)
    with pytest.raises(ArchiveError):
        put(make_zip(tmp_path / "b.zip", {**FILES, "../x": b""}), into)
    assert tree(folder) == FILES


# Whatever the archive


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text("ab./\\:~ \0ä", min_size=1, max_size=10) | st.text(min_size=1, max_size=10),
        st.binary(max_size=20),
        max_size=4,
    )
)
def test_no_name_makes_it_write_outside(
    tmp_path_factory: pytest.TempPathFactory, extra: dict[str, bytes]
) -> None:
    base = tmp_path_factory.mktemp("names")
    (base / "outside").write_text("untouched")
    source = base / "a.zip"
    # zipfile itself refuses to write some names, or warns.
    with suppress(ValueError, IndexError, UserWarning):
        make_zip(source, {**FILES, **extra})
    before = tree(base)
    with suppress(ArchiveError):
        put(source, base / "deep" / "into")
    after = tree(base)
    written = after.keys() - before.keys()
    assert {name: after[name] for name in before} == before
    assert all(name.startswith("deep/into/shop/1.2.0-") for name in written)


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_a_damaged_archive_gives_an_error_of_ours_or_the_whole_module(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, damages: int
) -> None:
    base = tmp_path_factory.mktemp("damage")
    raw = bytearray(make_zip(base / "a.zip").read_bytes())
    for _ in range(damages):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    (base / "a.zip").write_bytes(raw)
    try:
        folder = put(base / "a.zip", base / "into")
    except ArchiveError:
        assert list((base / "into").iterdir()) == []
    else:
        assert tree(folder)["module.toml"] == MANIFEST


# A killed process

KILLED = """
import sys
from pathlib import Path
from quart_hotframe.modules.archive import unpack
print("ready", flush=True)
unpack(Path(sys.argv[1]), Path(sys.argv[2]), max_bytes=10**9, max_files=10**5)
print("done", flush=True)
"""


def kill_when(into: Path, pattern: str, source: Path) -> int:
    """Unpack in a process, kill it when a file is there, and return its number."""
    command = [sys.executable, "-c", KILLED, str(source), str(into)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 30
        while not any(into.glob(pattern)) and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
    return process.pid


@pytest.mark.parametrize("files", [1, 40, 400])
def test_a_killed_process_leaves_nothing_but_staging(
    tmp_path: Path, into: Path, files: int
) -> None:
    contents = {**FILES, **{f"static/{number:04}": b"x" * 2000 for number in range(2000)}}
    source = make_zip(tmp_path / "a.zip", contents)
    for _ in range(5):
        pid = kill_when(into, f".staging-*/tree/static/{files:04}", source)
        if not (into / "shop").exists():
            break
        # On a busy machine it may have ended before it was killed.
        shutil.rmtree(into)
    left = list(into.iterdir())
    assert [path.name.startswith(f".staging-{pid}-") for path in left] == [True]
    assert clean_staging(into) == [left[0].name]
    assert list(into.iterdir()) == []
    folder = unpack(source, into, max_bytes=10**9, max_files=10**5)
    assert tree(folder) == contents
