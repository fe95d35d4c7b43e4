"""Make the archives of Reviews from their sources: ``python examples/bazaar/build.py``.

The same sources give the same bytes, so a test can tell whether the archives are up to date.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "archives-src"
ARCHIVES = HERE / "archives"

CONTENTS = {
    "reviews-1.0.zip": ("reviews_1",),
    "reviews-2.0.zip": ("reviews_1", "reviews_2"),
    "reviews-2.1-broken.zip": ("reviews_1", "reviews_2", "reviews_2_1"),
    "reviews-2.2-faulty.zip": ("reviews_1", "reviews_2", "reviews_2_2"),
}
"""For each archive the folders it is made of; a file of a later one replaces an earlier one."""


def build(into: Path = ARCHIVES) -> list[Path]:
    """Write the archives and return their paths."""
    into.mkdir(parents=True, exist_ok=True)
    return [write(into / name, files_of(folders)) for name, folders in CONTENTS.items()]


def files_of(folders: tuple[str, ...]) -> dict[str, Path]:
    """Return the files of an archive by their names in it, sorted."""
    found: dict[str, Path] = {}
    for folder in folders:
        root = SOURCES / folder
        for path in root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found[path.relative_to(root).as_posix()] = path
    return dict(sorted(found.items()))


def write(archive: Path, files: dict[str, Path]) -> Path:
    """Write one archive; an archive that is right already is left alone."""
    temporary = archive.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as stream:
        for name, path in files.items():
            entry = zipfile.ZipInfo(f"reviews/{name}", (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # the same on every system
            entry.external_attr = 0o644 << 16
            stream.writestr(entry, path.read_bytes())
    if archive.exists() and archive.read_bytes() == temporary.read_bytes():
        temporary.unlink()
    else:
        temporary.replace(archive)
    return archive


if __name__ == "__main__":
    for made in build():
        print(made.relative_to(Path.cwd()) if made.is_relative_to(Path.cwd()) else made)
