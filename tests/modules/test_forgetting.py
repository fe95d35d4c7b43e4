"""Cycles of load, request and unload: nothing of a module stays, and memory does not grow."""

from __future__ import annotations

import gc
import weakref
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.sites import becomes
from tests.support.sites import Site

RICH = {
    "models.py": """\
        from dataclasses import dataclass
        from typing import Generic, TypeVar
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
        from sqlalchemy import ForeignKey
        from quart_hotframe.database import ModuleModels

        class Base(ModuleModels, DeclarativeBase): ...

        class Author(Base):
            id: Mapped[int] = mapped_column(primary_key=True)
            posts: Mapped[list["Post"]] = relationship(back_populates="author")

        class Post(Base):
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            author_id: Mapped[int] = mapped_column(ForeignKey("blog_author.id"))
            author: Mapped[Author] = relationship(back_populates="posts")

        T = TypeVar("T")

        @dataclass
        class Answer:
            title: str
            number: int = 1

        class Page(Generic[T]):
            items: list[T]

        AnswerPage = Page[Answer]

        try:  # quart-schema takes either pydantic or msgspec, and neither need be there
            from pydantic import BaseModel
        except ImportError:
            pass
        else:
            class Model(BaseModel):
                title: str
                answers: list["Model"] = []

            Model.model_rebuild()
            Model(title="x", answers=[{"title": "y"}]).model_dump_json()

        BALLAST = bytearray(256 * 1024)
        """,
    "views.py": """\
        from functools import lru_cache
        from quart import render_template
        from quart_schema import operation_id, tag
        from sqlalchemy import select
        from . import blueprint
        from .models import Answer, Post, Author

        @lru_cache
        def cached(number): return Answer(title=str(select(Post).join(Author)), number=number)

        @blueprint.get("/")
        async def index(): return await render_template("blog/page.html", answer=cached(1))

        @blueprint.get("/json")
        @tag(["answers"])
        @operation_id("answer")
        async def as_json(): return vars(cached(2))
        """,
    "hooks.py": """\
        from blinker import signal
        from quart_hotframe import hooks
        from .models import Answer

        @signal("outside").connect
        def heard(sender, **extra): return Answer(title="x")

        @hooks.on("order.paid")
        async def paid(answer: Answer): ...
        """,
    "commands.py": """\
        from . import blueprint

        @blueprint.cli.command("greet")
        def greet(): print("hello")
        """,
    "templates/blog/base.html": "{% macro one(x) %}{{ x }}{% endmacro %}"
    "<b>{% block b %}{% endblock %}</b>",
    "templates/blog/page.html": "{% extends 'blog/base.html' %}"
    "{% block b %}{{ answer.number }}{% endblock %}",
}  # fmt: skip


async def cycle(site: Site, seen: Seen) -> None:
    await site.modules.enable("blog")
    assert await site.get("/blog/") == (200, "<b>1</b>")
    assert (await site.get("/blog/json"))[0] == 200
    package = site.modules.worker.mounting.mounted["blog"].package
    models, views = package.import_("models"), package.import_("views")
    seen += [weakref.ref(one) for one in (models, models.Post, models.Answer, views, views.cached)]
    del models, views, package
    await site.modules.disable("blog")
    await site.modules.drained()


@cycles
async def test_nothing_of_a_module_stays_and_memory_is_flat(
    site: Site, cycles: int, record_property: Any
) -> None:
    site.write("blog", files=RICH)
    await forgets(partial(cycle, site), cycles, record_property)


async def test_a_version_that_somebody_holds_is_seen(site: Site, tmp_path: Path) -> None:
    site.write("blog", files=RICH)
    await site.modules.enable("blog")
    held = site.modules.worker.mounting.mounted["blog"].package.import_("models").Post
    reference = weakref.ref(held)
    await site.modules.disable("blog")
    await site.modules.drained()
    gc.collect()
    assert reference() is not None  # this is what the proof above would find
    del held
    await becomes(lambda: gc.collect() >= 0 and reference() is None)
