from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import DependencyMissing
from quart_hotframe.errors import DependentsRemain
from quart_hotframe.errors import HotFrameError
from quart_hotframe.errors import ModuleNotFound
from quart_hotframe.errors import ModuleStateError
from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.modules.plan import Plan
from quart_hotframe.modules.plan import Planner
from quart_hotframe.modules.state import Provisional
from quart_hotframe.modules.state import Wanted
from tests.support.modules import write_module

TRIAL = Provisional("1-a", 1.0)


class World:
    """Modules as the store and the folders have them, for a planner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: dict[str, Wanted] = {}
        self.manifests: dict[str, Manifest] = {}
        self.own: dict[str, Manifest] = {}

    def manifest(self, name: str, version: str = "1.0", more: str = "") -> Manifest:
        return Manifest.read(write_module(self.folder / version, name, version, manifest=more))

    def has(self, name: str, more: str = "", **fields: Any) -> Wanted:
        wanted = Wanted(name, "1.0", "1.0-a", **{"enabled": True, "set_up": True, **fields})
        self.modules[name] = wanted
        self.manifests[name] = self.manifest(name, wanted.version, more)
        return wanted

    @property
    def planner(self) -> Planner:
        return Planner(self.modules, self.manifests, self.own)

    def knowing(self, name: str, version: str, more: str = "") -> Planner:
        return self.planner.knowing(self.manifest(name, version, more))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


NEW = Wanted("blog", "2.0", "2.0-b")


def test_install_notes_a_module_that_is_not_enabled(world: World) -> None:
    plan = world.planner.install(NEW)
    assert plan.target == {"blog": NEW}
    assert (plan.before, plan.after, plan.reload) == ((), (), ())


def test_enable_takes_what_is_needed_with_it_and_sets_it_up_once(world: World) -> None:
    world.has("base", enabled=False, set_up=True)
    world.has("blog", 'requires = ["base"]', enabled=False, set_up=False, error="old")
    plan = world.planner.enable("blog")
    assert [plan.target[name].enabled for name in ("base", "blog")] == [True, True]
    assert plan.target["blog"].set_up
    assert plan.target["blog"].error is None
    assert plan.before == (("base", "enable", ()), ("blog", "install", ()), ("blog", "enable", ()))


def test_enable_takes_a_module_of_the_project_that_was_never_installed(world: World) -> None:
    world.own["blog"] = world.manifest("blog")
    assert world.planner.enable("blog").target["blog"].source == "project"


def test_enable_brings_a_quarantined_module_back(world: World) -> None:
    world.has("blog", quarantined="it crashed")
    assert world.planner.enable("blog").target["blog"].quarantined is None


def test_disable_of_a_cascade_goes_from_the_dependents_to_the_base(world: World) -> None:
    world.has("base", provisional=TRIAL)
    world.has("blog", 'requires = ["base"]')
    plan = world.planner.disable("base", cascade=True)
    assert not plan.target["base"].enabled
    assert plan.target["base"].provisional is None
    assert plan.after == (("blog", "disable", ()), ("base", "disable", ()))


def enabled(modules: Mapping[str, Wanted]) -> set[str]:
    return {name for name, wanted in modules.items() if wanted.enabled}


def waiting(modules: Mapping[str, Wanted]) -> dict[str, str]:
    return {n: w.disabled_with for n, w in modules.items() if w.disabled_with is not None}


@pytest.fixture
def tower(world: World) -> World:
    """A base, ``shop`` on it, ``news`` on both, and ``off``, which its user had disabled."""
    world.has("base")
    world.has("shop", 'requires = ["base"]')
    world.has("news", 'requires = ["base", "shop"]')
    world.has("off", 'requires = ["base"]', enabled=False)
    return world


def test_a_cascade_is_remembered_and_taken_back_whole(tower: World) -> None:
    before = tower.modules
    plan = tower.planner.disable("base", cascade=True)
    assert enabled(plan.target) == set()
    assert waiting(plan.target) == {"shop": "base", "news": "base"}
    assert "enable news again when base is enabled again" in str(plan)
    tower.modules = dict(plan.target)
    plan = tower.planner.enable("base")
    assert plan.target == before
    assert plan.before == tuple((one, "enable", ()) for one in ("base", "shop", "news"))
    lines = str(plan).splitlines()
    where = "beside what serves, in every worker"
    assert lines[1:4] == [
        f"  1. load base 1.0 {where}",
        f"  2. load shop 1.0 {where}: it was disabled with base",
        f"  3. load news 1.0 {where}: it was disabled with base",
    ]


def after(world: World, *changes: tuple[str, str]) -> Mapping[str, Wanted]:
    for kind, name in changes:
        options = {"cascade": True} if kind in ("disable", "uninstall") else {}
        world.modules = dict(getattr(world.planner, kind)(name, **options).target)
    return world.modules


OWN_CHANGES: dict[str, tuple[list[tuple[str, str]], set[str]]] = {
    "disabled by the user": ([("disable", "news")], {"base", "shop"}),
    "uninstalled by the user": ([("uninstall", "news")], {"base", "shop"}),
    "enabled and disabled by the user": (
        [("enable", "shop"), ("disable", "shop")], {"base"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN_CHANGES)
def test_a_change_of_the_users_own_clears_the_memory(tower: World, case: str) -> None:
    changes, back = OWN_CHANGES[case]
    after(tower, ("disable", "base"), *changes)
    if "base" not in enabled(tower.modules):
        after(tower, ("enable", "base"))
    assert enabled(tower.modules) == back


def test_what_was_pulled_in_brings_the_rest_back_when_it_is_asked_for_itself(tower: World) -> None:
    after(tower, ("disable", "base"), ("enable", "shop"))
    assert enabled(tower.modules) == {"base", "shop"}
    assert waiting(tower.modules) == {"news": "base"}
    after(tower, ("enable", "base"))
    assert enabled(tower.modules) == {"base", "shop", "news"}


def test_a_second_cascade_brings_back_what_it_found_itself(tower: World) -> None:
    after(tower, ("disable", "base"), ("enable", "shop"), ("disable", "base"), ("enable", "base"))
    assert enabled(tower.modules) == {"base", "shop"}


def test_what_lacks_another_module_comes_back_with_that_one(world: World) -> None:
    world.has("one")
    world.has("two")
    world.has("user", 'requires = ["one", "two"]')
    before = world.modules
    after(world, ("disable", "one"), ("disable", "two"))
    plan = world.planner.enable("one")
    assert "leave user disabled: it requires two, and two is not enabled" in str(plan)
    assert waiting(plan.target) == {"user": "two"}
    assert after(world, ("enable", "one"), ("enable", "two")) == before


def test_what_waits_for_one_that_waits_comes_back_with_it(world: World) -> None:
    world.has("one")
    world.has("two")
    world.has("user", 'requires = ["one", "two"]')
    world.has("top", 'requires = ["one", "user"]')
    before = world.modules
    after(world, ("disable", "one"), ("disable", "two"), ("enable", "one"))
    assert waiting(world.modules) == {"user": "two", "top": "user"}
    assert after(world, ("enable", "two")) == before


def test_what_does_not_accept_the_new_version_stays_and_may_come_later(world: World) -> None:
    world.has("base")
    world.has("user", 'requires = ["base<2"]')
    after(world, ("disable", "base"))
    world.manifests["base"] = world.manifest("base", "2.0")
    plan = world.planner.enable("base")
    assert "leave user disabled: it requires base<2, and there is 2.0" in str(plan)
    after(world, ("enable", "base"))
    assert enabled(world.modules) == {"base"}
    world.manifests["base"] = world.manifest("base", "1.5")
    assert enabled(after(world, ("enable", "base"))) == {"base", "user"}


def test_a_quarantine_brings_its_dependents_back_but_no_other_quarantined_one(
    tower: World,
) -> None:
    tower.modules["news"] = replace(tower.modules["news"], quarantined="it crashed")
    tower.modules["base"] = replace(tower.modules["base"], provisional=TRIAL)
    tower.modules = dict(tower.planner.take_back("base", "10 errors").target)
    assert waiting(tower.modules) == {"shop": "base"}
    after(tower, ("disable", "base"), ("enable", "base"))
    assert enabled(tower.modules) == {"base", "shop"}


def test_uninstalling_a_base_ends_the_waiting_for_it(tower: World) -> None:
    after(tower, ("disable", "base"))
    plan = tower.planner.uninstall("base")
    assert waiting(plan.target) == {}


def test_uninstall_of_a_cascade_takes_all_that_need_it_with_it(tower: World) -> None:
    plan = tower.planner.uninstall("base", cascade=True)
    assert plan.target == {}
    gone = plan.detail["modules"]
    assert gone.index("news") < gone.index("shop") < gone.index("base")
    functions = {"off": ("uninstall",)}
    assert [(name, function) for name, function, _ in plan.after] == [
        (name, function)
        for name in gone
        for function in functions.get(name, ("disable", "uninstall"))
    ]
    removed = [step.module for step in plan.steps if step.action == "remove"]
    drained = [step.text for step in plan.steps if step.action == "drain"]
    assert removed == gone
    assert len(drained) == 3


def test_uninstall_of_a_cascade_refuses_a_protected_dependent(world: World) -> None:
    world.has("base")
    world.has("safe", 'requires = ["base"]\nprotected = true')
    with pytest.raises(ModuleStateError, match="'safe' is protected: pass force=True"):
        world.planner.uninstall("base", cascade=True)
    assert world.planner.uninstall("base", cascade=True, force=True).target == {}


def test_upgrade_remembers_the_version_before(world: World) -> None:
    world.has("blog", provisional=TRIAL, error="x")
    plan = world.knowing("blog", "2.0").upgrade("blog", NEW)
    there = plan.target["blog"]
    assert (there.version, there.source) == ("2.0", "2.0-b")
    assert (there.previous_version, there.previous) == ("1.0", "1.0-a")
    assert (there.provisional, there.error) == (None, None)
    assert plan.before == (("blog", "upgrade", ("1.0", "2.0")),)


def test_upgrade_of_a_disabled_module_runs_nothing(world: World) -> None:
    world.has("blog", enabled=False)
    plan = world.knowing("blog", "2.0").upgrade("blog", NEW)
    assert plan.before == ()
    assert [step.action for step in plan.steps] == ["store"]


def test_upgrade_says_which_dependents_are_loaded_anew(world: World) -> None:
    world.has("blog")
    world.has("news", 'requires = ["blog"]')
    plan = world.knowing("blog", "2.0").upgrade("blog", NEW)
    assert "load news anew, because it uses what changes" in str(plan)


def test_enable_leaves_those_alone_that_need_the_same_base(world: World) -> None:
    world.has("blog")
    world.has("news", 'requires = ["blog"]')
    world.has("comments", 'requires = ["blog"]', enabled=False)
    assert "news" not in str(world.planner.enable("comments"))


def test_reload_of_another_version_in_the_same_folder_runs_upgrade(world: World) -> None:
    world.modules["blog"] = Wanted("blog", "1.0", "project", enabled=True)
    plan = world.knowing("blog", "1.1").reload("blog")
    assert plan.reload == ("blog",)
    assert plan.target["blog"].version == "1.1"
    assert plan.before == (("blog", "upgrade", ("1.0", "1.1")),)


def test_rollback_returns_and_can_be_taken_forward_again(world: World) -> None:
    world.has("blog", previous="0.9-z", previous_version="0.9")
    plan = world.knowing("blog", "0.9").rollback("blog")
    there = plan.target["blog"]
    assert (there.version, there.source) == ("0.9", "0.9-z")
    assert (there.previous_version, there.previous) == ("1.0", "1.0-a")


def test_taking_back_goes_to_the_version_before(world: World) -> None:
    world.has("blog", previous="0.9-z", previous_version="0.9", provisional=TRIAL)
    plan = world.knowing("blog", "0.9").take_back("blog", "10 errors")
    assert plan.kind == "rollback"
    assert plan.target["blog"].version == "0.9"
    assert plan.target["blog"].error == "1.0: 10 errors"


def test_taking_back_a_first_version_puts_it_away(world: World) -> None:
    world.has("blog", provisional=TRIAL)
    plan = world.planner.take_back("blog", "10 errors")
    assert plan.kind == "quarantine"
    assert plan.target["blog"].quarantined == "10 errors"


@pytest.mark.parametrize("enabled", [True, False])
def test_uninstall_removes_the_record_and_tells_what_becomes_of_data(
    world: World, enabled: bool
) -> None:
    world.has("blog", enabled=enabled)
    plan = world.planner.uninstall("blog", data="drop")
    assert plan.target == {}
    first = (("blog", "disable", ()),) if enabled else ()
    assert plan.after == (*first, ("blog", "uninstall", (False,)))


Refusal = tuple[Callable[[Planner], Plan], type[HotFrameError], str]
REFUSED: dict[str, Refusal] = {
    "install twice": (lambda p: p.install(Wanted("blog", "2", "b")), ModuleStateError, "upgrade("),
    "enable an enabled": (lambda p: p.enable("blog"), ModuleStateError, "enabled already"),
    "enable an unknown": (lambda p: p.enable("blgo"), ModuleNotFound, "blog"),
    "enable without its base": (lambda p: p.enable("lost"), DependencyMissing, "absent"),
    "disable a disabled": (lambda p: p.disable("off"), ModuleStateError, "not enabled"),
    "disable a base": (lambda p: p.disable("blog"), DependentsRemain, "news"),
    "uninstall a base": (lambda p: p.uninstall("blog"), DependentsRemain, "news"),
    "uninstall a protected": (lambda p: p.uninstall("safe"), ModuleStateError, "force=True"),
    "uninstall with odd data": (
        lambda p: p.uninstall("off", data="x"), ModuleStateError, "'keep', 'drop' or 'export'",
    ),
    "reload a disabled": (lambda p: p.reload("off"), ModuleStateError, "enable it"),
    "rollback without a version": (lambda p: p.rollback("blog"), ModuleStateError, "no version"),
    "upgrade to the same": (
        lambda p: p.upgrade("blog", p.modules["blog"]), ModuleStateError, "already",
    ),
    "upgrade to an older": (
        lambda p: p.upgrade("blog", Wanted("blog", "0.5", "0.5-a")), ModuleStateError,
        "allow_downgrade=True",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused_with_what_to_do(world: World, case: str) -> None:
    world.has("blog")
    world.has("news", 'requires = ["blog"]')
    world.has("off", enabled=False)
    world.has("lost", 'requires = ["absent"]', enabled=False)
    world.has("safe", "protected = true")
    planner = world.planner
    before = dict(planner.modules)
    do, kind, text = REFUSED[case]
    with pytest.raises(kind, match=text.replace("(", r"\(")):
        do(planner)
    assert planner.modules == before


def test_upgrade_refuses_a_version_that_a_dependent_does_not_accept(world: World) -> None:
    world.has("blog")
    world.has("news", 'requires = ["blog<2"]')
    with pytest.raises(DependencyMissing, match="news"):
        world.knowing("blog", "2.0").upgrade("blog", NEW)


def test_force_removes_a_protected_module_and_a_downgrade_can_be_allowed(world: World) -> None:
    world.has("blog", "protected = true")
    assert world.planner.uninstall("blog", force=True).target == {}
    older = replace(NEW, version="0.5")
    plan = world.knowing("blog", "0.5").upgrade("blog", older, allow_downgrade=True)
    assert plan.target["blog"].version == "0.5"


def test_a_plan_is_printable_and_plain_for_json(world: World) -> None:
    world.has("blog")
    plan = world.knowing("blog", "2.0").upgrade("blog", NEW)
    assert str(plan).splitlines()[:2] == [
        "upgrade blog", "  1. load blog 2.0 beside what serves, in every worker",
    ]  # fmt: skip
    assert plan.to_dict()["to_version"] == "2.0"
