"""A binding is known by its session and by its user, and by nothing that only looks like one."""

from __future__ import annotations

import pytest

from quart_hotframe.live.binding import binding_of
from quart_hotframe.live.binding import is_of


@pytest.mark.parametrize(
    ("what", "value", "found"),
    [
        ("generation", "g1", True),
        ("generation", "g", False),
        ("generation", "7", False),
        ("user", "7", True),
        ("user", "70", False),
        ("user", "g1", False),
        ("user", "9", False),
    ],
)
def test_a_login_that_ends_is_told_from_others(what: str, value: str, found: bool) -> None:
    assert is_of(binding_of("g1", "7", 9), what, value) is found
