"""A redirect to a named target stays on the own site."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Blueprint
from quart import request

from quart_hotframe.security import safe_redirect
from quart_hotframe.security.redirects import is_own
from tests.security.targets import OTHERS

from .sites import protected


@pytest.mark.parametrize(
    "target",
    ["/", "/shop/?a=b&c=d#e", "/a//b", "/ö", "/a:b@c", "http://localhost", "http://localhost/x?y"],
)
def test_own_targets_are_taken(target: str) -> None:
    assert is_own(target, "http://localhost")


@pytest.mark.parametrize("target", OTHERS)
def test_other_targets_are_not(target: str) -> None:
    assert not is_own(target, "http://localhost")


async def test_a_view_redirects_to_it_or_to_the_fallback() -> None:
    part = Blueprint("part", "part")

    @part.get("/go")
    async def go() -> Any:
        return safe_redirect(request.args.get("next"), "/home")

    async with protected(part) as client:
        for named, location in {
            "/here?x=1": "/here?x=1",
            "//evil.example": "/home",
            "/\r\nSet-Cookie: a=b": "/home",
            "": "/home",
        }.items():
            response = await client.get("/go", query_string={"next": named})
            assert (response.status_code, response.headers["Location"]) == (303, location)
        assert (await client.get("/go")).headers["Location"] == "/home"


@given(st.text(max_size=30))
def test_nothing_but_one_slash_begins_a_path(text: str) -> None:
    if is_own(text, ""):
        assert text[0] == "/" and text[1:2] not in ("/", "\\")
        assert not any(ord(sign) <= 32 or sign == "\\" for sign in text)
