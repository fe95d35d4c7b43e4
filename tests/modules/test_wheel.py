"""Wheels: the package with the manifest, and RECORD."""

from __future__ import annotations

import gc
import sys
import weakref
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from quart_hotframe.errors import ArchiveError
from quart_hotframe.errors import LoadError
from quart_hotframe.modules.archive import unpack
from quart_hotframe.modules.wheel import module_folder
from tests.support.modules import write_module
from tests.support.sites import becomes
from tests.support.sites import Site

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


def test_a_package_of_another_name_keeps_it(tmp_path: Path) -> None:
    files = {name.replace("shop/", "bazaar_shop/", 1): text for name, text in MODULE.items()}
    files[f"{INFO}/WHEEL"] = b"Wheel-Version: 1.0\n"
    version = unpacked(tmp_path, files)
    assert version.parent == tmp_path / "into" / "shop"
    assert [path.name for path in version.iterdir()] == ["bazaar_shop"]
    assert module_folder(version) == version / "bazaar_shop"
    assert unpacked(tmp_path, files) == version
    assert unpacked(tmp_path, wheel()) != version  # its own imports have another name


OWN = """\
import bazaar_shop.parts.deep
import bazaar_shop.parts.deep as deep
from bazaar_shop import blueprint, parts
from bazaar_shop.parts.deep import VALUE
from modules.shop.parts.deep import VALUE as by_module
from .parts.deep import VALUE as relative

@blueprint.get("/")
async def index():
    from bazaar_shop.late import LATE
    assert parts is bazaar_shop.parts
    values = {bazaar_shop.parts.deep.VALUE, deep.VALUE, VALUE, by_module, relative}
    return f"{values} {LATE} {bazaar_shop.blueprint is blueprint}"

@blueprint.get("/fails")
async def fails():
    raise RuntimeError("no luck")
"""


def build(folder: Path, version: str, value: int) -> Path:
    """Build the wheel of the module ``shop``, whose package is ``bazaar_shop``."""
    module = write_module(folder / version, "shop", version, files={
        "views.py": OWN,
        "late.py": f"LATE = {value}\n",
        "parts/__init__.py": "",
        "parts/deep.py": f"VALUE = {value}\n",
    })  # fmt: skip
    target = folder / f"bazaar_shop-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(module.rglob("*.*")):
            archive.write(path, f"bazaar_shop/{path.relative_to(module)}")
        archive.writestr(f"bazaar_shop-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    return target


async def test_a_wheel_imports_itself_by_the_name_of_its_package(site: Site) -> None:
    await site.modules.install(build(site.folder, "1.0", 1))
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "{1} 1 True")
    package = site.modules.worker.mounting.mounted["shop"].package
    deep = weakref.ref(package.import_("parts.deep"))
    del package
    plan = await site.modules.plan("upgrade", "shop", build(site.folder, "2.0", 2))
    assert plan.detail["to_version"] == "2.0"
    await site.modules.upgrade("shop", build(site.folder, "2.0", 2))
    assert await site.get("/shop/") == (200, "{2} 2 True")
    await site.modules.drained()
    await becomes(lambda: gc.collect() is not None and deep() is None)
    await site.modules.rollback("shop")
    assert await site.get("/shop/") == (200, "{1} 1 True")
    assert not [name for name in sys.modules if name.partition(".")[0] == "bazaar_shop"]
    await site.modules.uninstall("shop")
    await site.modules.drained()
    await becomes(lambda: not (site.instance / "modules" / "shop").exists())


async def test_a_traceback_from_a_wheel_names_file_and_line_in_its_package(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.modules.install(build(site.folder, "1.0", 1))
    await site.modules.enable("shop")
    assert (await site.get("/shop/fails"))[0] == 500
    assert '/bazaar_shop/views.py", line 17, in fails' in caplog.text


USES = """\
from . import blueprint
from bazaar_shop.parts.deep import VALUE

@blueprint.get("/")
async def index():
    return str(VALUE)
"""


async def test_modules_that_need_a_wheel_import_it_by_the_name_of_its_package_too(
    site: Site,
) -> None:
    await site.modules.install(build(site.folder, "1.0", 1))
    await site.has("user", manifest='requires = ["shop"]', files={"views.py": USES})
    assert await site.get("/user/") == (200, "1")
    await site.modules.upgrade("shop", build(site.folder, "2.0", 2))
    assert await site.get("/user/") == (200, "2")
    await site.modules.install(site.source("other", files={"views.py": USES}))
    with pytest.raises(LoadError, match="views.py:2: ModuleNotFoundError: .*'bazaar_shop'"):
        await site.modules.enable("other")
