# SPDX-License-Identifier: GPL-3.0-only
"""Types faster than a person, and counts what has been read: QEMU's keyboard holds 16 bytes, two for each key, and
drops what comes beyond. With at most UNREAD keys on their way every one of them must arrive."""

from __future__ import annotations

import random
import time

import keyboard
from cases import Failure
from shell import Shell

UNREAD = 5
PATIENCE = 20.0  # seconds until a key counts as lost
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Typist:
    """Types text at the prompt of `shell`; every character moves the cursor by one place."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._columns = shell.terminal.columns

    def _place(self) -> int:
        terminal = self._shell.terminal
        return terminal.row * self._columns + terminal.column

    def type(self, text: str, gap: tuple[float, float] = (0.0, 0.0), chance: random.Random | None = None) -> None:
        """Types with a gap of so many seconds after every few keys. Failure names the keys that do not arrive."""
        chance = chance or random.Random(0)
        start = self._place()
        sent = 0
        while sent < len(text):
            together = text[sent : sent + chance.randint(1, UNREAD)]
            self._wait_until(start, text, sent, sent + len(together) - UNREAD)
            self._shell.machine.press_rapidly([keyboard.strokes(character) for character in together])
            sent += len(together)
            pause = time.monotonic() + chance.uniform(*gap)
            while (left := pause - time.monotonic()) > 0:
                self._shell.read(left)
        self._wait_until(start, text, sent, sent)

    def _wait_until(self, start: int, text: str, sent: int, wanted: int) -> None:
        """Reads until `wanted` characters of the `sent` ones stand on the screen."""
        deadline = time.monotonic() + PATIENCE
        while (shown := self._place() - start) < wanted:
            self._shell.read(0.02)
            if time.monotonic() > deadline:
                raise Failure(f"keys {shown + 1} to {sent} of {len(text)} never arrived: {text[shown:sent]!r}")


def line(chance: random.Random, length: int) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(length))


def type_keys(shell: Shell, keys: int, gap: tuple[float, float], seed: int) -> None:
    """Types lines for `echo` until there were so many keys, and expects each line to come back."""
    chance = random.Random(seed)
    typist = Typist(shell)
    while keys > 0:
        text = line(chance, 60)
        row = shell.terminal.row
        typist.type(f"echo {text}", gap, chance)
        shell.press("ret")
        shell.wait_prompt(f"echoing {text}", row)
        shown = shell.terminal.line(row + 1)
        if shown != text:
            raise Failure(f"{text} came back as {shown!r}")
        keys -= len(text) + 6
