"""A page follows the topics that it was given, and no others."""

from __future__ import annotations

import asyncio

import pytest

from quart_hotframe.security.limits.checking import BoundLimit
from quart_hotframe.security.limits.limit import Limit

from .conftest import body_of
from .conftest import FollowingSite
from .conftest import STREAM


async def test_a_page_hears_of_what_is_published(following: FollowingSite) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1", "prices")
    async with following.open(ann, given) as reader:
        opening = await reader.next()
        assert opening == ("open", {"cursors": given, "instances": {}}, None)
        await following.live.publish("orders.1", {"text": "two\nlines </script>"})
        name, data, _ = await reader.next()
        assert (name, data["name"]) == ("topic", "orders.1")
        assert data["payload"] == {"text": "two\nlines </script>"}
        assert data["topic"] in given and data["cursor"] != given[data["topic"]]


async def test_topics_that_are_not_followed_are_not_heard(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        await following.live.publish("orders.2", "of others")
        await following.live.publish("orders.1", "own")
        assert (await reader.next()).data["payload"] == "own"


async def test_the_answer_is_for_one_reader_and_comes_at_once(following: FollowingSite) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1")
    async with following.open(ann, given, **{"Accept-Encoding": "gzip, br"}) as reader:
        await reader.next()
        headers = reader.headers
        assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert "no-store" in headers["Cache-Control"]
        assert headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in headers


async def test_a_page_for_everybody_needs_no_session(following: FollowingSite) -> None:
    client = following.visitor()
    response = await client.get("/follow?topic=prices")
    assert "Set-Cookie" not in response.headers
    given = await following.page(client, "prices")
    assert [*given] == ["public:prices"]
    async with following.open(client, given) as reader:
        await reader.next()
        await following.live.publish("prices", 7)
        assert (await reader.next()).data["payload"] == 7


async def test_the_topic_of_another_user_is_refused(following: FollowingSite) -> None:
    ann, bob = await following.login("ann"), await following.login("bob")
    given = await following.page(ann, "orders.1")
    for other in (bob, following.visitor()):
        status, answer = await following.refusal(other, body_of(given))
        assert (status, answer["error"]["reason"]) == (403, "bad_topic")


async def test_a_page_from_before_the_login_is_refused(following: FollowingSite) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1")
    await ann.post("/logout")
    await ann.post("/login/ann")
    assert (await following.refusal(ann, body_of(given)))[0] == 403


async def test_each_changed_character_of_a_topic_is_refused(
    following: FollowingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = BoundLimit("often", Limit.parse("10000/minute"))
    monkeypatch.setattr(following.live.rights, "_forgeries", often)
    ann = await following.login("ann")
    ((signed, cursor),) = (await following.page(ann, "orders.1")).items()
    for place, letter in enumerate(signed):
        forged = signed[:place] + ("A" if letter != "A" else "B") + signed[place + 1 :]
        status, answer = await following.refusal(ann, body_of({forged: cursor}))
        assert (status, answer["error"]["reason"]) == (403, "bad_topic"), forged


async def test_ten_forged_topics_are_enough(
    following: FollowingSite, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await following.login("ann")
    body = body_of({"x.y": None})
    found = [(await following.refusal(ann, body))[0] for _ in range(12)]
    assert found == [403] * 10 + [429] * 2
    assert caplog.records == []


@pytest.mark.parametrize("name", ["public:orders.1", "public:", "public:a b", "orders.1", "", "."])
async def test_a_topic_is_not_public_because_a_client_says_so(
    following: FollowingSite, name: str
) -> None:
    ann = await following.login("ann")
    status, answer = await following.refusal(ann, body_of({name: None}))
    assert (status, answer["error"]["reason"]) == (403, "bad_topic")


async def test_an_expired_topic_says_so(
    following: FollowingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1")
    clock = following.live.topics._signing._tokens
    now = clock._clock()
    monkeypatch.setattr(clock, "_clock", lambda: now + 86_402)
    status, answer = await following.refusal(ann, body_of(given))
    assert (status, answer["error"]["reason"]) == (403, "expired")


async def test_a_key_that_was_replaced_is_good_for_topics_given_before(
    following: FollowingSite,
) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1")
    following.app.config |= {"SECRET_KEY": "new", "SECRET_KEY_FALLBACKS": ["k"]}
    async with following.open(ann, given) as reader:
        assert (await reader.next()).name == "open"


@pytest.mark.parametrize("following", [{"HOTFRAME_LOGIN_URL": "/signin"}], indirect=True)
async def test_who_is_not_signed_in_is_told_where_to(following: FollowingSite) -> None:
    visitor = following.visitor()
    given = await following.page(visitor, "orders.1")
    status, answer = await following.refusal(visitor, body_of(given))
    assert (status, answer["error"]["reason"], answer["login"]) == (401, "login", "/signin")


async def test_who_may_not_follow_is_refused(following: FollowingSite) -> None:
    ann = await following.login("ann")
    given = await following.page(ann, "orders.1", "prices")
    following.refused.add(("ann", "orders.1"))
    status, answer = await following.refusal(ann, body_of(given))
    assert (status, answer["error"]["reason"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        None, [], "text", {}, {"page": "short", "topics": {"a": None}}, {"page": 7},
        {"page": "a" * 22}, {"page": "a" * 22, "topics": [1]},
        {"page": "a" * 22, "instances": {"x": 1}},
    ],
)  # fmt: skip
async def test_what_is_no_request_of_a_page_is_refused(
    following: FollowingSite, body: object
) -> None:
    status, answer = await following.refusal(following.visitor(), body)
    assert (status, answer["error"]["reason"]) == (400, "malformed")


async def test_a_form_of_another_site_cannot_open_one(following: FollowingSite) -> None:
    client = following.visitor()
    plain = await client.post(STREAM, data="{}", headers={"Content-Type": "text/plain"})
    foreign = await client.post(STREAM, json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (plain.status_code, foreign.status_code) == (400, 403)


@pytest.mark.parametrize(
    "following",
    [{"HOTFRAME_STREAM_TOPICS": 2, "HOTFRAME_STREAM_MAX_BYTES": 500}],
    indirect=True,
)
async def test_too_much_is_refused(following: FollowingSite) -> None:
    client = following.visitor()
    many = body_of({"a": None, "b": None, "c": None})
    assert (await following.refusal(client, many))[0] == 422
    assert (await following.refusal(client, body_of({"a" * 600: None})))[0] == 413


@pytest.mark.parametrize("cursor", ["", "x", "-1", "0-0", "é", "a\nb", 7, [], "9" * 500])
async def test_a_cursor_that_nobody_made_is_told_to_have_missed(
    following: FollowingSite, cursor: object
) -> None:
    client = following.visitor()
    async with following.open(client, {"public:prices": cursor}) as reader:
        await reader.next()
        assert (await reader.next()).name == "missed"
        await following.live.publish("prices", 1)
        assert (await reader.next()).data["payload"] == 1


async def test_a_client_that_goes_leaves_nothing(following: FollowingSite) -> None:
    client = following.visitor()
    for _ in range(3):
        async with following.open(client, await following.page(client, "prices")) as reader:
            await reader.next()
            assert len(following.live.streams) == 1
    async with asyncio.timeout(5):
        while len(following.live.streams):
            await asyncio.sleep(0)
    assert following.live.topics.broker.log.topics == 0  # type: ignore[attr-defined]
    assert following.live.streams._watching is None
