"""Names of fields, and the tree that they stand for."""

from __future__ import annotations

from hypothesis import example
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.forms.names import DEEPEST
from quart_hotframe.forms.names import flatten
from quart_hotframe.forms.names import LARGEST
from quart_hotframe.forms.names import nest
from quart_hotframe.forms.names import Node

PARTS = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), min_size=1)
NAMES = st.lists(PARTS, min_size=1, max_size=DEEPEST).map(".".join)
SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
ANYTHING = st.text(st.sampled_from("ab.019-[]\0 é٣²"), max_size=30) | st.text(max_size=20)


def depth(node: Node) -> int:
    return 1 + max(map(depth, node.children.values()), default=-1)


@SETTINGS
@given(st.lists(st.tuples(NAMES, st.text(max_size=5)), max_size=8))
def test_a_tree_is_made_of_names_and_back(pairs: list[tuple[str, str]]) -> None:
    made = list(flatten(nest(pairs)))
    assert sorted(made) == sorted(pairs)
    assert list(flatten(nest(made))) == made


@SETTINGS
@given(st.lists(st.tuples(ANYTHING, st.text(max_size=3)), max_size=20))
@example([("a" + ".a" * 10_000, "x"), ("a", "1"), ("a.0", "2"), (".", ""), ("..a", "")])
def test_any_names_make_a_tree_that_is_not_deep(pairs: list[tuple[str, str]]) -> None:
    root = nest(pairs)
    assert depth(root) <= DEEPEST
    assert len(list(flatten(root))) <= len(pairs)


@SETTINGS
@given(st.lists(st.tuples(ANYTHING, st.just("x")), max_size=20))
@example(
    [("007", ""), ("-1", ""), ("²", ""), ("٣", ""), ("99999999999", ""), ("10", ""), ("9", "")]
)
def test_rows_have_one_number_each_and_are_in_order(pairs: list[tuple[str, str]]) -> None:
    numbers = [number for number, _ in nest(pairs).rows()]
    assert numbers == sorted(set(numbers))
    assert all(0 <= number <= LARGEST for number in numbers)


def test_a_name_can_have_a_value_and_names_below() -> None:
    node = nest([("a", "1"), ("a.b", "2"), ("a", "3")]).at("a")
    assert (node.values, node.at("b").values) == (["1", "3"], ["2"])
