"""Who is counted: addresses, networks, and keys of what clients send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.security.digests import digest
from quart_hotframe.security.limits.subject import network_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:DB8:1:2::1", "2001:0db8:0001:0002::1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        (None, "", True),
        ("<local>", "<local>", True),
    ],
)
def test_who_is_one_client(one: str | None, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


@given(st.text())
def test_any_address_is_somebody(address: str) -> None:
    assert isinstance(network_of(address), str)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_keys_have_one_length_and_differ(one: list[str], other: list[str]) -> None:
    assert len(digest(*one)) == 32
    assert (digest(*one) == digest(*other)) is (one == other)


def test_the_end_of_one_part_is_not_the_beginning_of_the_next() -> None:
    assert (
        len({digest("a", "b", "c"), digest("a", "1:b\0c"), digest("a", "bc"), digest("abc")}) == 4
    )


def test_a_key_of_what_no_encoding_knows() -> None:
    assert len(digest("\ud800" * 100_000)) == 32
