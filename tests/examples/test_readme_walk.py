"""The walk of the README: its very commands, against a real server with visitors on it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.bazaar import Bazaar
from tests.support.bazaar import demo
from tests.support.bazaar import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
VERSIONS = re.compile(r'data-reviews="([^"]+)"')


@dataclass(frozen=True)
class Step:
    """A command of the walk, by how it begins, and what one sees after it.

    :param version: of the reviews on the page of a product; ``None`` when it has none.
    :param says: what the command must print.
    """

    command: str
    version: str | None
    says: str = ""
    code: int = 0


STEPS = (
    Step("list", None, "newsletter"),
    Step("install", None, "reviews"),
    Step("enable", "1.0"),
    Step("plan upgrade", "1.0", "2.0"),
    Step("upgrade", "2.0"),
    Step("upgrade", "2.0", "rating.py:7: ZeroDivisionError", code=1),
    Step("rollback", "1.0"),
    Step("upgrade", "2.2"),
    Step("show", "1.0", "errors during its trial"),
    Step("uninstall", None),
)


def commands_of_the_walk() -> list[str]:
    walk = README.partition("## The walk")[2].partition("\n## ")[0]
    lines = [line for block in BLOCK.findall(walk) for line in block.splitlines()]
    return [line for line in lines if not line.startswith("export ")]


def words_after_modules(command: str) -> str:
    return command.partition(" hotframe modules ")[2]


def run(command: str, site: Bazaar) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=dict(site.environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def visitors(command: str, site: Bazaar, folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = shlex.split(command.replace("http://127.0.0.1:5000", site.address))
    with (folder / "visitors.txt").open("w") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, env=dict(site.environment), stdout=output, stderr=output, text=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def version_on_the_page(client: httpx.Client) -> str | None:
    answer = client.get("/shop/sand-glaze-teapot")
    assert answer.status_code == 200
    found = set(VERSIONS.findall(answer.text))
    assert len(found) <= 1
    return found.pop() if found else None


def open_until_it_goes_back(client: httpx.Client) -> list[int]:
    """Open the failing page until the version before answers; return the answers before."""
    seen = []
    end = time.monotonic() + 20
    while (answer := client.get("/reviews/")).status_code != 200:
        assert "Reviews cannot answer" in answer.text
        seen.append(answer.status_code)
        assert time.monotonic() < end, "The faulty version did not go back."
    return seen


@pytest.mark.server
@pytest.mark.by_turns
@pytest.mark.xdist_group("bazaar")
def test_the_commands_of_the_walk_do_what_the_readme_says(tmp_path: Path) -> None:
    commands = commands_of_the_walk()
    sending = [command for command in commands if "visitors.py" in command]
    commands = [command for command in commands if "visitors.py" not in command]
    assert len(sending) == 1
    with (
        demo(tmp_path) as site,
        httpx.Client(base_url=site.address, timeout=30) as client,
        visitors(sending[0], site, tmp_path) as crowd,
    ):
        assert "Reviews" not in client.get("/").text
        for command, step in zip(commands, STEPS, strict=True):
            assert words_after_modules(command).startswith(step.command)
            if step.command == "show":
                assert set(open_until_it_goes_back(client)) == {500}
            done = run(command, site)
            told = done.stdout + done.stderr
            assert done.returncode == step.code, f"{command}\n{told}"
            assert step.says in told, command
            assert version_on_the_page(client) == step.version, f"{command}\n{told}"
        crowd.send_signal(signal.SIGINT)
        assert crowd.wait(20) == 0, (tmp_path / "visitors.txt").read_text()
    last = (tmp_path / "visitors.txt").read_text().splitlines()[-1]
    assert ", 0 lost" in last
    assert all(f"with {version}" in last for version in ("1.0", "2.0", "2.2", "none"))


def test_the_readme_has_the_commands_that_start_and_test() -> None:
    start = "python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox run"
    assert f"\n{start} -e demo\n" in README
    assert f"\n{start}\n" in README


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
