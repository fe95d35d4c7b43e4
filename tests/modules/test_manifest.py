"""Reading ``module.toml``: what it may say, and every way in which it can be wrong."""

from __future__ import annotations

import json
import os
import string
import sys
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.errors import ManifestError
from quart_hotframe.modules.declared import Setting
from quart_hotframe.modules.manifest import KEYS
from quart_hotframe.modules.manifest import Manifest

HEAD = 'name = "shop"\nversion = "1.2.0"\n'

FULL = """
name = "shop"
version = "1.2.0-beta"
title = "The shop"
description = "Sells things."
url_prefix = "/shop/<lang>"
subdomain = "shop"
requires = ["catalog>=2,<3", "users"]
optional = ["mail ~= 1.4"]
requires-python = ">=3.11"
requires-hotframe = ">=0.1"
requires-quart = ">=0.22,<0.30"
packages = ["pillow>=10", "tomli; python_version < '3.11'"]
permissions = ["shop.order"]
limits = ["300/minute by user"]
guard = "staff"
outlets = ["shop.product.below"]
protected = true

[settings]
page_size = 20
rate = 1.5
open = true
greeting = "hello"
colours = ["red", "green"]
currency = {type = "str", default = "EUR", description = "ISO 4217 code"}
tax = {type = "float", default = 19}
key = {type = "str", description = "must be set"}
plain = {default = 3}

[security]
csrf = false
headers = {X-Shop = "1"}

[data]
tables = ["a", {b = 1}]
day = 2026-01-02
"""


def parse(text: str) -> Manifest:
    return Manifest.parse(text, "module.toml")


def fault(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        parse(text)
    return str(caught.value)


def test_every_key_is_read() -> None:
    manifest = parse(FULL)
    assert manifest.to_dict() == {
        "name": "shop",
        "version": "1.2.0b0",
        "title": "The shop",
        "description": "Sells things.",
        "url_prefix": "/shop/<lang>",
        "subdomain": "shop",
        "requires": ["catalog<3,>=2", "users"],
        "optional": ["mail~=1.4"],
        "requires-python": ">=3.11",
        "requires-hotframe": ">=0.1",
        "requires-quart": "<0.30,>=0.22",
        "packages": ["pillow>=10", 'tomli; python_version < "3.11"'],
        "permissions": ["shop.order"],
        "limits": ["300/minute by user"],
        "guard": "staff",
        "settings": manifest.to_dict()["settings"],
        "security": {"csrf": False, "headers": {"X-Shop": "1"}},
        "outlets": ["shop.product.below"],
        "protected": True,
        "data": {"tables": ["a", {"b": 1}], "day": "2026-01-02"},
    }
    assert tuple(manifest.to_dict()) == KEYS
    assert json.loads(json.dumps(manifest.to_dict())) == manifest.to_dict()


def test_settings_have_name_type_default_and_description() -> None:
    assert list(parse(FULL).settings.values()) == [
        Setting("page_size", "int", 20),
        Setting("rate", "float", 1.5),
        Setting("open", "bool", True),
        Setting("greeting", "str", "hello"),
        Setting("colours", "list", ("red", "green")),
        Setting("currency", "str", "EUR", "ISO 4217 code"),
        Setting("tax", "float", 19.0),
        Setting("key", "str", None, "must be set"),
        Setting("plain", "int", 3),
    ]
    assert isinstance(parse(FULL).settings["tax"].default, float)


def test_a_short_manifest_gets_defaults() -> None:
    manifest = parse(HEAD)
    assert manifest == Manifest(name="shop", version="1.2.0", title="shop")
    assert (manifest.url_prefix, manifest.subdomain, manifest.protected) == (None, None, False)
    assert manifest.requires_python.contains("3.11")


def test_a_manifest_cannot_be_changed() -> None:
    manifest: Any = parse(FULL)
    with pytest.raises(FrozenInstanceError):
        manifest.name = "other"
    with pytest.raises(TypeError):
        manifest.settings["x"] = 1
    with pytest.raises(TypeError):
        manifest.data["tables"][1]["b"] = 2
    assert hash(manifest) == hash(parse(FULL))


def test_reading_a_folder_imports_no_code(tmp_path: Path) -> None:
    (tmp_path / "module.toml").write_text(HEAD)
    (tmp_path / "__init__.py").write_text("raise SystemExit('imported')")
    manifest = Manifest.read(tmp_path)
    assert (manifest.name, manifest.path) == ("shop", str(tmp_path / "module.toml"))


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("nmae = 'shop'", 1, "nmae", "unknown key. Did you mean 'name'?"),
        (HEAD + "requires_python = '>3'", 3, "requires_python", "'requires-python'"),
        (HEAD + "Title = 'x'", 3, "Title", "'title'"),
        (HEAD + "\n[zzzzzz]\na = 1", 4, "zzzzzz", "Known are: data, description"),
        ("version = '1'", 1, "name", "missing. Write name = 'shop'."),
        ("name = 'shop'", 1, "version", "missing. Write version = '1.0.0'."),
        ("name = 3\nversion = '1'", 1, "name", "must be text, not 3"),
        ("version = '1'\nname = ''", 2, "name", "is empty"),
        ("name = 'My-Shop'\nversion = '1'", 1, "name", "For example 'my_shop'."),
        ("name = '../etc'\nversion = '1'", 1, "name", "is no module's name"),
        ("name = 'ünï'\nversion = '1'", 1, "name", "is no module's name"),
        ("name = 'shop\\n'\nversion = '1'", 1, "name", "is no module's name"),
        (f"name = '{'a' * 51}'\nversion = '1'", 1, "name", "at most 50"),
        ("name = 'class'\nversion = '1'", 1, "name", "word of the Python language"),
        ("name = 'calendar'\nversion = '1'", 1, "name", "standard library"),
        ("name = 'app'\nversion = '1'", 1, "name", "'app' is reserved"),
        ("name = 'host'\nversion = '1'", 1, "name", "reserved"),
        ("name = 'hotframe'\nversion = '1'", 1, "name", "reserved"),
        ("name = 'static'\nversion = '1'", 1, "name", "reserved"),
        ("name = 'shop'\nversion = 1.0", 2, "version", "must be text, not 1.0"),
        ("name = 'shop'\nversion = 'one'", 2, "version", "'one' is not a version (PEP 440)"),
        (f"name = 'a'\nversion = '{'1' * 65}'", 2, "version", "is not a version"),
        (HEAD + "title = []", 3, "title", "must be text, not []"),
        (HEAD + "protected = 1", 3, "protected", "must be true or false, not 1"),
        (HEAD + "url_prefix = 'shop'", 3, "url_prefix", "Write for example '/shop'"),
        (HEAD + "url_prefix = '//evil.example'", 3, "url_prefix", "cannot be used in a URL"),
        (HEAD + "url_prefix = '/a b'", 3, "url_prefix", "cannot be used in a URL"),
        (HEAD + "url_prefix = '/a?b'", 3, "url_prefix", "cannot be used in a URL"),
        (HEAD + "url_prefix = ''", 3, "url_prefix", "cannot be used in a URL"),
        (HEAD + "subdomain = 'a/b'", 3, "subdomain", "cannot be used in a URL"),
        (HEAD + "requires = 'catalog'", 3, "requires", "must be a list, not 'catalog'"),
        (HEAD + "requires = [\n 1]", 3, "requires", "item 1 must be a text"),
        (HEAD + "requires = ['a', '']", 3, "requires", "item 2 must be a text"),
        (HEAD + "requires = ['a', 'a']", 3, "requires", "'a' is given twice"),
        (HEAD + "requires = ['a>1', 'a<3']", 3, "requires", "'a' is given twice"),
        (HEAD + "requires = ['shop>=1']", 3, "requires", "'shop' cannot need itself"),
        (HEAD + "requires = ['My-Mod>=1']", 3, "requires", "Write 'my_mod'."),
        (HEAD + "requires = ['a[b]']", 3, "requires", "only a name and versions"),
        (HEAD + "requires = ['a; os_name == \"nt\"']", 3, "requires", "only a name and versions"),
        (HEAD + "requires = ['a>1; os_name == \"nt\"']", 3, "requires", "only a name and"),
        (HEAD + "requires = ['a @ http://x']", 3, "requires", "only a name and versions"),
        (HEAD + "requires = ['a >= one']", 3, "requires", "is not a version range"),
        (HEAD + "requires = ['a b']", 3, "requires", "is not a version range"),
        (HEAD + "requires = ['>=1']", 3, "requires", "is no requirement"),
        (HEAD + "optional = ['shop']", 3, "optional", "cannot need itself"),
        (HEAD + "requires = ['a']\noptional = ['a']", 4, "optional", "also in 'requires'"),
        (HEAD + "requires-python = '3'", 3, "requires-python", "is not a version range"),
        (HEAD + "requires-hotframe = 1", 3, "requires-hotframe", "must be text"),
        (HEAD + "requires-quart = 'new'", 3, "requires-quart", "is not a version range"),
        (HEAD + "packages = ['a b']", 3, "packages", "is not a requirement (PEP 508)"),
        (HEAD + "packages = ['a', 'A>1']", 3, "packages", "'A' is given twice"),
        (HEAD + "packages = ['a @ https://x/a.whl']", 3, "packages", "has an address"),
        (HEAD + "permissions = [1]", 3, "permissions", "item 1 must be a text"),
        (HEAD + "outlets = ['a', 'a']", 3, "outlets", "given twice"),
        (HEAD + "data = 1", 3, "data", "must be a table, not 1"),
        (HEAD + "settings = 1", 3, "settings", "must be a table"),
        (HEAD + "[settings]\n'A-b' = 1", 4, "settings.A-b", "a setting's name has"),
        (HEAD + "[settings]\na = 2026-01-01", 4, "settings.a.default", "one of str, int"),
        (HEAD + "[settings.a]\ntype = 'itn'", 4, "settings.a.type", "Did you mean 'int'?"),
        (HEAD + "[settings.a]\ntype = 1", 4, "settings.a.type", "Known are: str, int"),
        (HEAD + "[settings.a]\ntypo = 'int'", 4, "settings.a.typo", "Did you mean 'type'?"),
        (HEAD + "[settings.a]\nzzz = 'int'", 4, "settings.a.zzz", "Known are: type, default"),
        (HEAD + "[settings]\na = {}", 4, "settings.a", "needs a type"),
        (HEAD + "[settings]\na = {type='int', default='x'}", 4, "settings.a.default", "be int"),
        (HEAD + "[settings]\na = {type='int', default=true}", 4, "settings.a.default", "be int"),
        (HEAD + "[settings]\na = {default={}}", 4, "settings.a.default", "wrong type"),
        (HEAD + "[settings.a]\ntype='int'\ndescription=1", 5, "settings.a.description", "text"),
    ],
)
def test_a_fault_names_file_line_and_key(text: str, line: int, key: str, words: str) -> None:
    message = fault(text)
    assert message.startswith(f"module.toml, line {line}, key {key!r}: ")
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 'shop'\nversion = \n", "module.toml, line 2, column 11: "),
        ("name = 'a'\nname = 'b'", "module.toml, line 2"),
        ("name = 'a'\nname = 'b'\n\nc = 1", "module.toml, line 2, column"),
        ("\nname = 'shop\n'", "module.toml, line 2, column"),
        ("\nname = 'shop", "module.toml, line 2"),
        ("a = 2026-99-99", "module.toml, line 1, column"),
        ("\na = " + "9" * 5000 + "\n\n", "module.toml, line 2: a number is too long"),
        ("a = " + "[" * 30_000, "module.toml: nested too deeply"),
        ("", "module.toml is empty"),
        (" \n\t\n", "module.toml is empty"),
    ],
)
def test_a_text_that_is_no_toml_is_refused_with_its_line(text: str, words: str) -> None:
    assert fault(text).startswith(words)


def test_a_file_with_windows_line_ends_and_byte_order_mark_is_read(tmp_path: Path) -> None:
    text = HEAD + "zzz = 1\n"
    (tmp_path / "module.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    with pytest.raises(ManifestError, match="line 3, key 'zzz'"):
        Manifest.read(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "module.toml").write_bytes(HEAD.encode() + b"title = '\xff'")
    with pytest.raises(ManifestError, match=r"module.toml, line 3: not UTF-8"):
        Manifest.read(tmp_path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "module.toml").write_text(HEAD + "#" * (64 * 1024 - len(HEAD)))
    assert Manifest.read(tmp_path).name == "shop"
    (tmp_path / "module.toml").write_text(HEAD + "#" * (64 * 1024 - len(HEAD) + 1))
    with pytest.raises(ManifestError, match="larger than 65536 bytes"):
        Manifest.read(tmp_path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="module.toml is missing"):
        Manifest.read(tmp_path)


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "module.toml").mkdir()
    with pytest.raises(ManifestError, match="module.toml is a folder"):
        Manifest.read(tmp_path)


def test_a_pipe_in_place_of_the_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "module.toml")
    with pytest.raises(ManifestError, match="not a regular file"):
        Manifest.read(tmp_path)


def test_the_name_must_be_that_of_the_folder_where_it_is_given() -> None:
    assert Manifest.parse(HEAD, "m", folder_name="shop").name == "shop"
    with pytest.raises(ManifestError, match="line 1, key 'name': is 'shop', but the folder is 's'"):
        Manifest.parse(HEAD, "m", folder_name="s")


def test_one_package_may_stand_under_several_markers() -> None:
    text = HEAD + "packages = ['a<2; os_name == \"nt\"', 'a>2; os_name != \"nt\"']"
    assert len(parse(text).packages) == 2


names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(lambda name: name != "shop")
ranges = st.sampled_from(["", ">=1", "<2.0", "~=1.4", "==1.*", "!=3", ">=1,<2", "  >= 1 , < 2 "])


@given(st.dictionaries(names, ranges, max_size=5))
def test_every_good_requirement_is_read(wanted: dict[str, str]) -> None:
    texts = [name + versions for name, versions in wanted.items()]
    manifest = parse(HEAD + f"requires = {json.dumps(texts)}")
    assert [one.name for one in manifest.requires] == list(wanted)
    assert [str(one.specifier).count(",") for one in manifest.requires] == [
        versions.count(",") for versions in wanted.values()
    ]


@given(st.text(string.printable + "äß\u0130", max_size=30))
def test_a_requirement_is_read_or_refused_with_its_line(text: str) -> None:
    document = HEAD + f"requires = [{json.dumps(text)}]"
    try:
        tomllib.loads(document)
        manifest = parse(document)
    except tomllib.TOMLDecodeError:
        return
    except ManifestError as error:
        assert "module.toml, line 3, key 'requires': " in str(error)
    else:
        assert parse(HEAD + f"requires = ['{manifest.requires[0]}']") == manifest


@given(st.text(max_size=200))
def test_no_text_gives_another_error(text: str) -> None:
    for candidate in (text, HEAD + text):
        try:
            parse(candidate)
        except ManifestError as error:
            assert "module.toml" in str(error)


def test_names_of_the_standard_library_are_those_of_this_python() -> None:
    for name in ("json", "types", "email"):
        assert name in sys.stdlib_module_names
        assert "standard library" in fault(f"name = '{name}'\nversion = '1'")
