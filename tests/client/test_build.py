"""The sources of the client become one file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from quart_hotframe.client.build import BuildError
from quart_hotframe.client.build import BUILT
from quart_hotframe.client.build import HEAD
from quart_hotframe.client.build import join
from quart_hotframe.client.build import known_order
from quart_hotframe.client.build import MEMBERS
from quart_hotframe.client.build import SOURCES
from tests.support.requiring import require_package

MOST = 12 * 1024
"""Bytes that the client may have, packed."""


def sources(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


def test_the_file_that_is_served_is_what_the_sources_make() -> None:
    require_package("tree_sitter")
    require_package("tree_sitter_javascript")
    from quart_hotframe.client.minify import is_made_of

    head, _, code = BUILT.read_text(encoding="utf-8").partition("\n")
    assert f"{head}\n" == HEAD
    assert is_made_of(code, join(SOURCES), MEMBERS, known_order()), (
        "Run: python -m quart_hotframe.client.build"
    )


def test_the_client_is_small() -> None:
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= MOST


def test_it_runs_no_text_and_needs_nobody_else() -> None:
    text = BUILT.read_text(encoding="utf-8")
    for forbidden in ("eval(", "Function(", "import ", "import(", "setTimeout('", "://unpkg"):
        assert forbidden not in text


def test_files_are_joined_once_after_those_that_they_import(tmp_path: Path) -> None:
    folder = sources(
        tmp_path,
        main='import { b } from "./b.js";\nimport { c } from "./c.js";\n\nb(c);\n',
        b='import { c } from "./c.js";\n\n/** Say. */\nexport const b = () => c; // twice\n',
        c='// About.\nexport const c = "a  / b"; \n  f("/* c */");\n',
    )
    lines = [line.split(" //")[0].strip() for line in join(folder).splitlines()]
    assert [line for line in lines if line.endswith(";")] == [
        'const c = "a  / b";', 'f("/* c */");', "const b = () => c;", "b(c);",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"main": 'import { a } from "./main.js";\n'}, "circle"),
        ({"main": 'import { a } from "./b.js";\n', "b": "const a = 1;\n"}, "exports no 'a'"),
        ({"main": 'import a from "./b.js";\n'}, r"main\.js:1"),
        ({"main": "const a = 1;\nexport { a };\n"}, r"main\.js:2"),
        ({"main": "const a = `\n  two lines`;\n"}, r"main\.js:1: a template"),
        (
            {
                "main": 'import { b } from "./b.js";\nconst a = 1;\n',
                "b": "const a = 2;\nexport const b = 1;\n",
            },
            "both have 'a'",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_safely_is_refused(
    tmp_path: Path, texts: dict[str, str], problem: str
) -> None:
    with pytest.raises(BuildError, match=problem):
        join(sources(tmp_path, **texts))
