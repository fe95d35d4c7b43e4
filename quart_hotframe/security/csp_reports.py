"""Where browsers tell what a ``Content-Security-Policy`` has stopped."""

from __future__ import annotations

import json
import logging
from typing import Any

from quart import Quart
from quart import request

from .bodies import limit_body
from .policies import policy

log = logging.getLogger("quart_hotframe.security")

PATH = "/hotframe/csp-reports"
BLUEPRINT = "hotframe"
"""What the endpoint is named after. There is none, but Quart runs functions of that name."""
ENDPOINT = f"{BLUEPRINT}.csp_report"
LARGEST = 16 * 1024
"""Most bytes of a report."""
MOST = 100
"""Most reports that are logged in one process; anybody can send them."""


def add_reports(app: Quart) -> str:
    """Add the route that takes reports, and return what tells browsers of it."""
    told: set[tuple[str, str]] = set()

    @policy(csrf=False)  # browsers send it without saying for whom
    async def csp_report() -> tuple[str, int]:
        limit_body(request, LARGEST)
        for report in _reports(await request.get_data()):
            about = (report("effective-directive"), report("blocked-uri"))
            if len(told) < MOST and about not in told:
                told.add(about)
                log.warning(
                    "A browser blocked %.200r (%.60r) on %.200r.",
                    about[1], about[0], report("document-uri"),
                )  # fmt: skip
        return "", 204

    app.add_url_rule(PATH, ENDPOINT, csp_report, methods=["POST"])
    return f"; report-uri {PATH}"


def _reports(body: str | bytes) -> list[Any]:
    """Return a reader for each report in a body, whatever it is."""
    try:
        found = json.loads(body)["csp-report"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [lambda key: str(found.get(key, ""))[:500]] if isinstance(found, dict) else []
