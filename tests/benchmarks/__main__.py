"""Prints what HotFrame costs as ratios to plain Quart: ``python -m tests.benchmarks``.

Every figure is the median of pairs, measured in turn in the same run. A bar that is missed is
marked; ``--check`` also makes the exit code 1 then.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import platform
import tempfile
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from . import components
from . import importing
from . import inprocess
from . import instructions
from . import paging
from . import protecting
from . import querying
from . import sockets
from . import starting
from . import swapping
from .living import running as living
from .table import lines
from .table import Row

Benchmark = Callable[[Path, float], AsyncIterator[Row]]
BENCHMARKS: dict[str, Benchmark] = {
    "requests": inprocess.run,
    "protecting": protecting.run,
    "paging": paging.run,
    "querying": querying.run,
    "components": components.run,
    "sockets": sockets.run,
    "living": living.run,
    "instructions": instructions.run,
    "swap": swapping.run,
    "start": starting.run,
    "import": importing.run,
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="shorter or longer; default 1")
    parser.add_argument(
        "--peers", type=Path, metavar="FOLDER",
        help="where 'living' installs peers, once; without it they are left out",
    )  # fmt: skip
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}: take {', '.join(BENCHMARKS)}")
    return chosen


async def measured(
    benchmarks: Mapping[str, Benchmark], names: Sequence[str], scale: float
) -> list[Row]:
    """Run the benchmarks one after the other, each in a folder of its own."""
    rows = []
    for name in names or benchmarks:
        with tempfile.TemporaryDirectory() as folder:
            async for row in benchmarks[name](Path(folder), scale):
                rows.append(row)
                print(".", end="", flush=True)
    return rows


def main() -> int:
    """Measure and print the table."""
    chosen = arguments()
    logging.disable(logging.WARNING)
    begin = time.monotonic()
    benchmarks: dict[str, Benchmark]
    benchmarks = {**BENCHMARKS, "living": partial(living.run, peers=chosen.peers)}
    rows = asyncio.run(measured(benchmarks, chosen.names, chosen.scale))
    packages = ", ".join(f"{name} {version(name)}" for name in ("quart", "werkzeug", "hypercorn"))
    print(f"\nPython {platform.python_version()}, {packages}; {time.monotonic() - begin:.0f} s\n")
    print("\n".join(lines(rows)))
    missed = any(row.verdict == "MISSED" for row in rows)
    return 1 if chosen.check and missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
