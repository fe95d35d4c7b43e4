"""Cycles of load, query and unload of two modules with related models: nothing of them stays."""

from __future__ import annotations

import gc
import weakref
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe.errors import LoadError
from quart_hotframe.errors import LoadTimeout
from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import Site

CATALOG = """\
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
    from sqlalchemy import Column, ForeignKey, Table
    from quart_hotframe.database import ModuleModels

    class Base(ModuleModels, DeclarativeBase): ...

    labelled = Table(
        "catalog_labelled", Base.metadata,
        Column("product_id", ForeignKey("catalog_product.id"), primary_key=True),
        Column("label_id", ForeignKey("catalog_label.id"), primary_key=True),
    )

    class Label(Base):
        id: Mapped[int] = mapped_column(primary_key=True)
        products: Mapped[list["Product"]] = relationship(
            secondary=labelled, back_populates="labels")

    class Product(Base):
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(index=True)
        labels: Mapped[list[Label]] = relationship(
            secondary=labelled, back_populates="products")

    BALLAST = bytearray(256 * 1024)
    """
REVIEWS = """\
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
    from sqlalchemy import ForeignKey
    from quart_hotframe.database import AuditLog, Audited, ModuleModels, SoftDelete, Versioned
    from quart_hotframe.database import Slug, Timestamps, Uuid7
    from modules.catalog.models import Product

    class Base(ModuleModels, DeclarativeBase): ...

    class Change(AuditLog, Base): ...

    class Review(Audited, Uuid7, Timestamps, SoftDelete, Slug, Versioned, Base):
        __slug_from__ = "text"
        text: Mapped[str]
        product_id: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id))
        product: Mapped[Product] = relationship(Product, viewonly=True)
    """
VIEWS = {
    "catalog": """\
        from quart import current_app
        from sqlalchemy import select
        from sqlalchemy.ext.asyncio import AsyncSession
        from . import blueprint
        from .models import Base, Label, Product

        @blueprint.get("/")
        async def index():
            async with AsyncSession(current_app.extensions["engine"]) as session:
                await (await session.connection()).run_sync(Base.metadata.create_all)
                session.add(Product(name="kettle", labels=[Label()]))
                await session.commit()
                found = select(Product.name).join(Product.labels).order_by(Product.id.desc())
                return await session.scalar(found.limit(1))
        """,
    "reviews": """\
        from quart import current_app
        from sqlalchemy import select
        from sqlalchemy.ext.asyncio import AsyncSession
        from sqlalchemy.orm import joinedload
        from quart_hotframe.database import Repository
        from . import blueprint
        from .models import Base, Product, Review

        @blueprint.get("/")
        async def index():
            async with AsyncSession(current_app.extensions["engine"]) as session:
                await (await session.connection()).run_sync(Base.metadata.create_all)
                product = await session.scalar(select(Product).limit(1))
                review = Review(text="good", product_id=product.id)
                session.add(review)
                await session.flush()
                found = select(Review).options(joinedload(Review.product))
                names = {one.product.name for one in await session.scalars(found)}
                page = await Repository(Review, session).page(size=2, search=None)
                await session.delete(review)
                await session.commit()
                return f"{names.pop()} {page.total}"
        """,
}


@pytest.fixture
async def site(site: Site, database_url: str) -> AsyncIterator[Site]:
    """Return a site with an engine that outlives all modules, as that of an app does."""
    engine = create_async_engine(database_url)
    site.app.extensions["engine"] = engine
    site.hotframe.runtime.kinds["models"].engines = lambda: [engine]  # type: ignore[attr-defined]
    yield site
    await engine.dispose()


def write(site: Site) -> None:
    site.write("catalog", files={"models.py": CATALOG, "views.py": VIEWS["catalog"]})
    files = {"models.py": REVIEWS, "views.py": VIEWS["reviews"]}
    site.write("reviews", manifest='requires = ["catalog"]', files=files)


def held(site: Site, seen: Seen) -> None:
    """Note the classes, mappers and tables of both modules, weakly."""
    kinds = site.hotframe.runtime.current.kinds["models"]
    for name, found in (("catalog", ("Product", "Label")), ("reviews", ("Review", "Change"))):
        models = site.modules.worker.mounting.mounted[name].package.import_("models")
        classes = [getattr(models, one) for one in found]
        seen += [weakref.ref(one) for one in (models, models.Base, *classes)]
        seen += [weakref.ref(one.__mapper__) for one in classes]
        seen += [weakref.ref(one.registry) for one in classes]
        seen += [weakref.ref(table) for table in kinds[name].tables.values()]


async def cycle(site: Site, seen: Seen) -> None:
    for name in ("catalog", "reviews"):
        await site.modules.enable(name)
    assert await site.get("/catalog/") == (200, "kettle")
    assert await site.get("/reviews/") == (200, "kettle 1")
    held(site, seen)
    for name in ("reviews", "catalog"):
        await site.modules.disable(name)
    await site.modules.drained()


@cycles
@pytest.mark.by_turns
async def test_nothing_of_related_models_stays_and_memory_is_flat(
    site: Site, cycles: int, record_property: Any
) -> None:
    write(site)
    await forgets(partial(cycle, site), cycles, record_property)


async def test_a_base_and_its_dependents_that_are_swapped_together_are_forgotten(
    site: Site,
) -> None:
    write(site)
    seen: Seen = []
    for name in ("catalog", "reviews"):
        await site.modules.enable(name)
    for number in range(3):
        assert await site.get("/catalog/") == (200, "kettle")
        assert await site.get("/reviews/") == (200, "kettle 1")
        held(site, seen)
        (site.project / "catalog" / "more.py").write_text(f"NUMBER = {number}\n")
        await site.modules.reload("catalog")
        await site.modules.drained()
    gc.collect()
    assert sum(one() is not None for one in seen) == 0


async def test_a_load_that_fails_leaves_no_mapper_behind(site: Site) -> None:
    write(site)
    await site.modules.enable("catalog")
    fails = "from sqlalchemy import select\nfrom .models import Review, Product\n"
    fails += "str(select(Review).join(Review.product))\nraise ValueError('late')\n"
    files = {"models.py": REVIEWS, "views.py": fails}
    site.write("reviews", manifest='requires = ["catalog"]', files=files)
    for _ in range(5):
        with pytest.raises(LoadError, match=r"views\.py:4: ValueError: late"):
            await site.modules.enable("reviews")
    gc.collect()
    assert tables().count("reviews_review") <= 1  # the traceback of the last failure is kept
    await site.modules.disable("catalog")
    await site.modules.drained()
    assert site.hotframe.runtime.kinds["models"]._needed == []  # type: ignore[attr-defined]


async def test_a_dependent_whose_code_has_not_ended_does_not_keep_the_other_for_ever(
    site: Site,
) -> None:
    write(site)
    for name in ("catalog", "reviews"):
        await site.modules.enable(name)
    assert await site.get("/catalog/") == (200, "kettle")
    kind: Any = site.hotframe.runtime.kinds["models"]
    mounted = site.modules.worker.mounting.mounted
    base, dependent = (mounted[n].contribution.items["models"] for n in ("catalog", "reviews"))
    mappers = [one for item in (base, dependent) for one in item.registries[0].mappers]
    kind.dispose(base)
    assert all(one.class_.__mapper__ is one for one in mappers)
    kind.dispose(dependent)
    assert [one for item in (base, dependent) for one in item.registries[0].mappers] == []
    for name in ("reviews", "catalog"):
        await site.modules.disable(name)


async def test_a_model_that_somebody_holds_is_seen(site: Site) -> None:
    write(site)
    await site.modules.enable("catalog")
    kept = site.modules.worker.mounting.mounted["catalog"].package.import_("models").Product
    reference = weakref.ref(kept)
    await site.modules.disable("catalog")
    await site.modules.drained()
    gc.collect()
    assert reference() is not None  # this is what the proof above would find
    del kept
    await becomes(lambda: gc.collect() >= 0 and reference() is None)


@pytest.mark.parametrize("site", [{"HOTFRAME_LOAD_TIMEOUT": 0.5}], indirect=True)
async def test_a_load_that_ends_too_late_leaves_no_mapper_behind(
    site: Site, tmp_path: Path
) -> None:
    write(site)
    await site.modules.enable("catalog")
    go = tmp_path / "go"
    waits = f"""\
        import pathlib, time
        from sqlalchemy import select
        from .models import Review
        str(select(Review).join(Review.product))
        end = time.monotonic() + 20
        while not pathlib.Path({str(go)!r}).exists() and time.monotonic() < end:
            time.sleep(0.01)
        """
    files = {"models.py": REVIEWS, "views.py": waits}
    site.write("reviews", manifest='requires = ["catalog"]', files=files)
    with pytest.raises(LoadTimeout):
        await site.modules.enable("reviews")
    go.touch()
    await becomes(lambda: not any("reviews__" in name for name in loaded_packages()))
    await becomes(lambda: gc.collect() >= 0 and "reviews_review" not in tables())


def tables() -> list[str]:
    return [one.name for one in gc.get_objects() if isinstance(one, Table)]
