"""A real server whose app uses a database ends when it is asked to."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.ports import free_port

APP = """\
from quart import Quart
from quart_hotframe import HotFrame, db
from sqlalchemy import text

app = Quart(__name__)
hotframe = HotFrame(app)

@app.get("/")
async def view():
    return str(await db.session.scalar(text("SELECT 7")))

@app.after_serving
async def last():
    async with db.transaction() as session:
        print(await session.scalar(text("SELECT 8")), flush=True)
"""


@pytest.mark.server
async def test_hypercorn_ends(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "site_app.py").write_text(APP)
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hypercorn", "site_app:app", "--bind", f"127.0.0.1:{port}",
        cwd=tmp_path, env={"HOTFRAME_DATABASE_URL": database_url, "PYTHONPATH": str(Path.cwd())},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
            assert await answer(client, f"http://127.0.0.1:{port}/") == "7"
            server.terminate()
            output, _ = await server.communicate()
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
    assert server.returncode in (0, -15)
    assert "8" in output.decode().splitlines()
    assert "Traceback" not in output.decode()


async def answer(client: httpx.AsyncClient, url: str) -> str:
    while True:
        try:
            return (await client.get(url)).text
        except httpx.TransportError:
            await asyncio.sleep(0.05)
