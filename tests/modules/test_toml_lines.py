"""The line of a key in a TOML text."""

from __future__ import annotations

import pytest

from quart_hotframe.modules.toml_lines import line_of

TEXT = '''# name = "comment"
name = "shop"  # [settings]
text = """
version = "inside a string"
""\\"quotes\\""""""
literal = \'\'\'
[settings]
\'\'\'
requires = [
    "a = 1",  # version = "comment"
    ["]"],
]

version = "1.0"
"quoted \\u006bey" = 1
'plain' = 2
dotted . inner = 3
inline = {size = 1, more = {deep = 2}}
1.5 = 1

[settings]
size = 1
[settings."a.b"]  # comment
type = "int"
[[many]]
one = 1
last = "no newline"'''

LINES = [
    (("name",), 2),
    (("text",), 3),
    (("literal",), 6),
    (("requires",), 9),
    (("version",), 14),
    (("quoted key",), 15),
    (("plain",), 16),
    (("dotted",), 17),
    (("dotted", "inner"), 17),
    (("inline", "more", "deep"), 18),
    (("1", "5"), 19),
    (("settings",), 21),
    (("settings", "size"), 22),
    (("settings", "a.b"), 23),
    (("settings", "a.b", "type"), 24),
    (("many",), 25),
    (("many", "one"), 26),
    (("many", "last"), 27),
    (("size",), 1),
    (("absent",), 1),
    (("settings", "absent"), 21),
]


@pytest.mark.parametrize(("keys", "line"), LINES)
def test_a_key_is_found_in_its_line(keys: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, *keys) == line


def test_the_text_of_the_table_is_valid_toml() -> None:
    import tomllib

    assert tomllib.loads(TEXT)["version"] == "1.0"
