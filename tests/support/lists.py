"""Patches of a list, and what it shows then: in browsers and in pages of tests."""

from __future__ import annotations

from typing import Any

LIST = '<ul id="u"><p>no row</p><li data-key="1">1</li><li data-key="2">2</li></ul>'
THREE = '<li data-key="3">3</li>'
CASES: list[tuple[dict[str, Any], str]] = [
    ({"html": THREE}, "1 2 3"),
    ({"html": THREE, "at": "start"}, "3 1 2"),
    ({"html": THREE + '<li data-key="4">4</li>', "at": "start"}, "3 4 1 2"),
    ({"html": THREE, "before": "2"}, "1 3 2"),
    ({"html": THREE, "before": "gone"}, "1 2 3"),
    ({"html": '<li data-key="1">one</li>'}, "one 2"),
    ({"html": '<li data-key="1">one</li>', "at": "end"}, "2 one"),
    ({"html": '<li data-key="1">1</li>' + THREE, "at": "start"}, "1 3 2"),
    ({"html": '<li data-key="2">2</li>' + THREE, "before": "2"}, "1 2 3"),
    ({"html": THREE, "at": "start", "limit": 2}, "3 1"),
    ({"html": THREE, "limit": 2}, "2 3"),
    ({"move": ["2"], "at": "start"}, "2 1"),
    ({"move": ["2", "gone", "1"], "at": "end"}, "2 1"),
    ({"move": ["2"], "before": "1"}, "2 1"),
    ({"move": ["1"], "before": "1"}, "1 2"),
    ({"drop": ["1", "gone"]}, "2"),
]
"""Patches of the list above, and what its rows say then."""
