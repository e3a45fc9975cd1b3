# SPDX-License-Identifier: GPL-3.0-only
"""The terminal that `./neptune exec` was called from, in raw mode while a program has it as its console."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import sys
import termios
import tty
from types import FrameType, TracebackType

END_KEY = 0x1C  # Ctrl-\, which in cooked mode ends a program too: ends the machine


def standard_handles() -> int:
    """Which of standard input, output and error are a terminal: bits 0 to 2."""
    return sum(1 << number for number in range(3) if os.isatty(number))


class CallerTerminal:
    """Raw from __enter__ to __exit__, whatever ends it. `wakeup` can be read when the window's size has changed."""

    def __init__(self) -> None:
        number = next(number for number in range(3) if os.isatty(number))
        self.fd = os.open(os.ttyname(number), os.O_RDWR | os.O_NOCTTY)
        self.wakeup, self._signalled = socket.socketpair()
        self.wakeup.setblocking(False)
        self._signalled.setblocking(False)

    def __enter__(self) -> CallerTerminal:
        self._before = termios.tcgetattr(self.fd)
        tty.setraw(self.fd, termios.TCSANOW)
        self._handlers = {
            signal.SIGWINCH: signal.signal(signal.SIGWINCH, self._size_changed),
            signal.SIGINT: signal.signal(signal.SIGINT, _end),  # from elsewhere: the key is the program's
            signal.SIGTERM: signal.signal(signal.SIGTERM, _end),
            signal.SIGHUP: signal.signal(signal.SIGHUP, _end),
        }
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        # What it was left in: colours, a hidden cursor, the middle of a line.
        os.write(self.fd, b"\x1b[0m\x1b[?25h")
        termios.tcsetattr(self.fd, termios.TCSANOW, self._before)
        os.close(self.fd)

    def _size_changed(self, number: int, frame: FrameType | None) -> None:
        try:
            self._signalled.send(b"!")
        except BlockingIOError:
            pass

    def size_text(self) -> bytes:
        """How the console is told of the window's size; nothing when it has none."""
        try:
            rows, columns = struct.unpack("HHHH", fcntl.ioctl(self.fd, termios.TIOCGWINSZ, bytes(8)))[:2]
        except OSError:
            return b""
        return b"\x1b[8;%d;%dt" % (rows, columns) if rows and columns else b""

    def take_wakeup(self) -> None:
        try:
            while self.wakeup.recv(64):
                pass
        except BlockingIOError:
            pass


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
