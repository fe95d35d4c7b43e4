"""Registries, scopes and tokens are those that npm is configured to."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Npm
from .conftest import Run


def write(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines), encoding="utf-8")


def test_the_environment_wins_over_the_project_and_that_over_the_user(
    run: Run, project: Path, npm: Npm, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm.publish("a", "1.0.0")
    write(project.parent / "npmrc-of-the-user", f"registry = {npm.url}user")
    run("a@1.0.0")
    write(project / ".npmrc", "; registry=http://127.0.0.1:9/", f"registry={npm.url}project/")
    run("a@1.0.0")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{npm.url}environment")
    run("a@1.0.0")
    assert [path for path, _ in npm.asked] == ["/user/a", "/project/a", "/environment/a"]


def test_a_scope_can_have_a_registry_of_its_own(run: Run, project: Path, npm: Npm) -> None:
    npm.publish("@own/a", "1.0.0")
    write(project / ".npmrc", "registry=http://127.0.0.1:9/", f"@own:registry={npm.url}")
    assert run("@own/a@1.0.0").exit_code == 0
    assert run("@other/a@1.0.0").exit_code == 1


def test_a_mirror_gives_what_the_public_registry_is_named_for(
    run: Run, project: Path, npm: Npm
) -> None:
    npm.publish("a", "1.0.0", tarball="https://registry.npmjs.org/a/-/1.0.0.tgz")
    write(project / ".npmrc", f"registry={npm.url}")
    assert run("a@1.0.0").exit_code == 0


def test_a_token_goes_to_its_registry_alone(
    run: Run, project: Path, npm: Npm, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm.publish("a", "1.0.0")
    moved, elsewhere = "/a/-/1.0.0.tgz", f"{npm.url}elsewhere".replace("127.0.0.1", "localhost")
    npm.answer("/elsewhere", npm.answers[moved][2])
    npm.answer(moved, b"", 302, Location=elsewhere)
    monkeypatch.setenv("TOKEN_OF_A", "hunter2")
    host = npm.url.removeprefix("http:")
    write(
        project / ".npmrc",
        f"registry={npm.url}",
        f"{host}other/:_authToken=wrong",
        f"{host}:_authToken=${{TOKEN_OF_A}}",
    )
    done = run("a@1.0.0")
    assert done.exit_code == 0 and "hunter2" not in done.output
    assert npm.asked == [
        ("/a", "Bearer hunter2"),
        (moved, "Bearer hunter2"),
        ("/elsewhere", None),
    ]


@pytest.mark.parametrize("whose", ["//127.0.0.1/", "//localhost:{}/", "//127.0.0.1:{}/other/", ""])
def test_a_token_of_another_place_is_never_sent(
    run: Run, project: Path, npm: Npm, whose: str
) -> None:
    npm.publish("a", "1.0.0")
    port = npm.url.rpartition(":")[2].strip("/")
    write(project / ".npmrc", f"registry={npm.url}", f"{whose.format(port)}:_authToken=hunter2")
    assert run("a@1.0.0").exit_code == 0
    assert {token for _, token in npm.asked} == {None}


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_is_told(run: Run, project: Path, npm: Npm, status: int) -> None:
    npm.answer("/a", b"", status)
    write(project / ".npmrc", f"registry={npm.url}")
    assert "_authToken" in run("a@1.0.0").stderr


def test_wrong_files_and_addresses_are_told(run: Run, project: Path) -> None:
    write(project / ".npmrc", "cafile=/nowhere/ca.pem")
    assert "cafile '/nowhere/ca.pem' cannot be read" in run("a@1.0.0").stderr
    write(project / ".npmrc", "registry=http://registry.example/")
    assert "write an https address" in run("a@1.0.0").stderr
    (project / ".npmrc").write_bytes(b"\xff")
    assert ".npmrc cannot be read" in run("a@1.0.0").stderr
