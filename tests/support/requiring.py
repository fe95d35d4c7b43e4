"""What a test may require of the machine, and what happens where it is absent."""

from __future__ import annotations

import importlib.util
import os
from typing import NoReturn

import pytest

REQUIRE = "HOTFRAME_TEST_REQUIRE"


def required() -> set[str]:
    """Return what ``HOTFRAME_TEST_REQUIRE`` demands."""
    return {name.strip() for name in os.environ.get(REQUIRE, "").split(",") if name.strip()}


def absent(name: str, reason: str) -> NoReturn:
    """Skip the test that needs ``name``, or fail it where ``name`` is demanded."""
    if required() & {name, "all"}:
        pytest.fail(f"{reason} {REQUIRE} demands {name}.", pytrace=False)
    pytest.skip(reason)


def require_package(name: str) -> str:
    """Return the name of a package that is installed."""
    if importlib.util.find_spec(name) is None:
        absent(name, f"The package {name} is not installed: pip install {name}.")
    return name
