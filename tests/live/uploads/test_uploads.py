"""Files that a page sends before the event that they are for."""

from __future__ import annotations

import pytest

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


async def test_an_event_sees_the_file(live: LiveSite) -> None:
    one = await seller(live)
    answer = await send(one, b"tea", "../my tea.png")
    assert "<i>my_tea.png|image/png|3</i>" in answer.html
    assert 'value="1"' in answer.html
    assert "<b>tea</b>" in (await one.send("look")).html


async def test_it_is_saved_and_read_in_pieces(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"green tea")
    answer = await one.send("copy", {"path": str(live.folder / "copy")})
    assert "<b>5 Upload(&#39;a.png&#39;, 9 bytes)</b>" in answer.html
    assert (live.folder / "copy").read_bytes() == b"green tea"


async def test_a_file_is_deleted_when_its_field_is_empty_again(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"tea")
    await disk_has(live, 1)
    answer = await one.send("save")
    assert ("<b>a.png</b>" in answer.html, "<i>||</i>" in answer.html) == (True, True)
    await disk_has(live, 0)
    assert not live.hotframe.live.uploads.size


async def test_pieces_are_put_together(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    assert await (await piece(one, wanted["mark"], b"abc")).get_json() == {"at": 3}
    assert await (await piece(one, wanted["mark"], b"def", 3)).get_json() == {"at": 6}
    await end(one, wanted)
    assert "<b>abcdef</b>" in (await one.send("look")).html


async def test_a_piece_that_comes_twice_is_not_put_in_twice(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    again = await piece(one, wanted["mark"], b"abc")
    assert (again.status_code, (await again.get_json())["at"]) == (409, 3)


async def test_a_part_of_a_file_is_none(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    answer = await end(one, wanted)
    assert ("Choose it again" in answer.html, "<i>||</i>" in answer.html) == (True, True)
    await disk_has(live, 0)


async def test_an_empty_file_is_a_file(live: LiveSite) -> None:
    one = await seller(live)
    assert "<i>a.png|image/png|0</i>" in (await send(one, b"")).html
    assert (await one.send("look")).body["result"] == {"ok": True}


async def test_several_files_are_added_to_those_that_are_there(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"1", "a.txt", "text/plain", "papers")
    answer = await send(one, b"2", "b.txt", "text/plain", "papers")
    assert "<li>a.txt</li><li>b.txt</li>" in answer.html


async def test_another_file_takes_the_place_of_one(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"old")
    assert "<i>b.png|image/png|3</i>" in (await send(one, b"new", "b.png")).html
    await disk_has(live, 1)
    assert files_on_disk(live)[0].read_bytes() == b"new"


async def test_cancelling_deletes_what_is_there_and_what_is_on_its_way(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"old")
    wanted = wish(b"abcdef")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"abc")
    answer = await begin(one)
    assert {"action": "upload", "target": one.id, "name": "photo"} in answer.body["patches"]
    assert "<i>||</i>" in answer.body["patches"][0]["html"]
    assert (await piece(one, wanted["mark"], b"def", 3)).status_code == 410
    await disk_has(live, 0)


@pytest.mark.parametrize(("kind", "size", "said"), [
    ("text/plain", 10, "Choose a file of this type: image/png, image/jpeg."),
    ("image/png", 1001, "Choose a file of at most 1 kB."),
])  # fmt: skip
async def test_what_the_field_does_not_take_is_told_before_it_is_sent(
    live: LiveSite, kind: str, size: int, said: str
) -> None:
    one = await seller(live)
    wanted = wish(b"x" * size, type=kind)
    answer = await begin(one, wanted)
    assert answer.body["result"]["errors"] == {"photo": [said]}
    assert said in answer.html
    assert (await piece(one, wanted["mark"], b"x")).status_code == 410
    assert said not in (await send(one, b"x")).html


async def test_a_field_that_says_no_size_has_the_usual_one(live: LiveSite) -> None:
    one = await seller(live)
    answer = await begin(one, wish(b"", size=10_000_001), field="papers")
    assert "Choose a file of at most 10 MB." in answer.html


async def test_one_file_is_one(live: LiveSite) -> None:
    one = await seller(live)
    assert "Choose one file." in (await begin(one, wish(b"1"), wish(b"2"))).html


async def test_the_list_may_say_how_many(live: LiveSite) -> None:
    code = CODE.replace(
        "papers: list[Upload]", "papers: Annotated[list[Upload], Field(max_length=1)]"
    )
    one = await seller(live, "from pydantic import Field\n" + code)
    await send(one, b"1", field="papers")
    answer = await send(one, b"2", "b.png", field="papers")
    assert ("at most 1 item" in answer.html, "b.png" in answer.html) == (True, False)
    await disk_has(live, 1)


async def test_an_event_that_fails_keeps_the_file(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"tea")
    assert (await one.send("fail")).status == 500
    assert "<b>tea</b>" in (await one.send("look")).html


async def test_a_state_that_was_lost_still_has_the_file(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"tea")
    (held,) = live.hotframe.live.residents
    await live.hotframe.live.store.forget(held.key)
    assert (await one.send("look")).status == 409
    assert "<b>tea</b>" in (await one.send("look", handle=None, snapshot=one.snapshot)).html


async def test_an_event_whose_file_is_gone_says_so_and_does_not_run(live: LiveSite) -> None:
    one = await seller(live)
    await send(one, b"tea")
    live.hotframe.live.uploads.drop([*live.hotframe.live.uploads])
    answer = await one.send("look")
    assert answer.body["result"]["errors"] == {
        "photo": ["The file is not there any more. Choose it again."]
    }
    assert "<b></b>" in answer.html


async def test_a_request_that_is_sent_again_changes_nothing(live: LiveSite) -> None:
    one = await seller(live)
    wanted = wish(b"tea")
    await begin(one, wanted)
    await piece(one, wanted["mark"], b"tea")
    for _ in range(2):
        answer = await end(one, wanted)
        one.seq -= 1
    assert "<i>a.png|image/png|3</i>" in answer.html
    await disk_has(live, 1)


@pytest.mark.parametrize(("line", "said"), [
    ("photo: Upload | int | None = None", "Seller.photo is for files: write Upload | None"),
    ("photo: list[Upload | None] = []", "Seller.photo is for files: write Upload | None"),
    ("photo: list[Upload] = None", "its default is []"),
    ("photo: Bindable[Upload | None] = None", "leave out Bindable"),
    ("photo: Private[Upload | None] = None", "leave out Bindable"),
    ("photo: Upload | None = None\n    upload: int = 1", "Seller.upload cannot be a field"),
])  # fmt: skip
async def test_a_field_that_cannot_be_one(
    live: LiveSite, caplog: pytest.LogCaptureFixture, line: str, said: str
) -> None:
    code = f"from quart_hotframe.forms import Upload\nclass Seller(LiveComponent):\n    {line}\n"
    live.component("seller", "x", code)
    with pytest.raises(AssertionError):
        await live.load(USE)
    assert said in caplog.text


async def test_a_template_that_names_another_field_is_told(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("seller", '{{ upload("foto") }}', CODE)
    with pytest.raises(AssertionError):
        await live.load(USE)
    assert "has no field for files 'foto'. Did you mean 'photo'?" in caplog.text
