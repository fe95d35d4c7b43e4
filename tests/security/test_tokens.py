"""Signed tokens come back exactly as they were given out, or not at all."""

from __future__ import annotations

import hmac
import string
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import TokenExpired
from quart_hotframe.errors import TokenInvalid
from quart_hotframe.keys import signing_keys
from quart_hotframe.security.tokens import derived_key
from quart_hotframe.security.tokens import MAX_LENGTH
from quart_hotframe.security.tokens import Signer
from quart_hotframe.security.tokens import Tokens
from tests.support.comparing import Comparisons
from tests.support.comparing import comparisons as comparisons
from tests.support.comparing import LENGTH
from tests.support.sites import new_app

ALPHABET = string.ascii_letters + string.digits + "-_"
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    PLAIN | NUMBERS,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=6,
)


def tokens_with(*keys: bytes, now: float = 1000.0) -> Tokens:
    return Tokens(Signer(lambda: keys), lambda: now)


TOKENS = tokens_with(b"secret")
TOKEN = TOKENS.make("invite", {"team": 7}, lifetime=60, bound_to="me")


def refused(token: Any, tokens: Tokens = TOKENS, purpose: str = "invite") -> bool:
    try:
        tokens.read(purpose, token, bound_to="me")
    except TokenInvalid as error:
        assert not isinstance(error, TokenExpired)
        return True
    return False


def test_it_is_read_as_it_was_made() -> None:
    assert TOKENS.read("invite", TOKEN, bound_to="me") == {"team": 7}


@given(JSON)
def test_all_that_json_holds_comes_back(data: Any) -> None:
    assert TOKENS.read("x", TOKENS.make("x", data, lifetime=1)) == data


@given(st.integers(0, len(TOKEN) - 1), st.integers(0, 127))
def test_any_other_character_is_refused(place: int, number: int) -> None:
    changed = TOKEN[:place] + chr(number) + TOKEN[place + 1 :]
    assert refused(changed) == (changed != TOKEN)


def test_the_last_character_has_no_second_spelling() -> None:
    others = [TOKEN[:-1] + one for one in ALPHABET if one != TOKEN[-1]]
    assert all(refused(one) for one in others)
    # Why it is not made by itsdangerous: the control.
    lenient = URLSafeTimedSerializer("secret")
    token = lenient.dumps(7)
    spellings = {token[:-1] + one for one in ALPHABET} | {token + "=", token + "!", token + "é"}
    assert sum(lenient.loads_unsafe(one)[0] for one in spellings) > 4


@given(st.text(min_size=1, max_size=5), st.booleans())
@example("=", False)
@example("\n", False)
def test_longer_is_refused(more: str, before: bool) -> None:
    assert refused(more + TOKEN if before else TOKEN + more)


@given(st.integers(0, len(TOKEN) - 1))
def test_shorter_is_refused(length: int) -> None:
    assert refused(TOKEN[:length]) and refused(TOKEN[len(TOKEN) - length :])


@given(st.none() | st.text() | st.binary() | st.integers())
@example("é.é")
@example("." * (MAX_LENGTH + 1))
@example("\ud800")
def test_anything_else_is_refused(token: Any) -> None:
    assert refused(token)


@given(st.text(max_size=10))
@example("invite\x01")
@example("\ud800")
def test_another_purpose_is_refused(purpose: str) -> None:
    assert refused(TOKEN, purpose=purpose) == (purpose != "invite")


@given(st.none() | st.text(max_size=10))
@example("")
@example("\ud800")
def test_another_binding_is_refused(bound_to: str | None) -> None:
    if bound_to == "me":
        return
    with pytest.raises(TokenInvalid):
        TOKENS.read("invite", TOKEN, bound_to=bound_to)


def test_a_binding_cannot_be_moved_into_the_body() -> None:
    body = TOKEN.split(".")[0]
    with pytest.raises(TokenInvalid):
        TOKENS.read("invite", f"me{TOKEN}")
    moved = TOKENS.make("invite", {"team": 7}, lifetime=60, bound_to="me" + body[:4])
    with pytest.raises(TokenInvalid):
        TOKENS.read("invite", body[4:] + "." + moved.split(".")[1], bound_to="me")


def test_a_token_without_a_holder_is_refused_for_one_who_has_a_name() -> None:
    anybodys = TOKENS.make("invite", 1, lifetime=60)
    assert refused(anybodys)


@pytest.mark.parametrize(("now", "expired"), [(1059.9, False), (1060.0, True), (1e12, True)])
def test_it_expires(now: float, expired: bool) -> None:
    later = tokens_with(b"secret", now=now)
    if not expired:
        assert later.read("invite", TOKEN, bound_to="me") == {"team": 7}
        return
    with pytest.raises(TokenExpired, match="'invite' has expired"):
        later.read("invite", TOKEN, bound_to="me")


def test_what_is_wrong_and_old_is_not_told_to_be_old() -> None:
    assert refused(TOKEN, tokens_with(b"other", now=1e12))


def test_keys_rotate() -> None:
    rotated = tokens_with(b"new", b"secret")
    assert rotated.read("invite", TOKEN, bound_to="me") == {"team": 7}
    newer = rotated.make("invite", 1, lifetime=60, bound_to="me")
    assert refused(newer) and not refused(newer, tokens_with(b"new"))
    assert refused(TOKEN, tokens_with(b"new"))


@pytest.mark.parametrize("lifetime", [0, -1, float("nan"), float("inf")])
def test_a_lifetime_is_finite_and_above_0(lifetime: float) -> None:
    with pytest.raises(ValueError, match="in seconds and above 0"):
        TOKENS.make("x", 1, lifetime=lifetime)


def test_an_empty_binding_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="bound_to is empty"):
        TOKENS.make("x", 1, lifetime=1, bound_to="")


@pytest.mark.parametrize("data", [object(), {1, 2}, b"bytes", float("nan")])
def test_what_json_cannot_hold_is_refused(data: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="JSON"):
        TOKENS.make("x", data, lifetime=1)


def test_a_token_has_a_limit() -> None:
    with pytest.raises(ValueError, match="4096 are allowed: store the data"):
        TOKENS.make("x", "a" * 4000, lifetime=1)


def test_signatures_are_compared_in_constant_time(comparisons: Comparisons) -> None:
    forged = TOKEN[:-LENGTH] + "A" * LENGTH
    assert refused(forged) and comparisons.count == 1
    comparisons.equal = True
    assert not refused(forged)  # nothing else decides


def test_the_key_for_a_purpose_is_that_of_hkdf() -> None:
    """RFC 5869, with the primitives written out."""
    pseudorandom = hmac.new(b"quart-hotframe", b"secret", "sha256").digest()
    block = hmac.new(pseudorandom, b"invite" + bytes([1]), "sha256").digest()
    assert derived_key(b"secret", "invite") == block
    body = TOKEN.split(".")[0].encode()
    message = b"\x01" + bytes(7) + b"\x02me" + body
    signature = urlsafe_b64encode(hmac.new(block, message, "sha256").digest()).rstrip(b"=")
    assert TOKEN == f"{body.decode()}.{signature.decode()}"


# -- of an app -------------------------------------------------------------------------------------


def test_an_app_signs_with_its_keys_as_they_are_now(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    hotframe = HotFrame(app)
    with pytest.raises(ConfigurationError, match="quart hotframe secret-key"):
        hotframe.tokens.make("x", 1, lifetime=1)
    app.secret_key = "first"
    token = hotframe.tokens.make("x", 1, lifetime=60)
    app.config.update(SECRET_KEY=b"second", SECRET_KEY_FALLBACKS=["first"])
    assert signing_keys(app) == (b"second", b"first")
    assert hotframe.tokens.read("x", token) == 1
    app.config["SECRET_KEY_FALLBACKS"] = None
    with pytest.raises(TokenInvalid):
        hotframe.tokens.read("x", token)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"SECRET_KEY": 7}, "SECRET_KEY must be text"),
        ({"SECRET_KEY_FALLBACKS": "old"}, "SECRET_KEY_FALLBACKS must be a list"),
        ({"SECRET_KEY_FALLBACKS": ["old", ""]}, "SECRET_KEY_FALLBACKS has an empty key"),
    ],
)
def test_a_wrong_key_is_named_and_not_shown(
    tmp_path: Path, config: dict[str, Any], named: str
) -> None:
    app = new_app(tmp_path, {"SECRET_KEY": "new", **config})
    with pytest.raises(ConfigurationError, match=named) as caught:
        signing_keys(app)
    assert "old" not in str(caught.value)
