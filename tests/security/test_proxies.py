"""What is said about a client is believed from trusted proxies only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Blueprint
from quart import request
from quart import url_for
from werkzeug.datastructures import Headers

from quart_hotframe.security import limit
from quart_hotframe.security.forwarded import hops_of
from quart_hotframe.security.proxies import address_of
from quart_hotframe.security.proxies import rewritten
from quart_hotframe.security.proxies import Trust

from .sites import protected

ALL = ("for", "proto", "host", "port")
NETWORKS = ["10.0.0.0/8", "::1"]
SPOOFED = [
    ("X-Forwarded-For", "1.2.3.4"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Port", "666"),
    ("Forwarded", "for=1.2.3.4;proto=https;host=evil.example"),
    ("X-Request-Id", "spoofed-name"),
]


def seen(
    trusted: list[str],
    *headers: tuple[str, str],
    peer: str | None = "10.0.0.1",
    kinds: tuple[str, ...] = ALL,
    scheme: str = "http",
) -> tuple[str, str, str]:
    """Return address, scheme and host that the app sees."""
    scope: Any = {
        "type": "websocket" if scheme.startswith("ws") else "http",
        "scheme": scheme,
        "client": (peer, 5) if peer is not None else None,
        "headers": [(b"host", b"own.example")]
        + [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    before = repr(scope)
    new = rewritten(scope, Trust(trusted), kinds)
    assert repr(scope) == before
    [host] = [value.decode() for name, value in new["headers"] if name == b"host"]
    return (new["client"] or ("",))[0], new["scheme"], host


OWN = ("8.8.8.8", "http", "own.example")


def test_an_untrusted_peer_is_not_believed_a_word() -> None:
    assert seen(NETWORKS, *SPOOFED, peer="8.8.8.8") == OWN
    assert seen(NETWORKS, *SPOOFED, peer="8.8.8.8", kinds=("forwarded",)) == OWN


def test_a_trusted_peer_is() -> None:
    assert seen(NETWORKS, *SPOOFED) == ("1.2.3.4", "https", "evil.example:666")
    assert seen(NETWORKS, *SPOOFED, kinds=("for",)) == ("1.2.3.4", "http", "own.example")
    assert seen(NETWORKS, *SPOOFED, kinds=("forwarded",)) == ("1.2.3.4", "https", "evil.example")


@pytest.mark.parametrize(
    ("trusted", "said", "address"),
    [
        # What the client wrote stands on the left, what proxies added on the right.
        (NETWORKS, "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        (NETWORKS, "1.1.1.1, 9.9.9.9, 10.0.0.2", "9.9.9.9"),
        (NETWORKS, "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (NETWORKS, "9.9.9.9, unknown, 10.0.0.2", "10.0.0.1"),
        (NETWORKS, "9.9.9.9, ", "10.0.0.1"),
        (NETWORKS, "::ffff:9.9.9.9", "9.9.9.9"),
        (NETWORKS, "[2001:DB8::1]:443", "2001:db8::1"),
        (NETWORKS, "2001:db8::1", "2001:db8::1"),
        (NETWORKS, "9.9.9.9:1234", "9.9.9.9"),
        (NETWORKS, "fe80::1%<script>", "10.0.0.1"),
        (NETWORKS, "<script>", "10.0.0.1"),
        (NETWORKS, "", "10.0.0.1"),
        (["1"], "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        (["2"], "1.1.1.1, 9.9.9.9, 10.0.0.2", "9.9.9.9"),
        (["2"], "9.9.9.9", "10.0.0.1"),
        (["3"], "1.1.1.1, 9.9.9.9", "10.0.0.1"),
    ],
)
def test_the_address_is_that_which_a_trusted_hop_saw(
    trusted: list[str], said: str, address: str
) -> None:
    assert seen(trusted, ("X-Forwarded-For", said))[0] == address


def test_several_headers_are_one_list() -> None:
    two = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "9.9.9.9")]
    assert seen(NETWORKS, *two)[0] == "9.9.9.9"


def test_a_header_that_is_longer_than_its_hops_is_read_from_its_end() -> None:
    said = [("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-Proto", "ftp, https")]
    assert seen(NETWORKS, *said)[:2] == ("9.9.9.9", "https")
    assert seen(["1"], *said)[:2] == ("9.9.9.9", "https")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('for="[2001:db8::1]:80";proto=https', ("2001:db8::1", "https", "own.example")),
        ("for=1.1.1.1, for=9.9.9.9;host=a.example", ("9.9.9.9", "http", "a.example")),
        ("FOR=9.9.9.9; Proto=HTTPS", ("9.9.9.9", "https", "own.example")),
        ('for="9.9.9.9', ("10.0.0.1", "http", "own.example")),
        ("for=9.9.9.9 x", ("10.0.0.1", "http", "own.example")),
        ("for=9.9.9.9,,", ("10.0.0.1", "http", "own.example")),
        ('for=9.9.9.9;host="a\\"b"', ("9.9.9.9", "http", "own.example")),
        ("for=_hidden;proto=https", ("10.0.0.1", "https", "own.example")),
    ],
)
def test_rfc_7239(said: str, expected: tuple[str, str, str]) -> None:
    assert seen(NETWORKS, ("Forwarded", said), kinds=("forwarded",)) == expected


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ([("X-Forwarded-Host", "a.example:8443")], "a.example:8443"),
        ([("X-Forwarded-Port", "8443")], "own.example:8443"),
        ([("X-Forwarded-Port", "80")], "own.example"),
        ([("X-Forwarded-Port", "443"), ("X-Forwarded-Proto", "https")], "own.example"),
        ([("X-Forwarded-Host", "[::1]"), ("X-Forwarded-Port", "81")], "[::1]:81"),
        ([("X-Forwarded-Host", "a.example/x")], "own.example"),
        ([("X-Forwarded-Host", "a\r\nb")], "own.example"),
        ([("X-Forwarded-Host", "a@b")], "own.example"),
        ([("X-Forwarded-Port", "x")], "own.example"),
    ],
)
def test_the_host(headers: list[tuple[str, str]], host: str) -> None:
    assert seen(NETWORKS, *headers)[2] == host


def test_websockets_and_unix_sockets() -> None:
    secure = ("X-Forwarded-Proto", "https")
    assert seen(NETWORKS, secure, scheme="ws")[1] == "wss"
    assert seen(NETWORKS, ("X-Forwarded-Proto", "javascript"))[1] == "http"
    assert seen(["unix"], ("X-Forwarded-For", "9.9.9.9"), peer=None)[0] == "9.9.9.9"
    assert seen(NETWORKS, ("X-Forwarded-For", "9.9.9.9"), peer=None)[0] == ""
    assert seen(["::1", "unix"], secure, peer="::1")[1] == "https"


def test_a_huge_header_is_not_believed() -> None:
    assert hops_of([(b"x-forwarded-for", b"1.1.1.1," * 1000)], ALL) == []


@given(st.text(max_size=60), st.sampled_from(["forwarded", "x-forwarded-for", "x-forwarded-host"]))
def test_no_text_breaks_it(text: str, name: str) -> None:
    headers = [(name.encode(), text.encode("latin1", "ignore"))]
    for kinds in (ALL, ("forwarded",)):
        for trusted in (NETWORKS, ["1"], ["2"]):
            scope = {"type": "http", "scheme": "http", "client": ("::1", 1), "headers": headers}
            client = rewritten(scope, Trust(trusted), kinds)["client"][0]
            assert address_of(client) is not None


def mirror() -> Blueprint:
    part = Blueprint("part", "part")

    @part.route("/mirror", methods=["GET", "POST"])
    async def mirrored() -> list[str | None]:
        return [request.remote_addr, url_for("part.mirrored", _external=True)]

    return part


HEADERS = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https"}


async def test_the_app_sees_the_client() -> None:
    async with protected(mirror(), HOTFRAME_TRUSTED_PROXIES="127.0.0.0/8") as client:
        behind = {"scope_base": {"client": ("127.0.0.1", 9)}}
        direct = {"scope_base": {"client": ("8.8.8.8", 9)}}
        response = await client.get("/mirror", headers=HEADERS, **behind)
        assert await response.get_json() == ["9.9.9.9", "https://localhost/mirror"]
        response = await client.get("/mirror", headers=HEADERS, **direct)
        assert await response.get_json() == ["8.8.8.8", "http://localhost/mirror"]
        named = {"X-Request-Id": "name-of-the-proxy"}
        response = await client.get("/mirror", headers=named, **behind)
        assert response.headers["HF-Request-Id"] == "name-of-the-proxy"
        for bad in ({"X-Request-Id": "<script>"}, {"X-Request-Id": "x" * 200}):
            response = await client.get("/mirror", headers=bad, **behind)
            assert len(response.headers["HF-Request-Id"]) == 16
        response = await client.get("/mirror", headers=named, **direct)
        assert len(response.headers["HF-Request-Id"]) == 16


async def test_an_own_form_behind_a_proxy_is_known_by_its_origin() -> None:
    sent = {"Origin": "https://localhost", "Cookie": "a=b"}
    async with protected(mirror(), HOTFRAME_TRUSTED_PROXIES="1") as client:
        assert (await client.post("/mirror", headers=sent | HEADERS)).status_code == 200
        assert (await client.post("/mirror", headers=sent)).status_code == 403
    async with protected(mirror()) as client:
        assert (await client.post("/mirror", headers=sent | HEADERS)).status_code == 403


# -- what builds on it -----------------------------------------------------------------------------

PROXY, DIRECT = "10.0.0.1", "8.8.8.8"


def spoofed(number: int, added: str = "") -> list[tuple[str, str]]:
    """Return headers that name another client, and what a proxy adds."""
    said = f"192.0.2.{number}"
    return [
        ("X-Forwarded-For", f"{said}, {added}" if added else said),
        ("X-Forwarded-Host", "shop.example"), ("Forwarded", f"for={said};host=shop.example"),
        ("X-Real-Ip", said),
    ]  # fmt: skip


@pytest.mark.parametrize(("peer", "added"), [(DIRECT, ""), (PROXY, DIRECT)])
async def test_nobody_gets_around_a_limit_by_another_address(peer: str, added: str) -> None:
    part = Blueprint("part", "part")

    @part.get("/login")
    @limit("2/hour")
    async def login() -> str:
        return ""

    async with protected(part, HOTFRAME_TRUSTED_PROXIES=NETWORKS) as client:

        async def ask(number: int, address: str = added) -> int:
            headers = Headers(spoofed(number, address))
            answer = await client.get("/login", headers=headers, scope_base={"client": (peer, 9)})
            return int(answer.status_code)

        assert [await ask(number) for number in range(4)] == [200, 200, 429, 429]
        if added:  # another client of the same proxy
            assert await ask(0, "9.9.9.9") == 200


@pytest.mark.parametrize("kinds", [["for", "proto"], ["for", "host"]])
@pytest.mark.parametrize("peer", [DIRECT, PROXY])
async def test_a_host_that_is_not_known_is_not_made_so_by_a_header(
    peer: str, kinds: list[str]
) -> None:
    config = {
        "HOTFRAME_TRUSTED_PROXIES": NETWORKS, "HOTFRAME_TRUSTED_HOSTS": ["shop.example"],
        "HOTFRAME_FORWARDED_HEADERS": kinds,
    }  # fmt: skip
    async with protected(mirror(), **config) as client:
        asked: Any = {"scope_base": {"client": (peer, 9)}}
        headers = Headers([("Host", "evil.example"), *spoofed(1)])
        answer = await client.get("/mirror", headers=headers, **asked)
        assert answer.status_code == (200 if peer == PROXY and "host" in kinds else 400)
        headers = Headers([("Host", "shop.example"), ("X-Forwarded-Host", "evil.example")])
        answer = await client.get("/mirror", headers=headers, **asked)
        assert answer.status_code == (400 if peer == PROXY and "host" in kinds else 200)
