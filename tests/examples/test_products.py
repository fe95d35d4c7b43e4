"""What the shop of the example sells: as a person would expect it."""

from __future__ import annotations

import csv
import re
from collections import Counter

from quart_hotframe.database import slugify
from tests.support.bazaar import BAZAAR

SHOP = BAZAAR / "modules" / "shop"

with (SHOP / "migrations" / "products.csv").open(encoding="utf-8", newline="") as file:
    PRODUCTS = list(csv.DictReader(file))


def test_every_product_has_a_name_and_a_text_of_its_own() -> None:
    assert len(PRODUCTS) >= 200
    for column in ("name", "slug", "text"):
        assert len({row[column] for row in PRODUCTS}) == len(PRODUCTS), column
    assert not [row["name"] for row in PRODUCTS if re.search(r"product|\d{3}", row["name"], re.I)]


def test_every_slug_is_that_of_the_name() -> None:
    assert [row["slug"] for row in PRODUCTS] == [slugify(row["name"]) for row in PRODUCTS]


def test_every_category_has_enough_to_choose_from() -> None:
    assert min(Counter(row["category"] for row in PRODUCTS).values()) >= 15


def test_prices_are_plausible() -> None:
    cents = {row["name"]: int(row["price_cents"]) for row in PRODUCTS}
    assert min(cents.values()) >= 300 and max(cents.values()) <= 200_000
    spices = [int(row["price_cents"]) for row in PRODUCTS if row["category"] == "Spices"]
    carpets = [int(row["price_cents"]) for row in PRODUCTS if row["category"] == "Carpets"]
    assert sorted(spices)[len(spices) // 2] < sorted(carpets)[len(carpets) // 2] / 10


def test_every_product_can_be_drawn() -> None:
    drawings = (SHOP / "static" / "drawings.svg").read_text(encoding="utf-8")
    style = (SHOP / "static" / "shop.css").read_text(encoding="utf-8")
    used = {row["drawing"] for row in PRODUCTS}
    assert used == set(re.findall(r'<symbol id="([^"]+)"', drawings))
    assert {row["tone"] for row in PRODUCTS} == set(re.findall(r"\.tone-(\w+)", style))


def test_every_review_is_of_a_product() -> None:
    path = BAZAAR / "archives-src" / "reviews_1" / "migrations" / "reviews.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        reviews = list(csv.DictReader(stream))
    assert {row["product"] for row in reviews} <= {row["slug"] for row in PRODUCTS}
    assert len({row["text"] for row in reviews}) == len(reviews) >= 60
