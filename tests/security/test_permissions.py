"""Names and patterns of permissions, and which of them are declared."""

from __future__ import annotations

import itertools
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import ClashError
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import ManifestError
from quart_hotframe.errors import SetupError
from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.security import allows
from quart_hotframe.security import HasPermission
from quart_hotframe.security.guards.names import holders
from quart_hotframe.security.guards.names import is_name
from quart_hotframe.security.guards.names import matches
from quart_hotframe.security.guards.table import Permissions
from quart_hotframe.security.guards.telling import MAX_TOLD
from quart_hotframe.security.guards.telling import Once
from tests.support.people import GuardedSite
from tests.support.people import Person
from tests.support.sites import Site
from tests.support.sites import site as site

SEGMENTS = st.sampled_from(["a", "b", "ab"])
NAMES = st.lists(SEGMENTS, min_size=2, max_size=6).map(".".join)
PATTERNS = st.lists(SEGMENTS | st.just("*"), min_size=1, max_size=6).map(".".join)
DECLARED = 'permissions = ["shop.edit", "shop.order.cancel"]'


@pytest.mark.parametrize(
    ("pattern", "name", "given"),
    [
        ("shop.edit", "shop.edit", True),
        ("shop.edit", "shop.edit.price", False),
        ("shop.*", "shop.edit", True),
        ("shop.*", "shop.order.cancel", True),
        ("shop.*", "shop", False),
        ("shop.*", "shopping.view", False),
        ("*", "shop.order.cancel", True),
        ("*.edit", "shop.edit", True),
        ("*.edit", "shop.order.edit", False),
        ("shop.*.cancel", "shop.order.cancel", True),
        ("shop.*.cancel", "shop.cancel", False),
        ("shop.*.cancel", "shop.order.line.cancel", False),
        ("sho*.edit", "shop.edit", False),
    ],
)
def test_what_a_pattern_gives(pattern: str, name: str, given: bool) -> None:
    assert matches(pattern, name) is given
    assert (pattern in holders(name)) is given


@given(PATTERNS, NAMES)
def test_the_fast_way_agrees_with_the_plain_one(pattern: str, name: str) -> None:
    assert (pattern in holders(name)) == matches(pattern, name)


@given(PATTERNS, NAMES)
def test_whoever_holds_a_pattern_that_is_asked_for_holds_all_it_stands_for(
    pattern: str, name: str
) -> None:
    if matches(pattern, name):
        assert holders(pattern) <= holders(name)


@given(st.text())
def test_a_name_has_no_character_that_means_something_elsewhere(text: str) -> None:
    if is_name(text):
        assert text.isascii() and text == text.lower() and ".." not in text


@pytest.mark.parametrize(
    "name",
    ["", ".", "shop", "shop.", ".shop", "shop..edit", "../shop.edit", "shop/edit.x", "shop.edit\n",
     "Shop.edit", "ｓhop.edit", "shop.ed\u0131t", "shop.*", "*", "a.b.c.d.e.f.g", "a." + "b" * 99],
)  # fmt: skip
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("name", ["", "shop..*", "sho*", "shop.**", "SHOP.*", "shop.edit ", 7])
def test_a_guard_with_a_bad_name_is_refused_at_once(name: Any) -> None:
    with pytest.raises(SetupError, match="for example 'shop.edit'"):
        HasPermission(name)


async def test_permissions_come_and_go_with_their_module(site: Site) -> None:
    await site.has("shop", manifest=DECLARED)
    assert dict(site.hotframe.permissions) == {"shop.edit": "shop", "shop.order.cancel": "shop"}
    await site.modules.disable("shop")
    assert dict(site.hotframe.permissions) == {}


async def test_a_version_brings_its_own_permissions(site: Site) -> None:
    await site.has("shop", manifest=DECLARED)
    source = site.source("shop", "2.0", manifest='permissions = ["shop.view"]')
    await site.modules.upgrade("shop", source)
    assert list(site.hotframe.permissions) == ["shop.view"]


@pytest.mark.parametrize("site", [{"HOTFRAME_PERMISSIONS": "site.view, shop.edit"}], indirect=True)
async def test_the_app_has_permissions_too_and_nobody_takes_them(site: Site) -> None:
    assert site.hotframe.permissions["site.view"] == "app"
    await site.modules.install(site.source("shop", manifest=DECLARED))
    with pytest.raises(ClashError, match="'shop.edit' is declared by 'app' too"):
        await site.modules.enable("shop")
    assert site.hotframe.permissions["shop.edit"] == "app"


def test_a_bad_permission_of_the_app_stops_the_start(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match="HOTFRAME_PERMISSIONS: 'view' is no permission"):
        GuardedSite(tmp_path, {"HOTFRAME_PERMISSIONS": "view"})


HEAD = 'name = "shop"\nversion = "1.0"\n'


@pytest.mark.parametrize(
    ("lines", "key", "told"),
    [
        ('permissions = ["shop"]', "permissions", "'shop' is no permission"),
        ('permissions = ["shop.*"]', "permissions", "'shop.*' is no permission"),
        ('permissions = ["../shop.x"]', "permissions", "is no permission"),
        ('permissions = ["shpo.edit"]', "permissions", "must begin with the module's name"),
        ('permissions = ["shop.a", "shop.a"]', "permissions", "given twice"),
        ('guard = "staf"', "guard", "Did you mean 'staff'?"),
        ('guard = ""', "guard", "'authenticated', 'staff', 'superuser' or a permission"),
        ('guard = "shop..x"', "guard", "is no guard"),
        ('guard = 7', "guard", "must be text"),
        (f'guard = "shop.edti"\n{DECLARED}', "guard", "Did you mean 'shop.edit'?"),
        ('guard = "shop.edit"', "guard", "Declare it in 'permissions'"),
    ],
)  # fmt: skip
def test_a_fault_in_a_manifest_names_line_and_key(lines: str, key: str, told: str) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.parse(HEAD + lines, "module.toml")
    assert f"module.toml, line 3, key '{key}'" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("guard", ["staff", "shop.edit", "shop.*", "catalog.view"])
def test_guards_that_a_manifest_may_have(guard: str) -> None:
    manifest = Manifest.parse(f'{HEAD}{DECLARED}\nguard = "{guard}"', "module.toml")
    assert manifest.guard == manifest.to_dict()["guard"] == guard


HELD = [
    ("shop.edit", ["shop.edit"], True),
    ("shop.edit", ["shop.*"], True),
    ("shop.edit", ["shop.view"], False),
    ("shop.edit", [], False),
    ("shop.*", ["shop.edit"], False),
    ("shop.*", ["shop.edit", "shop.view"], False),
    ("shop.*", ["shop.edit", "shop.order.cancel"], True),
    ("shop.*", ["*"], True),
    ("shop.*", ["shop.*"], True),
    ("shop.*", ["*.*"], True),
    ("*", ["shop.*"], True),
    ("*.edit", ["shop.edit"], True),
    ("shop.delete", ["*"], False),
    ("other.*", ["*"], False),
]


async def test_who_has_what_is_asked_for(people: GuardedSite) -> None:
    await people.has("shop", manifest=DECLARED)
    async with people.app.app_context():
        for (wanted, held, may), kind in itertools.product(HELD, [list, set, tuple, iter]):
            user = Person(permissions=kind(held))  # type: ignore[operator]
            assert await allows(HasPermission(wanted), user=user) is may, (wanted, held, kind)


@pytest.mark.parametrize("negated", [False, True], ids=["plain", "negated"])
async def test_what_nobody_declares_is_told_once_and_refused_to_all(
    people: GuardedSite, caplog: pytest.LogCaptureFixture, negated: bool
) -> None:
    await people.has("shop", manifest=DECLARED)
    wanted = ~HasPermission("shop.edti") if negated else HasPermission("shop.edti")
    async with people.app.app_context():
        for user in [None, *people.people.values()] * 2:
            assert not await allows(wanted, user=user)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "'shop.edti'" in told[0] and "Did you mean 'shop.edit'?" in told[0]


def test_telling_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    permissions = Permissions({}, Once())
    for number in range(2 * MAX_TOLD):
        assert permissions.find(f"a.b{number}.*") == ()
    assert len(caplog.records) == MAX_TOLD
    assert len(permissions._found) <= MAX_TOLD


async def test_permissions_that_are_no_collection_give_nothing(people: GuardedSite) -> None:
    await people.has("shop", manifest=DECLARED)
    wrong: list[Any] = ["shop.*", "*", b"*", {"shop.edit": False}, 7]
    async with people.app.app_context():
        for held in wrong:
            with pytest.raises(SetupError, match="must be a collection of names"):
                await allows(HasPermission("shop.edit"), user=Person(permissions=held))


async def test_a_check_among_ten_thousand_looks_at_few(people: GuardedSite) -> None:
    class Counted(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    await people.has("shop", manifest=DECLARED)
    numbers = itertools.count()
    held = frozenset(Counted(f"shop.p{next(numbers)}") for _ in range(10_000))
    async with people.app.app_context():
        assert not await allows(HasPermission("shop.edit"), user=Person(permissions=held))
    assert Counted.compared < 10
