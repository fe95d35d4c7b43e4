"""Composing and publishing a generation with one changed module, beside building the URL map anew.

Plain Quart cannot take rules away, so a new map of all rules is the least that it would need.
"""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator
from pathlib import Path

from quart import Blueprint
from quart import Quart
from werkzeug.routing import Map
from werkzeug.routing import Rule

from quart_hotframe import HotFrame
from quart_hotframe.runtime.contribution import Contribution
from quart_hotframe.runtime.scratch import register
from quart_hotframe.runtime.scratch import Registration

from .pairs import in_turn
from .pairs import Measure
from .table import Row

SIZES = (10, 100, 1_000, 5_000)
RULES_OF_A_MODULE = 50
RULES_OF_THE_CHANGED = 10
ROUNDS = 9


def contribution(app: Quart, name: str, rules: int) -> Contribution:
    """Return what a module with so many rules brings."""
    blueprint = Blueprint(name, __name__, url_prefix=f"/{name}")

    async def view(**values: object) -> str:
        return "Hello"

    for number in range(rules):
        blueprint.add_url_rule(f"/{number}/<int:item>", f"view{number}", view)
    host = app.extensions["hotframe"].runtime.host
    found = register(host, name, [Registration(blueprint)])
    found.items["hooks"] = ()
    return found


def others(app: Quart, rules: int) -> list[Contribution]:
    """Return the modules that stay, with so many rules together."""
    sizes = [RULES_OF_A_MODULE] * (rules // RULES_OF_A_MODULE)
    rest = rules % RULES_OF_A_MODULE
    sizes += [rest] if rest else []
    return [contribution(app, f"part{number}", size) for number, size in enumerate(sizes)]


def swap(hotframe: HotFrame, stay: list[Contribution]) -> Measure:
    """Return a measure of one swap of the changed module."""
    runtime = hotframe.runtime

    async def measure() -> float:
        new = contribution(hotframe.app, "changed", RULES_OF_THE_CHANGED)
        gc.collect()
        begin = time.perf_counter()
        runtime.publish(runtime.compose([*stay, new]))
        return time.perf_counter() - begin

    return measure


def rebuild(hotframe: HotFrame) -> Measure:
    """Return a measure of building a map of all rules that are there."""

    async def measure() -> float:
        rules = _copies(hotframe.app)
        gc.collect()
        begin = time.perf_counter()
        Map(rules).update()
        return time.perf_counter() - begin

    return measure


def _copies(app: Quart) -> list[Rule]:
    return [Rule(rule.rule, endpoint=rule.endpoint) for rule in app.url_map.iter_rules()]


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each number of rules."""
    for size in SIZES:
        app = Quart(f"site{size}", root_path=str(root), instance_path=str(root))
        hotframe = HotFrame(app)
        stay = others(app, size)
        pair = await in_turn(rebuild(hotframe), swap(hotframe, stay), max(int(ROUNDS * scale), 2))
        yield Row(
            f"swap of a module among {size:,} rules",
            f"{pair.plain * 1e3:.2f} ms",
            f"{pair.hotframe * 1e3:.2f} ms",
            pair.ratio,
        )
