"""Files in forms, with limits."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Annotated
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic import Field
from quart.datastructures import FileStorage

from quart_hotframe.forms import Accept
from quart_hotframe.forms import Form
from quart_hotframe.forms import Upload
from tests.support.markup import Seen

from .conftest import Forms

PNG = "image/png"


class Photo(BaseModel):
    title: str
    file: Annotated[Upload, Accept("image/png", "text/*", max_bytes=10)]
    more: Annotated[list[Annotated[Upload, Accept(max_bytes=5)]], Field(max_length=2)] = []
    thumb: Annotated[Upload | None, Accept(max_bytes=5)] = None


def file(content: bytes = b"0123456789", kind: str = PNG, name: str = "a.png") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, content_type=kind)


async def sent(made: Forms, files: Any, title: str = "x") -> tuple[int, str]:
    return await made.send(None, form={"title": title}, files=files)


async def test_a_form_with_files_says_so_by_itself(made: Forms) -> None:
    made.show(Photo)
    assert Seen(await made.get()).by_id("photo")["enctype"] == "multipart/form-data"


async def test_a_file_comes_with_what_the_sender_says_of_it(made: Forms, tmp_path: Path) -> None:
    @made.app.post("/")
    async def view() -> list[Any]:
        form = await Form.read(Photo)
        upload = form.data.file
        await upload.save(tmp_path / "saved")
        assert await upload.read() == b"0123456789"
        assert [one async for one in upload.stream(4)] == [b"0123", b"4567", b"89"]
        assert form.data.thumb is None and form.data.more == []
        return [repr(upload), upload.filename, upload.content_type, upload.size]

    _, text = await sent(made, {"file": file(name="../../etc/x y.png")})
    assert json.loads(text) == ["Upload('etc_x_y.png', 10 bytes)", "etc_x_y.png", PNG, 10]
    assert (tmp_path / "saved").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, "Choose a file."),
        ({"file": file(name="")}, "Choose a file."),
        ({"file": file(b"x" * 11)}, "Choose a file of at most 10 bytes."),
        ({"file": file(kind="image/gif")}, "Choose a file of this type: image/png, text/*."),
        ({"file": file(), "thumb": file(b"123456")}, "Choose a file of at most 5 bytes."),
        ({"file": file(), "more": file(b"123456")}, "Choose a file of at most 5 bytes."),
    ],
)
async def test_a_file_that_does_not_fit_is_refused(shared: Forms, files: Any, wanted: str) -> None:
    path = shared.shows(Photo)
    status, text = await shared.send(None, path, form={"title": "typed"}, files=files)
    assert status == 422 and wanted in text
    assert Seen(text).fields()["title"] == "typed"


async def test_text_is_no_file_and_a_file_no_text(made: Forms) -> None:
    made.show(Photo)
    status, text = await made.send({"title": "x", "file": "a.png"})
    assert status == 422 and "Choose a file." in text
    status, text = await sent(made, {"title": file(), "file": file(kind="text/plain")}, "t")
    assert (status, made.data.title) == (200, "t")


async def test_a_file_is_not_read_to_find_its_size() -> None:
    class Careful(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            raise AssertionError("read")

    upload = Upload(FileStorage(Careful(b"x" * 100), filename="a", content_type=PNG))
    assert upload.size == 100


def test_json_and_openapi_know_files() -> None:
    schema = Photo.model_json_schema()["properties"]
    assert schema["file"]["format"] == schema["more"]["items"]["format"] == "binary"
    assert schema["file"]["maxLength"] == schema["thumb"]["anyOf"][0]["maxLength"] * 2 == 10
    with pytest.raises(ValueError, match=r"Choose a file\."):
        Photo.model_validate({"title": "x", "file": "text"})
