"""Which names in an archive are refused."""

from __future__ import annotations

import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import ArchiveError
from quart_hotframe.modules.entries import EntryNames


def add(*names: str) -> None:
    seen = EntryNames()
    for name in names:
        seen.add(name.removesuffix("/"), is_folder=name.endswith("/"))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../evil.py", "leads outside"),
        ("a/../../evil.py", "leads outside"),
        ("a/..", "leads outside"),
        ("..", "leads outside"),
        ("/etc/passwd", "is an absolute path"),
        ("//server/share", "is an absolute path"),
        ("C:/evil.py", "has a drive letter or a backslash"),
        ("c:evil.py", "has a drive letter or a backslash"),
        ("a\\b", "has a drive letter or a backslash"),
        ("..\\evil.py", "has a drive letter or a backslash"),
        ("", "has an empty part"),
        ("a//b", "has an empty part"),
        ("./a", "has an empty part"),
        ("a/.", "has an empty part"),
        ("a\0.py", "has a control character"),
        ("a\nb", "has a control character"),
        ("a\x7f", "has a control character"),
        ("a\udcff", "is not valid Unicode"),
        ("a" * 256, "is too long"),
        ("ä" * 128, "is too long"),
        ("a/" * 512 + "a", "is too long"),
    ],
)
def test_a_bad_name_is_refused(name: str, problem: str) -> None:
    with pytest.raises(ArchiveError, match=problem):
        add(name)


@pytest.mark.parametrize(
    "names",
    [
        ["a.py", "A.py"],
        ["sub/a", "Sub/b"],
        ["sub/", "SUB"],
        ["straße", "STRASSE"],
        ["\u00e4", "a\u0308"],
        ["\u00c4", "a\u0308"],
        ["\u01f0", "J\u030c"],
    ],
)
def test_names_that_are_one_on_some_systems_are_refused(names: list[str]) -> None:
    with pytest.raises(ArchiveError, match="are one name on some systems"):
        add(*names)


@pytest.mark.parametrize(
    "names", [["a", "a"], ["a", "a/b"], ["a/b", "a"], ["a", "a/"], ["a/", "a"]]
)
def test_a_name_that_is_there_twice_is_refused(names: list[str]) -> None:
    with pytest.raises(ArchiveError, match="'a' is there twice"):
        add(*names)


def test_a_folder_may_be_named_again() -> None:
    add("a/", "a/", "a/b", "a/c/", "a/c/d", "b.a", "a.b", "…", "..a", "a..", "日本/語")


@given(st.lists(st.text("aAäÄß/.\\: \0~-", max_size=8), max_size=6))
def test_accepted_names_stay_inside_and_differ(names: list[str]) -> None:
    seen = EntryNames()
    accepted = []
    for name in names:
        try:
            seen.add(name)
        except ArchiveError:
            continue
        accepted.append(name)
    for name in accepted:
        assert posixpath.normpath(posixpath.join("/into", name)) == f"/into/{name}"
    folded = {unicodedata.normalize("NFC", name).casefold() for name in accepted}
    assert len(folded) == len(accepted)
