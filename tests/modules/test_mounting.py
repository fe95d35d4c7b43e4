from __future__ import annotations

import pytest
from quart.testing.app import LifespanError

from quart_hotframe.errors import ArchiveError
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import DependencyCycle
from quart_hotframe.errors import DependencyError
from quart_hotframe.errors import DependencyMissing
from quart_hotframe.errors import DependentsRemain
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import ManifestError
from quart_hotframe.errors import ModuleError
from quart_hotframe.errors import ModuleNotFound
from quart_hotframe.errors import ModuleStateError
from quart_hotframe.errors import RequirementNotMet
from quart_hotframe.modules.state import Wanted
from tests.support.sites import serving
from tests.support.sites import Site

SHARED = """\
from quart import Blueprint

blueprint = Blueprint({blueprint!r}, __name__, cli_group=None)


@blueprint.get({rule!r})
async def {view}(**values):
    return "mine"


@blueprint.app_template_filter({filter!r})
def filtered(value):
    return value


@blueprint.cli.command({command!r})
def command():
    pass
"""

NAMES = {"blueprint": "news", "rule": "/n", "view": "own", "filter": "nf", "command": "nc"}
FIRST = {"blueprint": "first", "rule": "/f", "view": "own", "filter": "ff", "command": "fc"}
CLASHES = {
    "blueprint": ({"blueprint": "first"}, "", "first"),
    "rule": ({"rule": "/f"}, 'url_prefix = "/first"', "/first/f"),
    "filter": ({"filter": "ff"}, "", "ff"),
    "command": ({"command": "fc"}, "", "fc"),
    "rule of the app": ({"rule": "/own"}, 'url_prefix = "/host"', "/host/own"),
    "command of the app": ({"command": "of-host"}, "", "of-host"),
    "blueprint of the app": ({"blueprint": "of_host"}, "", "of_host"),
}


def prepare_host(site: Site) -> None:
    from quart import Blueprint

    site.app.register_blueprint(Blueprint("of_host", __name__))
    site.app.cli.command("of-host")(lambda: None)
    site.app.add_url_rule("/host/own", "host_own", lambda: "host")


@pytest.mark.parametrize("case", CLASHES)
async def test_a_clash_names_both_owners_and_changes_nothing(site: Site, case: str) -> None:
    changed, manifest, named = CLASHES[case]
    prepare_host(site)
    await site.has("first", files={"__init__.py": SHARED.format(**FIRST), "views.py": ""})
    both = site.source(
        "news",
        manifest=manifest,
        files={"__init__.py": SHARED.format(**{**NAMES, **changed}), "views.py": ""},
    )
    await site.modules.install(both)
    before = await site.snapshot("/first/f", "/host/own")

    with pytest.raises(ClashError) as caught:
        await site.modules.enable("news")

    owner = "app" if "app" in case else "first"
    assert named in str(caught.value) and owner in str(caught.value) and "news" in str(caught.value)
    await site.is_as(before)
    repaired = {"__init__.py": SHARED.format(**NAMES), "views.py": ""}
    await site.modules.upgrade("news", site.source("news", "1.1", files=repaired))
    await site.modules.enable("news")
    assert await site.get("/news/n") == (200, "mine")


async def test_two_rules_of_one_module_that_are_alike_clash_with_a_rule_in_the_other_spelling(
    site: Site,
) -> None:
    rule = {"__init__.py": SHARED.format(**{**NAMES, "rule": "/<int:number>"}), "views.py": ""}
    await site.has("news", files=rule)
    other = {**NAMES, "blueprint": "other", "rule": "/<int:other>", "filter": "o", "command": "o"}
    files = {"__init__.py": SHARED.format(**other), "views.py": ""}
    await site.modules.install(site.source("other", files=files, manifest='url_prefix = "/news"'))
    before = await site.snapshot("/news/7")
    with pytest.raises(ClashError):
        await site.modules.enable("other")
    await site.is_as(before)


UNFIT = {
    "missing": ('requires = ["absent>=1"]', DependencyMissing, "absent"),
    "out of range": ('requires = ["base>=2"]', DependencyMissing, "base.*1.0"),
    "python": ('requires-python = ">=9"', RequirementNotMet, "Python"),
    "quart": ('requires-quart = ">=99"', RequirementNotMet, "(?i)quart"),
    "hotframe": ('requires-hotframe = ">=99"', RequirementNotMet, "(?i)hotframe"),
    "package": ('packages = ["no-such-package>=1"]', RequirementNotMet, "no-such-package"),
}


@pytest.mark.parametrize("case", UNFIT)
async def test_a_module_that_does_not_fit_is_refused_by_name(site: Site, case: str) -> None:
    manifest, error, message = UNFIT[case]
    await site.has("base")
    await site.modules.install(site.source("news", manifest=manifest))
    before = await site.snapshot("/base/", "/news/")
    with pytest.raises(error, match=message):
        await site.modules.enable("news")
    await site.is_as(before)
    await site.modules.upgrade("news", site.source("news", "1.1", manifest='requires = ["base"]'))
    await site.modules.enable("news")
    assert await site.get("/news/") == (200, "news 1.1")


async def test_a_circle_is_refused_with_its_names(site: Site) -> None:
    await site.has("base", "1.0")
    await site.has("news", manifest='requires = ["base"]')
    before = await site.snapshot("/base/", "/news/")
    circle = site.source("base", "1.1", manifest='requires = ["news"]')
    with pytest.raises(DependencyCycle, match=r"base.*news"):
        await site.modules.upgrade("base", circle)
    await site.is_as(before)
    await site.modules.upgrade("base", site.source("base", "1.1"))
    assert await site.get("/base/") == (200, "base 1.1")


async def test_an_upgrade_that_a_dependent_does_not_accept_is_refused(site: Site) -> None:
    await site.has("base", "1.0")
    await site.has("news", manifest='requires = ["base<2"]')
    before = await site.snapshot("/base/", "/news/")
    with pytest.raises(DependencyError, match=r"news.*base<2.*2\.0"):
        await site.modules.upgrade("base", site.source("base", "2.0"))
    await site.is_as(before)


async def test_what_others_need_goes_only_with_them_and_comes_back_with_them(site: Site) -> None:
    site.write("base")
    site.write("news", manifest='requires = ["base"]')
    await site.modules.enable("news")
    before = await site.snapshot("/base/", "/news/")
    with pytest.raises(DependentsRemain, match="needed by news"):
        await site.modules.disable("base")
    with pytest.raises(DependentsRemain, match="needed by news"):
        await site.modules.uninstall("base")
    await site.is_as(before)
    plan = await site.modules.plan("disable", "base", cascade=True)
    assert [s.module for s in plan.steps if s.action == "drain"] == ["news", "base"]
    await site.modules.disable("base", cascade=True)
    assert [(m.name, m.state) for m in site.modules] == [("base", "disabled"), ("news", "disabled")]
    await site.modules.enable("news")
    assert (await site.get("/base/"))[0] == (await site.get("/news/"))[0] == 200


CLOSING = """\
from quart import current_app
from . import blueprint

@blueprint.after_app_serving
async def after(): current_app.extensions["closed"].append(__name__)
"""


async def test_what_loaded_before_another_failed_is_closed_and_let_go(site: Site) -> None:
    closed: list[str] = []
    site.app.extensions["closed"] = closed
    site.write("base", files={"tasks.py": CLOSING})
    site.write("user", manifest='requires = ["base"]', files={"views.py": "1/0\n"})
    before = await site.snapshot("/base/", "/user/")
    with pytest.raises(LoadError, match="ZeroDivisionError"):
        await site.modules.enable("user")
    await site.is_as(before)
    assert [name.rpartition(".")[2] for name in closed] == ["tasks"]


WRONG_MANIFESTS = {
    "name of the standard library": ('name = "json"', "json.*standard library"),
    "keyword": ('name = "class"', "class.*word of the Python language"),
    "spelling": ('name = "My-News"', "my_news"),
    "needs itself": ('requires = ["news"]', "cannot need itself"),
    "key": ('requiers = ["base"]', "Did you mean 'requires'"),
    "version": ('version = "one"', "not a version"),
    "toml": ("= =", r"module\.toml"),
}


@pytest.mark.parametrize("case", WRONG_MANIFESTS)
async def test_a_wrong_manifest_is_refused_with_file_and_key(site: Site, case: str) -> None:
    manifest, message = WRONG_MANIFESTS[case]
    await site.has("news", "1.0")
    before = await site.snapshot("/news/")
    with pytest.raises((ManifestError, ArchiveError), match=message) as caught:
        await site.modules.upgrade("news", site.source("news", "2.0", manifest=manifest))
    assert "module.toml" in str(caught.value)
    await site.is_as(before)


async def test_an_archive_of_another_module_is_no_upgrade(site: Site) -> None:
    await site.has("news", "1.0")
    before = await site.snapshot("/news/")
    with pytest.raises(ModuleError, match="other"):
        await site.modules.upgrade("news", site.source("other", "2.0"))
    await site.is_as(before)


IMPOSSIBLE = {
    "enable twice": (("enable", "news"), ModuleStateError),
    "install twice": (("install",), ModuleStateError),
    "same version": (("upgrade", "news"), ModuleStateError),
    "disable disabled": (("disable", "idle"), ModuleStateError),
    "reload disabled": (("reload", "idle"), ModuleStateError),
    "no way back": (("rollback", "news"), ModuleStateError),
    "unknown": (("enable", "newss"), ModuleNotFound),
    "unknown to disable": (("disable", "nobody"), ModuleNotFound),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
async def test_what_is_not_possible_now_is_refused_and_changes_nothing(
    site: Site, case: str
) -> None:
    (operation, *names), error = IMPOSSIBLE[case]
    await site.has("news", "1.0")
    await site.modules.install(site.source("idle"))
    sources = [site.source("news", "1.0")] if operation in ("install", "upgrade") else []
    before = await site.snapshot("/news/", "/idle/")
    with pytest.raises(error):
        await getattr(site.modules, operation)(*names, *sources)
    await site.is_as(before)


async def test_a_downgrade_is_made_only_when_it_is_meant(site: Site) -> None:
    await site.has("news", "2.0")
    before = await site.snapshot("/news/")
    older = site.source("news", "1.0")
    with pytest.raises(ModuleStateError, match="allow_downgrade=True"):
        await site.modules.upgrade("news", older)
    await site.is_as(before)
    await site.modules.upgrade("news", older, allow_downgrade=True)
    assert await site.get("/news/") == (200, "news 1.0")


async def test_a_protected_module_is_not_removed_by_accident(site: Site) -> None:
    await site.has("news", manifest="protected = true")
    before = await site.snapshot("/news/")
    with pytest.raises(ModuleStateError, match="is protected: pass force=True"):
        await site.modules.uninstall("news")
    await site.is_as(before)
    await site.modules.uninstall("news", force=True)
    assert (await site.get("/news/"))[0] == 404


async def test_rollback_runs_the_old_code_from_its_own_folder(site: Site) -> None:
    await site.has("news", "1.0")
    old = site.modules.worker.mounting.mounted["news"].package.folder
    await site.modules.upgrade("news", site.source("news", "2.0"))
    await site.modules.rollback("news")
    assert site.modules.worker.mounting.mounted["news"].package.folder == old
    assert await site.get("/news/") == (200, "news 1.0")
    assert site.modules["news"].previous_version == "2.0"


async def test_a_broken_module_at_start_leaves_the_app_and_the_others_serving(site: Site) -> None:
    for name, manifest in (("base", ""), ("news", 'requires = ["base"]'), ("other", "")):
        site.write(name, manifest=manifest)
        await site.modules.enable(name)
    site.write("base", files={"views.py": "\n1 / 0\n"})
    again = Site(site.folder, {})
    async with serving(again):
        states = {m.name: m.state for m in again.modules}
        assert states == {"base": "failed", "news": "failed", "other": "active"}
        assert again.modules["base"].error.endswith(
            "views.py:2: ZeroDivisionError: division by zero"
        )
        assert "requires base, but it failed" in again.modules["news"].error
        assert await again.get("/other/") == (200, "other 1.0")
        assert (await again.get("/base/"))[0] == (await again.get("/news/"))[0] == 404
        await again.modules.reload("other")  # what is broken already keeps nobody from changing
        again.write("base")
        await again.modules.reload("base")
        assert {m.state for m in again.modules} == {"active"}
        assert await again.get("/news/") == (200, "news 1.0")


async def test_a_module_whose_folder_is_gone_is_failed_and_can_be_removed(site: Site) -> None:
    import shutil

    site.write("base")
    await site.modules.enable("base")
    shutil.rmtree(site.project / "base")
    async with serving(Site(site.folder, {})) as again:
        assert again.modules["base"].state == "failed"
        assert "is gone" in again.modules["base"].error
        await again.modules.uninstall("base")
        assert len(again.modules) == 0


async def test_safe_mode_serves_without_modules_and_lets_one_take_them_out(site: Site) -> None:
    await site.has("bad")
    safe = Site(site.folder, {"HOTFRAME_SAFE_MODE": True})
    async with serving(safe):
        assert (await safe.get("/bad/"))[0] == 404
        assert safe.modules["bad"].state == "disabled"


async def test_the_modules_of_the_first_start_are_served_with_what_they_need(
    site: Site,
) -> None:
    folder = site.folder / "second"
    first = Site(folder, {"HOTFRAME_MODULES": "news"})
    first.write("base")
    first.write("news", manifest='requires = ["base"]')
    async with serving(first):
        assert [(m.name, m.state) for m in first.modules] == [
            ("base", "active"),
            ("news", "active"),
        ]
        await first.modules.disable("news")
    async with serving(Site(folder, {"HOTFRAME_MODULES": "news"})) as later:
        assert later.modules["news"].state == "disabled"  # the store decides from then on


async def test_an_unknown_module_of_the_first_start_fails_the_start_with_the_nearest_name(
    site: Site,
) -> None:
    first = Site(site.folder / "second", {"HOTFRAME_MODULES": "new"})
    first.write("news")
    with pytest.raises(LifespanError, match="Did you mean 'news'"):
        async with serving(first):
            pass


KEEPER = """\
from pathlib import Path
from quart import Blueprint

blueprint = Blueprint("keeper", __name__)
notes = Path({notes!r})


@blueprint.while_app_serving
async def serve():
    notes.write_text("began")
    yield
    notes.write_text("ended")
"""


async def test_a_command_that_serves_nobody_runs_nothing_around_serving(site: Site) -> None:
    notes = site.folder / "notes"
    site.write("keeper", files={"__init__.py": KEEPER.format(notes=str(notes)), "views.py": ""})
    assert site.modules.worker is not None
    mounting = site.modules.worker.mounting
    target = {"keeper": Wanted("keeper", "1.0", "project", enabled=True)}
    prepared = await mounting.prepare(target, serve=False)
    assert list(prepared.loaded) == ["keeper"]
    await mounting.discard(prepared)
    assert not notes.exists()
    await mounting.discard(await mounting.prepare(target))
    assert notes.read_text() == "ended"
