"""``hotframe modules …`` on an app that nobody serves, as a person types it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result
from quart import Quart
from quart.cli import ScriptInfo

from quart_hotframe import HotFrame
from quart_hotframe.cli import cli
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.stores.filestore import FileStore
from tests.support.modules import write_module

Run = Callable[..., Result]
READS_SHOP = 'requires = ["shop>=1"]'


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a command line; each time on a new app over the same store."""
    write_module(tmp_path / "modules", "shop")
    write_module(tmp_path / "modules", "reviews", manifest=READS_SHOP)

    def create_app() -> Quart:
        app = Quart("bazaar", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
        app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
        HotFrame(app)
        return app

    def run(*arguments: str) -> Result:
        info = ScriptInfo(create_app=create_app)
        return CliRunner().invoke(cli, ["modules", *arguments], obj=info)

    return run


def states(run: Run) -> dict[str, str]:
    return {one["name"]: one["state"] for one in json.loads(run("list", "--json").stdout)}


def newer(tmp_path: Path, version: str, name: str = "blog") -> str:
    return str(write_module(tmp_path / "sources" / version, name, version))


def test_the_list_has_what_only_lies_in_the_modules_folder(run: Run) -> None:
    done = run("list")
    assert done.exit_code == 0
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["NAME", "VERSION", "STATE"],
        ["reviews", "1.0", "available"],
        ["shop", "1.0", "available"],
    ]


def test_a_folder_with_a_wrong_manifest_is_named_on_stderr(run: Run, tmp_path: Path) -> None:
    write_module(tmp_path / "modules", "odd", manifest="vesion = 1")
    done = run("list", "--json")
    assert [one["name"] for one in json.loads(done.stdout)] == ["reviews", "shop"]
    assert "'odd' is no module" in done.stderr


def test_a_module_with_a_wrong_manifest_cannot_be_enabled_and_the_line_is_named(
    run: Run, tmp_path: Path
) -> None:
    write_module(tmp_path / "modules", "odd", manifest="vesion = 1")
    for command in ("enable", "show", "explain"):
        done = run(command, "odd")
        assert done.exit_code == 1
        assert "module.toml, line 4, key 'vesion': unknown key. Did you mean" in done.stderr


def test_a_folder_without_a_manifest_cannot_be_enabled(run: Run, tmp_path: Path) -> None:
    (tmp_path / "modules" / "blog").mkdir()
    done = run("enable", "blog")
    assert done.exit_code == 1
    assert "modules/blog has no module.toml: write one" in done.stderr


def test_where_nothing_is_the_folder_is_named(run: Run, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "modules")
    assert f"no modules in {tmp_path}/modules, which does not exist" in run("list").stderr
    (tmp_path / "modules").mkdir()
    assert run("list").stderr == f"There are no modules in {tmp_path}/modules.\n"


def test_in_safe_mode_nobody_claims_that_a_module_was_loaded(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("enable", "shop")
    monkeypatch.setenv("HOTFRAME_SAFE_MODE", "1")
    refused = run("enable", "reviews")
    assert refused.exit_code == 1
    assert "without HOTFRAME_SAFE_MODE" in refused.stderr
    lines = run("explain", "shop").stdout.splitlines()
    assert lines[0] == "shop 1.0: HOTFRAME_SAFE_MODE is on here, no module is served."
    assert lines[1] == "The store wants it enabled, from project."


def test_enabling_says_what_is_served_and_that_no_worker_lives(run: Run) -> None:
    done = run("enable", "reviews")
    assert done.exit_code == 0
    assert done.stdout == (
        "reviews 1.0 is enabled (provisional); 0 workers: checked and loaded here.\n"
    )
    assert states(run) == {"reviews": "provisional", "shop": "provisional"}


@pytest.mark.parametrize(
    "command", [["enable", "reviews", "--dry-run"], ["plan", "enable", "reviews"]]
)
def test_a_plan_is_printed_and_nothing_happens(run: Run, command: list[str]) -> None:
    done = run(*command)
    assert done.exit_code == 0
    assert done.stdout.startswith("enable reviews\n  1. load shop 1.0")
    assert done.stderr == "Nothing was changed.\n"
    assert states(run) == {"reviews": "available", "shop": "available"}


def test_a_plan_in_json_has_its_steps(run: Run) -> None:
    plan = json.loads(run("plan", "enable", "shop", "--json").stdout)
    assert (plan["kind"], plan["module"]) == ("enable", "shop")
    assert plan["steps"][0]["action"] == "load"


def test_an_option_that_an_operation_does_not_have_is_refused(run: Run) -> None:
    done = run("plan", "enable", "shop", "--cascade")
    assert done.exit_code == 2
    assert "--cascade is no option of enable" in done.stderr


def test_a_name_that_is_mistyped_fails_with_the_nearest(run: Run) -> None:
    done = run("enable", "shpo")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Did you mean 'shop'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_module_that_others_need_goes_only_with_cascade(run: Run) -> None:
    run("enable", "reviews")
    refused = run("disable", "shop")
    assert refused.exit_code == 1
    assert "needed by reviews" in refused.stderr
    assert run("disable", "shop", "--cascade").stdout.startswith("shop is disabled; 0 workers")
    assert states(run) == {"reviews": "disabled", "shop": "disabled"}
    assert "reviews was disabled with shop" in run("explain", "reviews").stdout
    plan = run("enable", "shop", "--dry-run").stdout
    assert "load reviews 1.0" in plan
    run("enable", "shop")
    assert states(run) == {"reviews": "provisional", "shop": "provisional"}


def test_a_module_that_others_need_is_removed_only_with_cascade(run: Run) -> None:
    run("enable", "reviews")
    refused = run("uninstall", "shop", "--yes")
    assert refused.exit_code == 1
    assert "needed by reviews: uninstall them first, or pass" in refused.stderr
    plan = run("plan", "uninstall", "shop", "--cascade", "--data", "drop").stdout
    assert plan.splitlines()[-2:] == [
        "  4. remove the record of reviews; its data is dropped",
        "  5. remove the record of shop; its data is dropped",
    ]
    done = run("uninstall", "shop", "--cascade", "--yes")
    assert done.stdout.startswith("shop is uninstalled; 0 workers")
    assert states(run) == {"reviews": "available", "shop": "available"}


def test_a_module_goes_through_its_whole_life(run: Run, tmp_path: Path) -> None:
    installed = run("install", newer(tmp_path, "1.0"))
    assert installed.stdout.startswith("blog 1.0 is installed, not enabled; 0 workers")
    assert run("enable", "blog").exit_code == 0
    assert run("upgrade", "blog", newer(tmp_path, "2.0")).stdout.startswith(
        "blog is upgraded to 2.0 (provisional)"
    )
    assert run("rollback", "blog").stdout.startswith("blog is back at 1.0")
    assert run("reload", "blog").stdout.startswith("blog 1.0 is loaded anew")
    assert run("uninstall", "blog", "--yes").stdout.startswith("blog is uninstalled")
    assert "blog" not in states(run)


def test_an_older_version_is_taken_only_when_asked_for(run: Run, tmp_path: Path) -> None:
    run("install", newer(tmp_path, "2.0"))
    refused = run("upgrade", "blog", newer(tmp_path, "1.0"))
    assert refused.exit_code == 1
    assert "--allow-downgrade" in refused.stderr
    assert run("upgrade", "blog", newer(tmp_path, "1.0"), "--allow-downgrade").exit_code == 0
    assert json.loads(run("show", "blog", "--json").stdout)["version"] == "1.0"


def test_removing_is_refused_where_nobody_can_be_asked(run: Run, tmp_path: Path) -> None:
    run("install", newer(tmp_path, "1.0"))
    refused = run("uninstall", "blog")
    assert refused.exit_code == 2
    assert "pass --yes" in refused.stderr
    assert states(run)["blog"] == "disabled"


TELLS = """\
from pathlib import Path

def uninstall(keep_data):
    Path(__file__).parents[2].joinpath("told").write_text(f"keep_data={keep_data}")
"""


@pytest.mark.parametrize(("data", "told"), [("keep", "True"), ("drop", "False")])
def test_what_becomes_of_the_data_is_told_to_the_module(
    run: Run, tmp_path: Path, data: str, told: str
) -> None:
    write_module(tmp_path / "modules", "shop", files={"lifecycle.py": TELLS})
    run("enable", "shop")
    plan = run("uninstall", "shop", "--data", data, "--dry-run").stdout
    assert f"its data is {'kept' if data == 'keep' else 'dropped'}" in plan
    assert run("uninstall", "shop", "--data", data, "--yes").exit_code == 0
    assert (tmp_path / "told").read_text() == f"keep_data={told}"


def test_a_protected_module_is_removed_only_by_force(run: Run, tmp_path: Path) -> None:
    write_module(tmp_path / "modules", "shop", manifest="protected = true")
    run("enable", "shop")
    refused = run("uninstall", "shop", "--yes")
    assert refused.exit_code == 1
    assert "'shop' is protected: pass force=True (--force)" in refused.stderr
    assert states(run)["shop"] == "provisional"
    assert run("uninstall", "shop", "--force", "--yes").exit_code == 0
    assert states(run)["shop"] == "available"


def test_a_module_that_cannot_be_loaded_is_told_with_file_and_line(
    run: Run, tmp_path: Path
) -> None:
    write_module(tmp_path / "modules", "shop", files={"views.py": "\nx = 1 / 0\n"})
    done = run("enable", "shop")
    assert done.exit_code == 1
    assert "views.py" in done.stderr
    assert "line 2" in done.stderr or "views.py:2" in done.stderr
    assert states(run)["shop"] == "available"


def test_a_result_in_json_says_who_follows(run: Run) -> None:
    result = json.loads(run("enable", "shop", "--json").stdout)
    assert result["operation"] == "enable"
    assert result["module"]["enabled"] is True
    assert (result["workers"], result["followed_by"], result["not_followed_by"]) == (0, [], [])


def test_past_operations_are_listed_with_their_end(run: Run) -> None:
    run("enable", "shop")
    run("disable", "shop")
    rows = [line.split()[2:5] for line in run("operations").stdout.splitlines()[1:]]
    assert rows == [["disable", "shop", "finished"], ["enable", "shop", "finished"]]
    assert len(json.loads(run("operations", "--limit", "1", "--json").stdout)) == 1


def test_explaining_says_trial_needs_and_past(run: Run) -> None:
    run("enable", "reviews")
    text = run("explain", "shop").stdout
    assert "shop 1.0 is provisional: it serves a new version on trial" in text
    assert "0 requests, 0 errors" in text
    assert "No worker is live." in text
    assert "It is needed by reviews." in text
    text = run("explain", "reviews").stdout
    assert "It needs shop>=1." in text
    assert "enable finished" in text


def test_an_app_without_hotframe_is_wrong_use() -> None:
    info = ScriptInfo(create_app=lambda: Quart("plain"))
    done = CliRunner().invoke(cli, ["modules", "list"], obj=info)
    assert done.exit_code == 2
    assert "App 'plain' has no HotFrame" in done.stderr


def test_a_wrong_setting_fails_without_a_traceback(tmp_path: Path) -> None:
    def create_app() -> Quart:
        app = Quart("bazaar", root_path=str(tmp_path))
        app.config["HOTFRAME_MODULS"] = []
        HotFrame(app)
        return app

    done = CliRunner().invoke(cli, ["modules", "list"], obj=ScriptInfo(create_app=create_app))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "HOTFRAME_MODULES" in done.stderr


def test_explaining_names_the_workers_in_safe_mode(run: Run, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "instance" / "hotframe")
    worker = Participant.new("worker", safe_mode=True)
    asyncio.run(store.register(worker))
    text = run("explain", "shop").stdout
    assert f"Worker {worker.pid} is in safe mode: it serves no module." in text
    [told] = json.loads(run("explain", "shop", "--json").stdout)["workers"]
    assert told == {"pid": worker.pid, "revision": None, "safe_mode": True}
    asyncio.run(store.unregister())


def test_resetting_says_what_it_did_or_why_not(run: Run) -> None:
    refused = run("reset", "shop")
    assert refused.exit_code == 1
    assert "'shop' is not enabled" in refused.stderr
    run("enable", "shop")
    assert run("reset", "shop").stdout == (
        "The errors of shop are forgotten: every worker counts anew.\n"
    )
    assert json.loads(run("reset", "shop", "--json").stdout)["name"] == "shop"
