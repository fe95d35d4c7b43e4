"""The site that the tests of the client look at: strict, small, and served by Hypercorn."""

from __future__ import annotations

import io
import wave
from typing import Any

from quart import redirect
from quart import render_template_string
from quart import request
from quart import Response
from quart import send_file

from .sites import new_site
from .sites import Watch

PATCHES = "application/vnd.hotframe.patches+json"
PAGE = """<!doctype html><html lang="{{ lang }}"><head><meta charset="utf-8">
<title>{{ title }}</title>{{ hotframe_script() }}{{ head|safe }}</head>
<body{{ attributes|safe }}>{{ body|safe }}</body></html>"""

app = new_site("client_site")
watch = Watch(app)


async def page(body: str, title: str = "Page", attributes: str = "", **more: str) -> str:
    """Return a whole page with the client."""
    values = {"lang": "en", "head": "", **more}
    return await render_template_string(
        PAGE, title=title, body=body, attributes=f" {attributes}", **values
    )


def content(html: str) -> Response:
    """Return the content of the frame that was asked for."""
    return Response(html, headers={"HF-Frame": request.headers["HF-Frame"]})


def patches(*changes: dict[str, str]) -> Response:
    """Return changes to parts of the page."""
    return Response(app.json.dumps({"patches": changes}), content_type=PATCHES)


@app.before_request
async def note() -> None:
    if request.path.startswith(("/test/", "/hotframe/", "/favicon.ico")):
        return
    names = ("HF-Request", "HF-Frame")
    watch.asked.append(
        [request.method, request.full_path.rstrip("?"), *map(request.headers.get, names)]
    )


@app.get("/sound.wav")
async def sound() -> Response:
    """Answer with two seconds of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(8000)
        recording.writeframes(b"\x80" * 16_000)
    file.seek(0)
    return await send_file(file, mimetype="audio/wav", conditional=True)


@app.get("/blank")
async def blank() -> str:
    return await page("")


# -- frames ------------------------------------------------------------------------------------


@app.get("/frames")
async def frames() -> str:
    return await page(
        """<hf-frame id="eager" src="/part/eager">wait</hf-frame>
        <hf-frame id="outer" src="/nested">wait</hf-frame>"""
    )


@app.get("/nested")
async def nested() -> Response:
    return content('<b>outer</b><hf-frame id="inner" src="/part/inner">wait</hf-frame>')


@app.get("/part/<name>")
async def part(name: str) -> Response:
    return content(f"<p>{name} {request.args.get('n', '')}</p>")


@app.get("/framed")
async def framed() -> str:
    """Answer with a frame, and what may lead somewhere within it."""
    return await page(
        f"""<a id="from-outside" href="/part/side?n=1" data-hf-frame="side">x</a>
        <hf-frame id="side">side</hf-frame><hf-frame id="chat" src="/chat"></hf-frame>
        <hf-frame id="main">{LINKS}</hf-frame>
        <iframe name="elsewhere"></iframe>""",
        head="<script type='application/json' data-hf-debug></script>"
        if "debug" in request.args
        else "",
    )


LINKS = """<a id="next" href="/part/main?n=2">next</a>
<a id="other" href="/part/side?n=3" data-hf-frame="side">other</a>
<a id="top" href="/blank" target="_top">top</a>
<a id="top-too" href="/blank" data-hf-frame="_top">top</a>
<a id="named" href="/blank" target="elsewhere">named</a>
<a id="whole" href="/whole">whole</a><a id="missing" href="/missing">missing</a>
<a id="broken" href="/broken">broken</a><a id="login" href="/private">login</a>
<a id="slow" href="/held/slow">slow</a><a id="mark" href="#side">mark</a>
<a id="nothing" href="/nothing">nothing</a><a id="download" href="/blank" download>get</a>
<form id="form" method="post" action="/names"><input id="name" name="name"><input id="more">
<button id="send" name="do" value="add">Send</button></form>
<form id="search" action="/found"><input id="q" name="q"></form>
<form id="held" method="post" action="/held/form"><button id="hold">Hold</button></form>
<form id="files" method="post" enctype="multipart/form-data" action="/files">
<input type="file" id="file" name="file"><button id="upload">Go</button></form>"""


@app.get("/whole")
async def whole() -> str:
    return await page('<h1>Whole</h1><hf-frame id="main"><p>of the whole</p></hf-frame>')


@app.get("/missing")
async def missing() -> str:
    return await page("<h1>Nothing for the frame</h1>", title="Missing")


@app.get("/broken")
async def broken() -> tuple[str, int]:
    return await page("<h1>Error</h1>"), 500


@app.get("/nothing")
async def nothing() -> tuple[str, int]:
    return "", 204


@app.get("/private")
async def private() -> tuple[dict[str, str], int, dict[str, str]]:
    return {"error": "login"}, 401, {"HF-Redirect": "/blank?login"}


@app.post("/names")
async def names() -> Any:
    form = await request.form
    if not form["name"]:
        html = f'<p id="problem">A name, please ({form["do"]})</p>{LINKS}'
        return html, 422, {"HF-Frame": request.headers["HF-Frame"]}
    return redirect(f"/named?name={form['name']}", 303)


@app.get("/named")
async def named() -> Response:
    return content(f"<h2>Hello {request.args['name']}</h2>{LINKS}")


@app.get("/found")
async def found() -> Response:
    q = request.args["q"]
    return content(
        f'<h2>{q}</h2><form id="search" action="/found"><input id="q" name="q" value="{q}!"></form>'
    )


@app.route("/chat", methods=["GET", "POST"])
async def chat() -> Any:
    if request.method == "POST":
        said = (await request.form)["say"]
        await watch.waits_for("chat")
        return redirect(f"/chat?said={said}", 303)
    return content(
        f"""<p>{request.args.get("said", "nothing")}</p>
        <form method="post" action="/chat"><input id="say" name="say"></form>"""
    )


@app.post("/files")
async def files() -> Response:
    file = (await request.files)["file"]
    return content(f"<h2>{file.filename} {file.read().decode()}</h2>")


@app.route("/held/<gate>", methods=["GET", "POST"])
async def held(gate: str) -> Response:
    """Answer only when the test lets it."""
    html = content(f"<h2>{gate} came</h2>")
    await watch.waits_for(gate)
    return html


# -- patches -----------------------------------------------------------------------------------


@app.get("/list")
async def listing() -> str:
    return await page(
        """<ul id="rows"><li id="one">one</li></ul><table><tbody id="body"></tbody></table>
        <form method="post" action="/patches" data-hf-visit><button>Go</button></form>
        <hf-frame id="cart" src="/part/cart"></hf-frame>"""
    )


@app.post("/patches")
async def changes() -> Response:
    return patches(
        {"action": "append", "target": "rows", "html": '<li id="two">two</li>'},
        {"action": "append", "target": "body", "html": "<tr><td>cell</td></tr>"},
        {"action": "update", "target": "one", "html": "<b>1</b>", "announce": "Two rows"},
    )


# -- pages -------------------------------------------------------------------------------------

MENU = """<nav><a id="to-a" href="/page/a">A</a> <a id="to-b" href="/page/b">B</a>
<a id="to-b-mark" href="/page/b#märk">B mark</a>
<a id="plain" href="/page/plain" data-hf-visit="false">plain</a>
<a id="styled" href="/page/styled">styled</a><a id="data" href="/data">data</a>
<a id="external" href="/page/b" rel="external">b</a><a id="new" href="/page/b" target="_blank">b</a>
<a id="own" href="/page/own">own</a> <a id="gone" href="/page/gone">gone</a>
<a id="held-page" href="/held-page">held</a></nav>
<audio id="player" hf-preserve></audio><form action="/page/a"><input id="q" name="q"></form>
<form method="post" action="/page"><input id="text" name="text"><button id="go">Go</button></form>
"""


@app.get("/page/<name>")
async def numbered(name: str) -> Any:
    if name == "own" and request.headers.get("HF-Request") == "prefetch":
        return "", 204
    lines = "".join(f"<p>{name} {line}</p>" for line in range(100))
    return await page(
        f"{MENU}<h1>{name}</h1><hf-frame id='f' src='/part/f'></hf-frame>{lines}"
        f"<h2 id='märk'>mark</h2>{lines}",
        title=f"Page {name}",
        attributes="data-hf-visit data-hf-prefetch data-hf-transition",
        lang="de" if name == "b" else "en",
        head='<link rel="stylesheet" href="/style.css">' if name == "styled" else "",
    ), 404 if name == "gone" else 200


@app.post("/page")
async def send() -> Any:
    text = (await request.form)["text"]
    if not text:
        body = MENU.replace("<form method", "<p id='problem'>Text, please</p><form method")
        return await page(body, "Problem", "data-hf-visit"), 422
    return redirect(f"/page/{text}", 303)


@app.get("/held-page")
async def held_page() -> str:
    await watch.waits_for("page")
    return await page("<h1>held</h1>")


@app.get("/style.css")
async def style() -> Response:
    return Response("h1 { color: red }", mimetype="text/css")


@app.get("/data")
async def data() -> dict[str, int]:
    return {"data": 1}
