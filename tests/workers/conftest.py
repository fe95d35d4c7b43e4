from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Farm
from tests.support.servers import farm as made


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Farm]:
    """A folder in which real servers are started, and killed at the end."""
    with made(tmp_path) as one:
        yield one
