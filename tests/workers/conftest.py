from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import database_url as database_url
from tests.support.databases import postgres_url as postgres_url
from tests.support.databases import requires_postgres as requires_postgres
from tests.support.databases import sqlite_url as sqlite_url
from tests.support.servers import Farm
from tests.support.servers import farm as made
from tests.support.stores import url_for


@pytest.fixture
def farm(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Farm]:
    """A folder in which real servers are started, and killed at the end.

    The store is in files, or where ``@pytest.mark.parametrize("farm", …, indirect=True)`` says:
    see ``tests.support.stores.KINDS``.
    """
    database = url_for(getattr(request, "param", "files"), tmp_path, request)
    with made(tmp_path, database) as one:
        yield one
