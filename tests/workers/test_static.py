"""Static files of a module while its versions change: always there, and always whole."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import Farm

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

NAMES = [f"{number}.css" for number in range(20)]


def files(version: str) -> dict[str, str]:
    return {f"static/{name}": f"{version} {name} " * 500 for name in NAMES}


@contextmanager
def meanwhile(look: Callable[[], object]) -> Iterator[list[object]]:
    """Look again and again, in two threads, until the end of the block; return what was seen."""
    over, seen = threading.Event(), list[object]()

    def run() -> None:
        while not over.is_set():
            seen.append(look())

    with ThreadPoolExecutor(2) as pool:
        looking = [pool.submit(run) for _ in range(2)]
        try:
            yield seen
        finally:
            over.set()
        for one in looking:
            one.result()


def incomplete(installed: Path) -> list[Path]:
    """Return the folders of versions in which a file is missing, but not what is removed now."""
    found = []
    for folder in installed.glob("news/*"):
        there = {path.name for path in folder.glob("static/*")}
        if there != set(NAMES) and folder.exists():
            found.append(folder)
    return found


def test_static_files_are_never_missing_while_two_workers_change_versions(farm: Farm) -> None:
    versions = ["1.0", "2.0", "3.0"]
    sources = {v: farm.source("news", v, files=files(v)) for v in versions}
    server = farm.serve(2)
    server.done("install", sources["1.0"])
    server.done("enable", "news")
    good = {f"{version} 7.css " * 500 for version in versions}
    installed = farm.folder / "instance" / "hotframe" / "modules"
    with meanwhile(lambda: server.ask("GET", "/news/static/7.css")) as answers:
        with meanwhile(lambda: incomplete(installed)) as folders:
            server.done("upgrade", "news", sources["2.0"])
            server.done("rollback", "news")
            server.done("upgrade", "news", sources["3.0"])
            farm.becomes(lambda: (200, "3.0 7.css " * 500) in answers)
    bad = [answer for answer in answers if answer[0] != 200 or answer[1] not in good]  # type: ignore[index]
    assert bad == []
    assert [one for one in folders if one] == []
    assert len({answer[1] for answer in answers}) >= 2  # type: ignore[index]


PAGE = """
    from quart_hotframe import render_component
    from . import blueprint

    @blueprint.get("/page")
    async def page(): return await render_component("card")
    """


def test_pages_find_the_style_of_their_version_while_two_workers_change_it(farm: Farm) -> None:
    """The first version has none, so that the route comes with the second one."""
    card = {version: {"views.py": PAGE, "components/card/card.html": version} for version in "123"}
    for version in "23":
        card[version]["components/card/style.css"] = f"/* {version} */"
    sources = {v: farm.source("news", f"{v}.0", files=more) for v, more in card.items()}
    server = farm.serve(2)
    server.done("install", sources["1"])
    server.done("enable", "news")

    def look() -> tuple[str, object]:
        status, html = server.ask("GET", "/news/page")
        assert status == 200, html
        address = re.search('href="([^"]*)"', html)
        return html[-1], server.ask("GET", address[1]) if address else None

    with meanwhile(look) as seen:
        for version in "23":
            server.done("upgrade", "news", sources[version])
            farm.becomes(lambda version=version: version in dict(seen))  # type: ignore
    assert {*seen} <= {("1", None), ("2", (200, "/* 2 */")), ("3", (200, "/* 3 */"))}


def test_two_processes_that_take_in_one_version_leave_it_whole(farm: Farm) -> None:
    source = farm.source("news", "1.0", files=files("1.0"))
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: farm.command("install", source), range(2)))
    refused = [one for one in both if "error" in one]
    assert [one["error"] for one in refused] == ["ModuleStateError"]
    assert incomplete(farm.folder / "instance" / "hotframe" / "modules") == []
    assert farm.folders() == farm.named()
    farm.command("enable", "news")
    assert farm.serve().ask("GET", "/news/static/7.css") == (200, "1.0 7.css " * 500)
