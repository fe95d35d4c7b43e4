from __future__ import annotations

from tests.support.databases import database_url as database_url
from tests.support.databases import postgres_url as postgres_url
from tests.support.databases import requires_postgres as requires_postgres
from tests.support.databases import sqlite_url as sqlite_url
from tests.support.sites import site as site
