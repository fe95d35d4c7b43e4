"""The shop of the example: its list, searched, filtered, ordered and paged, on both databases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.bazaar import demo
from tests.support.visiting import Answer
from tests.support.visiting import browser
from tests.support.visiting import Visitor

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("bazaar")]

PRICE = re.compile(r'<span class="price">€ ([\d,.]+)</span>')


def prices(answer: Answer) -> list[float]:
    return [float(price.replace(",", "")) for price in PRICE.findall(answer.text)]


def all_names(visitor: Visitor, **query: Any) -> list[str]:
    """Return the names on all pages, following what the pages lead to."""
    found, page = [], 1
    while True:
        answer = visitor.opens("/shop/", page=page, **query)
        assert answer.status == 200
        found += answer.names
        if 'rel="next"' not in answer.text:
            return found
        page += 1


def test_the_pages_show_each_product_once(visitor: Visitor) -> None:
    names = all_names(visitor)
    assert len(names) == len(set(names)) == 240


def test_the_products_are_not_doubled_when_the_site_starts_again(
    tmp_path: Path, database_url: str
) -> None:
    for _ in range(2):
        with demo(tmp_path, database_url) as site, browser(site) as client:
            assert "240 things" in Visitor(client).opens("/shop/").text


@pytest.mark.parametrize(
    ("page", "leads_to"), [(1, [2, 10]), (5, [1, 4, 6, 10]), (9, [1, 8, 10]), (10, [1, 9])]
)
def test_a_page_leads_to_its_neighbours(visitor: Visitor, page: int, leads_to: list[int]) -> None:
    answer = visitor.opens("/shop/", page=page)
    assert len(answer.names) == 24
    assert f"240 things, page {page} of 10" in answer.text
    links = {int(number) for number in re.findall(r'href="/shop/\?page=(\d+)"', answer.text)}
    assert sorted(links - {page}) == leads_to
    assert ('rel="prev"' in answer.text) is (page > 1)
    assert ('rel="next"' in answer.text) is (page < 10)


@pytest.mark.parametrize("page", ["0", "-3", "first", "", "1e3", "٣x"])
def test_a_page_that_is_no_number_is_the_first(visitor: Visitor, page: str) -> None:
    answer = visitor.opens("/shop/", page=page)
    assert answer.status == 200
    assert "page 1 of 10" in answer.text


@pytest.mark.parametrize("page", [11, 10**30])
def test_a_page_beyond_the_last_leads_to_the_last(visitor: Visitor, page: int) -> None:
    answer = visitor.opens("/shop/", page=page)
    assert answer.status == 200
    assert answer.names == []
    assert '<a href="/shop/?page=10">page 10</a>' in answer.text


def test_a_list_of_one_page_has_no_pages(visitor: Visitor) -> None:
    answer = visitor.opens("/shop/", category="Lamps")
    assert len(answer.names) == 20
    assert 'aria-label="Pages"' not in answer.text


def test_words_are_found_wherever_they_stand(visitor: Visitor) -> None:
    # In the place, the maker's name, the text and the name, in any case.
    assert "Sand-glaze teapot" in (visitor.opens("/shop/", q="okafor TEAPOT suleja")).names
    assert (visitor.opens("/shop/", q="pours without a drop")).names == ["Sand-glaze teapot"]
    assert (visitor.opens("/shop/", q="teapot giraffe")).names == []


def test_filters_are_joined(visitor: Visitor) -> None:
    answer = visitor.opens("/shop/", q="fes", category="Lamps", most=100, stock=1)
    assert answer.names == ["Wall sconce, keyhole", "Goatskin lamp with henna"]
    assert prices(answer) == [72, 95]


def test_what_is_sold_out_can_be_left_out(visitor: Visitor) -> None:
    assert "Pen case" in all_names(visitor)
    assert "Pen case" not in all_names(visitor, stock=1)
    assert "Sold out" in (visitor.opens("/shop/", q="inkwell")).text


def test_the_highest_price_is_within(visitor: Visitor) -> None:
    assert "Sand-glaze teapot" in all_names(visitor, most=48)
    assert "Sand-glaze teapot" not in all_names(visitor, most=47)


@pytest.mark.parametrize("most", ["-5", "9" * 40, "cheap"])
def test_a_highest_price_that_makes_no_sense_does_no_harm(visitor: Visitor, most: str) -> None:
    assert (visitor.opens("/shop/", most=most)).status == 200


def test_the_list_can_be_ordered(visitor: Visitor) -> None:
    names = all_names(visitor, category="Spices", order="name")
    assert names == sorted(names)
    cheapest = prices(visitor.opens("/shop/", category="Spices", order="cheapest"))
    assert cheapest == sorted(cheapest)
    dearest = prices(visitor.opens("/shop/", category="Spices", order="dearest"))
    assert dearest == sorted(dearest, reverse=True)
    assert (visitor.opens("/shop/")).names[0] == "Sand-glaze teapot"


def test_an_unknown_order_is_the_usual_one(visitor: Visitor) -> None:
    assert (visitor.opens("/shop/", order="stock; --")).names[0] == "Sand-glaze teapot"


@pytest.mark.parametrize(
    "words", ["<b>%_'\"\\", "%", "_", "🐫", "a\0b", "\0", "x" * 1000, "a " * 500, "İznik"]
)
def test_odd_words_are_searched_for_and_shown_as_they_are(visitor: Visitor, words: str) -> None:
    answer = visitor.opens("/shop/", q=words)
    assert answer.status == 200
    assert "<b>" not in answer.text
    assert len(answer.names) == len(set(answer.names))


@pytest.mark.parametrize(
    ("category", "shown"), [("Cars", 0), ("x" * 1000, 0), ("lamps", 0), ("\0Lamps ", 20)]
)
def test_a_category_is_taken_by_its_name(visitor: Visitor, category: str, shown: int) -> None:
    answer = visitor.opens("/shop/", category=category)
    assert answer.status == 200
    assert len(answer.names) == shown


def test_a_percent_sign_is_no_wildcard(visitor: Visitor) -> None:
    assert (visitor.opens("/shop/", q="%")).names == []


def test_pages_keep_what_was_searched_for(visitor: Visitor) -> None:
    answer = visitor.opens("/shop/", q="a", order="name", stock=1)
    assert "/shop/?q=a&amp;stock=True&amp;order=name&amp;page=2" in answer.text
    following = visitor.opens("/shop/?q=a&stock=True&order=name&page=2")
    assert following.names and not set(following.names) & set(answer.names)
    assert '<option value="name" selected>' in following.text


def test_a_product_has_a_page(visitor: Visitor) -> None:
    answer = visitor.opens("/shop/sand-glaze-teapot")
    assert "<h1>Sand-glaze teapot</h1>" in answer.text
    assert "Made by Amara Okafor in Suleja" in answer.text
    assert 'drawings.svg#teapot"' in answer.text


@pytest.mark.parametrize(
    "path", ["/shop/nothing", "/shop/%00", "/shop/%2527", "/shop/" + "x" * 900]
)
def test_what_is_not_sold_is_not_found(visitor: Visitor, path: str) -> None:
    assert (visitor.opens(path)).status == 404


def test_the_front_page_shows_what_is_new(visitor: Visitor) -> None:
    names = (visitor.opens("/")).names
    assert names == ["Sand-glaze teapot", "Madder wool rug", "Brass star lantern"]
