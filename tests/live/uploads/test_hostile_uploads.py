"""What no page sends by itself is refused, and nothing of it stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quart_hotframe.testing.client import client_of
from tests.live.conftest import Instance
from tests.live.conftest import instances_in
from tests.live.conftest import LiveSite

from .conftest import begin
from .conftest import CODE
from .conftest import disk_has
from .conftest import end
from .conftest import files_on_disk
from .conftest import piece
from .conftest import seller
from .conftest import send
from .conftest import USE
from .conftest import wish

FEW = {"HOTFRAME_LIVE_UPLOAD_FILES": 3, "HOTFRAME_LIVE_UPLOADS_PER_SESSION": 4,
       "HOTFRAME_LIVE_UPLOADS": 5, "HOTFRAME_LIVE_UPLOAD_SIZE": 100}  # fmt: skip
MANY = {"HOTFRAME_LIVE_UPLOADS_PER_SESSION": 1000, "HOTFRAME_LIVE_UPLOAD_FILES": 1000}
SOON = {"HOTFRAME_LIVE_UPLOAD_STALL": 0.05, "HOTFRAME_LIVE_UPLOAD_IDLE": 0.3}


@pytest.mark.parametrize("mark", ["", "x", "../../etc/passwd", "a\0b", "x" * 10_000])
async def test_a_file_that_is_not_expected(live: LiveSite, mark: str) -> None:
    one = await seller(live)
    await send(one, b"tea")
    assert (await piece(one, mark, b"x")).status_code == 410


@pytest.mark.parametrize("at", ["", "-1", "1", "x", "9" * 100, "0x0", "٣"])
async def test_a_piece_at_another_place(live: LiveSite, at: str) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    response = await piece(one, wanted["mark"], b"abc", at)
    assert (response.status_code, (await response.get_json())["at"]) == (409, 0)
    assert not files_on_disk(live)


@pytest.mark.parametrize("asked", [{"page": "short"}, {"page": "x" * 22}, {"id": "other"},
                                   {"id": "../x"}, {"id": ""}])  # fmt: skip
async def test_another_page_or_instance(live: LiveSite, asked: Any) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    assert (await piece(one, wanted["mark"], b"abc", **asked)).status_code in (400, 410)
    assert not files_on_disk(live)


async def test_another_session(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    one.client = client_of(live.app)
    assert (await piece(one, wanted["mark"], b"abc")).status_code == 410
    await one.client.get("/")
    assert (await piece(one, wanted["mark"], b"abc")).status_code == 410
    assert not files_on_disk(live)


async def test_a_file_for_another_field(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc", "a.exe", "application/x-dosexec")
    await begin(one, wanted, field="papers")
    await piece(one, wanted["mark"], b"abc")
    assert "Choose it again" in (await end(one, wanted)).html
    assert "a.exe" not in one.snapshot


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"HF-Request": "live"},
    {"HF-Request": ""},
])  # fmt: skip
async def test_a_page_of_another_site(live: LiveSite, headers: dict[str, str]) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    response = await piece(one, wanted["mark"], b"abc", headers=headers)
    assert response.status_code in (400, 403)
    assert not files_on_disk(live)


@pytest.mark.parametrize("wanted", [
    {"mark": ""}, {"mark": "x" * 41}, {"mark": 1}, {"size": -1}, {"size": 2**60}, {"size": 1.5},
    {"name": "x" * 2000}, {"name": "a\0.png"}, {"name": None}, {"type": "x" * 2000},
    {"path": "/etc/passwd"},
])  # fmt: skip
async def test_a_wish_that_is_none(live: LiveSite, wanted: dict[str, Any]) -> None:
    one = await seller(live)
    assert (await begin(one, wish(b"abc") | wanted)).status in (400, 422)
    assert not len(live.hotframe.live.uploads)


@pytest.mark.parametrize("field", ["note", "saved", "", "__class__", "photo.file", "start"])
async def test_a_field_that_takes_no_files(live: LiveSite, field: str) -> None:
    one = await seller(live)
    assert (await begin(one, wish(b"abc"), field=field)).status == 422


async def test_no_page_writes_the_field_itself(live: LiveSite) -> None:
    one = await seller(live)
    state = {"token": "x", "name": "a", "type": "b", "size": 1}
    assert (await one.send(set={"photo": state})).status == 403


@pytest.mark.parametrize("name", [
    "../../etc/passwd", "/etc/passwd", "..\\..\\win.ini", "C:\\a.png", "a\nb.png", "..", "",
    "<b>.png", "x" * 200,
])  # fmt: skip
async def test_names_are_no_paths(live: LiveSite, name: str) -> None:
    one = await seller(live)
    answer = await send(one, b"tea", name)
    assert answer.status == 200
    (kept,) = live.hotframe.live.uploads
    assert not set(kept.upload.filename) & set("/\\\n<>:")
    assert kept.upload.filename not in ("..", ".")
    (file,) = files_on_disk(live)
    assert file.read_bytes() == b"tea"


async def test_more_than_was_said(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    assert (await piece(one, wanted["mark"], b"abcd")).status_code == 413
    assert (await piece(one, wanted["mark"], b"abc")).status_code == 410
    assert not files_on_disk(live)


def opened(one: Instance, mark: str, at: int = 0) -> Any:
    """Begin the request of a piece, whose length is not told."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in one.client.cookie_jar)
    url = f"/hotframe/live/upload?page={one.page}&id={one.id}&file={mark}&at={at}"
    headers = {"HF-Request": "upload", "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
    return one.client.request(url, method="POST", headers=headers)


async def is_read(live: LiveSite) -> None:
    """Wait until the server reads a piece."""
    async with asyncio.timeout(10):
        while not any(each.busy.locked() for each in live.hotframe.live.uploads):
            await asyncio.sleep(0.01)


async def test_a_body_without_a_length_is_cut_off(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    async with opened(one, wanted["mark"]) as connection:
        for _ in range(100):
            await connection.send(b"x" * 1000)
        await connection.send_complete()
    response = await connection.as_response()
    assert response.status_code == 413
    await disk_has(live, 0)
    assert not len(live.hotframe.live.uploads)


async def test_who_leaves_in_a_piece_leaves_nothing_of_it(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    async with opened(one, wanted["mark"]) as connection:
        await connection.send(b"a")
        await is_read(live)
        await connection.disconnect()
    assert not files_on_disk(live)
    assert (await piece(one, wanted["mark"], b"abc")).status_code == 200


@pytest.mark.parametrize("comes", [True, False])
async def test_what_is_cancelled_in_a_piece_leaves_nothing(live: LiveSite, comes: bool) -> None:
    one = await seller(live)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    async with opened(one, wanted["mark"], 3) as connection:
        await connection.send(b"d")
        await is_read(live)
        await begin(one)
        assert files_on_disk(live)
        if comes:
            await connection.send(b"ef")
            await connection.send_complete()
        else:
            await connection.disconnect()
    await disk_has(live, 0)
    assert live.hotframe.live.uploads.size == 0


async def test_the_same_piece_many_times_at_once(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    found = await asyncio.gather(*[piece(one, wanted["mark"], b"abc") for _ in range(50)])
    assert sorted(each.status_code for each in found) == [200] + [409] * 49
    assert files_on_disk(live)[0].read_bytes() == b"abc"


@pytest.mark.parametrize("live", [FEW], indirect=True)
async def test_a_component_has_few_files(live: LiveSite) -> None:
    one = await seller(live)
    answer = await begin(one, *[wish(b"x") for _ in range(4)], field="papers")
    assert "Choose at most 3 files." in answer.html
    assert not len(live.hotframe.live.uploads)


@pytest.mark.parametrize("live", [FEW], indirect=True)
async def test_a_session_has_few_files_and_so_has_the_process(live: LiveSite) -> None:
    said = "Too many files are being sent."
    first = await seller(live)
    assert said not in (await begin(first, *[wish(b"x") for _ in range(3)], field="papers")).body
    (second,) = await live.load(USE)
    assert said in (await begin(second, wish(b"x"), wish(b"x"), field="papers")).html
    (other,) = await live.load(USE, client=client_of(live.app))
    await begin(other, wish(b"x"), wish(b"x"), field="papers")
    (third,) = await live.load(USE, client=client_of(live.app))
    assert said in (await begin(third, wish(b"x"))).html
    await begin(other, field="papers")
    assert (await begin(third, wish(b"x"))).body["result"] == {"ok": True}


@pytest.mark.parametrize("live", [FEW], indirect=True)
async def test_a_process_has_room_for_few_bytes(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"x" * 90)
    wanted = wish(b"x" * 20)
    await begin(one, wanted, field="papers")
    response = await piece(one, wanted["mark"], b"x" * 20)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    await one.send("save")
    assert (await piece(one, wanted["mark"], b"x" * 20)).status_code == 200


@pytest.mark.parametrize("live", [SOON], indirect=True)
async def test_what_nobody_goes_on_with_is_deleted(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"a")
    await disk_has(live, 0)
    await send(one, b"tea")
    await disk_has(live, 0)
    assert "Choose it again" in (await one.send("look")).html


@pytest.mark.parametrize("live", [MANY], indirect=True)
async def test_a_thousand_at_once(live: LiveSite) -> None:
    one = await seller(live)
    wanted = [wish(str(number).encode()) for number in range(1000)]
    await begin(one, *wanted, field="papers")
    sent = [piece(one, each["mark"], str(n).encode()) for n, each in enumerate(wanted)]
    assert {each.status_code for each in await asyncio.gather(*sent)} == {200}
    await end(one, *wanted, field="papers")
    contents = {int(each.read_bytes()) for each in files_on_disk(live)}
    assert contents == {*range(1000)}


async def test_begins_count_to_the_limits_of_the_class(live: LiveSite) -> None:
    one = await seller(live, CODE.replace("    photo:", '    limits = ["2/minute"]\n    photo:', 1))
    assert [(await begin(one, wish(b"x"))).status for _ in range(3)] == [200, 200, 429]


async def test_another_page_of_the_same_session_has_its_own(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abc")
    await begin(one, wanted)
    html = await (await live.client.get("/")).get_data(as_text=True)
    (other,) = instances_in(html, live.client, "q" * 22)
    assert (await piece(other, wanted["mark"], b"abc")).status_code == 410
