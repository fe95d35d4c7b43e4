"""A file that a page has sent, as a field of a live component has it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from typing import BinaryIO

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema
from typing_extensions import TypedDict
from werkzeug.utils import secure_filename

from ...forms.upload import Upload
from ...globals import current_hotframe


class Written(TypedDict):
    """What the state says of a file. The file itself lies elsewhere."""

    token: str
    name: str
    type: str
    size: int


class LiveUpload(Upload):
    """A file that the server keeps until the field of its component holds another one, or none.

    :param token: what the server finds the file by, for the instance that it was sent to.
    """

    def __init__(self, token: str, name: str, type: str, size: int) -> None:
        self.token = token
        self._written: Written = {"token": token, "name": name, "type": type, "size": size}

    @property
    def filename(self) -> str:
        """The name that the sender gives it, without folders and odd characters, or ``""``."""
        return secure_filename(self._written["name"])

    @property
    def content_type(self) -> str:
        """The media type that the sender says, without parameters, or ``""``."""
        return self._written["type"].partition(";")[0].strip().lower()

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._written["size"]

    @property
    def file(self) -> BinaryIO:
        """The content, as a file that is opened anew each time: close it."""
        return self._path.open("rb")

    @property
    def _path(self) -> Path:
        path: Path = current_hotframe.live.uploads.path_of(self.token)
        return path

    async def read(self) -> bytes:
        """Return the whole content."""
        return await asyncio.to_thread(self._path.read_bytes)

    async def stream(self, size: int = 64 * 1024) -> AsyncIterator[bytes]:
        """Yield the whole content in pieces.

        :param size: most bytes of a piece.
        """
        with await asyncio.to_thread(self._path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, size):
                yield piece

    async def save(self, path: os.PathLike[str] | str) -> None:
        """Write the content into a file, in place of one that is there.

        :raises OSError: it cannot be written.
        """
        await asyncio.to_thread(shutil.copyfile, self._path, path)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read and write what the state says of it."""
        written = handler.generate_schema(Written)
        return core_schema.no_info_before_validator_function(
            _plain,
            core_schema.no_info_after_validator_function(lambda one: cls(**one), written),
            serialization=core_schema.plain_serializer_function_ser_schema(_write),
        )


def _plain(value: Any) -> Any:
    return value._written if isinstance(value, LiveUpload) else value


def _write(value: Any) -> Written:
    if not isinstance(value, LiveUpload):
        raise TypeError(f"{value!r} is no file that a page has sent")
    return value._written
