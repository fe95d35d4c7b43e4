"""Who the user is: looked up once, and what guards make of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from quart import render_template_string
from werkzeug.local import LocalProxy

from quart_hotframe.errors import SetupError
from quart_hotframe.security import allows
from quart_hotframe.security import check
from quart_hotframe.security import current_user
from quart_hotframe.security import guard
from quart_hotframe.security import HasPermission
from quart_hotframe.security import IsAuthenticated
from quart_hotframe.security import IsStaff
from quart_hotframe.security import IsSuperuser
from quart_hotframe.security import load_user
from quart_hotframe.security import User
from tests.support.people import answer
from tests.support.people import app_with
from tests.support.people import GuardedSite
from tests.support.people import Person

GUARDS = (IsAuthenticated, IsStaff, IsSuperuser, HasPermission("site.view"))


async def test_the_user_is_looked_up_once_and_only_if_asked_for(guarded: GuardedSite) -> None:
    @guarded.app.get("/twice")
    @guard(IsAuthenticated | IsStaff)
    async def twice() -> str:
        await asyncio.gather(check(IsAuthenticated), check(~IsStaff), load_user())
        return f"{current_user.id}"

    @guarded.app.get("/plain")
    async def plain() -> str:
        return "plain"

    assert await guarded.status("/plain", "ann") == 200
    assert guarded.lookups == []
    assert await guarded.status("/twice", "ann") == 200
    assert guarded.lookups == ["/twice"]


async def test_two_that_ask_at_once_share_one_look_up() -> None:
    looked: list[int] = []

    async def load() -> Any:
        looked.append(1)
        await asyncio.sleep(0)
        return Person(7)

    client = app_with(load)

    @client.app.get("/together")
    async def together() -> str:
        users = await asyncio.gather(*(load_user() for _ in range(10)))
        return str(len({id(user) for user in users}))

    assert await answer(client, "/together") == (200, "1")
    assert len(looked) == 1


async def test_a_proxy_is_looked_through_once() -> None:
    signed_in: Any = Person(1)

    async def load() -> Any:
        return LocalProxy(lambda: signed_in)

    client = app_with(load)

    @client.app.get("/switch")
    @guard(IsAuthenticated)
    async def switch() -> str:
        nonlocal signed_in
        signed_in = Person(2)
        return str(current_user.id)

    assert await answer(client, "/switch") == (200, "1")


async def test_the_user_of_one_request_is_not_that_of_another(guarded: GuardedSite) -> None:
    @guarded.app.get("/")
    @guard(IsAuthenticated)
    async def page() -> str:
        await asyncio.sleep(0)
        return str(current_user.id)

    async with guarded.app.app_context():  # one g for all of them
        visitors = ["ann", "staff", "root", ""] * 5
        answers = await asyncio.gather(*(guarded.asks("/", one) for one in visitors))
    assert [one.status_code for one in answers] == [200, 200, 200, 401] * 5
    assert [await one.get_data() for one in answers if one.status_code == 200] == (
        [b"1", b"2", b"3"] * 5
    )


async def test_a_user_that_changes_in_between_is_the_same_for_all_checks(
    guarded: GuardedSite,
) -> None:
    @guarded.app.get("/")
    @guard(IsStaff)
    async def page() -> str:
        guarded.people["staff"] = None
        await check(IsStaff)
        return "secret"

    assert [await guarded.status("/", "staff") for _ in range(2)] == [200, 401]


async def test_current_user_says_what_to_do_before_somebody_asked(guarded: GuardedSite) -> None:
    @guarded.app.get("/")
    async def page() -> str:
        with pytest.raises(SetupError, match="await load_user"):
            current_user.id  # noqa: B018
        user: User = await load_user()
        return f"{current_user.id} {user.id} {await render_template_string('{{ u.id }}', u=user)}"

    assert await (await guarded.asks("/", "ann")).get_data() == b"1 1 1"
    async with guarded.app.app_context():
        with pytest.raises(SetupError, match="pass one"):
            await check(IsStaff)


@pytest.mark.parametrize("name", ["", "is_authenticated", "is_staff", "is_superuser"])
async def test_what_a_user_lacks_means_no(guarded: GuardedSite, name: str) -> None:
    user: Any = SimpleNamespace(**{name: True} if name else {})
    async with guarded.app.app_context():
        found = [await allows(wanted, user=user) for wanted in GUARDS]
    assert found == [name == "is_authenticated", False, False, False]


@pytest.mark.parametrize("value", ["yes", "False", object(), [1], 0.5])
async def test_only_truth_is_true(guarded: GuardedSite, value: Any) -> None:
    user: Any = SimpleNamespace(is_authenticated=True, is_staff=value, is_superuser=value)
    async with guarded.app.app_context():
        assert not await allows(IsStaff | IsSuperuser, user=user)
        user.is_staff = 1  # as some databases have it
        assert await allows(IsStaff, user=user)


async def test_a_method_in_the_place_of_a_flag_is_told(guarded: GuardedSite) -> None:
    wrong: Any = SimpleNamespace(is_authenticated=True, is_staff=lambda: False)
    async with guarded.app.app_context():
        with pytest.raises(SetupError, match="is_staff is a method: make it a property"):
            await allows(IsStaff, user=wrong)


async def test_a_flag_that_is_a_coroutine_is_read_once_for_each_who_asks() -> None:
    made: list[int] = []

    class Slow:
        id = 1

        @property
        async def is_authenticated(self) -> bool:
            made.append(1)
            return True

    async def load() -> Any:
        return Slow()

    client = app_with(load)
    assert await answer(client) == (200, "secret 1")
    assert made == [1]
