# SPDX-License-Identifier: GPL-3.0-only
"""`./neptune exec` from a terminal: typed at and read through a pseudo terminal, as by a person."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import tempfile
import termios
import time
from pathlib import Path

import libwine
from cases import case, expect
from paths import ROOT
from terminal import Terminal

SECONDS = 120.0
PROMPT = "C:\\Users\\Public>"
ROWS, COLUMNS = 30, 100


class Typist:
    """A program under `./neptune exec` in a terminal of ROWS by COLUMNS."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execv(ROOT / "neptune", ["neptune", "exec", *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.terminal = Terminal(COLUMNS)
        self.raw = b""

    def _pump(self, seconds: float) -> bool:
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.raw += data
        self.terminal.feed(data.decode("utf-8", "replace").replace("\x1b]0;", "").replace("\a", ""))
        return bool(data)

    def screen(self) -> list[str]:
        return self.terminal.lines(0, self.terminal.row + 1)

    def wait(self, text: str) -> None:
        """Until the cursor stands behind this text, and nothing more comes."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if not self._pump(0.3) and self.terminal.before_cursor().endswith(text):
                return
        expect(False, f"no {text!r} at the cursor of\n" + "\n".join(self.screen()))

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mode(self) -> list[object]:
        return termios.tcgetattr(self.fd)

    def end(self) -> int:
        """Its exit code."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self._pump(0.2)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)
        expect(False, "it does not end:\n" + "\n".join(self.screen()))
        return -1


def _unavailable() -> bool:
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/*_in_a_terminal: {error}", flush=True)
        return True
    return False


@case("whole", ours="Windows programs run on any kernel; once is enough")
def commands_in_a_terminal() -> None:
    """Lines are edited and recalled, Ctrl-C gives one up and ends what runs, the exit code comes back."""
    if _unavailable():
        return
    with tempfile.TemporaryDirectory() as name:
        typist = Typist(Path(name), "cmd.exe")
        before = typist.mode()
        typist.wait(PROMPT)
        typist.type("ehco hi\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7fc\x1b[3~h\x1b[C\x1b[F there\r")
        typist.wait(PROMPT)
        expect("hi there" in typist.screen(), "\n".join(typist.screen()))
        typist.type("nonsense\x03")
        typist.wait(PROMPT)
        typist.type("\x1b[A\r")
        typist.wait(PROMPT)
        expect(typist.screen().count("hi there") == 2, "\n".join(typist.screen()))
        expect(not any("recognize" in line for line in typist.screen()), "\n".join(typist.screen()))
        typist.type("exit 3\r")
        code = typist.end()
        expect(code == 3, f"exit code {code}")
        expect(typist.mode() == before, "the terminal is not as it was")
