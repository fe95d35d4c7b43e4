"""Order, missing modules, dependents and closures."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import DependencyCycle
from quart_hotframe.errors import DependencyError
from quart_hotframe.errors import DependencyMissing
from quart_hotframe.errors import ModuleNotFound
from quart_hotframe.modules.dependencies import check
from quart_hotframe.modules.dependencies import closure
from quart_hotframe.modules.dependencies import dependents
from quart_hotframe.modules.dependencies import missing
from quart_hotframe.modules.dependencies import order
from quart_hotframe.modules.dependencies import Requirement
from quart_hotframe.modules.dependencies import unused_optional
from quart_hotframe.modules.manifest import Manifest


def module(
    name: str, *requires: str, version: str = "1.0", optional: Iterable[str] = ()
) -> Manifest:
    return Manifest(
        name=name,
        version=version,
        requires=tuple(Requirement.parse(text) for text in requires),
        optional=tuple(Requirement.parse(text) for text in optional),
    )


SHOP = [
    module("shop", "catalog>=1", "users"),
    module("catalog"),
    module("users", "audit"),
    module("reviews", "shop", optional=["mail"]),
    module("mail"),
    module("audit"),
]


def test_every_module_comes_after_those_it_needs() -> None:
    assert order(SHOP) == ["audit", "catalog", "mail", "users", "shop", "reviews"]


def test_the_order_is_alphabetical_where_it_is_free() -> None:
    assert order(module(name) for name in "dbca") == ["a", "b", "c", "d"]
    assert order([module("a", "z"), module("b"), module("z")]) == ["b", "z", "a"]


def test_an_optional_module_comes_first_if_it_is_there_in_a_version_that_fits() -> None:
    reader = module("a", optional=["z>=2"])
    assert order([reader]) == ["a"]
    assert order([reader, module("z", version="2.1")]) == ["z", "a"]
    assert order([reader, module("z", version="1.0")]) == ["a", "z"]


def test_an_optional_module_that_does_not_fit_is_reported_and_no_fault() -> None:
    both = [module("a", optional=["z>=2", "absent"]), module("z")]
    check(both)
    assert [str(one) for one in unused_optional(both)] == [
        "'a' needs 'z>=2', but there is 'z' 1.0."
    ]
    assert unused_optional([module("a", optional=["z>=1"]), module("z")]) == []


@pytest.mark.parametrize(
    ("manifests", "circle"),
    [
        ([module("a", "b"), module("b", "a")], "a → b → a"),
        ([module("c", "a"), module("a", "b"), module("b", "c")], "a → b → c → a"),
        ([module("a", "b"), module("b", optional=["a"])], "a → b → a"),
        ([module("x", "b"), module("b", "d"), module("d", "b"), module("a")], "b → d → b"),
    ],
)
def test_a_circle_is_shown(manifests: list[Manifest], circle: str) -> None:
    for function in (order, check):
        with pytest.raises(DependencyCycle, match=f"each other: {circle}\\."):
            function(manifests)


def test_a_missing_module_is_named_with_what_needs_it() -> None:
    with pytest.raises(DependencyMissing) as caught:
        check([module("shop", "catalog>=2"), module("catalogue")])
    assert "'shop' needs 'catalog>=2', which is not there. Did you mean 'catalogue'?" in str(
        caught.value
    )
    assert caught.value.module == "shop"


def test_a_version_out_of_range_is_named_with_the_one_that_is_there() -> None:
    with pytest.raises(DependencyMissing, match="needs 'catalog>=2', but there is 'catalog' 1.0"):
        check([module("shop", "catalog>=2"), module("catalog")])


def test_every_missing_module_is_found_at_once() -> None:
    found = missing([module("b", "x", "c>9"), module("a", "y"), module("c")])
    assert [(one.module, one.requirement.name, one.found) for one in found] == [
        ("a", "y", None),
        ("b", "x", None),
        ("b", "c", "1.0"),
    ]
    with pytest.raises(DependencyMissing, match="'y'.*'x'.*'c>9'"):
        check([module("b", "x", "c>9"), module("a", "y"), module("c")])


def test_a_pre_release_that_is_there_counts() -> None:
    check([module("a", "b>=2"), module("b", version="2.1b1")])
    with pytest.raises(DependencyMissing):
        check([module("a", "b>=2"), module("b", version="2.0b1")])


def test_dependents_are_given_in_the_order_to_stop_them() -> None:
    assert dependents("audit", SHOP) == ["reviews", "shop", "users"]
    assert dependents("audit", SHOP, transitive=False) == ["users"]
    assert dependents("reviews", SHOP) == []


def test_modules_that_merely_use_another_are_dependents_on_demand() -> None:
    assert dependents("mail", SHOP) == []
    assert dependents("mail", SHOP, optional=True) == ["reviews"]


def test_a_circle_elsewhere_does_not_hinder_the_question_for_dependents() -> None:
    circle = [module("x", "y"), module("y", "x")]
    assert dependents("audit", SHOP + circle) == ["reviews", "shop", "users"]


def test_a_closure_is_all_that_is_needed_in_order() -> None:
    assert closure("shop", SHOP) == ["audit", "catalog", "users", "shop"]
    assert closure("audit", SHOP) == ["audit"]
    assert "mail" not in closure("reviews", SHOP)


def test_a_closure_with_a_gap_is_refused() -> None:
    with pytest.raises(DependencyMissing, match="'b' needs 'gone'"):
        closure("a", [module("a", "b"), module("b", "gone"), module("c", "lost")])
    with pytest.raises(DependencyCycle, match="a → b → a"):
        closure("a", [module("a", "b"), module("b", "a")])


@pytest.mark.parametrize("name", ["My-Mod", "my.mod", "MY_MOD", "mymod"])
def test_another_spelling_of_a_name_gets_a_suggestion(name: str) -> None:
    for function in (closure, dependents):
        with pytest.raises(ModuleNotFound, match="Did you mean 'my_mod'") as caught:
            function(name, [module("my_mod")])
        assert caught.value.module == name


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(DependencyError, match="Two modules are named 'a'"):
        order([module("a"), module("a", version="2")])


def test_a_requirement_is_written_as_it_was_read() -> None:
    assert str(Requirement.parse("catalog")) == "catalog"
    assert Requirement.parse("a>=1") == Requirement.parse(" a >= 1 ")
    assert Requirement.parse("shop_ >1").name == "shop_"


@st.composite
def graphs(draw: st.DrawFn) -> list[Manifest]:
    """Modules that need only those of a lower rank, so without a circle."""
    names = draw(st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10))
    manifests = []
    for rank, name in enumerate(names):
        wanted = draw(st.lists(st.sampled_from(names[:rank]), unique=True)) if rank else []
        cut = draw(st.integers(0, len(wanted)))
        manifests.append(module(name, *wanted[:cut], optional=wanted[cut:]))
    return manifests


@given(graphs(), st.randoms(use_true_random=False))
def test_any_order_of_manifests_gives_one_order_that_fits(
    manifests: list[Manifest], chance: random.Random
) -> None:
    names = order(manifests)
    place = {name: index for index, name in enumerate(names)}
    assert sorted(names) == sorted(manifest.name for manifest in manifests)
    for manifest in manifests:
        needed = [*manifest.requires, *manifest.optional]
        assert all(place[one.name] < place[manifest.name] for one in needed)
    shuffled = chance.sample(manifests, len(manifests))
    assert order(shuffled) == names
    assert names == _alphabetical(manifests)


def _alphabetical(manifests: list[Manifest]) -> list[str]:
    """Return the order by the plainest means: again and again the first that can come."""
    needs = {m.name: {one.name for one in (*m.requires, *m.optional)} for m in manifests}
    done: list[str] = []
    while len(done) < len(needs):
        done.append(min(n for n in needs if n not in done and needs[n] <= set(done)))
    return done


@given(graphs())
def test_dependents_and_closures_are_two_views_of_one_relation(manifests: list[Manifest]) -> None:
    for one in manifests:
        needed = closure(one.name, manifests)
        assert needed[-1] == one.name
        for other in manifests:
            needs = one.name != other.name and other.name in needed
            assert (one.name in dependents(other.name, manifests)) == needs
