"""``hotframe vendor`` brings packages into a project, and refuses what is not what was promised."""

from __future__ import annotations

import io
import socket
import tarfile
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import VendorError
from quart_hotframe.vendored import registry
from quart_hotframe.vendored.checksums import integrity_of
from quart_hotframe.vendored.names import check_name
from quart_hotframe.vendored.names import check_path
from quart_hotframe.vendored.names import check_version
from quart_hotframe.vendored.tarball import Tarball

from .conftest import entry
from .conftest import FILES
from .conftest import MANIFEST
from .conftest import Npm
from .conftest import package
from .conftest import packed
from .conftest import Run
from .conftest import sha512

MANIFEST_ENTRY = entry("package/package.json", b'{"name": "a", "version": "1.0.0"}')


def files_in(project: Path) -> dict[str, bytes]:
    found = (project / "static").rglob("*")
    return {str(p.relative_to(project / "static")): p.read_bytes() for p in found if p.is_file()}


def lock(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "hotframe-vendor.lock").read_text(encoding="utf-8"))


def refused(run: Run, project: Path, *arguments: str) -> str:
    """Return why something was refused, and make sure that nothing was kept."""
    done = run(*arguments)
    assert done.exit_code == 1 and "Traceback" not in done.output, done.output
    assert not (project / "static").exists() and not (project / "hotframe-vendor.lock").exists()
    return done.stderr


def test_the_file_for_browsers_and_the_licence_come_with_a_lock(
    vendor: Run, project: Path, npm: Npm
) -> None:
    done = vendor("htmx.org@4.0.1")
    assert done.exit_code == 0, done.output
    assert '{{ vendored("htmx.org") }}' in done.stdout
    assert files_in(project) == {
        f"vendor/htmx.org/4.0.1/{path}": FILES[path] for path in ("dist/htmx.min.js", "LICENSE")
    }
    [found] = lock(project)["package"]
    assert found["integrity"] == sha512(npm.answers["/htmx.org/-/4.0.1.tgz"][2])
    assert (found["place"], found["licence"]) == ("htmx.org/-/4.0.1.tgz", "0BSD")
    assert npm.url not in (project / "hotframe-vendor.lock").read_text(encoding="utf-8")


def test_another_version_takes_its_place_but_not_what_somebody_changed(
    vendor: Run, project: Path
) -> None:
    vendor("htmx.org@2.0.11")
    changed = project / "static/vendor/htmx.org/2.0.11/LICENSE"
    changed.write_text("mine", encoding="utf-8")
    vendor("htmx.org@4.0.1", "--path", "dist/ext/sse.js", "--path", "dist/htmx.min.js")
    assert sorted(files_in(project)) == [
        "vendor/htmx.org/2.0.11/LICENSE",
        *(f"vendor/htmx.org/4.0.1/{path}" for path in ("LICENSE", *sorted(FILES)[1:])),
    ]
    [found] = lock(project)["package"]
    assert list(found["files"]) == ["dist/ext/sse.js", "dist/htmx.min.js", "LICENSE"]


def test_what_is_lost_or_changed_is_found_and_fetched_again(vendor: Run, project: Path) -> None:
    vendor("htmx.org@4.0.1")
    before = files_in(project)
    assert vendor("--check").exit_code == 0
    (project / "static/vendor/htmx.org/4.0.1/LICENSE").unlink()
    (project / "static/vendor/htmx.org/4.0.1/dist/htmx.min.js").write_text("x", encoding="utf-8")
    done = vendor("--check")
    assert done.exit_code == 1
    assert "LICENSE is missing" in done.stderr
    assert "htmx.min.js is not what the lock says" in done.stderr
    assert vendor().stdout == "htmx.org 4.0.1 is there again.\n"
    assert files_in(project) == before
    assert vendor().stdout == "All files are as hotframe-vendor.lock says.\n"


def test_a_registry_that_changed_a_version_cannot_restore_it(
    vendor: Run, project: Path, npm: Npm
) -> None:
    vendor("htmx.org@4.0.1")
    script = project / "static/vendor/htmx.org/4.0.1/dist/htmx.min.js"
    script.unlink()
    npm.answer("/htmx.org/-/4.0.1.tgz", package("htmx.org", "4.0.1", {"dist/htmx.min.js": b"!"}))
    done = vendor()
    assert done.exit_code == 1 and "not what the registry promises" in done.stderr
    assert not script.exists()


def test_a_file_that_is_not_what_the_lock_says_is_not_restored(vendor: Run, project: Path) -> None:
    vendor("htmx.org@4.0.1")
    path = project / "hotframe-vendor.lock"
    said = integrity_of(FILES["dist/htmx.min.js"])
    text = path.read_text(encoding="utf-8").replace(said, integrity_of(b"another"))
    path.write_text(text, encoding="utf-8")
    script = project / "static/vendor/htmx.org/4.0.1/dist/htmx.min.js"
    script.unlink()
    done = vendor()
    assert done.exit_code == 1 and "'dist/htmx.min.js' in htmx.org 4.0.1 is not" in done.stderr
    assert not script.exists()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("htmx.org", "has no version"),
        ("htmx.org@latest", "no exact version"),
        ("htmx.org@4", "no exact version"),
        ("../x@1.0.0", "no name of a package"),
        ("@a/../b@1.0.0", "no name of a package"),
        ("HTMX@1.0.0", "no name of a package"),
        ("htmx.org@2.0.12", "Did you mean '2.0.11'?"),
        ("htmx.org@9.9.9", "no version 9.9.9"),
        ("htmx@1.0.0", "has no package 'htmx'"),
    ],
)
def test_what_there_is_not_is_told(vendor: Run, project: Path, wanted: str, reason: str) -> None:
    assert reason in refused(vendor, project, wanted)


def test_a_file_that_the_package_has_not_is_told(vendor: Run, project: Path) -> None:
    text = refused(vendor, project, "htmx.org@4.0.1", "--path", "dist/htmx.mini.js")
    assert "Did you mean 'dist/htmx.min.js'?" in text
    assert "plain relative path" in refused(
        vendor, project, "htmx.org@4.0.1", "--path", "../../app.py"
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"integrity": sha512(b"another")}, "not what the registry promises"),
        ({"integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="}, "no sha512"),
        ({"integrity": None}, "no sha512"),
        ({"tarball": "http://192.0.2.1/x.tgz"}, "write an https address"),
        ({"tarball": "file:///etc/passwd"}, "write an https address"),
    ],
)
def test_what_cannot_be_trusted_is_refused(
    vendor: Run, project: Path, npm: Npm, more: dict[str, Any], reason: str
) -> None:
    npm.publish("htmx.org", "4.0.1", **more)
    assert reason in refused(vendor, project, "htmx.org@4.0.1")


def test_a_redirect_out_of_https_is_refused(vendor: Run, project: Path, npm: Npm) -> None:
    npm.answer("/htmx.org/-/4.0.1.tgz", b"", 302, Location="http://192.0.2.1/x.tgz")
    assert "write an https address" in refused(vendor, project, "htmx.org@4.0.1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"versions": []}', b"[" * 100_000])
def test_an_answer_that_is_none_of_a_registry_is_told(
    vendor: Run, project: Path, npm: Npm, body: bytes
) -> None:
    npm.answer("/htmx.org", body)
    assert "did not answer as a registry" in refused(vendor, project, "htmx.org@4.0.1")


def test_without_a_network_the_way_out_is_told(run: Run, project: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # it does not listen
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        (project / ".npmrc").write_text(f"registry={address}", encoding="utf-8")
        text = refused(run, project, "htmx.org@4.0.1")
    assert "cannot be reached" in text and "--file" in text


# -- tarballs -----------------------------------------------------------------------------------


def serve(npm: Npm, content: bytes) -> None:
    npm.publish("a", "1.0.0", integrity=sha512(content))
    npm.answer("/a/-/1.0.0.tgz", content)


@pytest.mark.parametrize(
    "bad",
    [
        entry("package/../../../evil.js", b"x"),
        entry("/abs/evil.js", b"x"),
        entry("package/evil.js", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("package/evil.js", type=tarfile.LNKTYPE, linkname="package/package.json"),
        entry("package/evil.js", type=tarfile.FIFOTYPE),
        entry("package/evil.js", type=tarfile.DIRTYPE),
    ],
)
def test_what_is_no_plain_file_of_the_package_cannot_be_had(
    vendor: Run, project: Path, npm: Npm, bad: Any
) -> None:
    serve(npm, packed([MANIFEST_ENTRY, bad]))
    assert "has no file 'evil.js'" in refused(vendor, project, "a@1.0.0", "--path", "evil.js")
    assert not list(project.parent.rglob("evil.js"))


def test_names_that_lead_elsewhere_are_no_files_of_a_package(tmp_path: Path) -> None:
    names = ("../../evil.js", "/evil.js", "a/../evil.js", "a//evil.js", "C:evil.js", ".evil.js", "")
    path = tmp_path / "a.tgz"
    path.write_bytes(packed([MANIFEST_ENTRY, *(entry(f"package/{name}") for name in names)]))
    assert Tarball(path, max_bytes=50_000, max_files=20).names == ("package.json",)


def test_the_texts_of_licences_are_kept(vendor: Run, project: Path, npm: Npm) -> None:
    texts = {
        name: b"as you like" for name in ("LICENCE.md", "copying", "MIT-LICENSE.txt", "NOTICE")
    }
    others = {"src/LICENSE": b"of a part", "licensed.js": b"no text", "a.js": b"a()"}
    serve(npm, package("a", "1.0.0", {**texts, **others}, {}))
    assert vendor("a@1.0.0", "--path", "a.js").exit_code == 0
    assert set(files_in(project)) == {f"vendor/a/1.0.0/{name}" for name in ("a.js", *texts)}


def test_a_file_that_is_there_twice_is_refused(vendor: Run, project: Path, npm: Npm) -> None:
    twice = [entry("package/a.js", b"1"), entry("package/a.js", b"2")]
    serve(npm, packed([MANIFEST_ENTRY, *twice]))
    assert "twice" in refused(vendor, project, "a@1.0.0", "--path", "a.js")


@pytest.mark.parametrize(
    ("entries", "limit", "reason"),
    [
        ([entry("package/a.js", bytes(1_000_000))], "BYTES", "more than 50000 bytes"),
        ([entry("package/b", bytes(1_000_000)), entry("package/a.js")], "BYTES", "50000 bytes"),
        ([entry(f"package/{n}") for n in range(30)], "FILES", "more than 20 files"),
    ],
)
def test_a_package_that_is_too_large_is_refused(
    vendor: Run, project: Path, npm: Npm, config: Any, entries: Any, limit: str, reason: str
) -> None:
    config |= {"HOTFRAME_ARCHIVE_MAX_BYTES": 50_000, "HOTFRAME_ARCHIVE_MAX_FILES": 20}
    serve(npm, packed([MANIFEST_ENTRY, *entries]))
    text = refused(vendor, project, "a@1.0.0", "--path", "a.js")
    assert reason in text and f"HOTFRAME_ARCHIVE_MAX_{limit}" in text


def test_a_download_that_is_too_large_is_given_up(
    vendor: Run, project: Path, npm: Npm, config: Any
) -> None:
    config |= {"HOTFRAME_ARCHIVE_MAX_BYTES": 50_000}
    npm.answer("/htmx.org/-/4.0.1.tgz", bytes(200_000))
    assert "more than 50000 bytes" in refused(vendor, project, "htmx.org@4.0.1")


def test_a_file_of_ones_own_that_is_too_large_is_refused(
    vendor: Run, project: Path, tmp_path: Path, config: Any
) -> None:
    config |= {"HOTFRAME_ARCHIVE_MAX_BYTES": 50_000}
    (tmp_path / "a.js").write_bytes(bytes(50_001))
    text = refused(vendor, project, "a@1.0.0", "--file", str(tmp_path / "a.js"))
    assert "more than 50000 bytes" in text


def test_what_a_registry_says_of_a_package_is_bounded(
    vendor: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PACKUMENT_MAX", 100)
    assert "more than 100 bytes" in refused(vendor, project, "htmx.org@4.0.1")


def test_a_download_that_drips_is_given_up() -> None:
    drips = io.BufferedReader(io.BytesIO(b"x"))
    with pytest.raises(VendorError, match="takes too long"):
        list(registry._bounded(drips, "https://npm.example/a", 100, time.monotonic() - 1))


@pytest.mark.parametrize(
    ("check", "text"), [(check_name, "a" * 215), (check_path, "a" * 1025), (check_version, "1")]
)
def test_names_are_no_longer_than_npm_has_them(check: Any, text: str) -> None:
    with pytest.raises(VendorError):
        check(text)


@pytest.mark.parametrize("cut", [b"no tarball", package("a", "1.0.0")[:-40], b""])
def test_a_damaged_tarball_is_refused(vendor: Run, project: Path, npm: Npm, cut: bytes) -> None:
    serve(npm, cut)
    assert "no whole tarball" in refused(vendor, project, "a@1.0.0", "--path", "LICENSE")


@pytest.mark.parametrize(
    ("manifest", "files", "chosen"),
    [
        ({"unpkg": "a.js", "main": "b.js"}, ["a.js", "b.js"], "a.js"),
        ({"jsdelivr": "./a.js", "unpkg": "gone.js"}, ["a.js"], "a.js"),
        ({"main": "a.cjs.js"}, ["a.cjs.js", "dist/cdn.min.js"], "dist/cdn.min.js"),
        ({"exports": {".": {"import": "./a.mjs"}}, "main": "b.js"}, ["a.mjs", "b.js"], "a.mjs"),
        ({"exports": "./a.js"}, ["a.js"], "a.js"),
        ({"main": "a"}, ["a.js"], "a.js"),
        ({"style": "a.css"}, ["a.css"], "a.css"),
        ({"main": 7, "unpkg": ["x"], "exports": {"./x": "./x.js"}}, ["index.js"], "index.js"),
    ],
)  # fmt: skip
def test_the_file_for_browsers_is_the_one_that_the_package_names(
    vendor: Run, project: Path, npm: Npm, manifest: Any, files: list[str], chosen: str
) -> None:
    serve(npm, package("a", "1.0.0", dict.fromkeys(files, b"x"), manifest))
    done = vendor("a@1.0.0")
    assert done.exit_code == 0, done.output
    assert list(files_in(project)) == [f"vendor/a/1.0.0/{chosen}"]
    assert "no text of its licence" in done.stderr


def test_a_package_for_node_alone_says_what_could_be_chosen(
    vendor: Run, project: Path, npm: Npm
) -> None:
    files = dict.fromkeys(["lib/index.cjs", "lib/web.js"], b"x")
    serve(npm, package("a", "1.0.0", files, {"main": "lib/index.cjs"}))
    text = refused(vendor, project, "a@1.0.0")
    assert "names no file for browsers" in text and "lib/web.js" in text


# -- files that are given -----------------------------------------------------------------------


def test_a_tarball_can_be_given_and_is_fetched_again_by_its_checksum(
    vendor: Run, project: Path, npm: Npm, tmp_path: Path
) -> None:
    file = tmp_path / "x.tgz"
    file.write_bytes(package("@s/a", "1.0.0", FILES, MANIFEST))
    assert vendor("@s/a@1.0.0", "--file", str(file)).exit_code == 0
    assert npm.asked == []
    (project / "static/vendor/@s/a/1.0.0/LICENSE").unlink()
    npm.answer("/@s/a/-/a-1.0.0.tgz", file.read_bytes())
    assert vendor().stdout == "@s/a 1.0.0 is there again.\n"
    other = vendor("b@1.0.0", "--file", str(file))
    assert other.exit_code == 1 and "This is @s/a 1.0.0, not b 1.0.0." in other.stderr


def test_a_script_can_be_given(vendor: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.min.js").write_bytes(b"a()")
    done = vendor("a@1.0.0", "--file", str(tmp_path / "a.min.js"))
    assert done.exit_code == 0 and "no checksum of npm" in done.stderr
    assert files_in(project) == {"vendor/a/1.0.0/a.min.js": b"a()"}
    (project / "static/vendor/a/1.0.0/a.min.js").unlink()
    assert "a@1.0.0 --file PATH" in vendor().stderr


@pytest.mark.parametrize("arguments", [["--path", "a.js"], ["a@1.0.0", "--check"]])
def test_options_that_do_not_fit_are_refused(vendor: Run, arguments: list[str]) -> None:
    assert vendor(*arguments).exit_code == 2


# -- locks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"dist/htmx.min.js"', '"../../../app.py"', "plain relative path"),
        ('name = "htmx.org"', 'name = "../x"', "no name of a package"),
        ('version = "4.0.1"', 'version = "../x"', "no exact version"),
        ("sha384-", "sha1-", "no sha384"),
        ("sha384-", "sha384-AAAA", "no sha384"),
        ("sha512-", "sha512", "no sha512"),
        ("sha512-", "sha512-%", "no sha512"),
        ("format = 1", "format = 2", "format = 1"),
        ("[[package]]", "[[package", "cannot be read"),
        ("[package.files]", "[package.file]", "has no files"),
        ('licence = "0BSD"', "licence = 1", "'licence' must be text"),
    ],
)
def test_a_lock_that_is_wrong_is_told(
    vendor: Run, project: Path, old: str, new: str, reason: str
) -> None:
    vendor("htmx.org@4.0.1")
    path = project / "hotframe-vendor.lock"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    for arguments in ([], ["--check"], ["htmx.org@2.0.11"]):
        done = vendor(*arguments)
        assert done.exit_code == 1 and reason in done.stderr
        assert "hotframe-vendor.lock" in done.stderr


def test_no_project_has_no_lock(vendor: Run) -> None:
    assert vendor("--check").exit_code == vendor().exit_code == 0
