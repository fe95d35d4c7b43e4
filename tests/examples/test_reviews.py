"""The reviews of the example: a table to which version 2.0 adds a column, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bazaar import demo
from tests.support.visiting import browser
from tests.support.visiting import Operator
from tests.support.visiting import Visitor

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("bazaar")]

TEAPOT = "/shop/sand-glaze-teapot"
HELPFUL = re.compile(r"/reviews/\d+/helpful")
QUOTES = re.compile(r"<blockquote>(.*?)</blockquote>")


@pytest.fixture
def second(operator: Operator) -> Operator:
    """Serve version 2.0."""
    operator.does("install", file="reviews-2.0.zip")
    assert "serves" in operator.does("enable")
    return operator


@pytest.fixture
def first(tmp_path: Path, database_url: str) -> Iterator[Operator]:
    """Serve version 1.0 on a site of its own: a database that 2.0 has changed is refused by it."""
    with demo(tmp_path, database_url) as site, browser(site) as client:
        operator = Operator(client, site.key)
        operator.does("install", file="reviews-1.0.zip")
        assert "serves" in operator.does("enable")
        yield operator


def writes(visitor: Visitor, slug: str, text: str, stars: int = 4) -> list[str]:
    form = {"author": "Ada", "stars": stars, "text": text}
    return visitor.sends(f"/reviews/{slug}", **form).notes


def all_quotes(visitor: Visitor) -> list[str]:
    """Return what stands on all pages of reviews."""
    found, path = [], "/reviews/"
    while path:
        page = visitor.opens(path)
        assert page.status == 200
        found += QUOTES.findall(page.text)
        path = page.text.partition('rel="next" href="')[2].partition('"')[0]
        path = path.replace("&amp;", "&")
    return found


@pytest.mark.by_turns
def test_what_visitors_write_outlives_each_change_of_the_version(first: Operator) -> None:
    wrote = ["In 1.0.", "In <b>2.0</b>.", "In 1.0 again."]
    page = "/shop/olive-wood-bowl"
    assert writes(first, "olive-wood-bowl", wrote[0]) == ["Thank you for your review."]
    assert "2.0 serves now" in first.does("upgrade", file="reviews-2.0.zip")
    writes(first, "olive-wood-bowl", wrote[1])
    wrote[1] = "In &lt;b&gt;2.0&lt;/b&gt;."
    assert QUOTES.findall(first.opens(page).text)[:2] == wrote[1::-1]
    # The column stays when 1.0 comes back, which writes rows without knowing of it.
    assert "1.0 serves again" in first.does("rollback")
    writes(first, "olive-wood-bowl", wrote[2])
    assert QUOTES.findall(first.opens(page).text)[:3] == wrote[::-1]
    first.does("upgrade", file="reviews-2.0.zip")
    assert QUOTES.findall(first.opens(page).text)[:3] == wrote[::-1]
    first.does("uninstall")
    assert wrote[0] not in first.opens(page).text
    first.does("install", file="reviews-2.0.zip")
    first.does("enable")
    assert QUOTES.findall(first.opens(page).text)[:3] == wrote[::-1]


def test_the_reviews_that_come_with_the_module_are_on_its_pages(
    second: Operator, visitor: Visitor
) -> None:
    assert "It really does not drip." in visitor.opens(TEAPOT).text
    quotes = all_quotes(visitor)
    assert len(quotes) == len(set(quotes)) >= 60


def test_a_helpful_review_comes_first_and_counts_a_reader_once(
    second: Operator, visitor: Visitor
) -> None:
    before = visitor.opens(TEAPOT).text
    last = HELPFUL.findall(before)[-1]
    assert visitor.sends(last).path == TEAPOT
    after = visitor.sends(last).text
    assert HELPFUL.findall(after)[0] == last
    assert "helpful to 1" in after
    assert QUOTES.findall(after)[0] == QUOTES.findall(before)[-1]


@pytest.mark.parametrize("key", ["0", "2147483647", "9" * 30])
def test_a_review_that_is_not_there_is_not_helpful(
    second: Operator, visitor: Visitor, key: str
) -> None:
    assert visitor.sends(f"/reviews/{key}/helpful").status == 404


def test_stars_are_shown_as_they_were_given(second: Operator, visitor: Visitor) -> None:
    page = visitor.opens(TEAPOT).text
    assert "<strong>4.7</strong>" in page
    assert 'aria-label="4.7 of 5 stars"' in visitor.opens("/shop/").text
    writes(visitor, "sand-glaze-teapot", "It was broken.", stars=1)
    assert "<strong>3.8</strong>" in visitor.opens(TEAPOT).text


def test_reviews_can_be_chosen_by_their_stars(second: Operator, visitor: Visitor) -> None:
    page = visitor.opens("/reviews/", stars=3).text
    wall = page.partition('class="reviews-list')[2]
    assert set(re.findall(r'aria-label="(\d) of 5 stars"', wall)) == {"3"}
    assert len(QUOTES.findall(page)) == 4
    for stars in ("6", "-1", "many", "9" * 40):
        assert visitor.opens("/reviews/", stars=stars).status == 200


@pytest.mark.parametrize(
    "form",
    [
        {"author": "Ada", "stars": "4"},
        {"author": "Ada", "stars": "6", "text": "Six!"},
        {"author": "\0 ", "stars": "4", "text": "Nobody wrote this."},
    ],
)
def test_a_review_that_lacks_something_is_refused(
    second: Operator, visitor: Visitor, form: dict[str, str]
) -> None:
    answer = visitor.sends("/reviews/copper-mug", **form)
    assert answer.path == "/shop/copper-mug"
    assert answer.notes == ["A review needs a name, stars and a text."]


def test_a_review_of_nothing_is_not_found(second: Operator, visitor: Visitor) -> None:
    answer = visitor.sends("/reviews/nothing", author="Ada", stars="4", text="Nothing.")
    assert answer.status == 404


def test_a_made_up_cursor_is_refused(second: Operator, visitor: Visitor) -> None:
    assert visitor.opens("/reviews/", after="made-up").status == 400
