"""Where the documentation lies, and how its pages are taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
HEADING = re.compile(r"^#{2,4} `?([^`\n]+)`?$", re.MULTILINE)


def sections_of(text: str) -> dict[str, str]:
    """Return what stands below each heading, code fences included, by heading."""
    parts = HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="session")
def reference_page() -> Callable[[str], dict[str, str]]:
    """Return a function that reads a reference page into its sections."""

    def read(name: str) -> dict[str, str]:
        return sections_of((REFERENCE / name).read_text(encoding="utf-8"))

    return read
