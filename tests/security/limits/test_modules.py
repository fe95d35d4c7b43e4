"""Limits of modules: they come and go with it, and the next version goes on counting."""

from __future__ import annotations

import pytest
from quart import Blueprint

from quart_hotframe.errors import LoadError
from quart_hotframe.errors import ManifestError
from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.security import limit
from tests.support.sites import Site
from tests.support.sites import site as site

VIEWS = """
from quart import request
from quart_hotframe.security import limit
from . import blueprint

@blueprint.before_request
async def count():
    count.ran = getattr(count, "ran", 0) + 1

@blueprint.get("/")
async def index():
    return f"{version} {{count.ran}}"

@blueprint.get("/login")
@limit("{rate}")
async def login():
    return f"{version} {{count.ran}}"
"""

FAILS_ONCE = """
from pathlib import Path
seen = Path({seen!r})
if not seen.exists():
    seen.touch()
    raise RuntimeError("not yet")
"""


def views(version: str, rate: str = "2/minute") -> dict[str, str]:
    return {"views.py": VIEWS.format(version=version, rate=rate)}


async def asked(site: Site, path: str, times: int = 3) -> list[int]:
    return [(await site.get(path))[0] for _ in range(times)]


async def test_a_view_of_a_module_is_limited(site: Site) -> None:
    await site.has("shop", files=views("1"))
    assert await asked(site, "/shop/login") == [200, 200, 429]
    assert await asked(site, "/shop/") == [200, 200, 200]


async def test_the_modules_own_functions_do_not_run_for_who_is_refused(site: Site) -> None:
    await site.has("shop", files=views("1", "1/minute"))
    assert await site.get("/shop/login") == (200, "1 1")
    assert await asked(site, "/shop/login", 5) == [429] * 5
    assert await site.get("/shop/") == (200, "1 2")


async def test_the_manifest_limits_all_views_of_a_module_together(site: Site) -> None:
    await site.has("shop", manifest='limits = ["3/minute by address"]', files=views("1"))
    found = [*await asked(site, "/shop/", 2), *await asked(site, "/shop/login", 2)]
    assert found == [200, 200, 200, 429]


async def test_another_version_goes_on_counting(site: Site) -> None:
    await site.has("shop", "1.0", files=views("1"))
    assert await asked(site, "/shop/login", 1) == [200]
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=views("2", "3/minute")))
    assert (await site.get("/shop/"))[1].startswith("2 ")
    assert await asked(site, "/shop/login") == [200, 200, 429]


async def test_limits_go_with_their_module(site: Site) -> None:
    await site.has("shop", files=views("1"))
    assert "shop.login" in site.hotframe.runtime.current.kinds["limits"]
    await site.modules.disable("shop")
    assert not site.hotframe.runtime.current.kinds["limits"]
    assert "shop" not in site.app.before_request_funcs


async def test_a_view_that_is_still_held_does_not_keep_the_same_code_from_coming_back(
    site: Site,
) -> None:
    await site.has("shop", files=views("1"))
    held = site.app.view_functions["shop.login"]
    await site.modules.disable("shop")
    await site.modules.enable("shop")
    assert site.app.view_functions["shop.login"] is not held
    assert await asked(site, "/shop/login") == [200, 200, 429]


async def test_code_that_failed_and_is_still_held_does_not_either(site: Site) -> None:
    fails_once = FAILS_ONCE.format(seen=str(site.folder / "seen"))
    source = site.source("shop", files=views("1") | {"lifecycle.py": fails_once})
    await site.modules.install(source)
    with pytest.raises(LoadError, match="not yet") as failed:
        await site.modules.enable("shop")
    await site.modules.enable("shop")
    assert await asked(site, "/shop/login") == [200, 200, 429]
    assert failed.tb is not None


async def test_a_module_without_limits_runs_nothing_of_them(site: Site) -> None:
    await site.has("shop")
    assert (await site.get("/shop/"))[0] == 200
    names = {one.__name__ for one in site.app.before_request_funcs.get("shop", ())}
    assert "limit_request" not in names
    assert not site.app.before_request_funcs.get(None)


async def test_a_mounted_blueprint_is_limited(site: Site) -> None:
    blueprint = Blueprint("bare", __name__)

    @blueprint.get("/bare")
    async def bare() -> str:
        return "bare"

    await site.hotframe.mount(limit("1/minute")(blueprint))
    assert await asked(site, "/bare", 2) == [200, 429]
    await site.hotframe.unmount("bare")


async def test_a_wrong_rate_fails_the_load_with_its_line(site: Site) -> None:
    with pytest.raises(LoadError, match=r"views.py:15: .*Did you mean 'minute'"):
        await site.has("shop", files=views("1", "5/minut"))


HIDDEN = """
from functools import wraps
from quart_hotframe.security import limit
from . import blueprint

def hides(view):
    {wraps}
    async def other():
        return await view()
    return other

@blueprint.get("/")
@hides
@limit("1/minute")
async def index():
    return ""
"""


async def test_a_limit_that_a_decorator_hides_is_refused(site: Site) -> None:
    with pytest.raises(LoadError, match=r"index at .* no view has that limit"):
        await site.has("shop", files={"views.py": HIDDEN.format(wraps="")})
    assert (await site.get("/shop/"))[0] == 404


async def test_a_limit_under_a_decorator_that_wraps_holds(site: Site) -> None:
    await site.has("shop", files={"views.py": HIDDEN.format(wraps="@wraps(view)")})
    assert await asked(site, "/shop/", 2) == [200, 429]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ('["5/minut"]', "line 3, key 'limits': '5/minut': .* Did you mean 'minute'"),
        ('["5/minute by adress"]', "Did you mean 'address'"),
        ('["5/minute by function"]', "Known are: address, user"),
        ("[5]", "item 1 must be a text"),
        ('"5/minute"', "must be a list"),
    ],
)
def test_a_wrong_limit_in_the_manifest_is_told(limits: str, told: str) -> None:
    text = f'name = "shop"\nversion = "1.0"\nlimits = {limits}\n'
    with pytest.raises(ManifestError, match=told):
        Manifest.parse(text, "module.toml")
