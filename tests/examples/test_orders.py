"""Baskets and orders of the example, on both databases; the tests buy different things."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextlib import ExitStack

import pytest

from tests.support.bazaar import Bazaar
from tests.support.visiting import Answer
from tests.support.visiting import browser
from tests.support.visiting import Visitor

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("bazaar")]


def puts(visitor: Visitor, slug: str, quantity: int | str = 1) -> Answer:
    return visitor.sends(f"/orders/basket/{slug}", quantity=quantity)


def orders(visitor: Visitor) -> Answer:
    return visitor.sends("/orders/", name="Ada")


@contextmanager
def visitors(site: Bazaar, number: int) -> Iterator[list[Visitor]]:
    with ExitStack() as stack:
        yield [Visitor(stack.enter_context(browser(site))) for _ in range(number)]


def test_what_is_in_the_basket_can_be_ordered(visitor: Visitor) -> None:
    assert "In stock" in visitor.opens("/shop/mint-tea-blend").text
    basket = puts(visitor, "mint-tea-blend", 2)
    assert basket.path == "/orders/basket"
    assert basket.notes == ["Mint tea blend: 2 in your basket."]
    assert '2<span class="unseen"> things<' in visitor.opens("/").text
    puts(visitor, "number-tile", 3)
    order = orders(visitor)
    assert "Thank you for your order." in order.notes
    assert "5 things for Ada" in order.text
    assert "2 × € 6.50" in order.text and "€ 13.00" in order.text
    assert "€ 41.50" in order.text
    assert "Nothing yet" in visitor.opens("/orders/basket").text
    assert order.path in visitor.opens("/orders/").text


def test_an_order_takes_from_the_shelf(visitor: Visitor) -> None:
    puts(visitor, "soup-tureen")
    orders(visitor)
    assert "Only 2 left" in visitor.opens("/shop/soup-tureen").text


def test_a_form_that_is_sent_twice_puts_one_thing_into_the_basket(visitor: Visitor) -> None:
    puts(visitor, "yellow-slippers")
    puts(visitor, "yellow-slippers")
    assert visitor.opens("/orders/basket").text.count('class="line"') == 1
    assert 'value="1"' in visitor.opens("/shop/yellow-slippers").text


def test_the_basket_can_be_changed_and_emptied(visitor: Visitor) -> None:
    puts(visitor, "nutcracker-bear", 3)
    assert 'value="3"' in visitor.opens("/orders/basket").text
    assert "In your basket: 3." in visitor.opens("/shop/nutcracker-bear").text
    assert puts(visitor, "nutcracker-bear", 0).notes == [
        "Nutcracker bear: taken out of your basket."
    ]
    assert "Nothing yet" in visitor.opens("/orders/basket").text


def test_nobody_gets_more_than_there_is(visitor: Visitor) -> None:
    assert puts(visitor, "tagine", 1).status == 404
    basket = puts(visitor, "zellige-table-top", 10**30)
    assert basket.notes == ["Zellige table top: you can have 2 at most."]
    assert puts(visitor, "pen-case").notes == ["Pen case: you can have 0 at most."]


@pytest.mark.parametrize("quantity", ["", "-1", "two", "1.5", "\0"])
def test_a_quantity_that_is_no_number_is_asked_for_again(visitor: Visitor, quantity: str) -> None:
    answer = puts(visitor, "copper-mug", quantity)
    assert answer.path == "/shop/copper-mug"
    assert answer.notes == ["How many? Write a number."]


def test_an_empty_basket_is_no_order(visitor: Visitor) -> None:
    answer = orders(visitor)
    assert answer.path == "/orders/basket"
    assert answer.notes == ["There is nothing in your basket."]


def test_an_order_belongs_to_who_placed_it(visitor: Visitor, site: Bazaar) -> None:
    puts(visitor, "rose-water")
    path = orders(visitor).path
    assert visitor.opens(path).status == 200
    with visitors(site, 1) as (stranger,):
        assert stranger.opens(path).status == 404
        assert "No orders" in stranger.opens("/orders/").text
        puts(stranger, "rose-water")
        assert stranger.opens(path).status == 404


def test_an_order_whose_goods_are_gone_changes_nothing(visitor: Visitor, site: Bazaar) -> None:
    puts(visitor, "aleppo-soap-aged-two-years", 5)
    puts(visitor, "granada-star-pendant", 2)
    with visitors(site, 1) as (faster,):
        puts(faster, "granada-star-pendant")
        orders(faster)
    answer = orders(visitor)
    assert answer.path == "/orders/basket"
    assert answer.notes == ["Granada star pendant: there are not 2 left. Somebody was faster."]
    assert "only 1 left" in answer.text
    # Neither the soap was taken nor the basket emptied.
    assert answer.text.count('class="line"') == 2
    puts(visitor, "aleppo-soap-aged-two-years", 95)
    puts(visitor, "granada-star-pendant", 0)
    assert "95 things for Ada" in orders(visitor).text


def test_buyers_at_once_cannot_get_more_than_there_is(site: Bazaar) -> None:
    with visitors(site, 8) as crowd:
        for buyer in crowd:
            puts(buyer, "oud-walnut-and-spruce")
        with ThreadPoolExecutor(len(crowd)) as threads:
            answers = list(threads.map(orders, crowd))
        assert {answer.status for answer in answers} == {200}
        assert sum("Thank you for your order." in answer.notes for answer in answers) == 2
        refusal = "Oud, walnut and spruce: there are not 1 left. Somebody was faster."
        assert sum(answer.notes == [refusal] for answer in answers) == 6
        assert "Sold out" in crowd[0].opens("/shop/oud-walnut-and-spruce").text


def test_buyers_of_the_same_things_in_another_order_do_not_block_each_other(site: Bazaar) -> None:
    things = ["bay-leaves-on-the-branch", "berbere", "malabar-black-pepper", "number-tile"]
    with visitors(site, 8) as crowd:
        for number, buyer in enumerate(crowd):
            for slug in things if number % 2 else reversed(things):
                puts(buyer, slug)
        with ThreadPoolExecutor(len(crowd)) as threads:
            answers = list(threads.map(orders, crowd))
        assert ["Thank you for your order." in answer.notes for answer in answers] == [True] * 8


def test_an_order_that_is_sent_several_times_at_once_is_one_order(
    visitor: Visitor, site: Bazaar
) -> None:
    puts(visitor, "beeswax-candles-bundle-of-ten", 2)
    with visitors(site, 4) as windows:
        for window in windows:
            window.client.cookies.update(visitor.client.cookies)
        with ThreadPoolExecutor(len(windows)) as threads:
            list(threads.map(orders, windows))
    assert visitor.opens("/orders/").text.count('class="line"') == 1


def test_old_orders_are_on_further_pages(visitor: Visitor) -> None:
    for _ in range(11):
        puts(visitor, "finger-cymbals")
        orders(visitor)
    first = visitor.opens("/orders/")
    assert first.text.count('class="line"') == 10
    following = first.text.partition('rel="next" href="')[2].partition('"')[0]
    assert visitor.opens(following).text.count('class="line"') == 1
    assert visitor.opens("/orders/", after="made-up").status == 400


def test_no_page_breaks_with_a_name_of_odd_characters(visitor: Visitor) -> None:
    puts(visitor, "temple-bell")
    order = visitor.sends("/orders/", name="<b>Ada</b>\0" + "é" * 200)
    assert order.status == 200
    assert "&lt;b&gt;Ada&lt;/b&gt;éé" in order.text
