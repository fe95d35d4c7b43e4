"""The reference pages say everything that the package has, and nothing that it has not."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import fields

import click
from blinker import Signal
from quart import Quart

import quart_hotframe
from quart_hotframe import components
from quart_hotframe import config
from quart_hotframe import database
from quart_hotframe import errors
from quart_hotframe import forms
from quart_hotframe import HotFrame
from quart_hotframe import security
from quart_hotframe import signals
from quart_hotframe.components.gallery.describing import describe
from quart_hotframe.live import topics

from .conftest import REFERENCE

Page = Callable[[str], dict[str, str]]


def settings() -> dict[str, object]:
    return {config.PREFIX + f.name.upper(): f.default for f in fields(config.Settings)}


def exceptions() -> set[str]:
    return {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, Exception)
        and value.__module__ == errors.__name__
    }


def commands(group: click.Group, path: str = "hotframe") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_every_setting_is_documented_and_no_other(reference_page: Page) -> None:
    documented = {key for key in reference_page("settings.md") if key.startswith(config.PREFIX)}
    assert documented == set(settings())


def test_every_default_on_the_settings_page_is_the_real_one(reference_page: Page) -> None:
    page = reference_page("settings.md")
    wrong = [key for key, value in settings().items() if f"Default: `{value!r}`" not in page[key]]
    assert wrong == []


def test_every_exception_is_documented_and_no_other(reference_page: Page) -> None:
    assert set(reference_page("errors.md")) == exceptions()


def test_every_exception_says_what_to_do(reference_page: Page) -> None:
    page = reference_page("errors.md")
    silent = [name for name, text in page.items() if not text.rpartition("```")[2].strip()]
    assert silent == []


def test_every_signal_is_documented_and_no_other(reference_page: Page) -> None:
    defined = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    assert set(reference_page("signals.md")) == defined


def test_every_public_name_is_documented_and_no_other(reference_page: Page) -> None:
    assert set(reference_page("api.md")) == set(quart_hotframe.__all__)


def test_every_name_of_the_database_is_documented() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    names = (f"quart_hotframe.database.{name}\n" for name in database.__all__)
    assert [name for name in names if name not in pages] == []


def test_every_name_of_security_is_documented() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    names = (f"quart_hotframe.security.{name}\n" for name in security.__all__)
    assert [name for name in names if name not in pages] == []


def test_every_name_of_the_components_is_documented() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    homes = ("quart_hotframe", "quart_hotframe.components")
    assert [
        n for n in components.__all__ if not any(f"{home}.{n}\n" in pages for home in homes)
    ] == []


def test_every_name_of_forms_is_documented() -> None:
    page = (REFERENCE / "forms.md").read_text(encoding="utf-8")
    assert [n for n in forms.__all__ if f"quart_hotframe.forms.{n}\n" not in page] == []


def test_every_name_of_topics_is_documented() -> None:
    page = (REFERENCE / "topics.md").read_text(encoding="utf-8")
    assert [n for n in topics.__all__ if f"quart_hotframe.live.topics.{n}\n" not in page] == []


def test_the_starter_set_is_documented_as_it_is(reference_page: Page) -> None:
    page = reference_page("starter_components.md")
    app = Quart("plain")
    share = HotFrame(app).runtime.visible().kinds["components"].shares["hotframe"]
    assert set(page) == set(share.definitions)
    for name, text in page.items():
        entry = describe(share.definitions[name], app.jinja_env)
        rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `")]
        assert rows == [f"| `{row.name}`" for row in (*entry.props, *entry.slots)]
        for row in entry.props:
            default = "required" if row.required else f"`{row.default}`"
            kind = row.type.replace("|", "\\|")
            assert f"| `{row.name}` | `{kind}` | {default} | " in text


def test_every_command_is_documented_and_no_other(reference_page: Page) -> None:
    from quart_hotframe.cli import cli

    assert set(reference_page("commands.md")) == {path for path, _ in commands(cli)}


def test_every_option_of_a_command_is_documented_with_it(reference_page: Page) -> None:
    from quart_hotframe.cli import cli

    page = reference_page("commands.md")
    missing = [
        f"{path} {parameter.opts[-1]}"
        for path, command in commands(cli)
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.opts[-1] not in page.get(path, "")
    ]
    assert missing == []
