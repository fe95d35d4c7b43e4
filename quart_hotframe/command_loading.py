"""What a process that does not serve has of modules: what they bring, for commands to look at."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import click

from .components.wiring import read_components
from .config import Settings
from .errors import HotFrameError
from .modules.manager import ModuleManager
from .openapi.wiring import follow_modules
from .runtime.runtime import Runtime


def load_for_commands(runtime: Runtime, modules: ModuleManager, settings: Settings) -> None:
    """Mount the modules in a process that does not serve, for what looks at the app there."""
    follow_modules(runtime)
    read_components(runtime)
    if modules.worker is not None or settings.safe_mode:
        return
    try:
        with ThreadPoolExecutor(1) as thread:  # a loop may run in this one
            failures = thread.submit(asyncio.run, modules.mount_for_commands()).result()
    except HotFrameError as error:
        click.echo(f"The modules are not there: {error}", err=True)
        return
    for name, failure in failures.items():
        click.echo(f"The module {name!r} is not there: {failure}", err=True)
