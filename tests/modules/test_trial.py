from __future__ import annotations

import pytest

from tests.modules.test_containment import failing
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

TRIED = {
    "HOTFRAME_PROVISIONAL_SECONDS": 0.2,
    "HOTFRAME_PROVISIONAL_REQUESTS": 3,
    "HOTFRAME_ERROR_THRESHOLD": 3,
}
LONG = {**TRIED, "HOTFRAME_PROVISIONAL_SECONDS": 60}


@pytest.mark.parametrize("site", [TRIED], indirect=True)
async def test_a_new_version_is_confirmed_by_time_and_requests(site: Site) -> None:
    await site.has("news")
    assert site.modules["news"].state == "provisional"
    for _ in range(3):
        await site.get("/news/")
    await becomes(lambda: site.modules["news"].state == "active")


@pytest.mark.parametrize("site", [{**TRIED, "HOTFRAME_PROVISIONAL_SECONDS": 0.05}], indirect=True)
async def test_time_without_requests_confirms_nothing(site: Site) -> None:
    await site.has("news")
    await site.get("/news/")
    await site.get("/news/")
    await becomes(lambda: reported(site) == 2)
    assert site.modules["news"].state == "provisional"
    await site.get("/news/")
    await becomes(lambda: site.modules["news"].state == "active")


def reported(site: Site) -> int:
    trial = site.modules.worker.state.modules["news"].provisional
    return trial.requests if trial else -1


@pytest.mark.parametrize("site", [LONG], indirect=True)
async def test_a_version_that_fails_goes_back_by_itself(site: Site) -> None:
    await site.has("news", "1.0", files=failing("1.0"))
    await site.modules.upgrade("news", site.source("news", "2.0", files=failing("2.0")))
    for _ in range(2):
        await site.get("/news/bad")
    assert await site.get("/news/") == (200, "well 2.0")
    await site.get("/news/bad")
    await becomes(lambda: site.modules["news"].version == "1.0")
    record = site.modules["news"]
    assert await site.get("/news/") == (200, "well 1.0")
    assert record.enabled and record.error == "2.0: 3 errors during its trial"
    assert (await site.modules.operations(1))[0].entries[0]["kind"] == "rollback"


@pytest.mark.parametrize("site", [LONG], indirect=True)
async def test_a_version_without_an_earlier_one_is_quarantined_until_it_is_enabled_again(
    site: Site,
) -> None:
    await site.has("news", files=failing())
    await site.has("user", manifest='requires = ["news"]')
    for _ in range(3):
        await site.get("/news/bad")
    await becomes(lambda: site.modules["news"].state == "quarantined")
    await becomes(lambda: "user" not in site.modules.worker.mounting.mounted)
    assert (await site.get("/news/"))[0] == (await site.get("/user/"))[0] == 404
    assert site.modules["news"].error == "1.0: 3 errors during its trial"
    async with serving(Site(site.folder, LONG)) as again:
        assert again.modules["news"].state == "quarantined"
        await again.modules.enable("news")
        assert await again.get("/news/") == (200, "well 1.0")


@pytest.mark.parametrize("site", [LONG], indirect=True)
async def test_a_version_that_somebody_went_back_to_is_not_on_trial(site: Site) -> None:
    await site.has("news", "1.0")
    await site.modules.upgrade("news", site.source("news", "2.0"))
    assert (await site.modules.rollback("news")).state == "active"


async def test_without_a_trial_a_failing_version_stays(site: Site) -> None:
    await site.has("news", "1.0", files=failing("1.0"))
    await site.modules.upgrade("news", site.source("news", "2.0", files=failing("2.0")))
    for _ in range(12):
        await site.get("/news/bad")
    assert site.modules["news"].state == "degraded"
    assert await site.get("/news/") == (200, "well 2.0")
