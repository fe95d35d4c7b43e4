"""Real workers use what one of them, or a command, has set; also when that one is killed."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.support.servers import Farm
from tests.support.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
databases = pytest.mark.parametrize(
    "farm", ["files", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
VIEWS = """\
import os
from quart_hotframe import current_module, hooks, signals

from . import blueprint

heard = []


@hooks.on(signals.module_configured)
async def configured(app, *, module, old, new):
    heard.append((old["page_size"], new["page_size"]))


@blueprint.get("/")
async def index():
    return f"{current_module.settings['page_size']} {heard}"


@blueprint.get("/pid")
async def pid():
    return f"{os.getpid()} {current_module.settings['page_size']}"
"""


def ready(farm: Farm) -> None:
    manifest = "[settings]\npage_size = 20\n"
    source = farm.source("blog", "1.0", manifest=manifest, files={"views.py": VIEWS})
    farm.command("install", source)
    farm.command("enable", "blog")


def sizes(server: Server, workers: int) -> set[str]:
    """Return the values that all workers of a server use."""
    found: dict[str, str] = {}
    for _ in range(1000):
        pid, _, size = server.ask("GET", "/blog/pid")[1].partition(" ")
        found[pid] = size
        if len(found) == workers:
            return set(found.values())
    raise AssertionError(f"Only {found} answered.")


@databases
def test_all_workers_use_what_one_has_set(farm: Farm) -> None:
    ready(farm)
    server = farm.serve(2)
    assert sizes(server, 2) == {"20"}
    server.done("configure_and_fifty", "blog")
    farm.becomes(lambda: sizes(server, 2) == {"50"})
    wrong = server.operate("configure_and_wrong", "blog")
    assert wrong["error"] == "SettingsError"
    assert sizes(server, 2) == {"50"}


def test_a_worker_that_is_killed_after_it_was_stored_leaves_it_to_the_others(farm: Farm) -> None:
    ready(farm)
    dying, living = farm.serve(), farm.serve()
    farm.pause(dying.process.pid, "journal:finished")
    asking = threading.Thread(target=_ask, args=(dying,))
    asking.start()
    farm.await_pause()
    os.killpg(dying.process.pid, signal.SIGKILL)
    asking.join()
    farm.go_on()
    farm.becomes(lambda: living.ask("GET", "/blog/") == (200, "50 [(20, 50)]"))
    assert farm.serve().ask("GET", "/blog/") == (200, "50 []")


def _ask(server: Server) -> None:
    with pytest.raises((OSError, ValueError, AssertionError)):
        server.done("configure_and_fifty", "blog")
