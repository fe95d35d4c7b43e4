from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.config import Settings
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.sources import gather

READ: dict[str, list[tuple[Any, Any]]] = {
    "HOTFRAME_SAFE_MODE": [(True, True), ("1", True), ("no", False), ("", False), ("ON", True)],
    "HOTFRAME_QUERY_WATCH": [(None, None), (True, True), ("1", True), ("off", False)],
    "HOTFRAME_DRAIN_TIMEOUT": [(5, 5.0), ("2.5", 2.5), (0, 0.0)],
    "HOTFRAME_PROVISIONAL_REQUESTS": [(5, 5), ("7", 7)],
    "HOTFRAME_MODULES": [("a, b,", ("a", "b")), (["a"], ("a",)), ("", ())],
    "HOTFRAME_MODULES_FOLDER": [("parts", "parts"), (Path("parts"), "parts")],
}
WRONG: dict[str, list[Any]] = {
    "HOTFRAME_SAFE_MODE": ["maybe", 7],
    "HOTFRAME_QUERY_WATCH": ["maybe", 7],
    "HOTFRAME_DRAIN_TIMEOUT": ["soon", -1, True, None, "nan", "inf"],
    "HOTFRAME_PROVISIONAL_REQUESTS": [1.5, "many", float("inf")],
    "HOTFRAME_MODULES": [7, [1]],
    "HOTFRAME_MODULES_FOLDER": [7],
}


@pytest.mark.parametrize(
    ("key", "value", "meant"), [(k, v, m) for k, pairs in READ.items() for v, m in pairs]
)
def test_settings_are_read_as_what_they_mean(key: str, value: Any, meant: Any) -> None:
    settings = Settings.from_config({key: value})
    assert getattr(settings, key.removeprefix("HOTFRAME_").lower()) == meant


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, vs in WRONG.items() for v in vs])
def test_a_wrong_value_is_refused_with_key_and_value(key: str, value: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=f"{key} must be .*, not {value!r}".replace("[", r"\[")
    ):
        Settings.from_config({key: value})


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'HOTFRAME_SAFE_MODE'"):
        Settings.from_config({"HOTFRAME_SAVE_MODE": "1"})


def test_a_key_that_is_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(ConfigurationError, match="^Unknown setting HOTFRAME_X in app.config\\.$"):
        Settings.from_config({"HOTFRAME_X": "1"})


def test_the_config_of_the_app_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTFRAME_LOAD_TIMEOUT", "3")
    monkeypatch.setenv("HOTFRAME_DRAIN_TIMEOUT", "4")
    settings = Settings.from_config({"HOTFRAME_DRAIN_TIMEOUT": 5})
    assert (settings.load_timeout, settings.drain_timeout) == (3.0, 5.0)


def test_keys_of_others_are_left_alone() -> None:
    assert Settings.from_config({"SECRET_KEY": "x", "HOT": 1}) == Settings()


def test_folders_are_relative_to_app_and_instance(tmp_path: Path) -> None:
    settings = Settings.from_config({"HOTFRAME_MODULES_FOLDER": "parts"})
    assert settings.folder_of_modules(str(tmp_path)) == tmp_path.resolve() / "parts"
    assert settings.folder_of_instance(tmp_path) == tmp_path.resolve() / "hotframe"
    other = Settings.from_config({"HOTFRAME_INSTANCE_FOLDER": "/elsewhere"})
    assert other.folder_of_instance(tmp_path) == Path("/elsewhere")


SECRETS = [
    ("HOTFRAME_DATABASE_URL", 7_654_321),
    ("HOTFRAME_DATABASES", "reports:hunter2"),
    ("HOTFRAME_DATABASES", {"reports": ["hunter2"]}),
]


@pytest.mark.parametrize(("key", "value"), SECRETS)
def test_a_secret_is_in_no_message(key: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=key) as caught:
        Settings.from_config({key: value})
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "hunter2" not in shown and "7654321" not in shown


def test_a_secret_is_in_no_repr() -> None:
    url = "postgresql://ann:hunter2@host/shop"
    settings = Settings.from_config(
        {"HOTFRAME_DATABASE_URL": url, "HOTFRAME_DATABASES": {"a": url}}
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(gather({"HOTFRAME_DATABASE_URL": url}))


@pytest.mark.parametrize("key", ["HOTFRAME_DRAIN_TIMEOUT", "HOTFRAME_STORE"])
def test_an_error_says_where_the_value_is_given(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match="given in app.config"):
        Settings.from_config({key: "soon"})
    (tmp_path / ".env").write_text(f"A=1\n\n{key}=soon\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"given in /.*/\.env, line 3"):
        Settings.from_config({}, [tmp_path])
    monkeypatch.setenv(key, "soon")
    with pytest.raises(ConfigurationError, match="given in the environment"):
        Settings.from_config({}, [tmp_path])
