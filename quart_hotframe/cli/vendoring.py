"""``hotframe vendor``: packages of npm in the project, without npm."""

from __future__ import annotations

from pathlib import Path

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from ..extension import HotFrame
from ..vendored.lock import FILE
from ..vendored.lock import Package
from ..vendored.names import split
from ..vendored.npmrc import NpmConfig
from ..vendored.registry import Registry
from ..vendored.vendoring import Vendor
from .printing import talk
from .running import Failure
from .running import run_in_app


@click.command()
@click.argument("package", required=False, metavar="[NAME@VERSION]")
@click.option("--path", "paths", multiple=True, help="A file of the package; several times.")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A tarball or script to take instead of fetching it.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Only say whether the files are as the lock says.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
    help="Seconds that one download may take.",
)  # fmt: skip
@pass_script_info
def vendor(
    info: ScriptInfo, package: str | None, paths: tuple[str, ...], file: Path | None, check: bool,
    timeout: float,
) -> None:  # fmt: skip
    """Bring a package of npm into the project, or all of the lock again."""
    if package is None and (paths or file):
        raise click.UsageError("--path and --file need NAME@VERSION.")
    if package is not None and check:
        raise click.UsageError("--check looks at the whole lock: leave NAME@VERSION out.")

    async def run(hotframe: HotFrame) -> None:
        found = _vendor(hotframe, timeout)
        if check:
            _check(found)
        elif package is None:
            _restore(found)
        else:
            _tell(found.add(*split(package), paths, file))

    run_in_app(info, run)


def _vendor(hotframe: HotFrame, timeout: float) -> Vendor:
    settings, files = hotframe.settings, hotframe.vendored
    config = NpmConfig.read(files.project)
    registry = Registry(config, timeout=timeout, max_bytes=settings.archive_max_bytes)
    return Vendor(
        files.project, files.folder, registry,
        max_bytes=settings.archive_max_bytes, max_files=settings.archive_max_files,
    )  # fmt: skip


def _check(found: Vendor) -> None:
    problems = found.check()
    if problems:
        raise Failure("\n".join([*problems, "Run quart hotframe vendor to get them again."]))
    click.echo(f"All files are as {FILE} says.")


def _restore(found: Vendor) -> None:
    packages = found.restore()
    for one in packages:
        click.echo(f"{one.name} {one.version} is there again.")
    if not packages:
        click.echo(f"All files are as {FILE} says.")


def _tell(package: Package) -> None:
    click.echo(f"{package.name} {package.version}: {', '.join(package.files)}.")
    click.echo(f'In a template: {{{{ vendored("{package.name}") }}}}')
    if not package.integrity:
        talk("It came from a file of yours, so no checksum of npm was compared.")
    if not package.has_licence_text:
        said = f"says {package.licence}" if package.licence else "does not say which it is"
        talk(f"The package has no text of its licence; it {said}.")
