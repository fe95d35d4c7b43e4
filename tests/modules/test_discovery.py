"""Which modules a folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from quart_hotframe.errors import ConfigurationError
from quart_hotframe.modules.discovery import discover


def add(folder: Path, name: str, text: str | None = None) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "module.toml").write_text(text or f'name = "{name}"\nversion = "1.0"\n')
    return folder / name


def test_each_folder_with_a_manifest_is_a_module_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("shop", "blog", "catalog"):
        add(tmp_path, name)
    found = discover(tmp_path)
    assert list(found.manifests) == ["blog", "catalog", "shop"]
    assert found.manifests["blog"].version == "1.0"
    assert (found.folder, dict(found.faults)) == (tmp_path, {})


def test_other_things_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    add(tmp_path, ".hidden")
    add(tmp_path, "__pycache__")
    (tmp_path / "no_manifest").mkdir()
    (tmp_path / "file.py").touch()
    (tmp_path / "module.toml").write_text('name = "top"\nversion = "1"\n')
    (tmp_path / "broken_link").symlink_to(tmp_path / "nowhere")
    found = discover(tmp_path)
    assert (dict(found.manifests), dict(found.faults)) == ({}, {})


def test_one_broken_manifest_does_not_hide_the_others(tmp_path: Path) -> None:
    add(tmp_path, "bad", 'name = "bad"\n')
    add(tmp_path, "good")
    (tmp_path / "odd" / "module.toml").mkdir(parents=True)
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "module.toml").symlink_to("nowhere")
    found = discover(tmp_path)
    assert list(found.manifests) == ["good"]
    assert list(found.faults) == ["bad", "lost", "odd"]
    assert f"{tmp_path}/bad/module.toml, line 1, key 'version'" in str(found.faults["bad"])
    assert found.faults["bad"].module == "bad"


def test_the_folder_must_have_the_name_of_the_module(tmp_path: Path) -> None:
    add(tmp_path, "blog", 'version = "1"\nname = "shop"\n')
    found = discover(tmp_path)
    message = str(found.faults["blog"])
    assert "line 2, key 'name': is 'shop', but the folder is 'blog'" in message
    assert not found.manifests


def test_a_linked_folder_is_a_module(tmp_path: Path) -> None:
    real = add(tmp_path / "elsewhere", "checkout")
    (real / "module.toml").write_text('name = "shop"\nversion = "2"\n')
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "shop").symlink_to(real)
    assert list(discover(tmp_path / "modules").manifests) == ["shop"]


def test_an_absent_folder_holds_nothing(tmp_path: Path) -> None:
    found = discover(tmp_path / "modules")
    assert (dict(found.manifests), dict(found.faults)) == ({}, {})
    assert not (tmp_path / "modules").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules").touch()
    with pytest.raises(ConfigurationError, match="HOTFRAME_MODULES_FOLDER"):
        discover(tmp_path / "modules")


def test_a_manifest_that_the_caller_has_read_is_not_read_again(tmp_path: Path) -> None:
    add(tmp_path, "blog")
    known = dict(discover(tmp_path).manifests)
    add(tmp_path, "shop")
    found = discover(tmp_path, known)
    assert list(found.manifests) == ["blog", "shop"]
    assert found.manifests["blog"] is known["blog"]
    (tmp_path / "blog" / "module.toml").unlink()
    assert list(discover(tmp_path, known).manifests) == ["shop"]
