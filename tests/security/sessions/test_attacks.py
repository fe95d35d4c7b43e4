"""Attacks on sessions that are kept on the server."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.security.sessions.cookies import cookie_for
from quart_hotframe.security.sessions.cookies import hashed
from quart_hotframe.security.sessions.cookies import identifier_in
from quart_hotframe.security.sessions.cookies import new_identifier
from quart_hotframe.security.sessions.memory import MemoryStore
from quart_hotframe.security.sessions.record import Change
from quart_hotframe.security.sessions.record import Record
from quart_hotframe.security.sessions.record import USER
from quart_hotframe.security.tokens import Signer
from tests.support.comparing import Comparisons
from tests.support.comparing import comparisons as comparisons
from tests.support.comparing import LENGTH
from tests.support.visitors import Site

SIGNER = Signer(lambda: (b"secret",))
STRANGE = ["", ".", "x", "é" * 87, "\x7f" * 87, "A" * 87, "A" * 43 + "." + "A" * 43]


async def test_an_id_that_the_server_did_not_make_is_never_adopted(site: Site) -> None:
    """Fixation: the attacker brings a cookie, the victim logs in with it."""
    for chosen in (new_identifier(), "A" * 43):
        forged = cookie_for(SIGNER, chosen)  # even with a right signature
        victim = site.visitor(forged)
        await victim.text("/set/a/1")
        await victim.text("/login/7")
        assert victim.cookie is not None and chosen not in victim.cookie
        assert await site.visitor(forged).text("/who") == "nobody"


async def test_an_anonymous_session_of_the_attacker_does_not_become_the_victims(site: Site) -> None:
    attacker = site.visitor()
    await attacker.text("/set/a/1")
    victim = site.visitor(attacker.cookie)
    await victim.text("/login/7")
    assert [await one.text("/who") for one in (victim, attacker)] == ["7", "nobody"]


async def test_a_cookie_of_an_ended_session_is_worth_nothing(site: Site) -> None:
    visitor = await site.logged_in()
    stolen = visitor.cookie
    await visitor.text("/logout")
    thief = site.visitor(stolen)
    assert await thief.text("/who") == "nobody"
    await thief.text("/set/a/1")
    assert await site.visitor(stolen).text("/show") == "{}\n"


async def test_a_cookie_that_was_changed_is_refused_before_the_store_is_asked(quick: Site) -> None:
    visitor = await quick.logged_in()
    cookie = visitor.cookie
    assert cookie is not None
    quick.store.read = None  # would fail
    for place in range(len(cookie)):
        other = "A" if cookie[place] != "A" else "B"
        changed = cookie[:place] + other + cookie[place + 1 :]
        assert identifier_in(SIGNER, changed) is None
        if place % 20 == 0:
            assert await quick.visitor(changed).text("/who") == "nobody"


@given(st.text() | st.text(min_size=87, max_size=87))
def test_any_other_text_is_no_cookie(text: str) -> None:
    assert identifier_in(SIGNER, text) is None


@pytest.mark.parametrize("cookie", STRANGE)
async def test_strange_cookies(quick: Site, cookie: str) -> None:
    response = await quick.visitor().client.get("/who", headers={"Cookie": f"session={cookie}"})
    assert (response.status_code, await response.get_data(as_text=True)) == (200, "nobody")
    assert "Set-Cookie" not in response.headers


async def test_a_huge_cookie_is_not_even_hashed(quick: Site, monkeypatch: Any) -> None:
    def never(*args: Any) -> bytes:
        raise AssertionError("hashed")

    monkeypatch.setattr(hmac, "digest", never)
    response = await quick.visitor().client.get(
        "/who", headers={"Cookie": "session=" + "A" * 1_000_000}
    )
    assert response.status_code == 200


async def test_a_token_for_another_purpose_is_no_cookie(quick: Site) -> None:
    identifier = secrets.token_urlsafe(32)
    signature = SIGNER.sign("invite", identifier.encode()).decode()
    assert identifier_in(SIGNER, f"{identifier}.{signature}") is None


async def test_the_key_rotates(quick: Site) -> None:
    visitor = await quick.logged_in()
    quick.app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["secret"])
    assert await visitor.text("/who") == "7"
    newer = await quick.logged_in("8")
    quick.app.config["SECRET_KEY_FALLBACKS"] = []
    assert [await one.text("/who") for one in (visitor, newer)] == ["nobody", "8"]


async def test_the_store_does_not_have_what_a_visitor_needs(site: Site) -> None:
    visitor = await site.logged_in()
    assert visitor.cookie is not None
    identifier = visitor.cookie.split(".")[0]
    [record] = await site.store.of_user('"7"')
    assert record.id == hashlib.sha256(identifier.encode()).hexdigest() == hashed(identifier)
    assert identifier not in repr(record)
    assert len(identifier) == 43 and await site.store.read(identifier) is None


async def test_signatures_are_compared_in_constant_time(
    quick: Site, comparisons: Comparisons
) -> None:
    visitor = await quick.logged_in()
    assert visitor.cookie is not None
    forged = visitor.cookie[:-LENGTH] + "A" * LENGTH
    comparisons.count = 0
    assert await quick.visitor(forged).text("/who") == "nobody" and comparisons.count == 1
    comparisons.equal = True
    assert await quick.visitor(forged).text("/who") == "7"  # nothing else decides


async def test_an_id_is_looked_up_by_its_hash(quick: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much of an id was guessed is in no way told by the time that the look-up takes."""
    visitor = await quick.logged_in()
    assert visitor.cookie is not None
    asked: list[str] = []
    real = quick.store.read

    async def read(identifier: str) -> Record | None:
        asked.append(identifier)
        return await real(identifier)

    monkeypatch.setattr(quick.store, "read", read)
    near = visitor.cookie[:42] + ("A" if visitor.cookie[42] != "A" else "B")
    assert await quick.visitor(cookie_for(SIGNER, near)).text("/who") == "nobody"
    assert await visitor.text("/who") == "7"
    assert asked == [hashed(near), hashed(visitor.cookie[:43])]


# -- memory ----------------------------------------------------------------------------------------


def record(number: int, user: str | None = None, size: int = 10) -> Record:
    values = {"x": "a" * size} | ({USER: user} if user else {})
    return Record(f"id{number}", values, 0.0, float(number), 1e12)


async def test_a_flood_of_visitors_does_not_log_anybody_out() -> None:
    store = MemoryStore(max_bytes=100_000)
    for number in range(5):
        await store.create(record(number, "7"))
    for number in range(10, 2_000):
        await store.create(record(number))
    assert store._bytes <= 100_000 and len(store._anonymous) < 100
    newest = range(2_000 - len(store._anonymous), 2_000)
    assert list(store._anonymous) == [f"id{number}" for number in newest]
    assert len(await store.of_user("7")) == 5
    for number in range(3_000, 5_000):
        await store.create(record(number, str(number)))
    assert store._bytes <= 100_000 and len(store._users) == len(store._known) < 100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None]),
                          st.integers(0, 3_000), st.booleans()), max_size=30))  # fmt: skip
async def test_the_count_of_bytes_and_users_is_right_after_anything(
    steps: list[tuple[int, str | None, int, bool]],
) -> None:
    store = MemoryStore(max_bytes=10_000)
    for number, user, size, end in steps:
        one = record(number, user, size)
        if end:
            await store.end(one.id)
        elif not await store.update(one.id, Change(replace(one, id=f"id{(number + 1) % 6}"))):
            await store.create(one)
        assert store._bytes <= 10_000
    for identifier in (f"id{number}" for number in range(6)):
        await store.end(identifier)
    assert (store._bytes, store._users, store._known, store._anonymous) == (0, {}, {}, {})
