"""Globals of templates are those that Jinja gives, copied sooner."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from quart import Quart
from quart.templating import Environment as QuartEnvironment

from quart_hotframe import HotFrame
from quart_hotframe.runtime.template_globals import TemplateGlobals


def environment_of(app: Quart) -> Environment:
    """Return the environment of an app with HotFrame."""
    HotFrame(app)
    environment: Environment = app.jinja_env
    return environment


async def test_templates_see_what_becomes_of_the_globals_of_their_environment() -> None:
    environment = environment_of(Quart(__name__))
    template = environment.from_string("{{ late }}")
    assert isinstance(template.globals, TemplateGlobals)
    environment.globals["late"] = "there"
    assert await template.render_async() == "there"
    del environment.globals["late"]
    assert await template.render_async() == ""


async def test_globals_of_a_template_stay_its_own() -> None:
    environment = environment_of(Quart(__name__))
    environment.globals["name"] = "of all"
    template = environment.from_string("{{ name }} {{ more }}", globals={"name": "of one"})
    template.globals.update(more="more")
    assert await template.render_async() == "of one more"
    assert environment.globals["name"] == "of all"
    del template.globals["name"]
    assert await template.render_async() == "of all more"
    assert len(template.globals) == len(environment.globals) + 1
    assert set(template.globals) == {*environment.globals, "more"}


def test_overlays_look_into_their_own_environment() -> None:
    environment = environment_of(Quart(__name__))
    other = environment.overlay()
    other.globals = {"only": 1}
    assert dict(other.from_string("").globals) == {"only": 1}


def test_an_environment_that_makes_them_in_its_own_way_does_so() -> None:
    class Own(QuartEnvironment):
        def make_globals(self, d: Any) -> Any:
            return {"own": 1}

    class App(Quart):
        jinja_environment = Own

    environment = environment_of(App(__name__))
    assert type(environment) is Own
    assert environment.from_string("").globals == {"own": 1}
