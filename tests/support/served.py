"""The app that the tests with real servers serve; ``SERVED_FOLDER`` says where its files lie.

Run as a program it is a command: it does one operation beside the servers, and says in JSON what
came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quart import Quart
from quart import request

from quart_hotframe import HotFrame
from quart_hotframe.errors import HotFrameError
from quart_hotframe.modules.store import ModuleStore

FOLDER = Path(os.environ["SERVED_FOLDER"])
PAUSE, PAUSED = FOLDER / "pause", FOLDER / "paused"


class PausingStore:
    """The app's own store, which stops a process at a given moment as long as the test says so.

    The file ``pause`` has a process id and the moment, such as ``4711 journal:commit``.
    """

    def __init__(self, store: ModuleStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def journal(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        await self._pause(f"journal:{entry.get('phase')}")
        await self._store.journal(operation_id, entry)

    async def acknowledge(self, operation_id: str, phase: str, error: str | None = None) -> None:
        await self._pause(f"acknowledge:{phase}")
        await self._store.acknowledge(operation_id, phase, error)

    async def served(self, revision: int) -> None:
        await self._pause("served")
        await self._store.served(revision)
        await self._pause("told")

    async def _pause(self, moment: str) -> None:
        while PAUSE.exists() and PAUSE.read_text() == f"{os.getpid()} {moment}":
            PAUSED.touch()
            await asyncio.sleep(0.005)


def make_app() -> Quart:
    made = Quart("site", root_path=str(FOLDER / "app"), instance_path=str(FOLDER / "instance"))
    made.config["HOTFRAME_POLL_INTERVAL"] = 0.02
    made.config["HOTFRAME_DRAIN_TIMEOUT"] = float(os.environ.get("SERVED_DRAIN", "2"))
    made.config["HOTFRAME_OPERATION_TIMEOUT"] = 20.0
    made.config["HOTFRAME_PROVISIONAL_SECONDS"] = float(os.environ.get("SERVED_TRIAL", "0"))
    return made


app = make_app()
hotframe = HotFrame(app)
hotframe.modules.store = PausingStore(hotframe.modules.store)


@app.get("/who")
async def who() -> dict[str, Any]:
    worker = hotframe.modules.worker
    assert worker is not None
    served = {name: one.version for name, one in worker.mounting.mounted.items()}
    return {"pid": os.getpid(), "served": served}


@app.get("/slow")
async def slow() -> str:
    (FOLDER / "slow").touch()
    while (FOLDER / "slow").exists():
        await asyncio.sleep(0.005)
    return "slow"


@app.post("/operate/<kind>")
async def operate(kind: str) -> dict[str, Any] | tuple[str, int]:
    if request.args.get("pid", str(os.getpid())) != str(os.getpid()):
        return "another worker", 409
    return await operated(kind, await request.get_json())


async def operated(kind: str, arguments: list[Any]) -> dict[str, Any]:
    kind, _, options = kind.partition("_and_")
    more: dict[str, dict[str, Any]]
    more = {"drop": {"data": "drop"}, "downgrade": {"downgrade": True}, "": {}}
    more |= {"fifty": {"page_size": 50}, "wrong": {"page_size": "many"}}
    try:
        await getattr(hotframe.modules, kind)(*arguments, **more[options])
    except HotFrameError as error:
        return {"error": type(error).__name__, "message": str(error)}
    return {"acknowledged": hotframe.modules.acknowledged}


async def command(kind: str, arguments: list[Any]) -> None:
    async with app.app_context(), hotframe.commanding():
        result = await operated(kind, arguments)
    loaded = sorted(name for name in sys.modules if name.startswith("hotframe_modules."))
    print(json.dumps({**result, "loaded": loaded}))


if __name__ == "__main__":
    asyncio.run(command(sys.argv[1], sys.argv[2:]))
