"""Without JavaScript files go with the form."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from typing import NamedTuple

import pytest

from tests.live.conftest import LiveSite
from tests.live.test_rights import people as people
from tests.live.test_rights import PeopleSite

from .conftest import CODE
from .conftest import DENIED
from .conftest import disk_has
from .conftest import files_on_disk
from .conftest import seller

FORM = re.compile(r'<form id="app-seller.form" method="post" action="([^"]*)"([^>]*)>(.*?)</form>')
INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class Sent(NamedTuple):
    """A file as a browser sends it."""

    content: bytes
    name: str = "a.png"
    type: str = "image/png"


async def press(live: LiveSite, event: str, *files: Sent, field: str = "photo") -> Any:
    """Send the form as a browser does, and load the page that it leads to."""
    found = FORM.search(live.html)
    assert found is not None
    url, attributes, content = found.groups()
    assert 'enctype="multipart/form-data"' in attributes
    given = {name: unescape(value) for name, value in INPUT.findall(content)}
    parts = [f'name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in {**given, "hf_event": event}.items()]  # fmt: skip
    for one in files:
        head = f'name="{field}"; filename="{one.name}"\r\nContent-Type: {one.type}\r\n\r\n'
        parts.append(head.encode() + one.content + b"\r\n")
    begin = b"--x\r\nContent-Disposition: form-data; "
    response = await live.client.post(
        unescape(url), data=b"".join(begin + part for part in parts) + b"--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    if response.status_code == 303:
        where = response.headers["Location"].partition("#")[0]
        live.html = await (await live.client.get(where)).get_data(as_text=True)
    return response


async def test_the_file_goes_with_the_event(live: LiveSite) -> None:
    await seller(live)
    assert 'name="photo" hf-upload="photo" accept="image/png,image/jpeg" form=' in live.html
    await press(live, "look", Sent(b"tea"))
    assert "<b>tea</b>" in live.html
    assert "<i>a.png|image/png|3</i>" in live.html


async def test_it_is_still_there_for_the_next_event(live: LiveSite) -> None:
    await seller(live)
    await press(live, "", Sent(b"tea"))
    await press(live, "save", Sent(b"", "", "application/octet-stream"))
    assert "<b>a.png</b>" in live.html
    await disk_has(live, 0)


async def test_cancelling_works(live: LiveSite) -> None:
    await seller(live)
    await press(live, "", Sent(b"tea"))
    await press(live, 'change_files {"field": "photo"}')
    assert "<i>||</i>" in live.html
    await disk_has(live, 0)


async def test_several_files(live: LiveSite) -> None:
    names = "<ul>{% for one in papers %}<li>{{ one.filename }}{% endfor %}"
    await seller(live, template=f'<input type="file" {{{{ upload("papers") }}}}>{names}')
    await press(live, "", Sent(b"1", "a.txt"), Sent(b"2", "b.txt"), field="papers")
    assert "<li>a.txt<li>b.txt" in live.html


@pytest.mark.parametrize(("given", "said"), [
    (Sent(b"x", "a.txt", "text/plain"), "Choose a file of this type"),
    (Sent(b"x" * 1001), "Choose a file of at most 1 kB."),
])  # fmt: skip
async def test_what_the_field_does_not_take(live: LiveSite, given: Sent, said: str) -> None:
    await seller(live)
    await press(live, "save", given)
    assert (said in live.html, "<b></b>" in live.html) == (True, True)
    assert not files_on_disk(live)


async def test_more_than_all_fields_take_is_not_read(live: LiveSite) -> None:
    code = CODE.replace("    papers: list[Upload] = []\n", "")
    await seller(live, code, '<input type="file" {{ upload("photo") }}>')
    response = await press(live, "look", Sent(b"x" * 3_000_000))
    assert response.status_code == 413
    assert not files_on_disk(live)


@pytest.mark.parametrize("name", ["app:other", "x", ""])
async def test_another_component_in_the_address_gives_no_room(live: LiveSite, name: str) -> None:
    await seller(live)
    live.html = live.html.replace("?for=app:seller", f"?for={name}")
    assert (await press(live, "look", Sent(b"x" * 3_000_000))).status_code in (410, 413)


async def test_who_may_not_use_the_component_is_refused_before_the_files(
    people: PeopleSite,
) -> None:
    code = DENIED.replace("    papers: list[Upload] = []\n", "")
    await seller(people, code, '<input type="file" {{ upload("photo") }}>')
    people.who = type(people.who)(people.who.id)
    assert (await press(people, "look", Sent(b"x" * 3_000_000))).status_code == 403  # and not 413
    assert not files_on_disk(people)
