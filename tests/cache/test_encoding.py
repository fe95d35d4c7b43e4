"""What the cache can keep, and what is told of the rest."""

from __future__ import annotations

import pickle
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.cache.encoding import decode
from quart_hotframe.cache.encoding import encode

scalars = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(json_values | st.binary() | st.text())
def test_what_is_kept_comes_back(value: Any) -> None:
    assert decode(encode(value)) == value
    assert type(decode(encode(value))) is type(value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal(1), "no Decimal"),
        (datetime(2026, 1, 1), "no datetime"),
        ({1: 2}, "write str"),
        ({"a": [{"b": {1, 2}}]}, "no set"),
        (object(), "no object"),
        ([b"bytes"], "no bytes"),
    ],
)
def test_what_would_not_come_back_is_refused(value: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        encode(value)


def test_a_nesting_that_never_ends_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(TypeError, match="nested"):
        encode(value)


def test_text_and_bytes_that_look_like_something_else_stay_what_they_are() -> None:
    for value in ("b", "j[1]", b"s", b"j{}", pickle.dumps("x"), ""):
        assert decode(encode(value)) == value
