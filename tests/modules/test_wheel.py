"""Wheels: the package with the manifest, and RECORD."""

from __future__ import annotations

import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from quart_hotframe.errors import ArchiveError
from quart_hotframe.modules.archive import unpack

MODULE = {
    "shop/module.toml": b'name = "shop"\nversion = "1.2.0"\n',
    "shop/__init__.py": b"blueprint = 1\n",
    "shop/static/a,b.css": b"",
}
INFO = "bazaar_shop-1.2.0.dist-info"
RECORD = f"{INFO}/RECORD"


def record_line(name: str, content: bytes) -> str:
    digest = urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
    return f'"{name}",sha256={digest},{len(content)}'


def wheel(info: str = INFO) -> dict[str, bytes]:
    """Return the files of a wheel with a RECORD that fits."""
    files = {**MODULE, f"{info}/WHEEL": b"Wheel-Version: 1.0\n", f"{info}/METADATA": b"Name: x\n"}
    lines = [record_line(name, content) for name, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    return files


def unpacked(tmp_path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return unpack(tmp_path / "x.whl", tmp_path / "into", max_bytes=10_000, max_files=100)


def test_the_package_with_the_manifest_is_taken_and_nothing_else(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, wheel())
    assert folder.parent == tmp_path / "into" / "shop"
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert names == ["__init__.py", "a,b.css", "module.toml"]


def test_a_wheel_and_a_folder_of_the_same_files_give_one_folder(tmp_path: Path) -> None:
    from_wheel = unpacked(tmp_path, wheel())
    again = unpack(from_wheel, tmp_path / "into", max_bytes=10_000, max_files=100)
    assert again == from_wheel


def test_a_wheel_without_record_is_accepted(tmp_path: Path) -> None:
    files = wheel()
    del files[RECORD]
    assert unpacked(tmp_path, files).is_dir()


def test_caches_in_a_wheel_are_left_out(tmp_path: Path) -> None:
    files = wheel()
    files["shop/__pycache__/x.pyc"] = b"x"
    files[RECORD] += b"shop/old.pyc,sha256=x,1\n"
    assert not list(unpacked(tmp_path, files).rglob("*.pyc"))


def test_signature_files_need_no_hash(tmp_path: Path) -> None:
    files = wheel()
    files[f"{INFO}/RECORD.jws"] = b"{}"
    assert unpacked(tmp_path, files).is_dir()


Change = Callable[[dict[str, bytes]], None]


def changed(files: dict[str, bytes]) -> None:
    files["shop/__init__.py"] += b"import evil\n"


def one_more(files: dict[str, bytes]) -> None:
    files["shop/evil.py"] = b""


def one_less(files: dict[str, bytes]) -> None:
    del files["shop/__init__.py"]


def weak_hash(files: dict[str, bytes]) -> None:
    files[RECORD] = files[RECORD].replace(b"sha256=", b"md5=", 1)


def no_hash(files: dict[str, bytes]) -> None:
    line = record_line("shop/__init__.py", MODULE["shop/__init__.py"]).encode()
    files[RECORD] = files[RECORD].replace(line, b"shop/__init__.py,,")


def short_line(files: dict[str, bytes]) -> None:
    files[RECORD] += b"shop/x\n"


def twice(files: dict[str, bytes]) -> None:
    files[RECORD] += b"shop/__init__.py,,\n"


def not_text(files: dict[str, bytes]) -> None:
    files[RECORD] = b"\xff"


def not_csv(files: dict[str, bytes]) -> None:
    files[RECORD] += b'"a"b,,\n'


def two_infos(files: dict[str, bytes]) -> None:
    files["other-1.0.dist-info/WHEEL"] = b""


def second_package(files: dict[str, bytes]) -> None:
    files["vendor/__init__.py"] = b""
    files[RECORD] += record_line("vendor/__init__.py", b"").encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed, "'shop/__init__.py' differs from its hash in RECORD"),
        (one_more, "'shop/evil.py' is not in RECORD"),
        (one_less, "'shop/__init__.py' is in RECORD, but not in the wheel"),
        (weak_hash, "has no SHA-2 hash"),
        (no_hash, "'shop/__init__.py' has no SHA-2 hash"),
        (short_line, "The line of 'shop/x' in RECORD is wrong"),
        (twice, "The line of 'shop/__init__.py' in RECORD is wrong"),
        (not_text, "RECORD cannot be read"),
        (not_csv, "RECORD cannot be read"),
        (two_infos, "It has 2 .dist-info folders"),
        (second_package, "'vendor' lies beside the module's folder 'shop'"),
    ],
)
def test_a_wheel_that_does_not_fit_its_record_is_refused(
    tmp_path: Path, change: Change, words: str
) -> None:
    files = wheel()
    change(files)
    with pytest.raises(ArchiveError, match=words):
        unpacked(tmp_path, files)
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize("version", ["1.3.0", "nonsense"])
def test_wheel_and_manifest_must_have_one_version(tmp_path: Path, version: str) -> None:
    with pytest.raises(ArchiveError, match=f"has version {version}, its module.toml 1.2.0"):
        unpacked(tmp_path, wheel(f"bazaar_shop-{version}.dist-info"))


def test_a_version_in_another_spelling_is_the_same(tmp_path: Path) -> None:
    assert unpacked(tmp_path, wheel("bazaar_shop-1.2.dist-info")).is_dir()
