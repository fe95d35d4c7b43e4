"""Which fields of a class are files, and what those may be."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from types import UnionType
from typing import Annotated
from typing import Any
from typing import get_args
from typing import get_origin
from typing import NamedTuple
from typing import Union

from ...forms.upload import Accept
from ...forms.upload import Upload
from .uploaded import LiveUpload


class UploadField(NamedTuple):
    """A field that holds one file, or a list of them.

    :param annotation: as the class has it.
    :param accepts: what it says of each file.
    """

    name: str
    annotation: Any
    many: bool
    accepts: tuple[Accept, ...]

    @property
    def stored(self) -> Any:
        """The type that the state has in its place."""
        return list[LiveUpload] if self.many else LiveUpload | None

    @property
    def each(self) -> Any:
        """The type of one file, as far as it can be checked before the file is there."""
        kind: Any = Upload
        for one in self.accepts:
            kind = Annotated[kind, one]
        return kind

    @property
    def types(self) -> str:
        """What the attribute ``accept`` of its input says."""
        return ",".join(kind for one in self.accepts for kind in one.types)

    def most(self, usual: int) -> int:
        """Return the most bytes of one file.

        :param usual: where the class does not say it.
        """
        return min((one.max_bytes for one in self.accepts if one.max_bytes), default=usual)

    def empty(self) -> Any:
        """Return what it holds without a file."""
        return [] if self.many else None

    def files_in(self, value: Any) -> list[LiveUpload]:
        """Return the files that are its value."""
        if isinstance(value, list):
            return [one for one in value if isinstance(one, LiveUpload)]
        return [value] if isinstance(value, LiveUpload) else []

    def holding(self, files: list[LiveUpload]) -> Any:
        """Return the value that has these files."""
        return files if self.many else (files[-1] if files else None)


def upload_field(name: str, where: str, annotation: Any, default: Any) -> UploadField | None:
    """Return what a field that is for files says, ``None`` where it is for something else.

    :param where: class and field, for messages.
    :raises TypeError: it mixes files with something else, or begins with some.
    """
    kind, accepts = _bare(annotation, [])
    many = get_origin(kind) is list
    if many:
        kind, accepts = _bare(get_args(kind)[0], accepts)
    if not _has_upload(kind):
        return None
    kinds = {*get_args(kind)} if get_origin(kind) in (Union, UnionType) else {kind}
    if kinds - {Upload, NoneType} or (many and NoneType in kinds):
        raise TypeError(f"{where} is for files: write Upload | None = None or list[Upload] = []")
    if default != ([] if many else None):
        raise TypeError(f"{where} holds no file at first: its default is {'[]' if many else None}")
    return UploadField(name, annotation, many, tuple(accepts))


def _bare(annotation: Any, accepts: list[Accept]) -> tuple[Any, list[Accept]]:
    if get_origin(annotation) is not Annotated:
        return annotation, accepts
    kind, *marks = get_args(annotation)
    return _bare(kind, [*accepts, *(one for one in marks if isinstance(one, Accept))])


def _has_upload(annotation: Any) -> bool:
    return any(one is Upload for one in _parts(annotation))


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for one in get_args(annotation) if get_origin(annotation) is not Annotated else ():
        yield from _parts(one)
