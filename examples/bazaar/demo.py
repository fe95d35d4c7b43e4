"""Start the bazaar with Hypercorn, and print where it is and what to try."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket

from app import app
from hypercorn.asyncio import serve
from hypercorn.config import Config
from operate import operator_key

TEXT = """
  The bazaar is open:  {address}/
  The operator's page: {address}/operate/enter?key={key}

  Try this:
    1. Search the shop and order something. On the operator's page, install and enable Reviews.
    2. Look at a product: it has reviews now. Nothing was restarted.
    3. Upgrade Reviews to 2.0, then to a version that is broken, and roll back.
    4. The same from a second terminal: see "The walk" in README.md.

  Ctrl-C ends it.
"""


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, help="default: 5000, or any free port when that is taken"
    )
    return parser.parse_args()


def listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket; connections that come early wait in it."""
    if port is not None:
        return socket.create_server((host, port))
    try:
        return socket.create_server((host, 5000))
    except OSError:
        return socket.create_server((host, 0))


async def run(listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)

    async def until_ended() -> None:
        await ended.wait()

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None  # it would name the number of the socket; the address is printed
    await serve(app, config, shutdown_trigger=until_ended)


def main() -> None:
    """Start the site."""
    chosen = arguments()
    listener = listen(chosen.host, chosen.port)
    address = f"http://{chosen.host}:{listener.getsockname()[1]}"
    print(TEXT.format(address=address, key=operator_key(app)), flush=True)
    asyncio.run(run(listener))
    print("The bazaar is closed.")


if __name__ == "__main__":
    main()
