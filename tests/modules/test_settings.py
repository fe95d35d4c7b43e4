"""Settings of modules in one process: declared, set, read by requests, told."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import weakref
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe import signals
from quart_hotframe.config import MASK
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import ModuleNotFound
from quart_hotframe.errors import SettingsError
from quart_hotframe.modules.plan import Plan
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

MANIFEST = """
[settings]
page_size = 20
rate = 1.5
open = true
currency = {type = "str", default = "EUR", description = "ISO 4217 code"}
colours = ["red"]
api_key = {type = "str", secret = true}
"""
VIEWS = """\
import asyncio
from quart import Response, stream_with_context
from quart_hotframe import current_module

from . import blueprint

waiting, go = asyncio.Event(), asyncio.Event()


@blueprint.get("/")
async def index():
    return str(current_module.settings["page_size"])


@blueprint.get("/all")
async def everything():
    return repr(dict(current_module.settings))


@blueprint.get("/twice")
async def twice():
    before = current_module.settings["page_size"]
    waiting.set()
    await go.wait()
    return f"{before} {current_module.settings['page_size']}"


@blueprint.get("/stream")
async def stream():
    @stream_with_context
    async def parts():
        yield str(current_module.settings["page_size"])
        waiting.set()
        await go.wait()
        yield f" {current_module.settings['page_size']}"

    return Response(parts(), content_type="text/event-stream")


@blueprint.get("/go")
async def let_go():
    go.set()
    return ""
"""
MODEL = """\
from decimal import Decimal
from enum import Enum
from pydantic import BaseModel, Field, SecretStr, model_validator


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Settings(BaseModel):
    least: int = Field(1, ge=0, description="of a page")
    most: int = 10
    tax: Decimal = Decimal("0.19")
    size: Size = Size.SMALL
    names: list[str] = ["a"]
    nick: str | None = None
    token: SecretStr | None = None

    @model_validator(mode="after")
    def in_order(self):
        if self.least > self.most:
            raise ValueError(f"{self.least} is more than {self.most}")
        return self
"""
MODEL_VIEWS = """\
from quart_hotframe import current_module

from . import blueprint


@blueprint.get("/")
async def index():
    settings = current_module.settings
    return f"{settings['least']} {settings['most']} {settings['tax']!r} {settings['size']} " \\
           f"{settings['names']} {settings['nick']} {settings['token']}"
"""
FILES = {"views.py": VIEWS}
OF_MODEL = {"settings.py": MODEL, "views.py": MODEL_VIEWS}


async def has_shop(site: Site, **options: Any) -> None:
    await site.has("shop", manifest=MANIFEST, files=FILES, **options)


async def has_model(site: Site, version: str = "1.0") -> None:
    await site.has("shop", version, files=OF_MODEL)


async def page(site: Site, path: str = "/shop/") -> str:
    status, text = await site.get(path)
    assert status == 200
    return text


def code_of(site: Site) -> Any:
    package = site.modules.worker.mounting.mounted["shop"].package
    return package.import_("views")


# -- set and read --------------------------------------------------------------------------------


async def test_what_is_set_is_served_at_once_without_loading_the_module_anew(site: Site) -> None:
    await has_shop(site)
    before = site.modules.worker.mounting.mounted["shop"], site.modules.worker.revision
    record = await site.modules.configure("shop", page_size=50)
    assert (record.settings["page_size"], await page(site)) == (50, "50")
    assert (site.modules.worker.mounting.mounted["shop"], site.modules.worker.revision) == before
    record = await site.modules.configure("shop", reset=["page_size"])
    assert (record.settings["page_size"], await page(site)) == (20, "20")
    assert (await site.modules.store.read()).settings == {}


async def test_values_have_their_declared_types(site: Site) -> None:
    await has_shop(site)
    values = {"rate": 2, "open": False, "currency": "Ünï", "colours": ("a", "b"), "api_key": "k"}
    await site.modules.configure("shop", values)
    assert await page(site, "/shop/all") == repr(
        {"page_size": 20, "rate": 2.0, "open": False, "currency": "Ünï", "colours": ("a", "b"),
         "api_key": "k"}
    )  # fmt: skip


async def test_several_changes_add_up(site: Site) -> None:
    await has_shop(site)
    await site.modules.configure("shop", page_size=50)
    await site.modules.configure("shop", rate=3, reset=["page_size", "open"])
    assert (await site.modules.store.read()).settings == {"shop": {"rate": 3}}


async def test_a_setting_may_be_named_like_an_argument(site: Site) -> None:
    await site.has("shop", manifest="[settings]\nreset = 1\nself = 2\nvalues = 3\n")
    record = await site.modules.configure("shop", {"reset": 4, "self": 5}, values=6)
    assert dict(record.settings) == {"reset": 4, "self": 5, "values": 6}


async def test_values_are_there_after_a_restart(tmp_path: Path) -> None:
    async with serving(Site(tmp_path, {})) as site:
        await has_shop(site)
        await site.modules.configure("shop", page_size=50)
    async with serving(Site(tmp_path, {})) as site:
        assert await page(site) == "50"


async def test_a_module_that_is_not_served_can_be_configured(site: Site) -> None:
    await site.modules.install(site.source("shop", manifest=MANIFEST, files=FILES))
    record = await site.modules.configure("shop", page_size=50)
    assert record.settings["page_size"] == 50
    await site.modules.enable("shop")
    assert await page(site) == "50"


async def test_lifecycle_functions_see_the_values_too(site: Site) -> None:
    lifecycle = """\
        from quart_hotframe import current_module

        seen = []

        async def enable():
            seen.append(current_module.settings["page_size"])
        """
    files = {**FILES, "lifecycle.py": lifecycle}
    await site.modules.install(site.source("shop", manifest=MANIFEST, files=files))
    await site.modules.configure("shop", page_size=50)
    await site.modules.enable("shop")
    loaded = site.modules.worker.mounting.mounted["shop"]
    assert loaded.lifecycle.seen == [50]


# -- one consistent set --------------------------------------------------------------------------


async def test_a_request_sees_the_values_that_it_began_with(site: Site) -> None:
    await has_shop(site)
    code = code_of(site)
    old = asyncio.create_task(page(site, "/shop/twice"))
    await code.waiting.wait()
    await site.modules.configure("shop", page_size=50)
    assert await page(site) == "50"
    code.go.set()
    assert await old == "20 20"


async def test_a_stream_sees_the_new_values(site: Site) -> None:
    await has_shop(site)
    code = code_of(site)
    stream = asyncio.create_task(page(site, "/shop/stream"))
    await code.waiting.wait()
    await site.modules.configure("shop", page_size=50)
    code.go.set()
    assert await stream == "20 50"


# -- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"page_siez": 1}, "'shop' has no setting 'page_siez'. Did you mean 'page_size'?"),
        ({"zzz": 1}, "Known are: api_key, colours, currency, open, page_size, rate."),
        ({"page_size": "many"}, "'page_size' of the module 'shop' must be int, not 'many'."),
        ({"page_size": True}, "must be int, not True"),
        ({"page_size": 1.0}, "must be int, not 1.0"),
        ({"page_size": None}, "must be int, not None"),
        ({"page_size": 10**5000}, "must be text, a number"),
        ({"rate": float("nan")}, "must be text, a number"),
        ({"rate": "1"}, "must be float"),
        ({"open": 1}, "must be bool"),
        ({"currency": b"EUR"}, "must be text, a number"),
        ({"currency": "x" * 20_000}, "is longer than 16384 bytes"),
        ({"currency": "\ud800"}, "is not valid Unicode"),
        ({"colours": "red"}, "must be list"),
        ({"colours": [object()]}, "must be text, a number"),
        ({"\ud800ü\x00": 1}, r"no setting '\ud800ü\x00'"),
        ({"k" * 500: 1}, "has no setting 'kkk"),
    ],
)
async def test_a_wrong_value_is_refused_and_changes_nothing(
    site: Site, values: dict[str, Any], told: str
) -> None:
    await has_shop(site)
    before = await site.modules.store.read()
    with pytest.raises(SettingsError) as caught:
        await site.modules.configure("shop", {"rate": 3, **values})
    assert told in str(caught.value) and caught.value.module == "shop"
    assert len(str(caught.value)) < 400
    assert await site.modules.store.read() == before


async def test_what_is_nested_without_end_is_refused(site: Site) -> None:
    await has_shop(site)
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    circle: list[Any] = []
    circle.append(circle)
    for value in (deep, circle):
        with pytest.raises(SettingsError, match="'colours'"):
            await site.modules.configure("shop", colours=value)


async def test_an_unknown_name_to_reset_or_module_is_refused(site: Site) -> None:
    await has_shop(site)
    with pytest.raises(SettingsError, match="Did you mean 'page_size'"):
        await site.modules.configure("shop", reset=["page_siez"])
    with pytest.raises(ModuleNotFound, match="Did you mean 'shop'"):
        await site.modules.configure("shob", page_size=1)


async def test_an_unknown_name_that_is_read_is_told_with_the_nearest(site: Site) -> None:
    await has_shop(site)
    with pytest.raises(KeyError, match="Did you mean 'page_size'"):
        site.modules["shop"].settings["page_siez"]


# -- told ----------------------------------------------------------------------------------------


async def test_a_signal_tells_the_values_before_and_after(site: Site) -> None:
    await has_shop(site)
    heard: list[Any] = []

    async def hear(app: Any, *, module: Any, old: Any, new: Any) -> None:
        heard.append((module.name, old["page_size"], new["page_size"], dict(module.settings)))

    with signals.module_configured.connected_to(hear, site.app):
        await site.modules.configure("shop", page_size=50)
        await site.modules.configure("shop", page_size=50)
        await becomes(lambda: heard)
        await site.modules.configure("shop", reset=["page_size"])
        await becomes(lambda: len(heard) == 2)
    assert [one[:3] for one in heard] == [("shop", 20, 50), ("shop", 50, 20)]
    assert heard[0][3]["page_size"] == 50


async def test_a_module_hears_it_with_a_hook(site: Site) -> None:
    hooks = """\
        from quart_hotframe import hooks, signals

        heard = []

        @hooks.on(signals.module_configured)
        async def configured(app, *, module, old, new):
            heard.append((module.name, old["page_size"], new["page_size"]))
        """
    await site.has("shop", manifest=MANIFEST, files={**FILES, "hooks.py": hooks})
    code = site.modules.worker.mounting.mounted["shop"].package.import_("hooks")
    await site.modules.configure("shop", page_size=50)
    await becomes(lambda: code.heard)
    assert code.heard == [("shop", 20, 50)]


async def test_the_history_says_who_changed_what(site: Site) -> None:
    await has_shop(site)
    await site.modules.configure("shop", page_size=50, api_key="hunter2")
    await site.modules.configure("shop", page_size=50)
    past = await site.modules.operations()
    assert [one.entries[0]["kind"] for one in past] == ["configure", "enable", "install"]
    assert past[0].plan == (
        "configure shop\n"
        "  1. set api_key to '••••'; it was None\n"
        "  2. set page_size to 50; it was 20"
    )
    assert past[0].by["process"] == "worker"


# -- secrets -------------------------------------------------------------------------------------


async def test_a_secret_is_shown_nowhere(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    manifest = MANIFEST + 'pin = {type = "str", default = "hunter2", secret = true}\n'
    with caplog.at_level(logging.DEBUG):
        await site.has("shop", manifest=manifest, files=FILES)
        record = await site.modules.configure("shop", api_key="hunter2")
        plan = await site.modules.plan("upgrade", "shop", site.source("shop", "2.0"))
        with pytest.raises(SettingsError) as caught:
            await site.modules.configure("shop", api_key=["hunter2"])
    shown = [repr(record), str(plan), repr(plan), str(caught.value), repr(caught.value)]
    shown += [repr(await site.modules.store.read()), repr(record.manifest.settings)]
    shown += [json.dumps(record.to_dict()), json.dumps(record.manifest.to_dict()), caplog.text]
    shown += [repr(await site.modules.operations())]
    assert [text for text in shown if "hunter2" in text] == []
    assert record.settings["api_key"] == "hunter2"
    assert record.to_dict()["settings"]["api_key"] == MASK


async def test_a_secret_of_a_model_is_shown_nowhere(site: Site) -> None:
    await has_model(site)
    record = await site.modules.configure("shop", token="hunter2")
    assert record.settings["token"].get_secret_value() == "hunter2"
    with pytest.raises(SettingsError) as caught:
        await site.modules.configure("shop", token=["hunter2"])
    shown = repr(record) + json.dumps(record.to_dict(), default=str) + str(caught.value)
    assert "hunter2" not in shown and caught.value.__cause__ is None


async def test_a_secret_stays_one_for_a_version_that_does_not_call_it_so(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await has_shop(site)
    await site.modules.configure("shop", api_key="hunter2")
    source = site.source("shop", "2.0", manifest="[settings]\napi_key = 7\n", files=FILES)
    plan = await site.modules.plan("upgrade", "shop", source)
    await site.modules.upgrade("shop", source)
    told = "setting 'api_key' unused: it must be int"
    assert told in str(plan) and "'api_key' of the module 'shop' must be int" in caplog.text
    assert "hunter2" not in str(plan) + caplog.text


# -- a model -------------------------------------------------------------------------------------


async def test_a_model_declares_settings(site: Site) -> None:
    await has_model(site)
    assert await page(site) == "1 10 Decimal('0.19') Size.SMALL ['a'] None None"
    await site.modules.configure("shop", least=3, tax="0.07", size="large", names=["é"], token="t")
    assert await page(site) == "3 10 Decimal('0.07') Size.LARGE ['é'] None **********"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"lest": 1}, "Did you mean 'least'"),
        ({"least": -1}, "'least' of the module 'shop' has a wrong value: Input should be greater"),
        ({"names": [1]}, "has a wrong value[0]: Input should be a valid string"),
        ({"size": "huge"}, "'size'"),
        ({"least": 11}, "The settings of the module 'shop' do not fit together."),
    ],
)
async def test_a_model_refuses_what_does_not_fit(
    site: Site, values: dict[str, Any], told: str
) -> None:
    await has_model(site)
    with pytest.raises(SettingsError) as caught:
        await site.modules.configure("shop", values)
    assert told in str(caught.value)
    assert (await site.modules.store.read()).settings == {}


async def test_a_model_of_a_module_that_is_not_served_is_loaded_to_check(site: Site) -> None:
    await site.modules.install(site.source("shop", files=OF_MODEL))
    with pytest.raises(SettingsError, match="greater"):
        await site.modules.configure("shop", least=-1)
    await site.modules.configure("shop", least=3)
    await site.modules.enable("shop")
    assert (await page(site)).startswith("3 10")


async def test_in_safe_mode_a_value_is_reset_without_loading_code(tmp_path: Path) -> None:
    async with serving(Site(tmp_path, {})) as site:
        await has_model(site)
        await site.modules.configure("shop", least=3)
    async with serving(Site(tmp_path, {"HOTFRAME_SAFE_MODE": True})) as site:
        folder = site.modules.library.folder((await site.modules.store.read()).modules["shop"])
        (folder / "settings.py").write_text("1 / 0", encoding="utf-8")
        await site.modules.configure("shop", reset=["least"])
        assert (await site.modules.store.read()).settings == {}


BASE = "from pydantic import BaseModel, Field\n"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("class Settings:\n    size = 1\n", "'Settings' must be a pydantic model"),
        (BASE + "class Settings(BaseModel):\n    a: int\n", "'Settings.a' needs a default"),
        (BASE + "class Settings(BaseModel):\n    a: int = Field(1, alias='b')\n", "has an alias"),
        (BASE + "class Settings(BaseModel):\n    page_size: int = 1\n", "'page_size' is also in"),
        (
            BASE + "from pydantic import field_validator\nclass Settings(BaseModel):\n"
            "    a: int = Field('x', validate_default=True)\n",
            "the defaults of 'Settings'",
        ),
    ],
)
async def test_a_model_that_cannot_be_used_is_refused_at_load(
    site: Site, code: str, told: str
) -> None:
    with pytest.raises(LoadError) as caught:
        await site.has("shop", manifest=MANIFEST, files={"settings.py": code})
    assert told in str(caught.value) and "settings.py" in str(caught.value)


async def test_settings_of_a_manifest_and_a_model_stand_together(site: Site) -> None:
    await site.has("shop", manifest="[settings]\npage_size = 20\n", files=OF_MODEL)
    record = await site.modules.configure("shop", page_size=50, least=2)
    assert (record.settings["page_size"], record.settings["least"]) == (50, 2)


SEEN = """\
    from quart_hotframe import current_module

    from . import blueprint

    @blueprint.get("/")
    async def index():
        return str(current_module.settings["size"])
    """


async def test_nothing_of_a_model_stays_when_its_module_goes(site: Site) -> None:
    source = site.source("shop", files={"settings.py": MODEL, "views.py": SEEN})
    await site.modules.install(source)
    classes: list[Any] = []
    for number in range(3):
        await site.modules.enable("shop")
        await site.modules.configure("shop", size="large", least=number)
        assert await page(site) == "Size.LARGE"
        code = site.modules.worker.mounting.mounted["shop"].package.import_("settings")
        classes += [weakref.ref(code.Settings), weakref.ref(code.Size)]
        del code
        await site.modules.disable("shop")
        await site.modules.drained()
        await site.modules.configure("shop", least=number + 1)  # its code is loaded for it
    gc.collect()
    assert [one() for one in classes if one() is not None] == []
    assert site.hotframe.runtime.kinds["settings"]._values == {}  # type: ignore[attr-defined]


# -- other versions ------------------------------------------------------------------------------


async def test_what_a_new_version_does_not_use_is_told_and_kept_for_the_way_back(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await has_shop(site)
    await site.modules.configure("shop", page_size=50, currency="USD", rate=9)
    newer = "[settings]\npage_size = 'few'\nrate = 1.0\n"
    source = site.source("shop", "2.0", manifest=newer, files=FILES)
    plan: Plan = await site.modules.plan("upgrade", "shop", source)
    assert [step.text for step in plan.steps if step.action == "settings"] == [
        "keep the stored setting 'currency' unused: it is not declared any more",
        "keep the stored setting 'page_size' unused: it must be str",
    ]
    record = await site.modules.upgrade("shop", source)
    assert dict(record.settings) == {"page_size": "few", "rate": 9.0}
    assert "setting 'currency' of the module 'shop' is not declared any more" in caplog.text
    await site.modules.configure("shop", rate=8)
    record = await site.modules.rollback("shop")
    assert (record.settings["page_size"], record.settings["currency"]) == (50, "USD")
    assert (await page(site), record.settings["rate"]) == ("50", 8.0)


async def test_values_of_a_model_that_do_not_fit_any_more_give_way_to_defaults(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await has_model(site)
    await site.modules.configure("shop", least=7, tax="0.07", most=90)
    newer = MODEL.replace("ge=0", "le=5").replace("most: int", "most: str").replace("= 10", '= "9"')
    newer = newer.replace("self.least > self.most", "False")
    source = site.source("shop", "2.0", files={**OF_MODEL, "settings.py": newer})
    await site.modules.upgrade("shop", source)
    assert (await page(site)).startswith("1 9 Decimal('0.07')")
    assert caplog.text.count("its default is used") == 2


async def test_a_validator_that_fails_in_another_way_is_contained(site: Site) -> None:
    failing = MODEL.replace("if self.least > self.most:", "if self.least > 5:\n            1 / 0")
    await site.has("shop", files={**OF_MODEL, "settings.py": failing.replace("raise V", "V")})
    with pytest.raises(SettingsError, match="its model raised ZeroDivisionError"):
        await site.modules.configure("shop", least=7)
    assert (await page(site)).startswith("1 10")


@pytest.mark.parametrize(("data", "left"), [("keep", 50), ("drop", 20)])
async def test_values_stay_or_go_with_the_data(site: Site, data: str, left: int) -> None:
    await has_shop(site)
    await site.modules.configure("shop", page_size=50)
    await site.modules.uninstall("shop", data=data)
    await has_shop(site)
    assert await page(site) == str(left)


async def test_an_app_that_sets_nothing_keeps_its_store_as_it_was(site: Site) -> None:
    await has_shop(site)
    assert "settings" not in json.loads((site.instance / "state.json").read_text("utf-8"))


# -- at once -------------------------------------------------------------------------------------


async def test_a_change_during_an_upgrade_is_not_lost_and_waits_for_nobody(site: Site) -> None:
    await has_shop(site)
    lifecycle = """\
        from quart_hotframe import current_hotframe

        async def upgrade(before, after):
            await current_hotframe.modules.configure("shop", page_size=50)
        """
    files = {**FILES, "lifecycle.py": lifecycle}
    await site.modules.upgrade("shop", site.source("shop", "2.0", manifest=MANIFEST, files=files))
    assert (site.modules["shop"].version, await page(site)) == ("2.0", "50")


async def test_an_older_state_that_is_read_late_takes_nothing_back(site: Site) -> None:
    await has_shop(site)
    before = await site.modules.store.read()
    await site.modules.configure("shop", page_size=50)
    site.modules.worker.take_settings(before)
    assert await page(site) == "50"


async def test_a_change_goes_on_when_whoever_asked_is_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await has_shop(site)
    store, begun = site.modules.store, asyncio.Event()
    change = store.change

    async def changing(function: Any) -> Any:
        begun.set()
        return await change(function)

    monkeypatch.setattr(store, "change", changing)
    asking = asyncio.create_task(site.modules.configure("shop", page_size=50))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await becomes(lambda: site.modules["shop"].settings["page_size"] == 50)
    await site.modules.stop()  # which waits for what was begun
    assert (await store.operations())[0].entries[0]["kind"] == "configure"
