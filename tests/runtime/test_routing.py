"""URL maps of many owners: the same answers as one plain map, and no map ever changes."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError
from werkzeug.routing import Map
from werkzeug.routing import RequestRedirect
from werkzeug.routing import Rule

from quart_hotframe.errors import ClashError
from quart_hotframe.errors import SetupError
from quart_hotframe.runtime import routing
from quart_hotframe.runtime.attributes import Registry

OWNERS = ("app", "blog", "shop", "wiki", "docs", "help")
PREFIXES = {"app": "", "docs": "/<lang>/docs", "help": "/<lang>/help"}
"""The last two share a part that is no fixed text; every other owner has a prefix of its own."""
PARTS = ("x", "y", "<int:n{}>", "<string:s{}>", "<path:p{}>", "<float:f{}>", "<any(x,z):a{}>-end")
PATHS = [f"{first}{second}" for first in ("/x", "/y", "/3", "/w", "/1.5", "/z-end", "")
         for second in ("", "/", "/x", "/y/", "/7", "/w/v", "//x")]  # fmt: skip


def owner_of(endpoint: str) -> str:
    return endpoint.partition(".")[0]


class Paths:
    """The two ways to make a map, with the same face."""

    def __init__(self, host: Map) -> None:
        self.host = host
        self.current = host
        self.mounted: dict[str, list[Rule]] = {}

    def swap(self, owner: str, rules: list[Rule]) -> Map:
        remove, self.mounted[owner] = self.mounted.get(owner, []), rules
        self.current = routing.swapped(self.current, self.host, remove, rules, {}, owner_of)
        return self.current


class Rebuilding(Paths):
    def swap(self, owner: str, rules: list[Rule]) -> Map:
        self.mounted[owner] = rules
        self.current = routing.rebuilt(self.host, self.mounted.values(), {}, owner_of)
        return self.current


def rules_of(owner: str, texts: Iterable[str]) -> list[Rule]:
    """Return bound rules, as a blueprint registers them on a scratch app."""
    scratch = Map()
    prefix = PREFIXES.get(owner, f"/{owner}")
    for text in texts:
        scratch.add(Rule(prefix + text, endpoint=f"{owner}.{text}", methods=["GET", "POST"]))
    return list(scratch.iter_rules())


def plain_map(owners: dict[str, list[Rule]]) -> Map:
    return Map([routing.copied(rule) for rules in owners.values() for rule in rules])


def answers(url_map: Map) -> list[Any]:
    """Return what the map says to many addresses and builds for every endpoint."""
    adapter = url_map.bind("site.test")
    found: list[Any] = []
    for prefix in (PREFIXES.get(owner, f"/{owner}").replace("<lang>", "en") for owner in OWNERS):
        for path in PATHS:
            for method in ("GET", "DELETE"):
                found.append((prefix + path, method, matched(adapter, prefix + path, method)))
    return [*found, *built(adapter, url_map)]


def matched(adapter: Any, path: str, method: str) -> Any:
    try:
        return adapter.match(path, method)
    except RequestRedirect as redirect:
        return redirect.new_url
    except HTTPException as error:
        return error.code, sorted(getattr(error, "valid_methods", None) or ())


def built(adapter: Any, url_map: Map) -> Iterator[Any]:
    known = {"lang": "en", "n": 4, "s": "word", "p": "a/b", "f": 2.5, "a": "z", "extra": "1"}
    values = {f"{name}{number}": value for name, value in known.items() for number in range(3)}
    values |= known
    for endpoint in sorted({rule.endpoint for rule in url_map.iter_rules()}):
        yield endpoint, adapter.build(endpoint, values)
    with pytest.raises(BuildError):
        adapter.build("absent")


def joined(parts: list[str], slash: str) -> str:
    named = (part.format(number) for number, part in enumerate(parts))
    return "/" + "/".join(named) + slash


parts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3)
texts = st.builds(joined, parts, st.sampled_from(["", "/"]))
changes = st.tuples(st.sampled_from(OWNERS[1:]), st.lists(texts, max_size=4, unique=True))


@settings(max_examples=30, deadline=None)
@given(host=st.lists(texts, max_size=4, unique=True), history=st.lists(changes, max_size=6))
@pytest.mark.parametrize("kind", [Paths, Rebuilding])
def test_any_history_of_swaps_ends_in_the_map_that_a_fresh_start_makes(
    kind: type[Paths], host: list[str], history: list[tuple[str, list[str]]]
) -> None:
    own = rules_of("app", host)
    maps = kind(plain_map({"app": own}))
    for owner, rules in history:
        maps.swap(owner, rules_of(owner, rules))
    assert answers(maps.current) == answers(plain_map({"app": own, **maps.mounted}))


@settings(max_examples=25, deadline=None)
@given(history=st.lists(changes, min_size=2, max_size=5))
def test_no_map_changes_when_others_are_made_from_it(
    history: list[tuple[str, list[str]]],
) -> None:
    host = plain_map({"app": rules_of("app", ["/x", "/<path:p0>"])})
    maps = Paths(host)
    seen = [(host, answers(host))]
    for owner, rules in history:
        made = maps.swap(owner, rules_of(owner, rules))
        seen.append((made, answers(made)))
    for made, before in seen:
        assert answers(made) == before


def test_this_werkzeug_has_what_path_copying_needs() -> None:
    assert routing.PATH_COPYING


def test_a_swap_shares_the_nodes_that_it_does_not_change() -> None:
    host = plain_map({"app": rules_of("app", ["/x/a", "/y/b"])})
    maps = Paths(host)
    first = maps.swap("shop", rules_of("shop", ["/a"]))
    second = maps.swap("blog", rules_of("blog", ["/b"]))

    def child(made: Map, name: str) -> Any:
        return made._matcher._root.static[""].static[""].static[name]

    assert child(second, "shop") is child(first, "shop")
    assert child(second, "x") is child(host, "x")


@pytest.mark.parametrize("kind", [Paths, Rebuilding])
def test_a_rule_of_another_owner_is_refused_with_both_names(kind: type[Paths]) -> None:
    maps = kind(Map())
    maps.swap("shop", shared("shop", "/same/<int:number>"))
    with pytest.raises(ClashError, match=r"'blog\.one'.*'blog' is taken by 'shop'.*'shop\.one'"):
        maps.swap("blog", shared("blog", "/same/<int:other>"))


@pytest.mark.parametrize("kind", [Paths, Rebuilding])
@pytest.mark.parametrize(
    "different",
    [
        {"rule": "/same/<string:number>"},
        {"methods": ["POST"]},
        {"websocket": True, "rule": "/same/<int:number>"},
        {"subdomain": "api"},
        {"build_only": True},
    ],
    ids=str,
)
def test_rules_that_cannot_match_the_same_request_do_not_clash(
    kind: type[Paths], different: dict[str, Any]
) -> None:
    maps = kind(Map())
    maps.swap("shop", shared("shop", "/same/<int:number>"))
    maps.swap("blog", shared("blog", **{"rule": "/same/<int:number>", **different}))


def shared(owner: str, rule: str, **options: Any) -> list[Rule]:
    methods = None if options.get("websocket") else ["GET"]
    one = Rule(rule, endpoint=f"{owner}.one", **{"methods": methods, **options})
    return list(Map([one]).iter_rules())


def test_a_published_map_refuses_rules_and_says_what_to_do() -> None:
    made = Paths(Map()).swap("shop", rules_of("shop", ["/a"]))
    with pytest.raises(SetupError, match=r"app\.add_url_rule"):
        made.add(Rule("/b", endpoint="b"))


def test_equal_rules_are_tried_in_the_same_order_whatever_the_history() -> None:
    one = list(Map([Rule("/<any(a,b):x>", endpoint="shop.any")]).iter_rules())
    two = list(Map([Rule("/<string:x>", endpoint="blog.text")]).iter_rules())
    found = set()
    for order in ((("shop", one), ("blog", two)), (("blog", two), ("shop", one))):
        maps = Paths(Map())
        for owner, rules in order:
            maps.swap(owner, rules)
        found.add(maps.current.bind("site.test").match("/a")[0])
    assert len(found) == 1


def test_a_converter_goes_with_the_module_that_brought_it() -> None:
    host = Map()
    converter = host.converters["int"]
    made = routing.swapped(host, host, [], [], {"sku": converter}, owner_of)
    assert made.converters["sku"] is converter
    assert isinstance(made.converters, Registry)
    again = routing.swapped(made, host, [], [], {}, owner_of)
    assert "sku" not in again.converters
    assert "sku" not in host.converters


def test_a_clone_shares_no_node_and_an_empty_map_keeps_the_settings() -> None:
    host = Map([Rule("/a/b", endpoint="one")], strict_slashes=False, default_subdomain="www")
    clone, empty = routing.cloned(host), routing.empty_like(host)
    clone.add(Rule("/a/c", endpoint="two"))
    empty.add(Rule("/x/", endpoint="x"))
    assert [rule.endpoint for rule in host.iter_rules()] == ["one"]
    assert clone.bind("site.test", subdomain="www").match("/a/c") == ("two", {})
    assert empty.bind("site.test", subdomain="www").match("/x") == ("x", {})
    assert (empty.strict_slashes, empty.default_subdomain) == (False, "www")


def test_clones_and_empty_maps_need_no_private_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "PATH_COPYING", False)
    monkeypatch.delattr(routing, "State")
    test_a_clone_shares_no_node_and_an_empty_map_keeps_the_settings()
