# SPDX-License-Identifier: GPL-3.0-only
"""How the program ends by a signal: at once, whatever its threads are at, with what it has started and its scratch files."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import scratch

LAST_SECONDS = 5.0  # for which what was told to end is waited for

# QEMU and other processes of this program that have not ended: none may outlive it.
_running: set[subprocess.Popen[bytes]] = set()
_starting = threading.RLock()  # held from a process's start until it is in `_running`; by the end for good
_main_starts = False  # the main thread holds it: signals, which are handled there, wait
_late = 0  # the signal that waits


def start(words: Sequence[str | Path], **how: Any) -> subprocess.Popen[bytes]:
    """Popen(words, **how), of a process that ends with the program. `ended` says that it has been waited for."""
    global _main_starts
    main = threading.current_thread() is threading.main_thread()
    with _starting:
        _main_starts = main
        try:
            process = subprocess.Popen(words, **how)
            _running.add(process)
        finally:
            _main_starts = False
            if _late:
                end(_late)
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    _running.discard(process)


@contextmanager
def running(words: Sequence[str | Path], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The process of start(), which ends when the block does, and with the program."""
    process = start(words, **how)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        ended(process)


def kill_all() -> None:
    """Ends every machine at once, and what else was started; nothing is started any more."""
    _starting.acquire()
    for process in list(_running):
        process.kill()
    for process in list(_running):
        with suppress(ChildProcessError):  # left to be waited for by whom the signal interrupted
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True


def _end_others(number: int) -> None:
    """Passes the signal on to what else was started, ninja for one, and waits a while for its end: it writes files."""
    mine = {process.pid for process in _running}
    others: list[int] = []
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile
            others += [pid for pid in map(int, children.read_text("ascii").split()) if pid not in mine]
    for pid in others:
        with suppress(OSError):  # it has ended, or is another user's by sudo
            os.kill(pid, number)
    deadline = time.monotonic() + LAST_SECONDS
    while not all(map(_has_ended, others)) and time.monotonic() < deadline:
        time.sleep(0.005)


def end(number: int, _: object = None) -> None:
    """For signal.signal()."""
    global _late
    if _main_starts:
        _late = number
        return
    kill_all()
    _end_others(number)
    scratch.remove_all()
    os._exit(128 + number)
