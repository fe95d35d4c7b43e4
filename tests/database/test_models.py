"""Models of modules: names, one MetaData per owner, and what is refused at load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import MappedAsDataclass

from quart_hotframe.database import ModuleModels
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import LoadError
from tests.support.sites import Site

HEAD = """\
from sqlalchemy import Column, ForeignKey, Integer, MetaData, select, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from quart_hotframe.database import ModuleModels
"""
BASE = HEAD + "class Base(ModuleModels, DeclarativeBase): ...\n"
CATALOG = (
    BASE
    + """\
class Product(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
"""
)
IMPORT = "from modules.catalog.models import Base as Theirs, Product\n"
REVIEW = """\
class Review(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id))
"""
KEEP = "    product: Mapped[Product] = relationship(Product, viewonly=True)\n"


def metadata(site: Site, owner: str) -> Any:
    return site.hotframe.runtime.current.kinds["models"][owner]


async def enabled(site: Site, name: str, models: str, manifest: str = "", **files: str) -> Path:
    more = {f"{file}.py": text for file, text in files.items()}
    folder = site.write(name, manifest=manifest, files={"models.py": models, **more})
    await site.modules.enable(name)
    return folder


async def refused(site: Site, models: str, line: str, *, name: str = "reviews") -> str:
    """Return what is said of *models*, which must name the line that has this text."""
    manifest = 'requires = ["catalog"]' if name == "reviews" else ""
    folder = site.write(name, manifest=manifest, files={"models.py": models})
    with pytest.raises(LoadError) as caught:
        await site.modules.enable(name)
    number = next(n for n, one in enumerate(models.splitlines(), 1) if line in one)
    message = str(caught.value)
    assert f"{folder / 'models.py'}:{number}: " in message
    return message


async def test_a_table_has_the_name_of_its_module_and_constraints_have_names(site: Site) -> None:
    text = "class OrderLine(Base):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    text += "    sku: Mapped[str] = mapped_column(unique=True, index=True)\n"
    await enabled(site, "shop", BASE + text)
    table = metadata(site, "shop").tables["shop_order_line"]
    assert {one.name for one in table.constraints} == {"pk_shop_order_line"}
    assert [one.name for one in table.indexes] == ["ix_shop_order_line_sku"]


def test_in_the_code_of_the_app_tables_have_no_prefix() -> None:
    class Base(ModuleModels, DeclarativeBase): ...

    class OrderLine(Base):
        id: Mapped[int] = mapped_column(primary_key=True)

    class Named(Base):
        __tablename__ = "anything"
        id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)

    assert list(Base.metadata.tables) == ["order_line", "anything"]
    assert Base.metadata.tables["anything"].primary_key.name == "pk_anything"
    keys = [one.name for one in Base.metadata.tables["anything"].foreign_key_constraints]
    assert keys == ["fk_anything_id_order_line"]


def test_abstract_models_mixins_dataclasses_and_inheritance_are_plain_sqlalchemy() -> None:
    class Base(ModuleModels, MappedAsDataclass, DeclarativeBase): ...

    class Person(Base):
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        kind: Mapped[str] = mapped_column(init=False)
        name: Mapped[str]

    class Clerk(Person):
        __mapper_args__ = {"polymorphic_identity": "clerk"}

    class Dated(Base):
        __abstract__ = True
        day: Mapped[str]

    class Entry(Dated):
        id: Mapped[int] = mapped_column(primary_key=True, init=False)

    assert set(Base.metadata.tables) == {"person", "entry"}
    assert Clerk.__table__ is Person.__table__
    assert Clerk(name="Ada").name == "Ada" and Entry(day="Monday").day == "Monday"


def test_each_base_has_a_metadata_of_its_own_and_one_that_is_given_stays() -> None:
    class One(ModuleModels, DeclarativeBase): ...

    class Two(ModuleModels, DeclarativeBase): ...

    class Three(ModuleModels, DeclarativeBase):
        metadata = One.metadata

    assert One.metadata is not Two.metadata
    assert Three.metadata is One.metadata and Three.registry is not One.registry


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("product", "catalog_product"),
        ("catalogue_product", "catalog_product"),
        ("Catalog_product", "catalog_product"),
        ("catalog_", "catalog_catalog"),
        ("catalogs", "catalog_catalogs"),
    ],
)
async def test_another_name_is_refused_with_the_right_one(
    site: Site, wrong: str, right: str
) -> None:
    head = "class Product(Base):\n"
    models = CATALOG.replace(head, f"{head}    __tablename__ = '{wrong}'\n")
    message = await refused(site, models, "__tablename__", name="catalog")
    assert f"the table {wrong!r} must be named {right!r}" in message


async def test_the_name_of_a_table_without_a_class_is_checked_too(site: Site) -> None:
    models = CATALOG + "labels = Table('labels', Base.metadata, Column('id', Integer))\n"
    message = await refused(site, models, "labels =", name="catalog")
    assert "the table 'labels' must be named 'catalog_labels'" in message


async def test_models_are_found_wherever_they_stand(site: Site) -> None:
    files = {
        "models/__init__.py": "from .base import Base\nfrom . import product\n",
        "models/base.py": BASE,
        "models/product.py": "from .base import Base\n" + CATALOG.removeprefix(BASE).replace(
            "class Product", "from sqlalchemy.orm import Mapped, mapped_column\nclass Product"
        ),
    }  # fmt: skip
    site.write("catalog", files=files)
    await site.modules.enable("catalog")
    assert list(metadata(site, "catalog").tables) == ["catalog_product"]
    head = "from quart import Blueprint\nblueprint = Blueprint('shop', __name__)\n"
    site.write("shop", files={"__init__.py": head + CATALOG})
    await site.modules.enable("shop")
    assert list(metadata(site, "shop").tables) == ["shop_product"]
    await site.modules.disable("shop")
    assert list(site.hotframe.runtime.current.kinds["models"]) == ["catalog"]


async def test_a_base_that_is_not_one_of_module_models_is_refused(site: Site) -> None:
    models = HEAD + "class Base(DeclarativeBase): ...\n"
    message = await refused(site, models, "class Base", name="catalog")
    assert "class Base(ModuleModels, DeclarativeBase)" in message


async def test_a_second_metadata_is_refused(site: Site) -> None:
    models = CATALOG + "class Other(ModuleModels, DeclarativeBase): ...\n"
    message = await refused(site, models, "class Other", name="catalog")
    assert "metadata = Base.metadata in Other" in message


async def test_tables_of_another_database_may_have_a_metadata_of_their_own(site: Site) -> None:
    table = "theirs = Table('theirs', MetaData(), Column('id', Integer))\n"
    await enabled(site, "catalog", CATALOG + table)
    assert list(metadata(site, "catalog").tables) == ["catalog_product"]


async def test_a_table_of_two_owners_is_a_clash_that_names_both(site: Site) -> None:
    line = "class OrderLine(Base):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    await enabled(site, "shop", BASE + line)
    site.write("shop_order", files={"models.py": BASE + line.replace("OrderLine", "Line")})
    with pytest.raises(ClashError, match="'shop_order_line' of 'shop' is taken by 'shop_order'"):
        await site.modules.enable("shop_order")


async def test_a_table_of_the_app_is_a_clash_too(site: Site) -> None:
    class Base(ModuleModels, DeclarativeBase): ...

    class ShopProduct(Base):
        id: Mapped[int] = mapped_column(primary_key=True)

    site.hotframe.add_models(Base)
    assert metadata(site, "app") is Base.metadata
    site.write("shop", files={"models.py": CATALOG})
    with pytest.raises(ClashError, match="'shop_product' of 'shop' is taken by 'app'"):
        await site.modules.enable("shop")


async def test_models_of_the_app_that_clash_are_not_taken(site: Site) -> None:
    class Base(ModuleModels, DeclarativeBase): ...

    class ShopProduct(Base):
        id: Mapped[int] = mapped_column(primary_key=True)

    await enabled(site, "shop", CATALOG)
    with pytest.raises(ClashError):
        site.hotframe.add_models(Base)
    assert list(site.hotframe.runtime.current.kinds["models"]) == ["shop"]
    site.write("blog")
    await site.modules.enable("blog")  # composes anew, which must not find the clash again


WRITES = "    product: Mapped[Product] = relationship(Product)\n"
CALLED = "    product: Mapped[Product] = relationship(lambda: Product)\n"
ANNOTATED = "    product: Mapped[Product] = relationship()\n"
BACKREF = "    product: Mapped[Product] = relationship(Product, viewonly=True, backref='reviews')\n"
BOTH = "    product: Mapped[Product] = relationship(Product, viewonly=True, back_populates='x')\n"


@pytest.mark.parametrize("late", ["", "select(Review).join(Product).whereclause\nReview()\n"])
@pytest.mark.parametrize(
    ("line", "advice"),
    [
        (WRITES, "relationship(Product, viewonly=True) and set the foreign key's column"),
        (CALLED, "relationship(Product, viewonly=True) and set the foreign key's column"),
        (ANNOTATED, "relationship(Product, viewonly=True) and set the foreign key's column"),
        (BACKREF, "without backref or back_populates"),
        (BOTH, "without backref or back_populates"),
        (WRITES.replace("(Product)", "('Product')"), "import the class and write"),
    ],
)
async def test_a_relationship_that_would_change_anothers_mapper_is_refused(
    site: Site, line: str, advice: str, late: str
) -> None:
    await enabled(site, "catalog", CATALOG)
    models = BASE + IMPORT + REVIEW + line + late
    message = await refused(site, models, line.strip())
    assert advice in message
    assert "Review.product" in message
    product = site.modules.worker.mounting.mounted["catalog"].package.import_("models").Product
    assert sorted(one.key for one in product.__mapper__.attrs) == ["id", "name"]
    assert product(name="still mapped").name == "still mapped"


async def test_a_relationship_that_only_reads_is_fine(site: Site) -> None:
    await enabled(site, "catalog", CATALOG)
    requires = 'requires = ["catalog"]'
    await enabled(site, "reviews", BASE + IMPORT + REVIEW + KEEP, requires)
    assert list(metadata(site, "reviews").tables) == ["reviews_review"]


@pytest.mark.parametrize(
    "text",
    [
        "class Mine(Product):\n    more: Mapped[str]\n",
        "class Mine(Product):\n    __tablename__ = 'reviews_mine'\n"
        "    id: Mapped[int] = mapped_column(ForeignKey(Product.id), primary_key=True)\n",
        "class Mine(Theirs):\n    id: Mapped[int] = mapped_column(primary_key=True)\n",
    ],
)
async def test_a_model_on_a_model_of_another_is_refused(site: Site, text: str) -> None:
    await enabled(site, "catalog", CATALOG)
    message = await refused(site, HEAD + IMPORT + text, "class Mine")
    assert "Write a base of your own" in message and "of 'catalog'" in message
    theirs = metadata(site, "catalog")
    assert list(theirs.tables) == ["catalog_product"]
    assert list(theirs.tables["catalog_product"].columns.keys()) == ["id", "name"]


async def test_a_model_on_a_base_of_the_app_is_refused(site: Site) -> None:
    line = "from tests.support.own_models import Base, Plain\n"
    text = "class Mine({}):\n    __tablename__ = 'shop_mine'\n"
    text += "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    message = await refused(site, HEAD + line + text.format("Base"), "class Mine", name="shop")
    assert "derives from Base of 'app'" in message
    message = await refused(site, HEAD + line + text.format("Plain"), "class Mine", name="shop")
    assert "write a base of your own" in message


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("catalog_product.id", "ForeignKey(Product.__table__.c.id)."),
        ("catalog_product.code", "ForeignKey(Product.__table__.c.code)."),
        ("reviews_revue.id", "Did you mean 'reviews_review'?"),
        ("reviews_review.nothing", "leads to no column of this module"),
        ("elsewhere.id", "with the model imported"),
    ],
)
async def test_a_foreign_key_as_text_to_anothers_table_is_refused(
    site: Site, key: str, advice: str
) -> None:
    await enabled(site, "catalog", CATALOG)
    models = BASE + IMPORT + REVIEW.replace("Product.__table__.c.id", repr(key))
    message = await refused(site, models, "product_id")
    assert key in message and advice in message


async def test_a_foreign_key_in_a_table_without_a_class_is_checked_too(site: Site) -> None:
    await enabled(site, "catalog", CATALOG)
    table = "Table('reviews_link', Base.metadata, Column('x', ForeignKey('catalog_product.id')))\n"
    message = await refused(site, BASE + IMPORT + table, "Table('")
    assert "in the table 'reviews_link'" in message
    assert "ForeignKey(Product.__table__.c.id)" in message


async def test_what_sqlalchemy_refuses_shows_at_load(site: Site) -> None:
    text = REVIEW.replace("Product.__table__.c.id", "'reviews_review.id'")
    text += "    other: Mapped['Review'] = relationship(back_populates='nothing')\n"
    site.write("reviews", files={"models.py": BASE + text})
    with pytest.raises(LoadError, match=r"models\.py: .*nothing"):
        await site.modules.enable("reviews")


async def test_a_load_that_was_refused_can_be_corrected(site: Site) -> None:
    await enabled(site, "catalog", CATALOG)
    await refused(site, BASE + IMPORT + REVIEW + WRITES, WRITES.strip())
    requires = 'requires = ["catalog"]'
    await enabled(site, "reviews", BASE + IMPORT + REVIEW + KEEP, requires)
    assert list(metadata(site, "reviews").tables) == ["reviews_review"]
