from __future__ import annotations

from typing import Any

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.keys import signing_keys


def app_with(key: Any, fallbacks: Any = None) -> Quart:
    app = Quart("site")
    app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"] = key, fallbacks
    return app


def test_the_newest_key_comes_first_as_bytes() -> None:
    assert signing_keys(app_with("né", ["old", b"\xff"])) == ("né".encode(), b"old", b"\xff")
    assert signing_keys(app_with("new")) == (b"new",)


@pytest.mark.parametrize("key", [None, "", b""])
def test_without_a_key_the_command_that_makes_one_is_told(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="`quart hotframe secret-key`"):
        signing_keys(app_with(key))


@pytest.mark.parametrize("fallbacks", ["hunter2", [""], [7_654_321], [None]])
def test_what_is_no_list_of_keys_is_refused_and_not_shown(fallbacks: Any) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY_FALLBACKS") as caught:
        signing_keys(app_with("new", fallbacks))
    assert "hunter2" not in str(caught.value) and "7654321" not in str(caught.value)


async def starts(app: Quart, *signers: str, **modes: bool) -> None:
    app.config.update({"DEBUG": False, "TESTING": False, **modes})
    hotframe = HotFrame(app)
    hotframe.signers += signers
    await app.startup()
    await app.shutdown()


async def test_in_production_nothing_is_served_that_signs_without_a_key() -> None:
    with pytest.raises(ConfigurationError, match=r"secret-key`.*needed by HOTFRAME_SESSIONS, x\."):
        await starts(app_with(None), "HOTFRAME_SESSIONS", "x")


@pytest.mark.parametrize("modes", [{"DEBUG": True}, {"TESTING": True}])
async def test_it_is_served_in_development_and_tests(modes: dict[str, bool]) -> None:
    await starts(app_with(None), "HOTFRAME_SESSIONS", **modes)


async def test_it_is_served_when_nothing_signs_or_there_is_a_key() -> None:
    await starts(app_with(None))
    await starts(app_with("key"), "HOTFRAME_SESSIONS")
