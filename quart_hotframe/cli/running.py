"""Running a coroutine of a command: Quart itself never awaits what a command returns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import IO
from typing import TypeVar

import click
from quart import Quart
from quart.cli import ScriptInfo

from ..errors import HotFrameError
from ..extension import HotFrame

T = TypeVar("T")


class Failure(click.ClickException):
    """What was asked did not happen: the message alone is shown, and the exit code is 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message to stderr."""
        click.secho(f"Error: {self.format_message()}", file=file, err=True, fg="red")


def run_async(info: ScriptInfo, function: Callable[[HotFrame], Awaitable[T]]) -> T:
    """Load the app and await a function while the store is followed, inside an app context.

    :param info: Quart's own object, which knows the app that ``--app`` names.
    :param function: it gets the app's HotFrame.
    :returns: what the function returned.
    :raises Failure: when HotFrame refused; its message says what to do.
    :raises click.UsageError: when there is no app, or the app has no HotFrame.
    """

    async def run(hotframe: HotFrame) -> T:
        async with hotframe.commanding():
            return await function(hotframe)

    return run_in_app(info, run)


def run_in_app(info: ScriptInfo, function: Callable[[HotFrame], Awaitable[T]]) -> T:
    """Load the app and await a function inside an app context; the store is not followed.

    The rest is as with :func:`run_async`.
    """
    try:
        app = info.load_app()
        return asyncio.run(_run(app, hotframe_of(app), function))
    except HotFrameError as error:
        raise Failure(str(error)) from error


def hotframe_of(app: Quart) -> HotFrame:
    """Return the HotFrame of an app.

    :raises click.UsageError: when it has none.
    """
    hotframe = app.extensions.get("hotframe")
    if not isinstance(hotframe, HotFrame):
        raise click.UsageError(f"App {app.name!r} has no HotFrame: add HotFrame(app) to it.")
    return hotframe


async def _run(app: Quart, hotframe: HotFrame, function: Callable[[HotFrame], Awaitable[T]]) -> T:
    async with app.app_context():
        return await function(hotframe)
