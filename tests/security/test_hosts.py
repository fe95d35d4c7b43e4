"""Requests under another name are refused."""

from __future__ import annotations

import pytest

from .sites import protected

NAMES = ["shop.example", ".branch.example", "[::1]"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example", 200),
        ("SHOP.example:8443", 200),
        ("[::1]:8000", 200),
        ("branch.example", 200),
        ("a.b.branch.example", 200),
        ("evil.example", 400),
        ("shop.example.evil.example", 400),
        ("evilbranch.example", 400),
        ("shop.example@evil.example", 400),
        ("shop.example:x", 400),
        ("shop.example:80:80", 400),
        ("evil.example#.branch.example", 400),
        ("evil.example/.branch.example", 400),
        ("shop.example, evil.example", 400),
        ("", 400),
    ],
)
async def test_only_known_names_are_answered(host: str, status: int) -> None:
    async with protected(HOTFRAME_TRUSTED_HOSTS=NAMES) as client:
        response = await client.get("/part/", headers={"Host": host})
        assert response.status_code == status
        assert (await client.get("/own", headers={"Host": host})).status_code == 200


async def test_any_name_is_good_where_none_is_given() -> None:
    async with protected() as client:
        assert (await client.get("/part/", headers={"Host": "evil.example"})).status_code == 200
