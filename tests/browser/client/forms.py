"""A form as its author writes it, in a frame and on a page, served by Hypercorn."""

from __future__ import annotations

from typing import Annotated
from typing import Any

from pydantic import BaseModel
from pydantic import Field
from quart import redirect

from quart_hotframe import page
from quart_hotframe.forms import Accept
from quart_hotframe.forms import Form
from quart_hotframe.forms import Upload

from .sites import new_site

FILTER = '{% component "form" form=form action="/teas" submit="Show" %}{% endcomponent %}'
FORM = '{% component "form" form=form action="/order" %}{% endcomponent %}'
TEMPLATES = {
    "page.html": """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Order</title>{{ hotframe_script() }}</head><body><h1>Order</h1>
{% frame "order" %}{% block form %}FORM{% endblock %}{% endframe %}</body></html>""".replace(
        "FORM", FORM
    ),
    "teas.html": """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Teas</title>{{ hotframe_script() }}</head><body data-hf-visit><h1>Teas</h1>FORM
<ul>{% for tea in teas %}<li>{{ tea }}</li>{% endfor %}</ul></body></html>""".replace(
        "FORM", FILTER
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


class Wish(BaseModel):
    words: str = ""
    most: Annotated[int | None, Field(ge=1)] = None


TEAS = {"Assam": 9, "Sencha": 14, "Gyokuro": 40}
app = new_site("forms_site", TEMPLATES)
done = "nothing"


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


@app.get("/teas")
@page("teas.html")
async def teas() -> dict[str, object]:
    form = await Form.read(Wish, method="get")
    wish = form.data if form.valid else Wish()
    found = [name for name, price in TEAS.items() if price <= (wish.most or 99)]
    return {"form": form, "teas": [name for name in found if wish.words in name.lower()]}


@app.get("/thanks")
@page("thanks.html")
async def thanks() -> dict[str, object]:
    return {"done": done}
