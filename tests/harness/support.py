# SPDX-License-Identifier: GPL-3.0-only
"""What the whole-system tests share: a booted machine with its prompt, and where pictures and recordings go."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import compose
import report
import suites
from cases import Failure
from machine import Machine, Options
from paths import build_dir
from shell import Shell, ShellError

CONFIG = "release"
RECORDS = build_dir(CONFIG) / "records"
RELEASE = compose.System(config=CONFIG)
BOOT_SECONDS = 180.0  # UEFI firmware alone takes a minute on a host with much other work


# Goes on beside a machine from its start.
Beside = Callable[[Machine], AbstractContextManager[None]]


class Pauses:
    """Stops a machine for 60 ms at a time, longer than its PIT takes to come round, from its start on."""

    def __init__(self, machine: Machine, stopped: float = 0.060, running: float = 0.008, seconds: float = 4.0) -> None:
        self._machine = machine
        self._steps = ((signal.SIGSTOP, stopped), (signal.SIGCONT, running))
        self._seconds = seconds
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _run(self) -> None:
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            for number, seconds in self._steps:
                self._machine.process.send_signal(number)
                time.sleep(seconds)


def contract_system(base: str = "neptune") -> compose.System:
    """The system on the kernel that reports every call outside the seL4 contract."""
    return compose.System(config=CONFIG, base=base, kernel=suites.contract_kernel(CONFIG))


@contextmanager
def booted(
    system: compose.System = RELEASE,
    options: Options | None = None,
    timeout: float = BOOT_SECONDS,
    beside: Beside = nullcontext,
) -> Iterator[Shell]:
    """A machine at its prompt. What goes wrong inside is a Failure that shows the end of the screen."""
    options = options or Options()
    with Machine(options, compose.media(system, options.image)) as machine:
        shell = Shell(machine, timeout)
        try:
            with beside(machine):
                shell.wait_prompt()
            yield shell
            complaints = report.contract_lines(machine.serial)
        except ShellError as error:
            shown = "\n".join(shell.screen()[-12:])
            raise Failure(f"{error}; the screen:\n{shown}") from None
    if complaints:
        raise Failure("\n".join(complaints[:10]))


def options(image: str = "direct", **changes: Any) -> Options:
    return replace(Options(image=image), **changes)


def record(name: str) -> Path:
    """Where a test leaves a picture or recording for a person to look at."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    return RECORDS / name


def contains(lines: list[str], text: str) -> bool:
    return any(text in line for line in lines)
