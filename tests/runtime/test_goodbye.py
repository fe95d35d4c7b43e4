from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from quart_hotframe.runtime.goodbye import Goodbye

ENDED = """
import os, signal
from quart_hotframe.runtime.goodbye import Goodbye
goodbye = Goodbye(lambda: print("noted", flush=True))
goodbye.arm(True)
os.kill(os.getpid(), signal.SIGTERM)
print("went on")
"""


def test_a_process_ends_by_the_signal_as_before_but_notes_it_first() -> None:
    done = subprocess.run([sys.executable, "-c", ENDED], capture_output=True, text=True)
    assert done.returncode == -signal.SIGTERM
    assert done.stdout == "noted\n"


def test_a_handler_of_the_server_is_called_too_and_is_put_back() -> None:
    seen: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append("server"))
    try:
        mine = signal.getsignal(signal.SIGTERM)
        goodbye = Goodbye(lambda: seen.append("noted"))
        goodbye.arm(True)
        goodbye.arm(True)
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == ["noted", "server"]
        goodbye.arm(False)
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_note_that_fails_does_not_keep_the_process_from_ending() -> None:
    code = ENDED.replace('print("noted", flush=True)', "1 / 0")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGTERM


def test_a_handler_that_came_later_stays() -> None:
    before = signal.getsignal(signal.SIGTERM)
    goodbye = Goodbye(lambda: None)
    goodbye.arm(True)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    goodbye.arm(False)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    signal.signal(signal.SIGTERM, before)


def test_two_apps_of_one_process_may_end_in_any_order() -> None:
    before = signal.getsignal(signal.SIGTERM)
    one, two = Goodbye(lambda: None), Goodbye(lambda: None)
    one.arm(True)
    two.arm(True)
    one.arm(False)
    assert signal.getsignal(signal.SIGTERM) is not before
    two.arm(False)
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_nothing_is_done() -> None:
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=Goodbye(lambda: None).arm, args=(True,))
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_is_noted_where_it_is_asked_for_and_interrupts_as_before() -> None:
    code = ENDED.replace("os.getpid(), signal.SIGTERM", "os.getpid(), signal.SIGINT")
    code = code.replace("flush=True))", "flush=True), (signal.SIGTERM, signal.SIGINT))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "KeyboardInterrupt" in done.stderr
    assert done.stdout == "noted\n"
