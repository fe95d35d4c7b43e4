"""The sides of the benchmark, by name; each is imported only where it runs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

PACKAGE = __name__.rpartition(".")[0]
PEERS = {"component-framework": "component_framework_site", "hotframe 1.3": "hotframe_site"}


def site(kind: str, root: Path, rows: int) -> Any:
    """Return the ASGI application of a side."""
    root.mkdir(parents=True, exist_ok=True)
    if kind in PEERS:
        return import_module(f"{PACKAGE}.peers.{PEERS[kind]}").site(root, rows)
    sites = import_module(f"{PACKAGE}.sites")
    sites.write(root, kind)
    makers: dict[str, Callable[[Path, int], Any]] = sites.SITES
    return makers[kind](root, rows)
