"""An app with a public topic, for servers in processes of their own."""

from __future__ import annotations

import os
from typing import Any

import psutil
from quart import Quart
from quart import request

from quart_hotframe import HotFrame

app = Quart("streaming", instance_path=os.environ["STREAMING_FOLDER"])
app.config["HOTFRAME_STREAMS_PER_ADDRESS"] = app.config["HOTFRAME_STREAMS"] = 10_000
hotframe = HotFrame(app)
hotframe.live.public("news")


@app.get("/plain")
async def plain() -> dict[str, Any]:
    process = psutil.Process()
    cpu, rss = process.cpu_times(), process.memory_info().rss
    return {"streams": len(hotframe.live.streams), "rss": rss, "cpu": cpu.user + cpu.system}


@app.post("/publish/<int:times>/<int:size>")
async def publish(times: int, size: int) -> str:
    for number in range(times):
        text = request.args.get("text", f"{number}:{'x' * size}")
        await hotframe.live.publish("news", text)
    return ""


@app.post("/look/<int:seconds>")
async def look(seconds: int) -> str:
    """Let time pass for those who look after streams."""
    streams = hotframe.live.streams
    before = streams.clock
    streams.clock = lambda: before() + seconds
    streams.look()
    streams.clock = before
    return ""
