"""All settings: read once from ``app.config``, environment and ``.env`` into one frozen value."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import Field
from dataclasses import field
from dataclasses import fields
from dataclasses import InitVar
from pathlib import Path
from typing import Any
from typing import get_type_hints

from .errors import ConfigurationError
from .errors import nearest
from .sources import gather
from .sources import Given
from .sources import PREFIX as PREFIX

CSP = (
    "default-src 'self'; script-src 'self' 'nonce'; style-src 'self' 'nonce'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
)
"""The usual policy of what a page may load: the own site, and inline code with the nonce."""
MASK = "••••"
"""What is shown in the place of a secret."""
STORES = ("file", "database")
"""Where the store can be."""
CHOICES = {
    "security": ("report", "strict", "off"),
    "sessions": ("", "memory", "database", "redis"),
    "limits": ("memory", "redis", "database"),
    "limits_away": ("local", "closed"),
    "cache": ("memory", "redis"),
    "live_workers": ("one", "sticky"),
}
"""Settings that must be one of a few words."""
NOT_ZERO = (
    "heartbeat_timeout",
    "session_idle",
    "session_lifetime",
    "limits_timeout",
    "cache_timeout",
    "live_lifetime",
    "live_timeout",
    "live_upload_stall",
    "live_upload_idle",
    "stream_heartbeat",
    "stream_recheck",
    "stream_stall",
)
"""Settings that are seconds, and must be more than 0."""
Loader = str | Callable[..., Any]
"""A function, or its import name."""


@dataclass(frozen=True)
class Settings:
    """The ``HOTFRAME_…`` settings of one app; a field ``x_y`` is the key ``HOTFRAME_X_Y``.

    A field with ``repr=False`` is a secret: no message shows its value.
    """

    modules_folder: str = "modules"
    """Folder of the project's own modules, relative to the app; also the import root."""
    modules: tuple[str, ...] = ()
    """Modules enabled at the very first start, before a store exists."""
    instance_folder: str = ""
    """Where store and installed versions lie; ``""`` is ``hotframe`` in the instance folder."""
    safe_mode: bool = False
    """Start without modules, so that a broken one can be taken out."""
    drain_timeout: float = 10.0
    """Seconds that requests of a departing version may still run before they are cancelled, and
    then have to end before they are given up."""
    load_timeout: float = 30.0
    """Seconds that importing one module may take."""
    lifecycle_timeout: float = 30.0
    """Seconds that one function of a module's ``lifecycle.py`` may take."""
    operation_timeout: float = 60.0
    """Seconds to wait for another operation, and for the workers to follow one."""
    poll_interval: float = 0.1
    """Seconds between two looks at the store."""
    store: str = ""
    """Where the store is: ``"file"``, ``"database"``, or ``""``, which is the database when
    ``database_url`` is one of PostgreSQL that can be written."""
    heartbeat_timeout: float = 10.0
    """Seconds without a sign of life after which a process on another host is not waited for."""
    provisional_seconds: float = 60.0
    """Seconds that a new version must serve before it is confirmed; 0 confirms at once."""
    provisional_requests: int = 20
    """Requests that a new version must answer before it is confirmed."""
    error_threshold: int = 10
    """Unhandled errors within ``error_window`` that make a module degraded; 0 never does."""
    error_window: float = 60.0
    """Seconds over which unhandled errors are counted."""
    breaker_seconds: float = 0.0
    """Seconds that a degraded module answers 503 before one request tries again; 0 never does."""
    database_url: str = field(default="", repr=False)
    """The database; ``""`` is a file of SQLite in the folder of the store."""
    databases: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further databases: names and URLs."""
    databases_read_only: tuple[str, ...] = ()
    """Names of databases that refuse to write; ``"default"`` is the one without a name."""
    database_pool_size: int = 5
    """Most connections of one process to one database."""
    database_pool_timeout: float = 10.0
    """Seconds that a unit of work waits for a connection."""
    database_timeout: float = 5.0
    """Seconds that connecting may take, and that SQLite waits for others who write."""
    query_watch: bool | None = None
    """Whether queries are counted and told of; ``None`` does so while ``app.debug`` is true."""
    query_watch_repeats: int = 5
    """How often one place repeats a query with other parameters until it is told; 0 never is."""
    query_watch_slow_ms: int = 100
    """Milliseconds from which a query is logged as slow; 0 never is."""
    loop_watch: bool | None = None
    """Whether code that holds the event loop is told; ``None`` does so while ``app.debug`` is
    true."""
    loop_watch_ms: int = 100
    """Milliseconds that code must hold the event loop to be told; 0 never tells."""
    sessions: str = ""
    """Where sessions are: ``"memory"``, ``"database"``, ``"redis"``, or ``""``, which leaves
    them to Quart, in a signed cookie."""
    session_idle: float = 14 * 24 * 3600.0
    """Seconds without use until a session on the server expires."""
    session_lifetime: float = 31 * 24 * 3600.0
    """Seconds from its begin, or from the login, until a session on the server expires."""
    user_loader: Loader = ""
    """Returns the user of the request, or ``None``: a function, sync or async, or its import name
    such as ``accounts.users:load``."""
    form_messages: Loader = ""
    """Returns what is said about a wrong field, or ``None`` for the usual text: a function, or its
    import name such as ``texts:message``."""
    login_url: str = ""
    """Path, address or endpoint of the login page; without it visitors get a 401."""
    permissions: tuple[str, ...] = ()
    """Permissions of the app's own, beside those that modules declare."""
    security: str = "report"
    """``"report"`` protects routes of modules and tells of those of the app; ``"strict"`` protects
    all; ``"off"`` none."""
    trusted_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may send what changes something."""
    trusted_hosts: tuple[str, ...] = ()
    """Names of this site; ``.example.org`` has all below it. Empty: any name."""
    trusted_proxies: tuple[str, ...] = ()
    """How many proxies are before the app, or their networks; ``unix`` is a Unix socket."""
    forwarded_headers: tuple[str, ...] = ("for", "proto")
    """Which ``X-Forwarded-…`` of trusted proxies are read, or ``forwarded`` for RFC 7239."""
    csp: str = CSP
    """The ``Content-Security-Policy``; ``'nonce'`` stands for the nonce, ``""`` sends none."""
    csp_reports: bool = False
    """Whether browsers shall tell what the policy stopped; it is logged."""
    hsts: float = 0.0
    """Seconds for which browsers shall use HTTPS only; 0 does not say it."""
    client: bool = False
    """Whether the client is served, for pages with ``{{ hotframe_script() }}``."""
    alpine: bool = False
    """Whether ``{{ hotframe_script() }}`` also loads Alpine, in its build for strict policies."""
    vendor: tuple[tuple[str, str], ...] = ()
    """Files of installed wheels for ``{{ vendored("name") }}``: names, and
    ``distribution:path/of/file.js``."""
    archive_max_bytes: int = 50 * 1024 * 1024
    """Largest unpacked size of an archive, in bytes."""
    archive_max_files: int = 10_000
    """Most files in an archive."""

    live_workers: str = "one"
    """``"one"`` refuses a second worker to an app that has live components, ``"sticky"`` lets
    there be several, of which each session always reaches the same one."""
    live_lifetime: float = 86_400.0
    """Seconds for which the page of a live component can be used after it was made."""
    live_size: int = 64 * 1024 * 1024
    """Most bytes that the states of live components take in one process."""
    live_instances: int = 200
    """Most live components of one session whose states are kept in one process."""
    live_state_warning: int = 64 * 1024
    """Bytes of a state from which its component is told of, once; 0 never is."""
    live_state_size: int = 512 * 1024
    """Most bytes of the state of one live component."""
    live_snapshot_size: int = 8 * 1024
    """Bytes of a state up to which a page gets a new snapshot after each event."""
    live_timeout: float = 30.0
    """Seconds that one event may take."""
    live_waiting: int = 100
    """Most events that wait for one live component."""
    live_upload_max_bytes: int = 10_000_000
    """Most bytes of a file that is sent to a live component whose field does not say it."""
    live_upload_files: int = 20
    """Most files of one live component."""
    live_uploads_per_session: int = 50
    """Most files of the live components of one session."""
    live_uploads: int = 1000
    """Most files of live components in one process."""
    live_upload_size: int = 1024 * 1024 * 1024
    """Most bytes of all files of live components in one process."""
    live_upload_stall: float = 60.0
    """Seconds without more of it after which a file that is being sent is given up."""
    live_upload_idle: float = 3600.0
    """Seconds without an event of its component after which a file is deleted."""
    topics_size: int = 16 * 1024 * 1024
    """Most bytes of messages that one process keeps for who comes a little later."""
    topics_messages: int = 256
    """Most messages that are kept of one topic."""
    topics_seconds: float = 300.0
    """Seconds for which messages of topics are kept."""
    topic_max_bytes: int = 64 * 1024
    """Most bytes of one message of a topic, as JSON."""
    streams: int = 2000
    """Most streams that are open in one process; more are answered 503."""
    streams_per_session: int = 20
    """Most streams that are open in one session; more are answered 429."""
    streams_per_address: int = 200
    """Most streams that are open from one address; more are answered 429."""
    stream_max_bytes: int = 1024 * 1024
    """Most bytes of a request that opens a stream."""
    stream_topics: int = 50
    """Most topics of one stream."""
    stream_heartbeat: float = 15.0
    """Seconds of silence after which a stream shows that it lives."""
    stream_recheck: float = 60.0
    """Seconds after which it is asked again who may follow, while a stream is open."""
    stream_stall: float = 30.0
    """Seconds that a client may take for what a stream sends it."""
    stream_queue_bytes: int = 256 * 1024
    """Most bytes of changes that wait for one stream."""
    stream_queue_frames: int = 256
    """Most changes that wait for one stream."""
    presence_grace: float = 5.0
    """Seconds in which who comes back to a topic has not left it."""

    redis_url: str = field(default="", repr=False)
    """Redis, for what is kept there, such as ``redis://localhost:6379/0``."""
    limits: str = "memory"
    """Where rate limits count: ``"memory"`` of each process, ``"redis"`` or ``"database"``."""
    limits_size: int = 50_000
    """Most keys that one process counts in memory."""
    limits_timeout: float = 1.0
    """Seconds that a request waits for where rate limits count."""
    limits_away: str = "local"
    """When that does not answer: ``"local"`` counts in each process, ``"closed"`` answers 503."""
    cache: str = "memory"
    """Where the cache is: ``"memory"`` of each process, or ``"redis"``."""
    cache_size: int = 32 * 1024 * 1024
    """Most bytes that the cache of one process takes in memory."""
    cache_timeout: float = 0.5
    """Seconds to wait for Redis before a value counts as not cached."""

    given: InitVar[Mapping[str, Given] | None] = None

    def __post_init__(self, given: Mapping[str, Given] | None) -> None:
        object.__setattr__(self, "_sources", {k: one.source for k, one in (given or {}).items()})

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], folders: Iterable[str | os.PathLike[str]] = ()
    ) -> Settings:
        """Read the settings; ``app.config`` wins over the environment, that over ``.env``.

        :param folders: where a ``.env`` may lie; the first one wins.
        :raises ConfigurationError: for an unknown key or a value of the wrong type.
        """
        found = gather(config, folders)
        known = {key_of(one): one for one in fields(cls)}
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        for key, given in found.items():
            if key not in known:
                hint = nearest(key, known, PREFIX)
                raise ConfigurationError(f"Unknown setting {key} in {given.source}.{hint}")
            one = known[key]
            values[one.name] = _convert(key, given, types[one.name], secret=is_secret(one))
        settings = cls(**values, given=found)
        settings._check()
        return settings

    def source_of(self, key: str) -> str:
        """Return where a setting was given, such as ``"app.config"``; else ``"default"``."""
        sources: Mapping[str, str] = vars(self)["_sources"]
        return sources.get(key, "default")

    def _check(self) -> None:
        if self.store not in ("", *STORES):
            raise ConfigurationError(
                f"HOTFRAME_STORE must be 'file', 'database' or empty, not {self.store!r}."
                f"{nearest(self.store, STORES)} It is given in {self.source_of('HOTFRAME_STORE')}."
            )
        for name, words in CHOICES.items():
            self._check_choice(name, words)
        if "redis" in (self.limits, self.cache, self.sessions) and not self.redis_url:
            raise ConfigurationError(
                "HOTFRAME_REDIS_URL is missing: write for example redis://localhost:6379/0."
            )
        for name in NOT_ZERO:
            if not getattr(self, name):
                raise ConfigurationError(f"{PREFIX}{name.upper()} must be more than 0 seconds.")

    def _check_choice(self, name: str, words: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in words:
            *first, last = map(repr, words)
            raise ConfigurationError(
                f"{PREFIX}{name.upper()} must be {', '.join(first)} or {last}, not {value!r}."
                f"{nearest(value, words)} It is given in {self.source_of(PREFIX + name.upper())}."
            )

    def folder_of_modules(self, root_path: str) -> Path:
        """Return the absolute modules folder for an app at ``root_path``."""
        return (Path(root_path) / self.modules_folder).resolve()

    def folder_of_instance(self, instance_path: str | os.PathLike[str]) -> Path:
        """Return the absolute folder for the store and the installed versions."""
        if self.instance_folder:
            return (Path(instance_path) / self.instance_folder).resolve()
        return (Path(instance_path) / "hotframe").resolve()


def key_of(one: Field[Any]) -> str:
    """Return the key of a field: ``HOTFRAME_X_Y``."""
    return PREFIX + one.name.upper()


def is_secret(one: Field[Any]) -> bool:
    """Say whether a field's value must not be shown."""
    return not one.repr


def _convert(key: str, given: Given, kind: Any, *, secret: bool) -> Any:
    try:
        return _converted(given.value, kind)
    except (TypeError, ValueError, OverflowError):
        expected: dict[Any, str] = {int: "a whole number", float: "a number of seconds"}
        expected[Loader] = "a function or its import name, like 'accounts.users:load'"
        expected[bool] = expected[bool | None] = "true or false"
        expected[tuple[tuple[str, str], ...]] = "like 'name=value name=value', or a dictionary"
        meant = expected.get(kind, "text" if kind is str else "a list of names")
        shown = "" if secret else f", not {given.value!r}"
        raise ConfigurationError(
            f"{key} must be {meant}{shown}. It is given in {given.source}."
        ) from None


def _converted(value: Any, kind: Any) -> Any:
    if kind == bool | None and value is None:
        return None
    if kind in (bool, bool | None):
        return _boolean(value)
    if kind in (int, float):
        return _number(value, kind)
    if kind is str:
        return _text(value)
    if kind == Loader:
        return value if callable(value) else _text(value)
    if kind == tuple[tuple[str, str], ...]:
        return _pairs(value)
    return _names(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False, "": False}
    word = str(value).strip().lower()
    if word not in words:
        raise ValueError(value)
    return words[word]


def _number(value: Any, kind: type[int] | type[float]) -> int | float:
    if isinstance(value, bool):
        raise TypeError(value)
    number = kind(value)
    if isinstance(value, float) and number != value or not 0 <= number < math.inf:
        raise ValueError(value)
    return number


def _text(value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(value)
    return os.fspath(value)


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = [one.split("=", 1) for one in value.split()] if isinstance(value, str) else value
    found = dict(pairs)
    if not all(isinstance(k, str) and k and isinstance(v, str) for k, v in found.items()):
        raise TypeError(value)
    return tuple(found.items())


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    names = tuple(value)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(value)
    return names
