"""The token against forgery stands in forms for clients that need it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from tests.support.markup import Seen

from .conftest import Forms

COOKIE = {"Cookie": "theme=dark"}


class Thing(BaseModel):
    name: str


@pytest.mark.parametrize("made", [{"HOTFRAME_SECURITY": "strict"}], indirect=True)
async def test_a_browser_that_says_nothing_can_send_the_form(made: Forms) -> None:
    made.show(Thing)
    client = made.app.test_client()
    page = await client.get("/", headers=COOKIE)
    fields = Seen(await page.get_data(as_text=True)).fields()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = await client.post("/", form={"name": "x"}, headers=headers)
    assert refused.status_code == 403
    sent = await client.post("/", form={"name": "x", "HF-CSRF": fields["HF-CSRF"]})
    assert (sent.status_code, made.data.name) == (200, "x")


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none", **COOKIE}])
async def test_others_need_none_and_get_no_session(made: Forms, headers: dict[str, str]) -> None:
    made.show(Thing)
    answer = await made.app.test_client().get("/", headers=headers)
    assert "HF-CSRF" not in await answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


def test_apps_without_forms_do_not_import_pydantic() -> None:
    code = "import sys, quart_hotframe.extension; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
