"""A registry on this machine that behaves as npm's, and a project that vendors from it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from base64 import b64encode
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from click.testing import Result
from quart import Quart
from quart.cli import ScriptInfo

from quart_hotframe import HotFrame
from quart_hotframe.cli import cli

FILES = {"dist/htmx.min.js": b"htmx()", "dist/ext/sse.js": b"sse()", "LICENSE": b"Do as you like."}
MANIFEST = {"unpkg": "dist/htmx.min.js", "license": "0BSD"}


def entry(name: str, content: bytes = b"", **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def packed(entries: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Return a tarball."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(file.getvalue(), 1, mtime=0)


def package(
    name: str, version: str, files: dict[str, bytes] = FILES, manifest: Any = MANIFEST
) -> bytes:
    """Return a tarball as npm makes it."""
    told = json.dumps({"name": name, "version": version, **manifest}).encode()
    every = {"package.json": told, **files}
    return packed([entry(f"package/{path}", content) for path, content in every.items()])


def sha512(content: bytes) -> str:
    return f"sha512-{b64encode(hashlib.sha512(content).digest()).decode()}"


class Npm:
    """What the registry answers, by path, and what it was asked, with the tokens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []

    def answer(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, headers, body)

    def publish(self, name: str, *versions: str, tarball: str = "", **more: Any) -> None:
        """Have versions of a package; *more* goes into ``dist``."""
        told = {}
        for version in versions:
            content = package(name, version)
            path = f"/{name}/-/{version}.tgz"
            self.answer(path, content)
            dist = {"tarball": tarball or f"{self.url}{path[1:]}", "integrity": sha512(content)}
            told[version] = {"dist": {**dist, **more}}
        self.answer(f"/{name}", json.dumps({"versions": told}).encode())


class _Handler(BaseHTTPRequestHandler):
    npm: Npm

    def do_GET(self) -> None:
        path = unquote(self.path)
        self.npm.asked.append((path, self.headers.get("Authorization")))
        status, headers, body = self.npm.answers.get(path, (404, {}, b"{}"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def npm() -> Iterator[Npm]:
    """Serve a registry."""
    handler: Any = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    found = Npm(f"http://127.0.0.1:{server.server_port}/")
    handler.npm = found
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an app; the machine's own npm is not looked at."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc-of-the-user"))
    (tmp_path / "app").mkdir()
    return tmp_path / "app"


@pytest.fixture
def config() -> dict[str, Any]:
    """Return the settings of the app, for a test to change."""
    return {"HOTFRAME_SAFE_MODE": True}


Make = Callable[[], Quart]
Run = Callable[..., Result]


@pytest.fixture
def make(project: Path, config: dict[str, Any]) -> Make:
    """Return a function that makes the app."""

    def make() -> Quart:
        app = Quart("site", root_path=str(project), instance_path=str(project / "instance"))
        app.secret_key = "not a secret"
        app.config |= config
        HotFrame(app)
        return app

    return make


@pytest.fixture
def run(make: Make) -> Run:
    """Return a function that runs ``hotframe vendor``."""

    def run(*arguments: str) -> Result:
        info = ScriptInfo(create_app=make)
        return CliRunner().invoke(cli, ["vendor", *arguments], obj=info)

    return run


@pytest.fixture
def vendor(run: Run, project: Path, npm: Npm) -> Run:
    """Return the same, with the registry in the project's ``.npmrc``, and htmx in that."""
    (project / ".npmrc").write_text(f"registry={npm.url}\n", encoding="utf-8")
    npm.publish("htmx.org", "2.0.10", "2.0.11", "4.0.1")
    return run
