from __future__ import annotations

import threading
from pathlib import Path

import pytest

from quart_hotframe.errors import LoadError
from quart_hotframe.errors import LoadTimeout
from quart_hotframe.modules.loading import CONVENTIONAL
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import Site

RECORD = "from . import blueprint\n"
BROKEN_SYNTAX = "x = 1\ny = (\n"

FAULTY = {
    **{
        name: ({f"{name}.py": BROKEN_SYNTAX}, rf"{name}\.py:2: SyntaxError")
        for name in CONVENTIONAL
    },
    "init": (
        {"__init__.py": BROKEN_SYNTAX},
        r"__init__\.py:2: SyntaxError: '\(' was never closed$",
    ),
    "nested": (
        {"views.py": "from .parts.deep import inner\n", "parts/deep/inner.py": BROKEN_SYNTAX},
        r"parts/deep/inner\.py:2: SyntaxError",
    ),
    "null-bytes": ({"views.py": b"x = 1\n\0\n"}, r"views\.py:2: SyntaxError: .*null bytes"),
    "encoding": ({"views.py": b"x = '\xff\xfe'\n"}, r"views\.py.*SyntaxError"),
    "exception": ({"views.py": "\n\nraise RuntimeError('no luck')\n"}, r"views\.py:3: .*no luck"),
    "import": ({"views.py": "import no_such_thing\n"}, r"views\.py:1: ModuleNotFoundError"),
    "half-import": (
        {"views.py": "from .parts import absent\n", "parts.py": "there = 1\n"},
        r"views\.py:1: ImportError",
    ),
    "system-exit": ({"views.py": "raise SystemExit(3)\n"}, r"views\.py:1: SystemExit: 3"),
    "interrupt": ({"views.py": "raise KeyboardInterrupt\n"}, r"views\.py:1: KeyboardInterrupt"),
    "stop": ({"views.py": "raise StopIteration\n"}, r"views\.py:1: StopIteration"),
    "base": (
        {"views.py": "class Bad(BaseException): ...\nraise Bad('deep')\n"},
        r"views\.py:2: Bad: deep",
    ),
    "no-package": (
        {"__init__.py": "", "views.py": "from . import blueprint\n"},
        r"views\.py:1: Imp",
    ),
    "no-blueprint": (
        {"__init__.py": "blueprint = 7\n", "views.py": ""},
        "must be a quart.Blueprint",
    ),
    "misnamed-blueprint": (
        {
            "__init__.py": "from quart import Blueprint\nbp = Blueprint('shop', __name__)\n",
            "views.py": "",
        },
        "the blueprint must have the name 'blueprint', not 'bp'",
    ),
    "sys-path": (
        {"views.py": "import sys\nsys.path.append('/nowhere')\n"},
        "changes sys.path, which would outlive it",
    ),
    "deferred": (
        {
            "views.py": """\
                from . import blueprint

                @blueprint.get("/")
                async def index(): return "half"

                def late(state): raise RuntimeError("in a deferred")

                blueprint.record(late)
                """,
        },
        r"views\.py:6: RuntimeError: in a deferred",
    ),
    "config": (
        {"views.py": RECORD + "blueprint.record(lambda s: s.app.config.update(A=1))\n"},
        r"changes app\.config\['A'\]",
    ),
    "extensions": (
        {"views.py": RECORD + "blueprint.record(lambda s: s.app.extensions.update(a=1))\n"},
        r"changes app\.extensions\['a'\]",
    ),
}


@pytest.mark.parametrize("case", FAULTY)
async def test_code_that_fails_to_load_changes_nothing(site: Site, case: str) -> None:
    files, message = FAULTY[case]
    await site.has("blog", "1.0")
    broken = site.source("blog", "2.0", files=files)
    before = await site.snapshot("/blog/")

    with pytest.raises(LoadError, match=message):
        await site.modules.upgrade("blog", broken)

    await site.is_as(before)
    assert before.answers["/blog/"] == (200, "blog 1.0")
    repaired = site.source("blog", "2.0")
    assert (await site.modules.upgrade("blog", repaired)).version == "2.0"
    assert await site.get("/blog/") == (200, "blog 2.0")


async def test_a_first_enable_that_fails_leaves_the_module_available(site: Site) -> None:
    site.write("blog", files={"views.py": "1/0\n"})
    before = await site.snapshot("/blog/")
    with pytest.raises(LoadError, match=r"views\.py:1: ZeroDivisionError"):
        await site.modules.enable("blog")
    await site.is_as(before)
    await site.modules.refresh()
    assert site.modules["blog"].state == "available"
    site.write("blog")
    assert (await site.modules.enable("blog")).state == "active"


async def test_a_registration_that_fails_half_way_leaves_no_rule_of_it(site: Site) -> None:
    files, _ = FAULTY["deferred"]
    site.write("blog", files=files)
    await site.modules.refresh()
    with pytest.raises(LoadError):
        await site.modules.enable("blog")
    assert (await site.get("/blog/"))[0] == 404
    assert "blog" not in site.app.blueprints
    site.write("blog")
    await site.modules.enable("blog")
    assert await site.get("/blog/") == (200, "blog 1.0")


WAITING = """\
import time
from pathlib import Path
while not Path({path!r}).exists():
    time.sleep(0.005)
"""


@pytest.mark.parametrize("site", [{"HOTFRAME_LOAD_TIMEOUT": 0.15}], indirect=True)
async def test_an_import_without_an_end_is_given_up_and_forgotten(
    site: Site, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    site.write("blog", "1.0")
    await site.modules.enable("blog")
    site.write("blog", "2.0", files={"tasks.py": WAITING.format(path=str(end))})
    before = await site.snapshot("/blog/")
    try:
        with pytest.raises(LoadTimeout, match="HOTFRAME_LOAD_TIMEOUT.*restart this process"):
            await site.modules.reload("blog")
        assert await site.get("/blog/") == (200, "blog 1.0")
        assert loaded_packages() > before.packages  # a thread cannot be stopped
    finally:
        end.touch()
    await becomes(lambda: loaded_packages() == before.packages)
    await becomes(lambda: "hotframe-load-blog" not in [t.name for t in threading.enumerate()])
    site.write("blog", "2.0")
    await site.modules.reload("blog")
    assert await site.get("/blog/") == (200, "blog 2.0")


async def test_what_a_module_prints_and_starts_is_told(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.write("blog", files={"tasks.py": """\
        import threading
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait, args=(5,), name="of-the-blog", daemon=True)
        thread.start()
        """})  # fmt: skip
    await site.modules.enable("blog")
    assert "'blog' started threads that cannot be undone when it goes: of-the-blog" in caplog.text
    thread = next(one for one in threading.enumerate() if one.name == "of-the-blog")
    loaded = site.modules.worker.mounting.mounted["blog"]
    loaded.package.import_("tasks").stop.set()
    thread.join(5)


async def test_the_same_code_loaded_twice_does_not_share_its_private_name(site: Site) -> None:
    site.write("blog")
    await site.modules.enable("blog")
    first = site.modules.worker.mounting.mounted["blog"].package.key
    await site.modules.reload("blog")
    second = site.modules.worker.mounting.mounted["blog"].package.key
    assert second == f"{first}_2"
    await site.modules.drained()
    await site.modules.reload("blog")
    assert site.modules.worker.mounting.mounted["blog"].package.key == first
