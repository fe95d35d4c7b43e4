"""Public topics for EventSource and other programs, at an address."""

from __future__ import annotations

import pytest

from quart_hotframe.testing import open_stream

from .conftest import FollowingSite
from .conftest import PUBLIC


async def test_anybody_hears_of_public_topics(following: FollowingSite) -> None:
    async with open_stream(following.visitor(), f"{PUBLIC}?topic=prices") as reader:
        await reader.chunk()
        await following.live.publish("prices", {"tea": 3})
        event = await reader.next()
        assert event.name == "topic"
        assert (event.data["name"], event.data["payload"]) == ("prices", {"tea": 3})
        assert event.id == event.data["cursor"]


async def test_who_comes_back_gets_what_was_published_meanwhile(following: FollowingSite) -> None:
    async with open_stream(following.visitor(), f"{PUBLIC}?topic=prices") as reader:
        last = (await reader.chunk()).removeprefix("id: ").strip()
    await following.live.publish("prices", "meanwhile")
    path, header = f"{PUBLIC}?topic=prices", {"Last-Event-ID": last}
    async with open_stream(following.visitor(), path, headers=header) as reader:
        assert (await reader.next()).data["payload"] == "meanwhile"


async def test_several_topics_each_go_on_where_they_were(following: FollowingSite) -> None:
    following.live.public("news.*")
    path = f"{PUBLIC}?topic=prices&topic=news.tea"
    async with open_stream(following.visitor(), path) as reader:
        await reader.chunk()
        await following.live.publish("prices", 1)
        last = (await reader.next()).id
    await following.live.publish("news.tea", 2)
    assert last is not None and last.count(",") == 1
    async with open_stream(following.visitor(), path, headers={"Last-Event-ID": last}) as reader:
        assert (await reader.next()).data["payload"] == 2


@pytest.mark.parametrize("last", ["x", "a,b", "\u00e9", "1-1"])
async def test_a_foreign_last_event_is_told_to_have_missed(
    following: FollowingSite, last: str
) -> None:
    path, header = f"{PUBLIC}?topic=prices", {"Last-Event-ID": last}
    async with open_stream(following.visitor(), path, headers=header) as reader:
        assert (await reader.next()).name == "missed"


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?topic=", 400), ("?topic=a%20b", 400), ("?topic=orders.1", 404),
     ("?topic=prices&topic=orders.1", 404), ("?topic=nothing", 404),
     ("?topic=presence:room.1", 400), ("?" + "&".join(f"topic=t{n}" for n in range(51)), 400)],
)  # fmt: skip
async def test_what_is_not_public_is_refused(
    following: FollowingSite, query: str, status: int
) -> None:
    ann = await following.login("ann")
    response = await ann.get(PUBLIC + query)
    assert response.status_code == status


async def test_a_topic_that_is_also_guarded_is_not_public(following: FollowingSite) -> None:
    following.live.public("orders.new")
    response = await following.visitor().get(f"{PUBLIC}?topic=orders.new")
    assert response.status_code == 404


async def test_it_asks_nobody_who_they_are(following: FollowingSite) -> None:
    async with open_stream(following.visitor(), f"{PUBLIC}?topic=prices") as reader:
        await reader.chunk()
        assert "Set-Cookie" not in reader.headers
    assert following.loaded == 0


async def test_an_app_without_topics_has_no_such_address(tmp_path: object) -> None:
    from quart import Quart

    from quart_hotframe import HotFrame

    app = Quart("plain")
    HotFrame(app)
    async with app.test_app():
        client = app.test_client()
        assert (await client.get(f"{PUBLIC}?topic=prices")).status_code == 404
        assert (await client.post("/hotframe/live/stream")).status_code == 404
