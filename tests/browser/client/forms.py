"""A form as its author writes it, in a frame and on a page, served by Hypercorn."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated
from typing import Any

from jinja2 import DictLoader
from pydantic import BaseModel
from pydantic import Field
from quart import Quart
from quart import redirect

from quart_hotframe import HotFrame
from quart_hotframe import page
from quart_hotframe.forms import Accept
from quart_hotframe.forms import Form
from quart_hotframe.forms import Upload

FORM = '{% component "form" form=form action="/order" %}{% endcomponent %}'
TEMPLATES = {
    "page.html": """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Order</title>{{ hotframe_script() }}</head><body><h1>Order</h1>
{% frame "order" %}{% block form %}FORM{% endblock %}{% endframe %}</body></html>""".replace(
        "FORM", FORM
    ),
    "thanks.html": """<!doctype html><html lang="en"><head><title>Thanks</title>
{{ hotframe_script() }}</head><body>{% frame "order" %}<p id="thanks">{{ done }}</p>{% endframe %}
</body></html>""",
}


class Line(BaseModel):
    product: str
    count: Annotated[int, Field(ge=1)] = 1


class Order(BaseModel):
    name: Annotated[str, Field(pattern="^[A-Z]", description="With a capital letter")]
    note: Annotated[str, Field(max_length=400)] = ""
    lines: list[Line] = []
    photo: Annotated[Upload | None, Accept("text/plain", max_bytes=20)] = None


root = Path(tempfile.mkdtemp())
app = Quart("forms_site", root_path=str(root), instance_path="/nowhere", static_folder=None)
app.secret_key = "not a secret"
app.jinja_loader = DictLoader(TEMPLATES)
app.config |= {
    "HOTFRAME_SAFE_MODE": True,
    "HOTFRAME_SECURITY": "strict",
    "HOTFRAME_CLIENT": True,
}
HotFrame(app)
done = "nothing"


@app.get("/favicon.ico")
async def favicon() -> tuple[str, int]:
    return "", 204


@app.route("/order", methods=["GET", "POST"])
@page("page.html", block="form")
async def order() -> Any:
    global done
    form = await Form.read(Order)
    if not form.valid:
        return {"form": form}
    made = form.data
    lines = ", ".join(f"{line.count} {line.product}" for line in made.lines)
    photo = (await made.photo.read()).decode() if made.photo else "none"
    done = f"{made.name}: {lines}; {made.note}; {photo}"
    return redirect("/thanks", 303)


@app.get("/thanks")
@page("thanks.html")
async def thanks() -> dict[str, object]:
    return {"done": done}
