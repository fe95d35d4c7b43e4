"""All files that this process keeps for live components."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO
from typing import IO
from typing import NamedTuple

from ...config import Settings
from ..binding import is_of
from .folder import Folder
from .folder import unlink
from .kept import Kept
from .kept import Place


class TooMany(Exception):
    """No more files are taken now; the message says what to do."""


class InstanceFiles(NamedTuple):
    """The files of one instance."""

    uploads: Uploads
    place: Place


class Uploads:
    """Keeps files until their component needs them no longer, within limits."""

    def __init__(self, settings: Settings, folder: Folder) -> None:
        self._settings = settings
        self._folder = folder
        self._tokens: dict[str, Kept] = {}
        self._places: dict[str, dict[str, Kept]] = {}
        self._sessions: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.largest = settings.live_upload_max_bytes
        """Most bytes of a file whose field does not say it."""
        self.size = 0
        """Bytes of all files together."""

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._tokens.values()))

    # -- what comes ------------------------------------------------------------------------------

    def expect(self, kept: Kept) -> None:
        """Take note of a file that a page will send.

        :raises TooMany: its component, its session or this process has too many.
        """
        settings, own = self._settings, self._places.get(kept.place.key, {})
        if len(own) >= settings.live_upload_files:
            raise TooMany(f"Choose at most {settings.live_upload_files} files.")
        session = self._sessions.get(kept.place.binding, 0)
        if session >= settings.live_uploads_per_session or len(self) >= settings.live_uploads:
            raise TooMany("Too many files are being sent. Try again later.")
        self._tokens[kept.token] = kept
        self._places.setdefault(kept.place.key, {})[kept.mark] = kept
        self._sessions[kept.place.binding] = session + 1
        self._watch()

    def of(self, key: str, mark: str) -> Kept | None:
        """Return a file by what its page calls it.

        :param key: of the instance.
        """
        return self._places.get(key, {}).get(mark)

    @asynccontextmanager
    async def working_on(self, kept: Kept) -> AsyncIterator[None]:
        """Have a file alone; if it is dropped meanwhile, it is deleted at the end."""
        async with kept.busy:
            try:
                yield
            finally:
                if kept.dropped:
                    self._unlink([kept])

    async def write(self, kept: Kept, data: bytes) -> None:
        """Append to a file, which the caller works on.

        :raises TooMany: there is no room for it.
        """
        if self.size + len(data) > self._settings.live_upload_size:
            raise TooMany("There is no room for this file now. Try again later.")
        await self._write(kept, lambda file: file.write(data), len(data))

    async def copy(self, kept: Kept, source: IO[bytes]) -> None:
        """Take the whole content of a file that came with a form, which the caller works on.

        :raises TooMany: there is no room for it.
        """
        if self.size + kept.size > self._settings.live_upload_size:
            raise TooMany("There is no room for this file now. Try again later.")

        def copy(file: BinaryIO) -> None:
            source.seek(0)
            while data := source.read(64 * 1024):
                file.write(data)

        await self._write(kept, copy, kept.size)

    async def _write(self, kept: Kept, put: Callable[[BinaryIO], object], count: int) -> None:
        self.size += count
        kept.used = time.monotonic()
        done = asyncio.ensure_future(asyncio.to_thread(self._put, kept, put))
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])  # the thread goes on anyway, and makes the file
            raise
        finally:
            if done.exception() is not None:
                self.drop([kept])
            if kept.dropped:
                self.size = max(self.size - count, 0)
            else:
                kept.arrived += count

    def _put(self, kept: Kept, put: Callable[[BinaryIO], object]) -> None:
        if kept.dropped:
            return
        if kept.path is None:
            kept.path = self._folder.new_file()
        with kept.path.open("ab") as file:
            put(file)

    # -- what components have --------------------------------------------------------------------

    def path_of(self, token: str) -> Path:
        """Return where a file lies, which is used now.

        :raises FileNotFoundError: it is not there any more.
        """
        kept = self._tokens.get(token)
        if kept is None or kept.path is None:
            raise FileNotFoundError("This file was deleted: it has to be sent again.")
        kept.used = time.monotonic()
        return kept.path

    def has(self, key: str, token: str) -> bool:
        """Whether a file that the state of an instance names is there, which is used now."""
        kept = self._tokens.get(token)
        if kept is None or kept.place.key != key or not kept.is_whole:
            return False
        kept.used = time.monotonic()
        return True

    def keep(self, key: str, tokens: Collection[str]) -> None:
        """Keep what an instance holds whose state was written, and nothing that it held before."""
        own = [*self._places.get(key, {}).values()]
        for kept in own:
            kept.taken = kept.taken or kept.token in tokens
        self.drop([one for one in own if one.taken and one.token not in tokens])

    def drop_unsent(self, key: str, field: str) -> None:
        """Forget what a page began to send for a field."""
        own = [*self._places.get(key, {}).values()]
        self.drop([one for one in own if one.field_name == field and not one.taken])

    # -- what goes -------------------------------------------------------------------------------

    def drop(self, files: Iterable[Kept]) -> None:
        """Delete files."""
        gone = [one for one in files if not one.dropped]
        for kept in gone:
            kept.dropped = True
            self.size -= kept.arrived
            del self._tokens[kept.token]
            _take_out(self._places, kept.place.key, kept.mark)
            self._sessions[kept.place.binding] -= 1
            if not self._sessions[kept.place.binding]:
                del self._sessions[kept.place.binding]
        self._unlink([one for one in gone if not one.busy.locked()])

    def _unlink(self, files: Collection[Kept]) -> None:
        paths = [one.path for one in files if one.path is not None]
        if paths:
            asyncio.get_running_loop().run_in_executor(None, unlink, paths)

    def drop_components(self, is_there: Callable[[str], bool]) -> None:
        """Delete the files of components that are not there any more."""
        names = {one.place.component for one in self}
        gone = {name for name in names if not is_there(name)}
        self.drop([one for one in self if one.place.component in gone])

    def login_ended(self, what: str, value: str) -> None:
        """Delete the files of a login; a listener of ``hotframe.sessions.ended``."""
        self.drop([one for one in self if is_of(one.place.binding, what, value)])

    def _watch(self) -> None:
        if self._timer is None:
            wait = min(self._settings.live_upload_stall, self._settings.live_upload_idle) / 4
            self._timer = asyncio.get_running_loop().call_later(wait, self._expire)

    def _expire(self) -> None:
        self._timer = None
        settings, now = self._settings, time.monotonic()
        for one in self:
            most = settings.live_upload_idle if one.taken else settings.live_upload_stall
            if now - one.used > most and not one.busy.locked():
                self.drop([one])
        if self._tokens:
            self._watch()

    async def begin(self) -> None:
        """Delete what processes have left that are not there any more."""
        await self._folder.clear()

    async def close(self) -> None:
        """Delete all of them, when the app ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for one in self:
            one.dropped = True
        self._tokens, self._places, self._sessions, self.size = {}, {}, {}, 0
        await self._folder.remove()


def _take_out(places: dict[str, dict[str, Kept]], key: str, mark: str) -> None:
    own = places[key]
    del own[mark]
    if not own:
        del places[key]
