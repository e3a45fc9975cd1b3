# SPDX-License-Identifier: GPL-3.0-only
"""Scratch files and files in the making: gone when the program is, by whatever signal short of SIGKILL it ends.

Several ./neptune run at once, and threads within one: no name is used twice, and what others read appears whole.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUIET = 2.0  # seconds of waiting for another program that nobody need hear of

LAST_WRITES = 1.0  # seconds for which a folder may grow while it is removed

_alive: set[Path] = set()
_making = threading.RLock()  # held while a folder is made; by the end of the program for good


def _place() -> Path:
    """Where scratch folders go: QEMU takes a blank or a comma in some of the names it gets for the end of the name."""
    usual = tempfile.gettempdir()
    return Path("/tmp" if {" ", ","} & set(usual) else usual)


def _token() -> str:
    """What makes a name one that nobody else uses."""
    return secrets.token_hex(8)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of one's own for as long as the block runs; its name has no blank and no comma."""
    path = _place() / f"neptune-{_token()}"
    try:
        with _making:
            _alive.add(path)  # before it is there: a signal may come at any time
            path.mkdir(mode=0o700)
        yield path
    finally:
        _remove(path)


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A name beside `target` to write to; when the block ends without an error the file becomes `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{target.name}-{_token()}")
    _alive.add(path)
    try:
        yield path
        path.replace(target)
    finally:
        _remove(path)


def is_there(path: Path) -> bool:
    """Whether a file that was made before is there; then it is one of the newest, which stay (compose.py)."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _remove(path: Path) -> None:
    if not path.is_dir():
        path.unlink(missing_ok=True)
    deadline = time.monotonic() + LAST_WRITES
    while path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        if time.monotonic() > deadline:
            break
        if path.is_dir():  # a process that ends at the same time has made another file there
            time.sleep(0.005)
    _alive.discard(path)


def remove_all() -> None:
    """For the end of the program: none is made any more."""
    _making.acquire()
    for path in list(_alive):
        _remove(path)


@contextmanager
def locked(path: Path, waiting_for: str) -> Iterator[None]:
    """One program at a time, and one thread of it, is in a block with the same `path`; who waits says for what.

    The system lets go of the lock when its holder ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        said, started = False, time.monotonic()
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said and time.monotonic() - started > QUIET:
                    print(f"neptune: waiting for {waiting_for}", flush=True)
                    said = True
                time.sleep(0.05)
        yield
