from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import SetupError
from quart_hotframe.hooks.names import CACHE_SIZE
from quart_hotframe.hooks.names import check_name
from quart_hotframe.hooks.names import matches
from quart_hotframe.hooks.names import NameIndex
from quart_hotframe.hooks.receiver import make_receiver

segments = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("order.paid", "order.paid", True),
        ("order.*", "order.paid", True),
        ("order.*", "order", False),
        ("order.*", "order.line.added", False),
        ("order.p*", "order.paid", True),
        ("order.p*", "order.sent", False),
        ("order.?aid", "order.paid", True),
        ("order.[ps]*", "order.sent", True),
        ("*.paid", "invoice.paid", True),
        ("*", "order.paid", False),
        ("**", "order.paid", True),
        ("order.**", "order", True),
        ("order.**", "order.line.added", True),
        ("order.**.added", "order.a.b.added", True),
        ("order.**.added", "order.a.b.gone", False),
        ("Order.*", "order.paid", False),
    ],
)
def test_a_wildcard_stays_inside_its_segment(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


@given(segments)
def test_two_stars_cover_every_name(name: list[str]) -> None:
    assert matches("**", ".".join(name))
    assert matches(".".join(["*"] * len(name)), ".".join(name))
    assert not matches(".".join(["*"] * (len(name) + 1)), ".".join(name))


@pytest.mark.parametrize("name", ["", "order paid", "order..paid", ".paid", "paid.", "order.\n"])
def test_a_malformed_name_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(SetupError, match=r'"order\.paid"'):
        check_name(name)


def test_a_pattern_is_refused_where_an_exact_name_is_needed() -> None:
    assert check_name("order.*", pattern=True) == "order.*"
    with pytest.raises(SetupError, match="wildcard"):
        check_name("order.*")


def test_the_lookup_of_unknown_names_stays_bounded() -> None:
    index = NameIndex([make_receiver("event", "order.*", print, "shop")])
    for number in range(CACHE_SIZE * 2 + 1):
        assert len(index.find(f"order.n{number}")) == 1
    assert 0 < len(index._found) <= CACHE_SIZE


def test_unknown_names_are_not_kept_without_patterns() -> None:
    index = NameIndex([make_receiver("event", "order.paid", print, "shop")])
    for number in range(10):
        assert index.find(f"n{number}") == ()
    assert list(index._found) == ["order.paid"]
