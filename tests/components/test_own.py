"""The classes of the app's own components."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from quart_hotframe import render_component
from tests.support.modules import write_file

CODE = """\
from quart_hotframe import Component

SEEN = []


class Card(Component):
    def context(self):
        return {"seen": len(SEEN)}
"""


@pytest.mark.parametrize(
    ("start", "name"),
    [("kiosk/__init__.py", "kiosk"), ("kiosk/main.py", "kiosk.main"), ("kiosk/main.py", "main")],
)
async def test_a_class_is_the_one_that_the_code_of_the_app_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, name: str
) -> None:
    write_file(tmp_path / start, "from quart import Quart\napp = Quart(__name__)")
    write_file(tmp_path / "kiosk/components/card.py", CODE)
    write_file(tmp_path / "kiosk/components/card.html", "{{ seen }}")
    inside = "." not in name and name != "kiosk"
    monkeypatch.syspath_prepend(str(tmp_path / "kiosk" if inside else tmp_path))
    before = set(sys.modules)
    try:
        app: Quart = importlib.import_module(name).app
        HotFrame(app)
        code = importlib.import_module("components.card" if inside else "kiosk.components.card")
        code.SEEN.append("one")
        async with app.app_context():
            assert await render_component("card") == "1"
    finally:
        for new in set(sys.modules) - before:
            if new.partition(".")[0] in ("kiosk", "main", "components"):
                del sys.modules[new]


async def test_a_link_to_nothing_hurts_no_component_that_is_there_or_comes(tmp_path: Path) -> None:
    write_file(tmp_path / "app/components/card.html", "Card")
    (tmp_path / "app/components/.#card.html").symlink_to("nobody@nowhere")  # as editors leave it
    app = Quart("app", root_path=str(tmp_path / "app"), instance_path=str(tmp_path / "instance"))
    app.config["TEMPLATES_AUTO_RELOAD"] = True
    HotFrame(app)
    async with app.app_context():
        assert await render_component("card") == "Card"
        write_file(tmp_path / "app/components/box/box.html", "Box")
        assert await render_component("box") == "Box"
