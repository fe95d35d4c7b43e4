"""The example site in a process of its own, as a person starts it, and who comes to it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from .ports import free_port

ROOT = Path(__file__).parents[2]
BAZAAR = ROOT / "examples" / "bazaar"
LINK = re.compile(r"(?P<address>http://\S+)/operate/enter\?key=(?P<key>\w+)")


@dataclass(frozen=True)
class Bazaar:
    """A running site: where it is, the operator's key, and what its commands need."""

    address: str
    key: str
    environment: Mapping[str, str]
    instance: Path
    process: subprocess.Popen[str]


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """Return variables for processes of the site, which keeps its files in *folder*."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = {**os.environ, "PATH": programs, "BAZAAR_INSTANCE": str(folder / "instance")}
    found["BAZAAR_DATABASE_URL"] = database_url
    if not any(entry.name == "hotframe" for entry in entry_points(group="quart.commands")):
        paths = [str(ROOT), str(_entry_points(folder)), os.environ.get("PYTHONPATH", "")]
        found["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return found


def _entry_points(folder: Path) -> Path:
    """Make the commands of a checkout that is not installed known, as an installation does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    place = folder / "known" / f"quart_hotframe-{project['version']}.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    commands = project["entry-points"]["quart.commands"]
    lines = [f"{name} = {target}" for name, target in commands.items()]
    (place / "entry_points.txt").write_text("\n".join(["[quart.commands]", *lines, ""]))
    (place / "METADATA").write_text(f"Name: quart-hotframe\nVersion: {project['version']}\n")
    return place.parent


@contextmanager
def demo(folder: Path, database_url: str = "") -> Iterator[Bazaar]:
    """Run ``demo.py`` on a free port until the end of the block; it must end well by Ctrl-C.

    :param database_url: empty for SQLite in the folder.
    """
    port = free_port()
    variables = environment(folder, database_url)
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(BAZAAR / "demo.py"), "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=variables,
        )
    try:
        found = _link(process, folder)
        yield Bazaar(found["address"], found["key"], variables, folder / "instance", process)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, (folder / "log.txt").read_text()
    finally:
        process.kill()
        process.communicate()


def _link(process: subprocess.Popen[str], folder: Path) -> re.Match[str]:
    assert process.stdout is not None
    for line in process.stdout:
        if found := LINK.search(line):
            wait_for_answers(found["address"])
            return found
    raise AssertionError(f"The demo did not start:\n{(folder / 'log.txt').read_text()}")


def wait_for_answers(address: str) -> None:
    """Wait until the site answers; its socket may listen before that, or not yet."""
    host, port = address.removeprefix("http://").split(":")
    end = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection((host, int(port)), timeout=20) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: bazaar\r\nConnection: close\r\n\r\n")
                if connection.recv(1):
                    return
        except ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
