"""The event by which a page says which files it has for a field, and that they have arrived."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Annotated
from typing import Any
from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import TypedDict

from ...forms.upload import shown_size
from ..event import event
from ..refusing import Refused
from ..shape import Misfit
from .declared import UploadField
from .kept import Kept
from .uploaded import LiveUpload
from .uploads import TooMany

if TYPE_CHECKING:
    from quart.datastructures import FileStorage

    from ..component import LiveComponent

CHANGE = "change_files"
"""The name of that event."""
GONE = "The file is not there any more. Choose it again."
LARGEST = 2**53
LONGEST = 200
"""Most characters of a name."""


class Wish(TypedDict):
    """A file that a page wants to send.

    ``mark`` is what the page calls it.
    """

    mark: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(max_length=LONGEST)]
    type: Annotated[str, Field(max_length=LONGEST)]
    size: Annotated[int, Field(ge=0, le=LARGEST)]


@event
async def change_files(
    component: Any, field: str, files: Sequence[Wish] = (), arrived: bool = False
) -> None:
    """Expect files for a field, or with *arrived* take them; without any the field is emptied."""
    changing = Changing(component, field)
    if arrived:
        await changing.take(files)
    elif files:
        changing.expect(files)
    else:
        changing.clear()


class Changing:
    """A change of one field.

    :raises Refused: the field takes no files.
    """

    def __init__(self, component: LiveComponent, name: str) -> None:
        shape = type(component)._hotframe_described
        field: UploadField | None = shape.uploads.get(name)
        if field is None:
            raise Refused(422, "bad_args", f"{name!r} takes no files.")
        self._component = component
        self._shape = shape
        self._field = field
        self._uploads, self._place = component._writer().files

    def expect(self, wishes: Sequence[Wish]) -> bool:
        """Let the page send files, in the place of what it began to send; say whether it may."""
        field, uploads = self._field, self._uploads
        uploads.drop_unsent(self._place.key, field.name)
        self._say([])
        try:
            self._check_count(len(wishes))
            for wish in wishes:
                kept = self._kept(wish)
                self._check(kept.upload)
                uploads.expect(kept)
        except (TooMany, Misfit) as error:
            uploads.drop_unsent(self._place.key, field.name)
            self._say(_messages(error))
            return False
        return True

    async def take(self, wishes: Sequence[Wish]) -> None:
        """Give the field the files that have arrived."""
        files = [self._uploads.of(self._place.key, one["mark"]) for one in wishes]
        for one in files:
            if one is not None and not one.size and one.path is None:
                async with self._uploads.working_on(one):
                    await self._uploads.write(one, b"")  # no piece came
        whole = [one for one in files if one is not None and one.field_name == self._field.name
                 and one.is_whole]  # fmt: skip
        if len(whole) < len(wishes):
            self._refuse([GONE])
            return
        self.give(whole)

    async def take_posted(self, files: Sequence[FileStorage]) -> None:
        """Give the field files that came with a form."""
        wishes = [_wish_of(one) for one in files]
        if not self.expect(wishes):
            return
        kept = [self._uploads.of(self._place.key, one["mark"]) for one in wishes]
        for one, source in zip(kept, files, strict=True):
            assert one is not None
            try:
                async with self._uploads.working_on(one):
                    await self._uploads.copy(one, source.stream)
            except TooMany as error:
                self._refuse(_messages(error))
                return
        await self.take(wishes)

    def give(self, files: Sequence[Kept]) -> None:
        """Give the field files that are there, beside those that it has if it takes several."""
        field, component = self._field, self._component
        before = field.files_in(vars(component)[field.name]) if field.many else []
        value = field.holding([*before, *(one.upload for one in files)])
        try:
            fits = self._shape.files.check({field.name: value})
        except Misfit as error:
            self._refuse(_messages(error))
            return
        setattr(component, field.name, fits[field.name])
        self._say([])

    def clear(self) -> None:
        """Empty the field, and end what is on its way."""
        self._uploads.drop_unsent(self._place.key, self._field.name)
        setattr(self._component, self._field.name, self._field.empty())
        self._component.patches.end_upload(self._place.id, self._field.name)
        self._say([])

    def _refuse(self, said: list[str]) -> None:
        self._uploads.drop_unsent(self._place.key, self._field.name)
        self._say(said)

    def _say(self, said: list[str]) -> None:
        refused = self._component._memo["refused"]
        refused.pop(self._field.name, None)
        if said:
            refused[self._field.name] = (None, said)

    def _kept(self, wish: Wish) -> Kept:
        if self._uploads.of(self._place.key, wish["mark"]) is not None:
            raise Refused(422, "bad_args", "'mark' was used already.")
        return Kept(self._place, self._field.name, **wish)

    def _check_count(self, count: int) -> None:
        if count > 1 and not self._field.many:
            raise TooMany("Choose one file.")

    def _check(self, file: LiveUpload) -> None:
        """Go on if a file may be sent, by what the page says of it.

        :raises Misfit: it may not.
        :raises TooMany: it is larger than this app takes.
        """
        self._shape.each_file.check({self._field.name: file})
        most = self._field.most(self._uploads.largest)
        if file.size > most:
            raise TooMany(f"Choose a file of at most {shown_size(most)}.")


async def take_posted(
    component: LiveComponent, posted: Mapping[str, Sequence[FileStorage]]
) -> dict[str, list[str]]:
    """Take files that came with a form, and return what is wrong with them, by field."""
    for name, files in posted.items():
        await Changing(component, name).take_posted(files)
    errors = component.errors
    return {name: errors[name] for name in posted if name in errors}


def missing(component: LiveComponent) -> dict[str, list[str]]:
    """Take files out of fields that are not there any more, and return what is said of it."""
    shape = type(component)._hotframe_described
    said: dict[str, list[str]] = {}
    uploads, place = component._writer().files
    for field in shape.uploads.values():
        held = field.files_in(vars(component)[field.name])
        there = [one for one in held if uploads.has(place.key, one.token)]
        if len(there) < len(held):
            setattr(component, field.name, field.holding(there))
            said[field.name] = [GONE]
            component._memo["refused"][field.name] = (None, [GONE])
    return said


def _wish_of(file: FileStorage) -> Wish:
    """Return what a page with JavaScript would have said of a file."""
    size = file.stream.seek(0, os.SEEK_END)
    return {
        "mark": secrets.token_urlsafe(16), "name": (file.filename or "")[:LONGEST],
        "type": (file.mimetype or "")[:LONGEST], "size": size,
    }  # fmt: skip


def _messages(error: Exception) -> list[str]:
    if isinstance(error, Misfit):
        return [one for said in error.messages.values() for one in said]
    return [str(error)]
