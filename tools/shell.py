# SPDX-License-Identifier: GPL-3.0-only
"""A conversation with ntcmd: types on the emulated keyboard, reads the console's mirror on the serial line.

A command is done when a fresh prompt stands left of the cursor and nothing follows it. The prompt is the current
directory and `> `, as in `\\SystemRoot> `.
"""

from __future__ import annotations

import re
import time

import keyboard
from machine import Machine
from qmp import QmpError
from terminal import Terminal

PROMPT = re.compile(r"(\\|[A-Z]:\\)[^<>|]*> $")
SETTLE = 0.05  # a prompt counts once the line has been silent for so long (seconds)
ECHO = 10.0  # a typed key must show within this time


class ShellError(Exception):
    """The prompt did not come back; the message says what happened instead."""


class Shell:
    """Drives the prompt of one machine."""

    def __init__(self, machine: Machine, timeout: float = 60.0) -> None:
        self.machine = machine
        self.timeout = timeout
        self.terminal = Terminal()
        self._fed = 0
        self._resets = machine.resets()

    def _pump(self, wait: float) -> bool:
        """Feeds the terminal with what the serial line says within `wait` seconds; True if it said something."""
        self.machine.read(wait)
        fresh = self.machine.serial[self._fed :]
        self._fed += len(fresh)
        self.terminal.feed(fresh.decode("latin-1"))
        return bool(fresh)

    def read(self, wait: float) -> None:
        """Takes what the line says within `wait` seconds, at once when there is something."""
        self._pump(wait)

    def check_alive(self, doing: str) -> None:
        """Raises ShellError when the machine has ended or was reset."""
        if self.machine.process.poll() is not None:
            raise ShellError(f"the machine ended while {doing}")
        if self.machine.resets() > self._resets:
            raise ShellError(f"the machine was reset while {doing}")

    def _at_prompt(self, after_row: int) -> bool:
        return self.terminal.row > after_row and PROMPT.fullmatch(self.terminal.before_cursor()) is not None

    def wait_prompt(self, doing: str = "booting", after_row: int = -1, timeout: float | None = None) -> None:
        """Reads until a prompt below `after_row` stands there and the line is silent."""
        limit = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        while True:
            spoke = self._pump(SETTLE)
            if not spoke and self._at_prompt(after_row):
                return
            self.check_alive(doing)
            if time.monotonic() > deadline:
                raise ShellError(f"no prompt within {limit:g} s while {doing}")

    def press(self, *keys: str) -> None:
        """Presses keys together, by QEMU's names: `press("ctrl", "c")`."""
        self.machine.press(list(keys))

    def settle(self, silence: float = 0.15, timeout: float = 5.0) -> None:
        """Reads until the line has been silent for `silence` seconds."""
        deadline = time.monotonic() + timeout
        while self._pump(silence) and time.monotonic() < deadline:
            pass

    def type(self, text: str) -> None:
        """Types text, waiting for each character to show: the keyboard controller's buffer is short."""
        for character in text:
            place = (self.terminal.row, self.terminal.column)
            self.machine.press(keyboard.strokes(character))
            deadline = time.monotonic() + ECHO
            while (self.terminal.row, self.terminal.column) == place:
                self._pump(0.02)
                if time.monotonic() > deadline:
                    self.check_alive(f"typing {text!r}")
                    raise ShellError(f"the key {character!r} of {text!r} does not show")

    def run(self, line: str, timeout: float | None = None) -> list[str]:
        """Types one command and Enter; the lines the screen showed for it, once the prompt is back."""
        self.type(line)
        row = self.terminal.row
        self.press("ret")
        self.wait_prompt(f"running {line!r}", row, timeout)
        return self.terminal.lines(row + 1, self.terminal.row)

    def run_off(self, line: str, timeout: float | None = None) -> None:
        """Types a command that turns the machine off, and waits until it is."""
        self.type(line)
        self.press("ret")
        try:
            code = self.machine.wait_exit(self.timeout if timeout is None else timeout)
        except QmpError:
            code = self.machine.process.wait()
        if code is None:
            raise ShellError(f"the machine is still on after {line!r}")

    def run_reboot(self, line: str) -> None:
        """Types a command that restarts the machine, and waits for the new boot's prompt."""
        self.type(line)
        row = self.terminal.row
        self.press("ret")
        deadline = time.monotonic() + self.timeout
        while self.machine.resets() == self._resets:
            self._pump(0.1)
            if time.monotonic() > deadline:
                raise ShellError(f"the machine is not restarted by {line!r}")
        # A reset may be reported more than once, by the line that was pulled and by the machine.
        self._resets = 1 << 30
        self.wait_prompt("booting again", row)
        self._resets = self.machine.resets()

    def screen(self) -> list[str]:
        """Everything shown so far."""
        return self.terminal.lines(0, self.terminal.row + 1)
