"""Rates: what can be written, and what is told of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import SetupError
from quart_hotframe.security import limit
from quart_hotframe.security.limits.limit import Limit
from quart_hotframe.security.limits.rate import Rate


@pytest.mark.parametrize(
    ("text", "count", "seconds"),
    [
        ("5/minute", 5, 60),
        ("1/second", 1, 1),
        (" 20 / Hour ", 20, 3600),
        ("1000/day", 1000, 86_400),
        ("5/15 minutes", 5, 900),
    ],
)
def test_a_rate_is_a_number_in_a_time(text: str, count: int, seconds: int) -> None:
    assert Rate.parse(text) == Rate(count, seconds)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5/minut", "Did you mean 'minute'"),
        ("5/week", "Known are: second, minute, hour, day"),
        ("five/minute", "write a number"),
        ("5 per minute", "write a number"),
        ("0/minute", "out of range"),
        ("5/0 minutes", "out of range"),
        ("5/999999 days", "out of range"),
        ("5/minute; drop", "write a number"),
        ("\u0665/minute", "write a number"),
        ("", "write a number"),
    ],
)
def test_what_is_no_rate_is_told_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(SetupError, match="limit") as caught:
        limit(text)
    assert told in str(caught.value)


@given(st.text())
def test_any_text_is_a_rate_or_a_clear_error(text: str) -> None:
    try:
        rate = Rate.parse(text)
    except ValueError as error:
        assert repr(text) in str(error)
    else:
        assert rate.count > 0 and rate.seconds > 0


def test_a_subject_that_nobody_knows_is_told_with_the_nearest() -> None:
    with pytest.raises(SetupError, match="Did you mean 'address'"):
        limit("5/minute", by="adress")


def test_a_limit_marks_views_and_blueprints_only() -> None:
    mark: Any = limit("5/minute")
    targets: list[Any] = ["/login", "".join, print]
    for target in targets:
        with pytest.raises(SetupError, match="a view or a blueprint"):
            mark(target)


def test_a_limit_of_a_manifest_says_by_whom() -> None:
    assert Limit.parse("300/minute by user") == Limit(Rate(300, 60), "user")
    assert Limit.parse("300/minute") == Limit(Rate(300, 60), "address")
