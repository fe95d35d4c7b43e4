from __future__ import annotations

import asyncio
import gc
import importlib
import linecache
import logging
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import LoadError
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import Site

PARTS = {
    "views.py": """\
        from quart import render_template
        from . import blueprint
        from .parts.deep.inner import VALUE
        from .plain import Plain, function

        @blueprint.get("/")
        async def index():
            return f"{VALUE} {Plain.value} {function()}"

        @blueprint.get("/page")
        async def page():
            return await render_template("blog/page.html")
        """,
    "plain.py": "class Plain:\n    value = 1\n\ndef function(): return 1\n",
    "parts/__init__.py": "",
    "parts/deep/__init__.py": "",
    "parts/deep/inner.py": "VALUE = 1\n",
    "templates/blog/base.html": "1 {% block body %}{% endblock %}",
    "templates/blog/page.html": "{% extends 'blog/base.html' %}{% block body %}1{% endblock %}",
    "static/style.css": "1",
}
BARE = "from quart import Blueprint\nblueprint = Blueprint('blog', __name__)\n"
CHANGES = {
    "submodule": ("plain.py", PARTS["plain.py"].replace("1", "2"), "/blog/", "1 2 2"),
    "deep": ("parts/deep/inner.py", "VALUE = 2\n", "/blog/", "2 1 1"),
    "template": ("templates/blog/page.html", "two", "/blog/page", "two"),
    "parent": ("templates/blog/base.html", "2 {% block body %}{% endblock %}", "/blog/page", "2 1"),
    "static": ("static/style.css", "2", "/blog/static/style.css", "2"),
    "package": ("__init__.py", BARE,
                "/blog/static/style.css", None),
}  # fmt: skip


def package_of(site: Site, name: str = "blog") -> Any:
    return site.modules.worker.mounting.mounted[name].package


def dead(*references: weakref.ref[Any]) -> bool:
    gc.collect()
    return not any(reference() for reference in references)


@pytest.mark.parametrize("way", ["reload", "upgrade"])
@pytest.mark.parametrize("case", CHANGES)
async def test_a_changed_file_is_served_anew_and_no_old_object_lives(
    site: Site, case: str, way: str
) -> None:
    path, text, url, expected = CHANGES[case]
    site.write("blog", files=PARTS)
    if way == "upgrade":
        await site.has("shop")  # another module stays as it is
        stays = package_of(site, "shop").key
    await site.modules.enable("blog")
    before = await site.get(url)
    package = package_of(site)
    plain = package.import_("plain")
    old = [weakref.ref(one) for one in (package.import_(), plain, plain.Plain, plain.function)]
    del plain, package
    write_file(site.project / "blog" / path, text)
    assert await site.get(url) == before or case == "static"  # nothing changes by itself
    if way == "upgrade":
        write_manifest_version(site.project / "blog", "2.0")
        await site.modules.upgrade("blog")
        assert site.modules["blog"].version == "2.0"
        assert package_of(site, "shop").key == stays
    else:
        await site.modules.reload("blog")
    status, answer = await site.get(url)
    assert answer == expected if expected else status == 404
    await site.modules.drained()
    await becomes(lambda: dead(*old))


def write_manifest_version(folder: Path, version: str) -> None:
    manifest = folder / "module.toml"
    manifest.write_text(manifest.read_text().replace('"1.0"', f'"{version}"'))


HOLDING = """\
from . import blueprint

entered, release = [], []

@blueprint.get("/slow")
async def slow():
    import asyncio
    entered.append(1)
    while not release:
        await asyncio.sleep(0.005)
    from .late import VERSION
    from modules.blog.late import VERSION as own
    import modules.blog.late
    return f"{VERSION} {own} {modules.blog.late.VERSION}"
"""


async def test_a_late_import_in_an_old_request_gets_the_old_version(site: Site) -> None:
    files = {"views.py": HOLDING, "late.py": "VERSION = 1\n"}
    site.write("blog", files=files)
    await site.modules.enable("blog")
    views = package_of(site).import_("views")
    slow = asyncio.create_task(site.get("/blog/slow"))
    await becomes(lambda: views.entered)
    site.write("blog", "2.0", files={**files, "late.py": "VERSION = 2\n"})
    await site.modules.reload("blog")
    views.release.append(1)
    assert await slow == (200, "1 1 1")
    package_of(site).import_("views").release.append(1)
    assert await site.get("/blog/slow") == (200, "2 2 2")


BASE = {"models.py": "class Thing:\n    value = {value}\n", "parts/deep.py": "WORD = {value!r}\n"}
USER = """\
import modules.base.parts.deep
from modules import base
from modules.base import models
from modules.base.models import Thing
from modules.user.own import OWN
from . import blueprint
from .own import OWN as relative

@blueprint.get("/")
async def index():
    word = modules.base.parts.deep.WORD
    return f"{Thing.value} {models.Thing.value} {base.models.Thing.value} {word} {OWN} {relative}"
"""


def base(value: int) -> dict[str, str]:
    return {path: text.format(value=value) for path, text in BASE.items()}


async def test_all_ways_to_import_another_module_lead_to_the_same_version(site: Site) -> None:
    site.write("base", files=base(1))
    site.write(
        "user", manifest='requires = ["base"]', files={"views.py": USER, "own.py": "OWN = 'o'\n"}
    )
    await site.modules.enable("user")
    assert await site.get("/user/") == (200, "1 1 1 1 o o")
    thing = weakref.ref(package_of(site, "base").import_("models").Thing)
    module = weakref.ref(package_of(site, "user").import_("views"))
    site.write("base", "2.0", files=base(2))
    plan = await site.modules.plan("reload", "base")
    assert "load user anew, because it uses what changes" in str(plan)
    await site.modules.reload("base")
    assert await site.get("/user/") == (200, "2 2 2 2 o o")
    await site.modules.drained()
    await becomes(lambda: dead(thing, module))


@pytest.mark.parametrize(
    "statement",
    ["from modules.base import models", "import modules.base", "from modules import base"],
)
async def test_an_undeclared_import_is_refused_with_what_to_write(
    site: Site, statement: str
) -> None:
    await site.has("base", files=base(1))
    await site.modules.install(site.source("user", files={"tasks.py": f"\n{statement}\n"}))
    with pytest.raises(LoadError, match="'user' imports modules.base, which its module.toml does "
                       r"not require: add it to requires = \[...\]"):  # fmt: skip
        await site.modules.enable("user")


OPTIONAL = """\
from . import blueprint
try:
    from modules.base.models import Thing
except ImportError:
    Thing = None

@blueprint.get("/")
async def index():
    return str(Thing and Thing.value)
"""


async def test_an_optional_module_is_seen_as_soon_as_it_comes_and_until_it_goes(site: Site) -> None:
    site.write("base", files=base(1))
    site.write("user", manifest='optional = ["base"]', files={"views.py": OPTIONAL})
    await site.modules.enable("user")
    assert await site.get("/user/") == (200, "None")
    await site.modules.enable("base")
    assert await site.get("/user/") == (200, "1")
    await site.modules.disable("base")
    assert await site.get("/user/") == (200, "None")


async def test_a_plain_import_of_the_host_is_refused_with_what_to_write(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("blog")
    monkeypatch.syspath_prepend(str(site.project.parent))
    with pytest.raises(LoadError, match=r'current_hotframe.modules\["shop"\], hooks or outlets'):
        importlib.import_module("modules.blog")
    assert "modules" not in sys.modules


async def test_importlib_in_a_module_follows_relative_names_only_to_itself(site: Site) -> None:
    files = {
        "own.py": "OWN = 7\n",
        "views.py": """\
            import importlib
            from . import blueprint
            OWN = importlib.import_module(".own", __package__).OWN

            @blueprint.get("/")
            async def index(): return str(OWN)
            """,
    }
    await site.has("blog", files=files)
    assert await site.get("/blog/") == (200, "7")


async def test_forgetting_leaves_nothing_in_the_caches_of_the_interpreter(site: Site) -> None:
    files = {"tasks.py": "import logging\nlog = logging.getLogger(__name__)\n"}
    site.write("blog", files=files)
    await site.modules.enable("blog")
    name, folder = package_of(site).name, str(site.project)
    linecache.getlines(f"{folder}/blog/views.py")
    await site.modules.disable("blog")
    await site.modules.drained()
    assert loaded_packages() == frozenset()
    assert not [one for one in logging.Logger.manager.loggerDict if one.startswith(name)]
    assert not [one for one in linecache.cache if one.startswith(folder)]
    assert not [one for one in sys.path_importer_cache if one.startswith(folder)]
    assert not hasattr(sys.modules["hotframe_modules"], name.rpartition(".")[2])


async def test_forgetting_leaves_the_loggers_of_a_neighbour_alone(site: Site) -> None:
    files = {"tasks.py": "import logging\nlog = logging.getLogger(__name__)\n"}
    site.write("blog", files=files)
    await site.modules.enable("blog")
    await site.modules.reload("blog")
    await site.modules.drained()
    neighbour = f"{package_of(site).name}.tasks"
    assert "_2" in neighbour  # the name of the first load was its beginning
    assert neighbour in logging.Logger.manager.loggerDict


async def test_a_traceback_names_the_file_and_line_of_the_module(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.write("blog", files={"views.py": """\
        from . import blueprint

        @blueprint.get("/")
        async def index():
            raise RuntimeError("no luck")
        """})  # fmt: skip
    await site.modules.enable("blog")
    assert (await site.get("/blog/"))[0] == 500
    assert f'{site.project}/blog/views.py", line 5, in index' in caplog.text
