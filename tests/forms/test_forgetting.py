"""Forms of a module go with it, and never mix its versions."""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.sites import Site

from .conftest import STARTER

FILES = {
    "views.py": """\
        from typing import Annotated, Literal

        from pydantic import BaseModel, Field
        from quart_hotframe import page
        from quart_hotframe.forms import Accept, Form, Upload
        from . import blueprint

        BALLAST = bytearray(256 * 1024)

        class Line(BaseModel):
            name: str

        class Order(BaseModel):
            count: Annotated[int, Field(ge=1)]
            kind: Literal["a", "b"] = "a"
            lines: list[Line] = [Line(name="x")]
            file: Annotated[Upload | None, Accept(max_bytes=5)] = None

        @blueprint.route("/", methods=["GET", "POST"])
        @page("shop/index.html")
        async def index():
            form = await Form.read(Order, choices={"count": {1: "One"}})
            return "thanks" if form.valid else {"form": form}
        """,
    "templates/shop/index.html": '{% component "form" form=form %}{% endcomponent %}',
}  # fmt: skip
COMPONENTS = {
    f"components/{name}/{name}.html": (STARTER / name / f"{name}.html").read_text("utf-8")
    for name in ("form", "field")
}
SENT = {"Sec-Fetch-Site": "same-origin"}


async def cycle(site: Site, seen: Seen) -> None:
    await site.modules.enable("shop")
    assert (await site.get("/shop/"))[0] == 200
    answer = await site.client.post("/shop/", form={"count": "2"}, headers=SENT)
    assert answer.status_code == 422
    answer = await site.client.post("/shop/", form={"count": "1"}, headers=SENT)
    assert await answer.get_data() == b"thanks"
    answer = await site.client.post("/shop/", json={"count": "x"}, headers=SENT)
    assert answer.status_code == 422
    views = site.modules.worker.mounting.mounted["shop"].package.import_("views")
    seen += [weakref.ref(one) for one in (views, views.Order, views.Line)]
    del views, answer
    await site.modules.disable("shop")
    await site.modules.drained()


@cycles
async def test_nothing_of_a_module_with_forms_stays(
    site: Site, cycles: int, record_property: Any
) -> None:
    site.write("shop", files={**FILES, **COMPONENTS})
    await forgets(partial(cycle, site), cycles, record_property)
