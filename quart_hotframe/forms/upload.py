"""Files in forms, and what they may be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import BinaryIO
from typing import cast

from pydantic import GetCoreSchemaHandler
from pydantic import GetJsonSchemaHandler
from pydantic_core import core_schema
from pydantic_core import PydanticCustomError
from quart.datastructures import FileStorage
from werkzeug.utils import secure_filename


class Upload:
    """A file that somebody sent with a form.

    ::

        class Photo(BaseModel):
            title: str
            file: Annotated[Upload, Accept("image/png", "image/jpeg", max_bytes=2_000_000)]

        await form.data.file.save(folder / f"{photo.id}.png")

    ``filename`` and ``content_type`` are what the sender says, and may be anything: look into the
    file where it matters, and choose the name of the stored file yourself. The file lies in memory
    or, when it is large, on the disk, and is gone after the request.
    """

    def __init__(self, storage: FileStorage) -> None:
        self._storage = storage

    @property
    def filename(self) -> str:
        """The name that the sender gives it, without folders and odd characters, or ``""``."""
        return secure_filename(self._storage.filename or "")

    @property
    def content_type(self) -> str:
        """The media type that the sender says, without parameters, or ``""``."""
        return (self._storage.mimetype or "").lower()

    @property
    def size(self) -> int:
        """The number of bytes."""
        place = self.file.tell()
        size = self.file.seek(0, os.SEEK_END)
        self.file.seek(place)
        return size

    @property
    def file(self) -> BinaryIO:
        """The content, as an open file."""
        return cast(BinaryIO, self._storage.stream)

    async def read(self) -> bytes:
        """Return the whole content."""
        self.file.seek(0)
        return await asyncio.to_thread(self.file.read)

    async def stream(self, size: int = 64 * 1024) -> AsyncIterator[bytes]:
        """Yield the whole content in pieces.

        ::

            async for piece in form.data.file.stream():
                digest.update(piece)

        :param size: most bytes of a piece.
        """
        file = self.file
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, size):
            yield piece

    async def save(self, path: os.PathLike[str] | str) -> None:
        """Write the content into a file, in place of one that is there.

        :raises OSError: it cannot be written.
        """
        self.file.seek(0)
        await self._storage.save(cast(Any, path))

    def __repr__(self) -> str:
        return f"Upload({self.filename!r}, {self.size} bytes)"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Take nothing but an upload: JSON cannot hold one."""
        return core_schema.no_info_plain_validator_function(
            _checked, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe a file as OpenAPI does."""
        return {"type": "string", "format": "binary"}


def _checked(value: Any) -> Upload:
    if not isinstance(value, Upload):
        raise PydanticCustomError("file_type", "Choose a file.")
    return value


@dataclass(frozen=True, init=False)
class Accept:
    """What a file may be: ``Annotated[Upload, Accept("image/*", max_bytes=500_000)]``.

    :param types: media types, such as ``"image/png"`` or ``"image/*"``; without any all are taken.
        A browser guesses the type of a file by its name.
    :param max_bytes: most bytes.
    """

    types: Sequence[str]
    max_bytes: int | None

    def __init__(self, *types: str, max_bytes: int | None = None) -> None:
        object.__setattr__(self, "types", types)
        object.__setattr__(self, "max_bytes", max_bytes)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check the file after it was found to be one."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the limits."""
        return self._described(dict(handler(schema)))

    def _described(self, schema: dict[str, Any]) -> dict[str, Any]:
        if schema.get("format") == "binary":
            more = {"x-accept": ",".join(self.types), "maxLength": self.max_bytes}
            return schema | {name: value for name, value in more.items() if value}
        if "anyOf" in schema:
            return schema | {"anyOf": [self._described(one) for one in schema["anyOf"]]}
        return schema | {"items": self._described(schema["items"])} if "items" in schema else schema

    def _check(self, upload: Any) -> Any:
        for one in upload if isinstance(upload, (list, tuple)) else [upload]:
            if isinstance(one, Upload):
                self._check_one(one)
        return upload

    def _check_one(self, upload: Upload) -> None:
        if self.types and not any(_fits(upload.content_type, one) for one in self.types):
            context = {"types": ", ".join(self.types)}
            raise PydanticCustomError("file_kind", "Choose a file of this type: {types}.", context)
        if self.max_bytes is not None and upload.size > self.max_bytes:
            size = {"max_bytes": self.max_bytes, "size": shown_size(self.max_bytes)}
            raise PydanticCustomError("file_too_large", "Choose a file of at most {size}.", size)


def _fits(content_type: str, wanted: str) -> bool:
    if wanted.endswith("/*"):
        return content_type.startswith(wanted[:-1])
    return content_type == wanted.lower()


def shown_size(count: int) -> str:
    """Return a number of bytes as people write it.

    >>> shown_size(2_000_000), shown_size(1_500), shown_size(12)
    ('2 MB', '1.5 kB', '12 bytes')
    """
    for unit, bytes_of in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= bytes_of:
            return f"{count / bytes_of:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
