"""What a module changes in the process outside of itself is refused, named and put back."""

from __future__ import annotations

import asyncio
import builtins
import json
import pickle
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
import quart

from quart_hotframe.errors import LoadError
from tests.support.sites import Site

PATCHES: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "function": (
        "import pickle\npickle.dumps = lambda value: ''\n",
        "pickle.dumps",
        lambda: pickle.dumps,
    ),
    "partial": (
        "import json\nfrom functools import partial\njson.loads = partial(json.loads, strict=0)\n",
        "json.loads",
        lambda: json.loads,
    ),
    "builtin": (
        "import builtins\nbuiltins.open = lambda *args: None\n",
        "builtins.open",
        lambda: builtins.open,
    ),
    "coroutine": (
        "import asyncio\nasync def sleep(delay): ...\nasyncio.sleep = sleep\n",
        "asyncio.sleep",
        lambda: asyncio.sleep,
    ),
    "mock": (
        "from unittest.mock import patch\npatch('os.path.exists').start()\n",
        "os.path.exists",
        lambda: __import__("os").path.exists,
    ),
    "gone": ("import threading\ndel threading.Lock\n", "threading.Lock", lambda: threading.Lock),
    "quart": (
        "import quart\nquart.render_template = print\n",
        "quart.render_template",
        lambda: quart.render_template,
    ),
    "late": (
        "import json\nfrom . import blueprint\n"
        "blueprint.record(lambda state: setattr(json, 'dump', print))\n",
        "json.dump",
        lambda: json.dump,
    ),
}


@pytest.mark.parametrize("case", PATCHES)
async def test_a_module_that_patches_what_all_code_shares_is_refused(site: Site, case: str) -> None:
    code, name, found = PATCHES[case]
    await site.has("blog", "1.0")
    before, original = await site.snapshot("/blog/"), found()
    broken = site.source("blog", "2.0", files={"views.py": code})
    with pytest.raises(LoadError, match=f"'blog' replaces {name}, which all code shares"):
        await site.modules.upgrade("blog", broken)
    assert found() is original
    await site.is_as(before)


async def test_what_was_patched_is_put_back_when_the_import_fails_otherwise(site: Site) -> None:
    original = pickle.dumps
    site.write("blog", files={"views.py": "import pickle\npickle.dumps = print\n1/0\n"})
    with pytest.raises(LoadError, match=r"views\.py:3: ZeroDivisionError"):
        await site.modules.enable("blog")
    assert pickle.dumps is original


async def test_a_module_that_only_reads_and_adds_its_own_names_is_loaded(site: Site) -> None:
    code = "import json\nfrom json import dumps\ndumps({})\nfrom . import blueprint\nopen = print\n"
    site.write("blog", files={"tasks.py": code})
    assert (await site.modules.enable("blog")).state == "active"


async def test_a_signal_handler_cannot_be_installed_while_a_module_is_imported(site: Site) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    code = "import signal\nsignal.signal(signal.SIGUSR1, print)\n"
    site.write("blog", files={"tasks.py": code})
    with pytest.raises(LoadError, match=r"tasks\.py:2: ValueError: signal only works in main"):
        await site.modules.enable("blog")
    assert signal.getsignal(signal.SIGUSR1) is before


HANDLERS = {
    "signal": "signal.signal(signal.SIGUSR1, print)",
    "loop": "asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)",
}


@pytest.mark.parametrize("how", HANDLERS)
async def test_a_signal_handler_that_a_module_installs_before_serving_is_refused(
    site: Site, how: str
) -> None:
    before, closed = signal.getsignal(signal.SIGUSR1), list[str]()
    site.app.extensions["closed"] = closed
    code = f"""\
        import asyncio, signal
        from quart import current_app
        from . import blueprint

        @blueprint.before_app_serving
        async def install(): {HANDLERS[how]}

        @blueprint.after_app_serving
        async def close(): current_app.extensions["closed"].append("blog")
        """
    site.write("blog", files={"tasks.py": code})
    with pytest.raises(LoadError, match="'blog' installs a handler for SIGUSR1"):
        await site.modules.enable("blog")
    assert signal.getsignal(signal.SIGUSR1) is before
    assert not asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)
    assert closed == ["blog"]
