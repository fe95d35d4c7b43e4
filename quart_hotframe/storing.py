"""Where an app keeps things, made of parts of subjects that do not know each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import cast
from typing import TYPE_CHECKING

from quart import Quart

from .cache import Cache
from .cache.memory import MemoryCache
from .config import Settings
from .database.facade import Databases
from .errors import ConfigurationError
from .errors import SetupError
from .modules.store import ModuleStore
from .modules.stores.filestore import FileStore
from .security.limits.checking import Identify
from .security.limits.checking import Limits
from .security.limits.memory import MemoryLimits
from .security.limits.storage import LimitStorage
from .security.sessions.facade import Sessions
from .security.sessions.interface import ServerSessionInterface
from .security.sessions.record import SessionStore
from .security.tokens import Signer

# SQLAlchemy is imported for an app whose store is in a database.
if TYPE_CHECKING:
    from .database.separate import Separate

POOL = 4
"""Most connections of one process to the database of the store; on PostgreSQL one listens."""


def store_for(settings: Settings, db: Databases, folder: Path) -> ModuleStore:
    """Return the store that ``HOTFRAME_STORE`` names.

    :param folder: where the store in files lies, and locks of this host.
    :raises ConfigurationError: the database is in memory, or refuses to write.
    """
    if settings.store == "file" or not (settings.store or settings.database_url):
        return FileStore(folder)
    database = db.separate()
    if not settings.store and not (database.is_postgres and database.is_shared):
        return FileStore(folder)
    if database.is_shared:
        return _store_in(database, folder, settings)
    raise ConfigurationError(
        "HOTFRAME_STORE=database needs a database that other processes see too and that can be "
        f"written, and {database.where} is none: set another HOTFRAME_DATABASE_URL, or "
        "HOTFRAME_STORE=file."
    )


def _store_in(database: Separate, folder: Path, settings: Settings) -> ModuleStore:
    from .backends.postgres import hear
    from .modules.stores.connections import Connections
    from .modules.stores.connections import Engines
    from .modules.stores.tablestore import TableStore

    connections = Connections(
        lambda: Engines(*database.make_engines(POOL)), database.where, database.file
    )
    listening = hear if database.is_postgres else None
    return TableStore(connections, folder, settings.heartbeat_timeout, listening)


def limits_for(settings: Settings, db: Databases, app: str, identify: Identify) -> Limits:
    """Return the rate limits of an app, which count where ``HOTFRAME_LIMITS`` says.

    :param app: the name of the app, which its keys begin with.
    :param identify: returns the id of the user.
    :raises ConfigurationError: the database is in memory, or refuses to write.
    :raises MissingExtra: the package redis is needed and not installed.
    """
    local = MemoryLimits(settings.limits_size)
    storage: LimitStorage = local
    if settings.limits == "redis":
        from .backends.redis_limits import RedisLimits

        storage = RedisLimits(settings.redis_url, f"hotframe:{app}:", settings.limits_timeout)
    elif settings.limits == "database":
        storage = _limits_in(db.separate(), settings)
    return Limits(storage, local, settings.limits_away == "closed", identify)


def cache_for(settings: Settings, app: str) -> Cache:
    """Return the cache of an app, which is where ``HOTFRAME_CACHE`` says.

    :param app: the name of the app, which its keys begin with.
    :raises MissingExtra: the package redis is needed and not installed.
    """
    if settings.cache == "memory":
        return Cache(MemoryCache(settings.cache_size))
    from .backends.redis_cache import RedisCache

    return Cache(RedisCache(settings.redis_url, f"hotframe:{app}:", settings.cache_timeout))


def _limits_in(database: Separate, settings: Settings) -> LimitStorage:
    from .backends.sql_limits import SqlLimits

    if not database.is_shared:
        raise ConfigurationError(
            f"HOTFRAME_LIMITS=database needs a database that can be written, and {database.where} "
            "is none: set another HOTFRAME_DATABASE_URL, or HOTFRAME_LIMITS=memory."
        )
    return SqlLimits(
        lambda: database.make_engines(POOL)[1], database.where, settings.limits_timeout
    )


def sessions_for(
    app: Quart, settings: Settings, db: Databases, folder: Path, signer: Signer
) -> Sessions:
    """Give an app the sessions that ``HOTFRAME_SESSIONS`` names; Quart's own stay untouched.

    :param folder: where SQLite has the sessions.
    :raises SetupError: the app has a session interface of its own.
    :raises ConfigurationError: the database is in memory, or refuses to write.
    :raises MissingExtra: the package of Redis is not installed.
    """
    if not settings.sessions:
        return Sessions(None)
    if "session_interface" in vars(app):
        raise SetupError(
            "The app has a session_interface of its own: take it out, or HOTFRAME_SESSIONS."
        )
    interface = ServerSessionInterface(
        _session_store(settings, db, folder, app.name),
        signer,
        settings.session_idle,
        settings.session_lifetime,
    )
    cast(Any, app).session_interface = interface  # typed as the one with a signed cookie
    return Sessions(interface)


def _session_store(settings: Settings, db: Databases, folder: Path, app: str) -> SessionStore:
    if settings.sessions == "redis":
        from .backends.redis_sessions import RedisStore

        return RedisStore(settings.redis_url, app)
    if settings.sessions == "database":
        return _sessions_in(db.separate(), folder, settings)
    from .security.sessions.memory import MemoryStore

    return MemoryStore()


def _sessions_in(database: Separate, folder: Path, settings: Settings) -> SessionStore:
    from .modules.stores.connections import Connections
    from .modules.stores.connections import Engines
    from .security.sessions.table import TableStore

    if not database.is_shared:
        raise ConfigurationError(
            f"HOTFRAME_SESSIONS=database cannot be at {database.where}, which is in memory or "
            "refuses to write: set another HOTFRAME_DATABASE_URL, or HOTFRAME_SESSIONS=memory."
        )
    if not database.is_postgres:
        # SQLite has one writer: a request that has written would wait for itself.
        url = database.url.set(database=str(folder / "sessions.sqlite3"))
        database = replace(database, url=url)
    connections = Connections(
        lambda: Engines(*database.make_engines(settings.database_pool_size)),
        database.where, database.file, settings.database_timeout,
    )  # fmt: skip
    return TableStore(connections)
