"""Whether the environment fits a manifest; with real distributions in a folder of the path."""

from __future__ import annotations

import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest

from quart_hotframe.errors import RequirementNotMet
from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.modules.requirements import check_environment


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path for distributions that are not in the environment."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def distribution(site: Path, name: str, version: str, *requires: str) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {text}" for text in requires]
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def manifest(text: str) -> Manifest:
    return Manifest.parse(f'name = "shop"\nversion = "1"\n{text}', "module.toml")


def problem(text: str) -> str:
    with pytest.raises(RequirementNotMet) as caught:
        check_environment(manifest(text))
    assert caught.value.module == "shop"
    return str(caught.value)


def test_an_environment_that_fits_is_accepted(site: Path) -> None:
    distribution(site, "Quart-HotFrame", "0.3.1")
    distribution(site, "Fine_Paint", "10.2")
    check_environment(
        manifest(
            'requires-python = ">=3.11"\nrequires-quart = ">=0.22"\nrequires-hotframe = ">=0.3"\n'
            'packages = ["fine-paint>=10"]'
        )
    )


def test_a_manifest_without_demands_asks_for_nothing() -> None:
    check_environment(manifest(""))


def test_another_python_is_named_with_this_one() -> None:
    this = ".".join(map(str, sys.version_info[:3]))
    message = problem('requires-python = ">=4"')
    assert f"it needs Python >=4, this is {this}." in message
    assert "pip install" not in message


def test_another_quart_is_named_with_the_installed_one() -> None:
    message = problem('requires-quart = ">=9"')
    assert f"it needs quart>=9, installed is {metadata.version('quart')}" in message


def test_another_hotframe_is_named_with_the_installed_one(site: Path) -> None:
    distribution(site, "quart-hotframe", "0.3.1")
    assert "it needs quart-hotframe>=7, installed is 0.3.1" in problem('requires-hotframe = ">=7"')


def test_an_absent_package_is_named() -> None:
    message = problem('packages = ["no-such-paint>=1"]')
    assert "it needs no-such-paint>=1, which is not installed" in message


def test_every_fault_is_named_at_once_with_one_pip_command(site: Path) -> None:
    distribution(site, "fine-paint", "9.0")
    message = problem(
        'requires-python = "<3"\nrequires-quart = ">=9"\n'
        'packages = ["fine-paint>=10,<11", "no-such-paint", "packaging"]'
    )
    assert "Python <3" in message
    assert "fine-paint<11,>=10, installed is 9.0" in message
    command = shlex.split(message.partition(" Run: ")[2])
    assert command == [
        *[sys.executable, "-m", "pip", "install"],
        *["quart>=9", "fine-paint<11,>=10", "no-such-paint"],
    ]


def test_a_package_whose_marker_does_not_apply_is_not_asked_for() -> None:
    check_environment(manifest("packages = [\"no-such-paint; python_version < '3'\"]"))
    assert "no-such-paint" in problem("packages = [\"no-such-paint; python_version > '3'\"]")


def test_an_installed_pre_release_counts(site: Path) -> None:
    distribution(site, "fine-paint", "10.1rc1")
    check_environment(manifest('packages = ["fine-paint>=10"]'))


def test_an_installed_version_that_is_none_is_a_fault(site: Path) -> None:
    distribution(site, "fine-paint", "newest")
    assert "'newest' cannot be understood" in problem('packages = ["fine-paint>=10"]')


def test_what_an_extra_asks_for_is_looked_for_too(site: Path) -> None:
    needs = ('no-such-brush>=2; extra == "brush"', 'packaging; extra == "box"', "no-such-base")
    distribution(site, "fine-paint", "10.0", *needs)
    check_environment(manifest('packages = ["fine-paint", "fine-paint[box]; os_name != \'x\'"]'))
    message = problem('packages = ["fine-paint[brush,box]>=10"]')
    assert "no-such-brush>=2, which is not installed (for fine-paint[box,brush]>=10)" in message
    assert "'fine-paint[box,brush]>=10'" in message
    assert "no-such-base" not in message
