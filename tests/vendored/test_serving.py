"""Templates load what was vendored, or what a wheel has, with its checksum and the page's nonce."""

from __future__ import annotations

import asyncio
import gzip
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha384
from pathlib import Path
from typing import Any

import pytest
from quart import render_template_string
from quart.testing.app import LifespanError

from quart_hotframe.errors import SetupError

from .conftest import Make
from .conftest import Run

ALPINE = {"@alpinejs/csp": "some-wheel:alpine.js"}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a distribution installed that brings files, and return its folder."""
    folder = tmp_path / "site-packages"
    info = folder / "some_wheel-1.0.dist-info"
    files = ["some/static/htmx.js", "some/static/alpine.js", "some/a/x.js", "some/b/x.js"]
    for name in [*files, "some/static/page.css", "some/secret.txt", "some/unlisted.js"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"/* {name} */", encoding="utf-8")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-wheel\nVersion: 1.0\n")
    record = [*files, "some/static/page.css", "some/secret.txt"]
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in record))
    monkeypatch.syspath_prepend(str(folder))
    return folder


@asynccontextmanager
async def site(make: Make, template: str) -> AsyncIterator[Any]:
    app = make()

    @app.get("/")
    async def index() -> str:
        return await render_template_string(template)

    async with app.test_app():
        yield app.test_client()


async def page(client: Any) -> tuple[str, dict[str, str], str]:
    """Return the element, its attributes and the policy."""
    answer = await client.get("/")
    text: str = await answer.get_data(as_text=True)
    csp = answer.headers.get("Content-Security-Policy", "")
    return text, dict(re.findall(r'([\w-]+)="([^"]*)"', text)), csp


async def error_of(make: Make, template: str = "") -> str:
    """Return why an app does not start, or a page is not made."""
    with pytest.raises((SetupError, LifespanError)) as caught:
        app = make()
        async with app.test_app(), app.test_request_context("/"):
            await render_template_string(template)
    return str(caught.value)


async def test_a_vendored_file_is_named_with_checksum_and_nonce(
    vendor: Run, make: Make, config: Any
) -> None:
    await asyncio.to_thread(vendor, "htmx.org@4.0.1")
    config["HOTFRAME_SECURITY"] = "strict"
    async with site(make, '{{ vendored("htmx.org") }}') as client:
        text, found, csp = await page(client)
        answer = await client.get(found["src"])
        body = await answer.get_data()
    assert text.startswith("<script defer src=") and text.endswith("></script>")
    assert body == b"htmx()" and answer.mimetype == "text/javascript"
    assert found["integrity"] == f"sha384-{b64encode(sha384(body).digest()).decode()}"
    assert f"'nonce-{found['nonce']}'" in csp


async def test_browsers_keep_it_for_ever_and_another_version_has_another_address(
    vendor: Run, make: Make
) -> None:
    await asyncio.to_thread(vendor, "htmx.org@4.0.1")
    async with site(make, '{{ vendored("htmx.org") }}') as client:
        src = (await page(client))[1]["src"]
        packed = await client.get(src, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(await packed.get_data()) == b"htmx()"
        assert packed.headers["Content-Encoding"] == "gzip"
        plain = await client.get(src)
        for answer in (plain, packed):
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Accept-Encoding" in answer.headers["Vary"]
        digest = src.split("/")[-2]
        for other in (digest[::-1], f"{digest}x", "..%2f.."):
            assert (await client.get(src.replace(digest, other))).status_code == 404
        assert (await client.get(src.replace("htmx", "sse"))).status_code == 404


async def test_other_files_and_kinds_can_be_loaded(
    vendor: Run, make: Make, config: Any, wheel: Path
) -> None:
    await asyncio.to_thread(
        vendor, "htmx.org@4.0.1", "--path", "dist/htmx.min.js", "--path", "dist/ext/sse.js"
    )
    config["HOTFRAME_VENDOR"] = {"page": "some-wheel:page.css"}
    template = """{{ vendored("htmx.org", "dist/ext/sse.js") }}
    {{ vendored("htmx.org", module=True) }}{{ vendored("page") }}"""
    async with site(make, template) as client:
        text, found, _ = await page(client)
        style = await client.get(found["href"])
    assert re.findall(r'(?:src|href)="[^"]*/([^"/]+)"', text) == [
        "sse.js",
        "htmx.min.js",
        "page.css",
    ]
    assert text.count('<script type="module" ') == 1
    assert '<link rel="stylesheet" href=' in text and style.mimetype == "text/css"


async def test_a_file_of_a_wheel_is_loaded_and_wins(
    vendor: Run, make: Make, config: Any, wheel: Path
) -> None:
    await asyncio.to_thread(vendor, "htmx.org@4.0.1")
    config["HOTFRAME_VENDOR"] = {"htmx.org": "some-wheel:some/static/htmx.js"}
    async with site(make, '{{ vendored("htmx.org") }}') as client:
        answer = await client.get((await page(client))[1]["src"])
        assert await answer.get_data() == b"/* some/static/htmx.js */"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("some-wheel", "write 'distribution:path/of/file.js'"),
        ("nowhere:x.js", "pip install nowhere"),
        ("some-wheel:htmy.js", "has no file 'htmy.js'"),
        ("some-wheel:some/static/htmy.js", "Did you mean 'some/static/htmx.js'?"),
        ("some-wheel:x.js", "has 2 files 'x.js'"),
        ("some-wheel:unlisted.js", "has no file"),
        ("some-wheel:../some_wheel-1.0.dist-info/RECORD", "has no file"),
        ("some-wheel:secret.txt", "cannot load 'secret.txt'"),
    ],
)
async def test_a_wheel_without_the_file_stops_the_start(
    make: Make, config: Any, wheel: Path, place: str, reason: str
) -> None:
    config["HOTFRAME_VENDOR"] = {"htmx": place}
    text = await error_of(make)
    assert reason in text and "HOTFRAME_VENDOR, 'htmx'" in text


async def test_a_vendored_file_that_was_changed_or_lost_stops_the_start(
    vendor: Run, make: Make, project: Path
) -> None:
    await asyncio.to_thread(vendor, "htmx.org@4.0.1")
    script = project / "static/vendor/htmx.org/4.0.1/dist/htmx.min.js"
    script.write_text("changed", encoding="utf-8")
    assert "is not what the lock says. Run quart hotframe vendor" in await error_of(make)
    script.unlink()
    assert "cannot be read" in await error_of(make)


async def test_a_name_or_path_that_there_is_not_is_told(vendor: Run, make: Make) -> None:
    text = await error_of(make, '{{ vendored("htmx.org") }}')
    assert "quart hotframe vendor htmx.org@VERSION" in text
    await asyncio.to_thread(vendor, "htmx.org@4.0.1")
    assert "Did you mean 'htmx.org'?" in await error_of(make, '{{ vendored("htmxorg") }}')
    text = await error_of(make, '{{ vendored("htmx.org", "dist/htmx.js") }}')
    assert "Did you mean 'dist/htmx.min.js'?" in text
    assert "no such file" in await error_of(make, '{{ vendored("htmx.org", "LICENSE") }}')


async def test_our_client_comes_before_alpine(make: Make, config: Any, wheel: Path) -> None:
    config |= {"HOTFRAME_ALPINE": True, "HOTFRAME_VENDOR": ALPINE, "HOTFRAME_CLIENT": True}
    async with site(make, "{{ hotframe_script() }}") as client:
        text, _, _ = await page(client)
    assert re.findall(r"<script (\S+) src=\"(\S+?)[.\"]", text)[0][0] == 'type="module"'
    assert text.index("/hotframe.") < text.index("/alpine.js")
    assert text.count("<script") == 2


async def test_alpine_needs_no_client_of_ours(make: Make, config: Any, wheel: Path) -> None:
    config |= {"HOTFRAME_ALPINE": True, "HOTFRAME_VENDOR": ALPINE}
    async with site(make, "{{ hotframe_script() }}") as client:
        text, _, _ = await page(client)
    assert text.count("<script defer ") == text.count("<script") == 1


async def test_alpine_that_is_not_there_stops_the_start(make: Make, config: Any) -> None:
    config["HOTFRAME_ALPINE"] = True
    assert "quart hotframe vendor @alpinejs/csp@VERSION" in await error_of(make)


def test_an_app_without_any_has_nothing_of_it(make: Make) -> None:
    assert "hotframe.vendored" not in make().view_functions
